import datetime
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speechlstm.errors import DataError, MissingDependency
from speechlstm.sources.problems import Problems
from speechlstm.sources.record_file import RecordFile
from speechlstm.sources.records import Records
from speechlstm.sources.sensor import Sensor
from speechlstm.sources.table import TableSource

SENSOR = Sensor(("x", "y"), 50, max_gap_s=1.0)
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")

    def write(**columns: Any) -> Path:
        parquet.write_table(arrow.table(columns), tmp_path / "a.parquet", row_group_size=100)
        return tmp_path / "a.parquet"

    return write


def read(path: Path) -> tuple[Records, Problems]:
    with RecordFile(path, SENSOR) as file:
        parts = list(file)
    return Records(*(np.concatenate(columns) for columns in zip(*parts, strict=True))), file.problems


def test_a_name_in_capitals_is_parquet_too(write: Write) -> None:
    path = write(x=[1.0, 2.0], y=[3.0, 4.0], time_s=[0.0, 0.02])
    records, _ = read(path.rename(path.with_suffix(".PARQUET")))
    assert records.values.tolist() == [[1, 3], [2, 4]]


def test_columns_of_many_kinds(write: Write) -> None:
    x = np.random.default_rng(0).normal(size=70_000).astype(np.float32)
    labels = np.array(["sit", "stand", None], object)[np.arange(70_000) % 3]
    path = write(label=labels, y=np.arange(70_000), extra=x, time_s=np.arange(70_000) / 50, x=x)
    records, problems = read(path)
    np.testing.assert_array_equal(records.values[:, 0], x)
    np.testing.assert_array_equal(records.values[:, 1], np.arange(70_000))
    np.testing.assert_array_equal(records.time_s, np.arange(70_000) / 50)
    assert records.labels[:4].tolist() == ["sit", "stand", "", "sit"]
    assert problems == Problems(n_records=70_000, extra_columns=("extra",))


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Berlin", 2), ("+02:00", 2), ("UTC", 0), (None, None)])
def test_the_zone_of_a_column_of_dates(write: Write, zone: str | None, hours: int | None) -> None:
    arrow = pytest.importorskip("pyarrow")
    dates = arrow.array([datetime.datetime(2016, 7, 1)] * 2, arrow.timestamp("us", zone))
    _, problems = read(write(date=dates, x=[1, 2], y=[1, 2]))
    summer = datetime.datetime(2016, 7, 1)
    offset = None if hours is None else datetime.timedelta(hours=hours)
    assert (problems.zone and problems.zone.utcoffset(summer)) == offset


def test_times_of_many_kinds(write: Write) -> None:
    day = datetime.datetime(2016, 7, 1)
    dates = [day + datetime.timedelta(milliseconds=20 * i) for i in range(3)]
    expected = 1_467_331_200 + np.arange(3) / 50
    for name, times in {
        "date": dates,
        "time": [date.replace(tzinfo=datetime.UTC) for date in dates],
        "timestamp": [date.isoformat(" ") for date in dates],
        "t_ms": [int(second * 1000) for second in expected],
    }.items():
        records, _ = read(write(**{name: times, "x": [1, 2, 3], "y": [1, 2, 3]}))
        np.testing.assert_array_equal(np.rint(records.time_s * 1000), np.rint(expected * 1000))


def test_what_is_no_number_is_dropped(write: Write) -> None:
    path = write(x=["1", "two", "3", "4", None], y=[1.0, 2.0, None, 4.0, 5.0], label=[0, 1, 2, 0, 1])
    records, problems = read(path)
    assert records.values.tolist() == [[1, 1], [4, 4]]
    assert records.time_s.tolist() == [0, 0.06]
    assert records.labels.tolist() == ["0", "0"]
    assert problems.n_not_a_number == 3
    assert problems.first == "row 2 holds no number, or none that is finite"


def test_it_is_a_source(write: Write) -> None:
    with TableSource(write(x=[1.0, 2.0], y=[3.0, 4.0]), SENSOR) as table:
        assert np.concatenate(list(table)).tolist() == [[1, 3], [2, 4]]


def test_a_missing_channel(write: Write) -> None:
    with pytest.raises(DataError, match=r"a.parquet: has no column y; it has x, z"):
        read(write(x=[1.0], z=[1.0]))


def test_no_rows(write: Write) -> None:
    with pytest.raises(DataError, match="holds no records"):
        read(write(x=np.zeros(0), y=np.zeros(0)))


def test_what_is_no_parquet(write: Write) -> None:
    path = write(x=[1.0], y=[1.0])
    for data in (b"x,y\n1,2\n", path.read_bytes()[:-20], b""):
        path.write_bytes(data)
        with pytest.raises(DataError, match=r"a.parquet: cannot be read as Parquet .*write it again"):
            read(path)


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(
        MissingDependency, match=r"Parquet needs pyarrow.*pip install 'speechlstm\[sensors\]'"
    ):
        read(tmp_path / "a.parquet")


def test_a_column_that_is_there_twice(write: Write, tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    write(x=[1.0])
    names = ["time_s", "x", "y", "x"]
    table = arrow.Table.from_arrays([arrow.array([0.0, 0.02])] * len(names), names=names)
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet: has 2 columns x; leave that name to the one"):
        read(tmp_path / "a.parquet")
