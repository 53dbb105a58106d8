import itertools
from xml.etree import ElementTree

import pytest

from speechlstm.evaluation.segments.timeline import timeline_chart
from speechlstm.messages import Word
from speechlstm.page import standalone

SVG = "{http://www.w3.org/2000/svg}"
RATE_HZ = 50
LABELS = ("sit", "stand", "walk", "run", "up", "down", "lie", "a<b")


def draw(
    truth: list[Word], answer: list[Word], *, length_s: float = 60, **options: object
) -> ElementTree.Element:
    chart = timeline_chart(
        truth,
        answer,
        n_samples=round(length_s * RATE_HZ),
        sample_rate_hz=RATE_HZ,
        labels=LABELS,
        **options,  # type: ignore[arg-type]
    )
    return ElementTree.fromstring(standalone(chart))


def group(svg: ElementTree.Element, name: str) -> ElementTree.Element:
    (found,) = [g for g in svg.iter(f"{SVG}g") if g.get("class") == name]
    return found


def rects(svg: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return list(group(svg, name).iter(f"{SVG}rect"))


def ticks(svg: ElementTree.Element) -> list[tuple[float, str]]:
    return [(float(t.get("x", "nan")), t.text or "") for t in group(svg, "times").iter(f"{SVG}text")]


def second(s: float) -> int:
    return round(s * RATE_HZ)


def test_segments_lie_where_they_were() -> None:
    truth = [Word("sit", 0, second(20), 1.0), Word("walk", second(20), second(60), 1.0)]
    answer = [Word("sit", second(1), second(22), 0.8)]
    svg = draw(truth, answer)
    at = dict((text, x) for x, text in ticks(svg))
    sit, walk = rects(svg, "truth")
    (answered,) = rects(svg, "answer")
    assert float(sit.get("x", "")) == pytest.approx(at["0:00"])
    assert float(walk.get("x", "")) == pytest.approx(at["0:20"])
    assert float(walk.get("x", "")) + float(walk.get("width", "")) == pytest.approx(at["1:00"])
    second_px = (at["1:00"] - at["0:00"]) / 60
    assert float(answered.get("x", "")) == pytest.approx(at["0:00"] + second_px)
    assert float(answered.get("width", "")) == pytest.approx(21 * second_px)
    assert float(answered.get("y", "")) >= float(sit.get("y", "")) + float(sit.get("height", ""))
    assert answered.findtext(f"{SVG}title") == "sit 0:01.0 to 0:22.0"


def test_a_label_has_one_colour_in_both_bands_and_the_legend() -> None:
    segments = [Word(label, second(5 * i), second(5 * i + 5), 1.0) for i, label in enumerate(LABELS)]
    svg = draw(segments, segments[::-1])
    colours = [r.get("fill") for r in rects(svg, "truth")]
    assert len(set(colours)) == len(LABELS)
    assert [r.get("fill") for r in rects(svg, "answer")] == colours[::-1]
    assert [r.get("fill") for r in rects(svg, "legend")] == colours
    assert [t.text for t in group(svg, "legend").iter(f"{SVG}text")] == list(LABELS)


def test_many_labels_have_many_colours() -> None:
    labels = [f"label {i}" for i in range(40)]
    chart = timeline_chart([], [], n_samples=100, sample_rate_hz=10, labels=labels)
    svg = ElementTree.fromstring(standalone(chart))
    keys = rects(svg, "legend")
    assert len({r.get("fill") for r in keys}) == 40
    bottom = max(float(r.get("y", "")) + float(r.get("height", "")) for r in keys)
    assert bottom <= float(svg.get("height", ""))


@pytest.mark.parametrize("length_s", [0.5, 7, 60, 1800, 7 * 3600, 3 * 86400])
def test_the_axis_is_readable(length_s: float) -> None:
    svg = draw([], [], length_s=length_s)
    marks = ticks(svg)
    assert 4 <= len(marks) <= 46
    assert len({text for _, text in marks}) == len(marks)
    assert min(b - a for (a, _), (b, _) in itertools.pairwise(marks)) >= 60
    assert marks[-1][0] <= float(svg.get("width", ""))


def test_half_an_hour() -> None:
    svg = draw([Word("stand", second(900), second(903), 1.0)], [], length_s=1800, title="user 3 & <other>")
    (transition,) = rects(svg, "truth")
    assert float(transition.get("width", "")) == pytest.approx(3)
    assert [text for _, text in ticks(svg)][:3] == ["0:00", "2:00", "4:00"]
    assert ticks(svg)[-1][1] == "30:00"
    assert "user 3 & <other>" in [t.text for t in svg.iter(f"{SVG}text")]


def test_labels_and_times_are_told_as_they_are() -> None:
    svg = draw([Word("a<b", second(3725.26), second(3730), 1.0)], [Word("new", 0, 10, 1.0)], length_s=4000)
    (segment,) = rects(svg, "truth")
    assert segment.findtext(f"{SVG}title") == "a<b 1:02:05.3 to 1:02:10.0"
    (unknown,) = rects(svg, "answer")
    assert unknown.get("fill") == "#000000"


def test_nothing_to_draw() -> None:
    svg = draw([], [], length_s=0)
    assert rects(svg, "truth") == rects(svg, "answer") == []
    assert ticks(svg)[0][1].startswith("0:00")


def test_it_needs_no_other_file() -> None:
    text = standalone(timeline_chart([], [], n_samples=1, sample_rate_hz=1, labels=LABELS))
    assert "href" not in text and "script" not in text
    assert text.count("http") == 1  # the name space
