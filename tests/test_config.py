import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import pytest

from speechlstm.config import from_dict, require, to_dict, unknown_key
from speechlstm.errors import ConfigError


@dataclass(frozen=True)
class Inner:
    threshold: float = 0.5
    n_frames: int = 3

    def __post_init__(self) -> None:
        require(self.threshold >= 0, f"threshold must be 0 or more, got {self.threshold}")


@dataclass(frozen=True)
class Square:
    side: float = 1.0
    kind: Literal["square"] = "square"


@dataclass(frozen=True)
class Round:
    radius: float = 1.0
    kind: Literal["circle", "ball"] = "circle"
    style: Literal["full", "line"] = "full"


@dataclass(frozen=True)
class Drawing:
    shape: Square | Round


@dataclass(frozen=True)
class Outer:
    name: str
    words: tuple[str, ...] = ()
    inner: Inner = field(default_factory=Inner)
    by_name: dict[str, Inner] = field(default_factory=dict)
    limit: int | None = None
    is_on: bool = False


FULL = Outer("a", ("x", "y"), Inner(0.25, 7), {"low": Inner(), "high": Inner(1.0)}, 12, True)


def test_round_trip_through_json() -> None:
    assert from_dict(Outer, json.loads(json.dumps(to_dict(FULL)))) == FULL


def test_what_is_absent_takes_the_default() -> None:
    assert from_dict(Outer, {"name": "a", "inner": {"n_frames": 1}}) == Outer("a", inner=Inner(0.5, 1))


def test_a_whole_number_is_a_number() -> None:
    threshold = from_dict(Inner, {"threshold": 1}).threshold
    assert threshold == 1.0
    assert isinstance(threshold, float)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({}, Square()),
        ({"side": 2}, Square(2.0)),
        ({"kind": "ball", "radius": 3, "style": "line"}, Round(3.0, "ball", "line")),
        ({"kind": "square"}, Square()),
    ],
)
def test_one_of_several(shape: dict[str, Any], expected: Square | Round) -> None:
    assert from_dict(Drawing, {"shape": shape}) == Drawing(expected)


def test_none_of_several() -> None:
    with pytest.raises(ConfigError, match=r"shape\.kind must be one of square, circle, ball, got 'cube'"):
        from_dict(Drawing, {"shape": {"kind": "cube"}})


@pytest.mark.parametrize("value", [None, 5])
def test_optional(value: int | None) -> None:
    assert from_dict(Outer, {"name": "a", "limit": value}).limit == value


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "a", "wrods": []}, "unknown key 'wrods' in recipe; did you mean 'words'"),
        ({"name": "a", "inner": {"treshold": 1}}, r"'treshold' in recipe\.inner; did you mean 'threshold'"),
        (
            {"name": "a", "by_name": {"low": {"n": 1}}},
            r"'n' in recipe\.by_name\.low; known: n_frames, threshold",
        ),
        ({"name": "a", "zzz": 1}, "'zzz' in recipe; known: by_name, inner, is_on, limit, name, words"),
        ({}, "recipe lacks name; add"),
        ({"name": 3}, r"recipe\.name must be str, got 3"),
        ({"name": "a", "words": "x"}, r"recipe\.words must be a list, got 'x'"),
        ({"name": "a", "words": ["x", 3]}, r"recipe\.words\[1\] must be str, got 3"),
        ({"name": "a", "inner": 3}, r"recipe\.inner must be a table, got 3"),
        ({"name": "a", "by_name": []}, r"recipe\.by_name must be a table, got \[\]"),
        ({"name": "a", "inner": {"n_frames": 1.5}}, r"n_frames must be int, got 1\.5"),
        ({"name": "a", "inner": {"n_frames": True}}, "n_frames must be int, got True"),
        ({"name": "a", "inner": {"threshold": True}}, "threshold must be float, got True"),
        ({"name": "a", "inner": {"threshold": "1"}}, "threshold must be float, got '1'"),
        ({"name": "a", "is_on": 1}, "is_on must be bool, got 1"),
        ({"name": "a", "limit": "many"}, "limit must be int, got 'many'"),
        ({"name": "a", "inner": {"threshold": -1.0}}, r"threshold must be 0 or more, got -1\.0"),
        (["name"], r"recipe must be a table, got \['name'\]"),
    ],
)
def test_what_cannot_be(values: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        from_dict(Outer, values, "recipe")


def test_errors_name_the_class_where_nothing_else_is_known() -> None:
    with pytest.raises(ConfigError, match="unknown key 'x' in Inner"):
        from_dict(Inner, {"x": 1})


def test_unknown_key_takes_any_iterable() -> None:
    assert "did you mean 'units'" in str(unknown_key("unit", (k for k in ("layers", "units")), "network"))


@dataclass(frozen=True)
class Slow:
    rate_hz: int | Fraction = 50


@pytest.mark.parametrize(("written", "rate"), [(20, 20), ("1/3600", Fraction(1, 3600)), ("40/2", 20)])
def test_a_rate_may_be_a_fraction(written: int | str, rate: int | Fraction) -> None:
    found = from_dict(Slow, {"rate_hz": written})
    assert (found.rate_hz, type(found.rate_hz)) == (rate, type(rate))
    assert from_dict(Slow, json.loads(json.dumps(to_dict(found)))) == found


@pytest.mark.parametrize("written", ["fast", "1/0", ""])
def test_what_is_no_fraction(written: str) -> None:
    with pytest.raises(
        ConfigError, match=f'rate_hz must be a whole number or a fraction as "1/3600", got {written!r}'
    ):
        from_dict(Slow, {"rate_hz": written})
