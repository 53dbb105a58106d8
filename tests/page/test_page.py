import json
import re
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from browser import Browser

from speechlstm.page import (
    Axis,
    Bar,
    Html,
    Line,
    Page,
    Point,
    ReliabilityBin,
    bar_chart,
    data_script,
    figure,
    heat_map,
    joined,
    line_chart,
    picture_uri,
    player,
    reliability_chart,
    section,
    standalone,
    table,
    tag,
)

NASTY = "</script><script>throw 'a'</script> & \"quoted\" \udcff \x00"
SHARE = Axis("share", 0, 1, percent=True)


def whole_page() -> str:
    line = Line(NASTY, (Point(0, 0.2, (0.1, 0.3), NASTY, "low"), Point(1, 0.5)))
    bars = [Bar(NASTY, 0.5, (0.4, 0.6)), Bar("b", None)]
    square = heat_map([[3]], rows=[NASTY], columns=["b"], row_name="r", column_name="c", title="h")
    charts = (
        line_chart([line, line], x=Axis("x", 0, 1), y=SHARE, title=NASTY),
        bar_chart(bars, axis=SHARE, title=NASTY),
        reliability_chart([ReliabilityBin(0.8, 0.9, 7, 0.85, 0.8, (0.6, 0.9))], title=NASTY),
        square,
    )
    parts = (
        section(
            "Charts",
            *(figure(c, NASTY, title="t", numbers=table([NASTY], [["1"]])) for c in charts),
            name="charts",
        ),
        section("Sound", player(np.zeros(800), 8000, title=NASTY), name="sound"),
        tag("img", src=picture_uri(np.eye(4), low=0, high=1), alt=NASTY),
        data_script("data", {"said": NASTY}),
    )
    script = "document.body.dataset.said = JSON.parse(document.getElementById('data').text).said.length;"
    return str(Page(NASTY, "kind", NASTY, parts, footer=NASTY, script=script))


def test_a_browser_shows_it_and_finds_no_fault(browser: Browser) -> None:
    page = whole_page().encode("utf-8").decode("utf-8")
    shown = browser.load(page)
    assert shown.errors == []
    assert f'data-said="{len(NASTY)}"' in shown
    assert shown.count("<svg") == 4 and 'id="charts"' in shown


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("<script>nothing.there</script>", "ReferenceError"),
        ('<img src="https://example.org/a.png">', "img-src"),
        ('<img src="data:image/png;base64,AAAA">', "cannot load"),
    ],
)
def test_the_browser_tells_of_faults(fault: str, told: str, browser: Browser) -> None:
    """Or the test above could not fail."""
    page = str(Page("t", "k", "l", (Html(fault),)))
    assert any(told in error for error in browser.load(page).errors)


class Counted(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.begun[tag] = self.begun.get(tag, 0) + 1


def test_nothing_a_user_wrote_becomes_markup() -> None:
    counted = Counted()
    counted.feed(whole_page())
    assert counted.begun["script"] == 2  # the data and the page's own
    assert counted.begun["h1"] == 1


def test_it_needs_nothing_from_elsewhere() -> None:
    page = unescape(whole_page()).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|url\(|@import|<link", page)
    assert "default-src 'none'" in page and "connect-src" not in page
    assert "connect-src 'self'" in unescape(str(Page("t", "k", "l", (), connects=True)))


def test_data_come_back_as_they_were() -> None:
    value = {"a": [1, "</script>", "\u00e9"], "b": None}
    text = data_script("data", value).removeprefix('<script type="application/json" id="data">')
    assert json.loads(text.removesuffix("</script>")) == value


def test_markup_is_kept_and_text_is_not() -> None:
    assert joined([Html("<b>a</b>"), "<b>"]) == "<b>a</b>&lt;b&gt;"
    assert (
        tag("p", title='"', hidden=False, x=1.0, y=0, z=2.345)
        == '<p title="&quot;" x="1" y="0" z="2.35"></p>'
    )


def test_a_drawing_of_its_own_is_a_document() -> None:
    text = standalone(bar_chart([Bar("a", 0.5)], axis=SHARE, title="t"))
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "prefers-color-scheme: dark" in text
