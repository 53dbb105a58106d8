from itertools import pairwise
from xml.etree import ElementTree

import pytest

from speechlstm.page import (
    Axis,
    Bar,
    Html,
    Line,
    Point,
    ReliabilityBin,
    bar_chart,
    heat_map,
    line_chart,
    reliability_chart,
)

SVG = "{http://www.w3.org/2000/svg}"


def marks(drawing: Html, kind: str = "mark") -> list[ElementTree.Element]:
    root = ElementTree.fromstring(drawing)
    return [one for one in root.iter() if kind in (one.get("class") or "").split()]


def texts(drawing: Html) -> dict[str, ElementTree.Element]:
    return {text.text or "": text for text in ElementTree.fromstring(drawing).iter(f"{SVG}text")}


def at(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name, "nan"))


def test_points_lie_where_the_ticks_say() -> None:
    points = (Point(0, 0.25), Point(10, 0.5, (0.25, 0.75)))
    drawn = line_chart([Line("a", points)], x=Axis("x", 0, 20), y=Axis("y", 0, 1, n_ticks=4), title="t")
    first, second = marks(drawn)
    told = texts(drawn)
    assert at(second, "cx") == pytest.approx(at(told["10"], "x"))
    assert at(first, "cy") == pytest.approx(at(told["0.25"], "y") - 4)
    assert at(second, "cy") == pytest.approx(at(told["0.5"], "y") - 4)


def test_a_band_holds_its_intervals() -> None:
    points = (Point(0, 0.5, (0.25, 0.75)), Point(1, 0.5), Point(2, 0.5, (0.5, 0.5)))
    (band,) = marks(line_chart([Line("a", points)], x=Axis("x", 0, 2), y=Axis("y", 0, 1), title="t"), "band")
    corners = [tuple(map(float, pair.split(","))) for pair in (band.get("points") or "").split()]
    assert len(corners) == 4
    (left, top), (right, end), (also_right, _), (also_left, bottom) = corners
    assert (left, right) == (also_left, also_right) and top < end < bottom


def test_what_is_expected_is_dashed_and_has_no_marks() -> None:
    line = Line("a", (Point(0, 0.5), Point(1, 0.25)), (Point(0, 0.5), Point(2, 0.0, told="none at all")))
    drawn = line_chart([line], x=Axis("x", 0, 2), y=Axis("y", 0, 1), title="t")
    (dashed,) = marks(drawn, "dashed")
    first, second = marks(drawn, "mark")
    begin, end = (tuple(map(float, pair.split(","))) for pair in (dashed.get("points") or "").split())
    assert begin == pytest.approx((at(first, "cx"), at(first, "cy")), abs=0.1)
    assert end[0] - begin[0] == pytest.approx(2 * (at(second, "cx") - at(first, "cx")), abs=0.1)
    assert "none at all" in drawn


def test_labels_do_not_lie_on_one_another() -> None:
    points = tuple(
        Point(x, 0.5, None, "", name) for x, name in ((0.1, "balanced"), (0.15, "high"), (0.9, "all"))
    )
    drawn = line_chart([Line("a", points)], x=Axis("x", 0, 1), y=Axis("y", 0, 1), title="t")
    told = texts(drawn)
    assert at(told["balanced"], "y") == at(told["all"], "y") < at(told["high"], "y")


@pytest.mark.parametrize("step", [0.0, 0.03, 0.1, 0.25])
def test_labels_of_points_at_several_heights_are_a_line_apart(step: float) -> None:
    points = tuple(Point(0.1 + 0.02 * i, 0.5 + step * (i % 3), None, "", f"balanced {i}") for i in range(4))
    drawn = line_chart([Line("a", points)], x=Axis("x", 0, 1), y=Axis("y", 0, 1), title="t")
    bases = sorted(at(text, "y") for told, text in texts(drawn).items() if told.startswith("balanced"))
    assert len(bases) == 4
    assert all(above + 14 <= below for above, below in pairwise(bases))


def test_bars_are_as_long_as_their_values() -> None:
    drawn = bar_chart([Bar("a", 0.2), Bar("b", 0.4), Bar("c", None)], axis=Axis("x", 0, 1), title="t")
    short, long, none = marks(drawn, "bar")
    assert at(long, "width") == pytest.approx(2 * at(short, "width"), abs=0.02)
    assert at(none, "width") == 0
    assert "unknown" in texts(drawn)


def test_a_heat_map_tells_counts_and_what_is_right() -> None:
    drawn = heat_map(
        [[9, 1], [0, 4]], rows=["a", "b"], columns=["a", "c"], row_name="said", column_name="heard", title="t"
    )
    squares = marks(drawn)
    assert [s.findtext(f"{SVG}title") for s in squares] == [
        *("a → a: 9 of 10", "a → c: 1 of 10"),
        *("b → a: 0 of 4", "b → c: 4 of 4"),
    ]
    right, wrong, none, all_wrong = (at(s, "fill-opacity") for s in squares)
    assert all_wrong == 1 > right > wrong > none == 0
    assert len(marks(drawn, "s1")) == 1


def test_reliability_on_the_diagonal() -> None:
    bins = [ReliabilityBin(0.2, 0.4, 10, 0.3, 0.3), ReliabilityBin(0.8, 1.0, 5, 0.9, 0.6, (0.4, 0.8))]
    drawn = reliability_chart(bins, title="t")
    honest, boastful = (m for m in marks(drawn) if m.tag == f"{SVG}circle")
    (ideal,) = marks(drawn, "ideal")
    (x0, y0), (x1, y1) = (map(float, p.split()) for p in (ideal.get("d") or "")[1:].split("L"))

    def height(dot: ElementTree.Element) -> float:
        return (at(dot, "cy") - y0) / (y1 - y0) - (at(dot, "cx") - x0) / (x1 - x0)

    assert height(honest) == pytest.approx(0, abs=1e-3)
    assert height(boastful) == pytest.approx(-0.3, abs=1e-3)
    tall, small = marks(drawn, "bar")
    assert at(tall, "height") == pytest.approx(2 * at(small, "height"))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.9, 1), (0, 7), (-40, 0), (0, 1e-4), (3, 3)])
def test_round_ticks_lie_on_the_axis(low: float, high: float) -> None:
    ticks = Axis("x", low, high).ticks()
    assert 1 <= len(ticks) <= 8
    assert all(low - 1e-9 <= value <= high + 1e-9 for value, _ in ticks)
    assert len({text for _, text in ticks}) == len(ticks)


def test_a_logarithmic_axis() -> None:
    axis = Axis("x", 0.1, 1000, log=True)
    assert [text for _, text in axis.ticks()] == ["0.1", "1", "10", "100", "1000"]
    assert [axis.place(v) for v in (0.0, 0.1, 10, 1000, 9999)] == pytest.approx([0, 0, 0.5, 1, 1])
    assert [text for _, text in Axis("x", 1, 20, log=True).ticks()] == ["1", "2", "5", "10", "20"]
