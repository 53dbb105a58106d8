import pytest

from speechlstm.sources.timestamps import TimeColumn, find_time, to_seconds


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["x", "time_s", "time"], TimeColumn("time_s", 1.0)),
        (["t", "x"], TimeColumn("t", 1.0)),
        (["timestamp_ms", "x"], TimeColumn("timestamp_ms", 1e3)),
        (["time_us", "x"], TimeColumn("time_us", 1e6)),
        (["time_ns", "x"], TimeColumn("time_ns", 1e9)),
        (["date", "x"], TimeColumn("date", 1.0)),
        (["latency_ms", "x"], None),
        (["x"], None),
    ],
)
def test_names(columns: list[str], found: TimeColumn | None) -> None:
    assert find_time(columns, ["x"]) == found


def test_a_channel_is_no_time() -> None:
    assert find_time(["t", "x"], ["t"]) is None


@pytest.mark.parametrize(
    ("cell", "per_s", "seconds"),
    [
        ("1.5", 1.0, 1.5),
        (" 1500 ", 1e3, 1.5),
        # by `date -u -d '2016-07-01' +%s`
        ("2016-07-01 00:00:00", 1.0, 1_467_331_200.0),
        ("2016-07-01T02:00:00.25+02:00", 1.0, 1_467_331_200.25),
        ("2016-07-01T00:00:00Z", 1e3, 1_467_331_200.0),
    ],
)
def test_seconds(cell: str, per_s: float, seconds: float) -> None:
    assert to_seconds(cell, per_s) == seconds


@pytest.mark.parametrize("cell", ["", "abc", "2016-13-01"])
def test_no_seconds(cell: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid isoformat|month must be"):
        to_seconds(cell)
