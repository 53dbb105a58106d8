"""A page of HTML that needs no other file."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from speechlstm.page.markup import Html, tag

__all__ = ["Page", "data_script", "figure", "section", "standalone", "table", "tiles"]

_SECTION = re.compile(r'<section id="([^"]*)"><h2>(.*?)</h2>')
_ALLOWED = (
    "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'"
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page consists of.

    It forbids the browser to load anything from elsewhere, and is light or dark as its reader likes. Where
    its script talks to the server that the page came from, ``connects`` says so.

    Attributes:
        title: Its name.
        kind: What stands above the title, as the command that made it.
        lead: What it is about, in a sentence or two.
        parts: Its content, of :func:`section` or any other markup.
        footer: What stands below.
        style: CSS in addition to the page's own.
        script: JavaScript that is run when all else is there.
        connects: Whether the script may talk to the server the page came from.
        contents: Whether the sections are listed at the top.
    """

    title: str
    kind: str
    lead: str
    parts: tuple[Html, ...]
    footer: str = ""
    style: str = ""
    script: str = ""
    connects: bool = False
    contents: bool = False

    def __str__(self) -> str:
        """The whole document."""
        header = tag(
            "header",
            tag("p", self.kind, class_="kind"),
            tag("h1", self.title),
            tag("p", self.lead, class_="lead"),
            self._contents(),
        )
        body = tag(
            "body",
            header,
            tag("main", *self.parts),
            tag("footer", self.footer),
            Html(f"<script>{self.script}</script>" if self.script else ""),
        )
        return f'<!doctype html>\n<html lang="en">{self._head()}{body}</html>\n'

    def _contents(self) -> Html:
        if not self.contents:
            return Html("")
        found = (named for part in self.parts for named in _SECTION.findall(part))
        return tag("nav", *(tag("a", Html(title), href=f"#{name}") for name, title in found))

    def _head(self) -> Html:
        allowed = _ALLOWED + ("; connect-src 'self'" if self.connects else "")
        style = _css("colours.css") + _css("page.css") + self.style
        return tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=allowed),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("title", self.title),
            Html(f"<style>{style}</style>"),
        )


def section(title: str, *children: str, name: str, lead: str = "") -> Html:
    """A part of a page with a heading.

    Args:
        title: The heading.
        children: What it holds.
        name: Its ``id``.
        lead: A sentence under the heading.
    """
    under = tag("p", lead, class_="lead") if lead else Html("")
    return tag("section", tag("h2", title), under, *children, id=name)


def figure(
    drawing: Html,
    caption: str,
    *,
    title: str = "",
    numbers: Html | None = None,
    beside: Html | None = None,
    wide: bool = False,
) -> Html:
    """A drawing with a line on how to read it, and the numbers it is made of.

    Args:
        drawing: The SVG element.
        caption: How to read it.
        title: What it shows.
        numbers: A :func:`table`, shown on demand.
        beside: What stands beside the drawing where there is room, else below.
        wide: Whether it takes the whole width of the page.
    """
    folded = "" if numbers is None else tag("details", tag("summary", "The numbers"), numbers)
    return tag(
        "figure",
        tag("h3", title) if title else "",
        tag("div", drawing, class_="scroll") if beside is None else _pair(drawing, beside),
        tag("figcaption", caption),
        folded,
        class_="wide" if wide else None,
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """A table; what looks like a number stands to the right.

    Args:
        head: Names of the columns.
        rows: Text of the cells, as many as there are columns.
    """
    names = tag("tr", *(tag("th", name, scope="col") for name in head))
    body = (tag("tr", *(tag("td", cell, class_=_kind(cell)) for cell in row)) for row in rows)
    return tag("div", tag("table", tag("thead", names), tag("tbody", *body)), class_="scroll")


def tiles(figures: Iterable[tuple[str, str, str]]) -> Html:
    """The figures that matter most, side by side.

    Args:
        figures: Name, figure and a note on each.
    """
    return tag(
        "dl",
        *(
            tag(
                "div",
                tag("dt", name),
                tag("dd", tag("div", figure, class_="big"), tag("div", note, class_="small")),
                class_="tile",
            )
            for name, figure, note in figures
        ),
        class_="tiles",
    )


def data_script(name: str, value: object) -> Html:
    """A value for the page's script, which finds it as ``JSON.parse(document.getElementById(name).text)``.

    Args:
        name: Its ``id``.
        value: Anything that JSON holds.
    """
    # no text of a user's ends the element
    text = json.dumps(value, ensure_ascii=True).replace("<", "\\u003c")
    return Html(f'<script type="application/json" id="{name}">{text}</script>')


def standalone(drawing: Html) -> str:
    """An SVG document that needs no other file, light or dark like a page.

    Args:
        drawing: The SVG element.
    """
    begin, end, rest = drawing.partition(">")
    return f"{begin}{end}<style>{_css('colours.css')}</style>{rest}"


def _pair(drawing: Html, beside: Html) -> Html:
    return tag("div", tag("div", drawing, class_="scroll"), tag("div", beside), class_="pair")


@cache
def _css(name: str) -> str:
    return files("speechlstm.page").joinpath(name).read_text(encoding="utf-8")


def _kind(cell: str) -> str | None:
    return "number" if cell[:1].isdigit() or cell in ("", "unknown") or cell[:1] in "-+" else None
