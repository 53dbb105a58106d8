import gzip
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from speechlstm.errors import ConfigError, DataError
from speechlstm.messages import Gap
from speechlstm.sources.paced import paced
from speechlstm.sources.problems import Problems
from speechlstm.sources.records import to_records
from speechlstm.sources.sensor import Sensor
from speechlstm.sources.sensor_stream import SensorStream
from speechlstm.sources.table import TableSource

SENSOR = Sensor(("x", "y"), 50, max_gap_s=1.0)
VALUES = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
ROWS = [f"{i / 50:.2f},{x},{y}\n" for i, (x, y) in enumerate(VALUES.tolist())]
CSV = "time_s,x,y\n" + "".join(ROWS)


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        yield source, sink


def hear(source: object, sensor: Sensor = SENSOR, **how: list[str]) -> np.ndarray:
    with TableSource(source, sensor, **how) as table:
        return np.concatenate(list(table))


def test_files_and_streams_are_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    for source in (tmp_path / "a.csv", str(tmp_path / "a.csv.gz"), io.BytesIO(CSV.encode())):
        np.testing.assert_array_equal(hear(source), VALUES)
    headless = io.BytesIO("".join(ROWS).encode())
    np.testing.assert_array_equal(hear(headless, columns=["time_s", "x", "y"]), VALUES)


def test_a_line_is_given_on_before_the_next_one_comes(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    source, sink = pipe
    table = TableSource(source, SENSOR)
    rescue = threading.Timer(20, table.stop)  # if any of it waited for more, this would end the iteration
    rescue.start()
    with table:
        chunks = iter(table)
        sink.write(b"time_s,x,y\n")
        for row, values in zip(ROWS[:20], VALUES, strict=False):
            sink.write(row.encode())
            np.testing.assert_array_equal(next(chunks), values[None])
        sink.write(b"0.40,1,")  # half a line is none
        sink.write(b"2\n")
        np.testing.assert_array_equal(next(chunks), [[1, 2]])
        sink.close()
        assert list(chunks) == []
    assert rescue.is_alive()
    rescue.cancel()


def test_standard_input_of_a_process() -> None:
    code = (
        "from speechlstm.sources.sensor import Sensor; from speechlstm.sources.table import TableSource\n"
        "with TableSource('-', Sensor(('x', 'y'), 50, 1.0)) as table:\n"
        "    for chunk in table: print(len(chunk), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as child:
        child.stdin.write(b"time_s,x,y\n0,1,2\n")
        assert child.stdout.readline() == b"1\n"
        child.stdin.write(b"0.04,1,2\n")
        assert child.stdout.readline() == b"2\n"
        child.stdin.close()
        assert child.wait() == 0


def test_stop_ends_a_silent_pipe(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    source, sink = pipe
    sink.write(b"x,y\n1,2\n3,4\n5,")
    with TableSource(source, SENSOR) as table:
        threading.Timer(0.2, table.stop).start()
        np.testing.assert_array_equal(np.concatenate(list(table)), [[1, 2], [3, 4]])


def test_stop_before_anything_came_is_no_error(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    with TableSource(pipe[0], SENSOR) as table:
        table.stop()
        assert list(table) == []


def test_gaps_restarts_and_the_warning() -> None:
    text = "time_s,x,y,z\n0,1,1,0\n0.02,2,2,0\nabc,3,3,0\n9,4,4,0\n9.02,5,5,0\n0,6,6,0\n0.02,7,7,0\n"
    with TableSource(io.BytesIO(text.encode()), SENSOR) as table:
        chunks = [chunk if isinstance(chunk, Gap) else chunk[:, 0].tolist() for chunk in table]
    assert chunks == [[1, 2], Gap(448), [4, 5], Gap(0), [6, 7]]
    assert table.warning == (
        "1 of 7 records dropped: 1 not a number (the first: line 4, time_s is 'abc'); "
        "1 gap; 1 restart of the clock; columns ignored: z"
    )


@pytest.mark.parametrize(("last", "told"), [("9", "1 gap"), ("-9", "1 restart of the clock")])
def test_a_step_before_the_last_record_is_told_too(last: str, told: str) -> None:
    """It is in doubt till the end, and starts a segment there."""
    with TableSource(io.BytesIO(f"time_s,x,y\n0,1,1\n0.02,2,2\n{last},3,3\n".encode()), SENSOR) as table:
        chunks = [chunk if isinstance(chunk, Gap) else chunk[:, 0].tolist() for chunk in table]
    assert (chunks[0], chunks[2], table.warning) == ([1, 2], [3], told)


def test_nothing_odd_is_no_warning() -> None:
    with TableSource(io.BytesIO(CSV.encode()), SENSOR) as table:
        list(table)
    assert table.warning is None
    assert table.problems.n_records == 300


def test_missing_rows_without_time_are_bridged() -> None:
    np.testing.assert_allclose(hear(io.BytesIO(b"x,y\n1,1\n,\n3,3\n")), [[1, 1], [2, 2], [3, 3]])


def test_a_cut_gzip_warns() -> None:
    with TableSource(io.BytesIO(gzip.compress(CSV.encode())[:2_000]), SENSOR) as table:
        n = sum(len(chunk) for chunk in table)
    assert 0 < n < 300
    assert table.warning.startswith("the gzip is cut short")


def test_hours() -> None:
    hourly = Sensor(("OT",), Fraction(1, 3600), max_gap_s=4 * 3600)
    text = "date,OT\n" + "".join(f"2016-07-01 {h:02}:00:00,{h}\n" for h in range(24) if h not in (5, 9, 10))
    np.testing.assert_allclose(hear(io.BytesIO(text.encode()), hourly)[:, 0], np.arange(24))


@pytest.mark.parametrize(
    ("zone", "offset_s"), [("", None), ("Z", 0), ("+02:00", 7200), ("-0330", -12_600)], ids=str
)
@pytest.mark.parametrize("row", ["{date},1,2", '{{"date": "{date}", "x": 1, "y": 2}}'], ids=["csv", "json"])
def test_the_start_has_the_zone_of_its_date(zone: str, offset_s: int | None, row: str) -> None:
    # a line that is dropped has no part in it, nor has what comes later
    rows = [f"1970-01-02T00:00:{s}{zone if s < '03' else 'Z'}" for s in ("01", "02", "03", "04")]
    lines = [row.format(date="never"), *(row.format(date=date) for date in rows)]
    header = "date,x,y\n" if row.startswith("{date}") else ""
    with TableSource(io.BytesIO((header + "\n".join(lines)).encode()), SENSOR) as table:
        assert table.start is None
        list(table)
    assert table.start is not None
    assert table.start.us == 1_000_000 * (86_401 - (offset_s or 0))
    offset = None if offset_s is None else timedelta(seconds=offset_s)
    assert (table.start.zone and table.start.zone.utcoffset(None)) == offset


@pytest.mark.parametrize("second", ["2016-07-09", "2016-06-01"], ids=["gap", "restart"])
@pytest.mark.parametrize("n_block", [1, 7, 10])
def test_the_start_is_that_of_the_first_sample_whatever_the_blocks(second: str, n_block: int) -> None:
    """A gap, or a clock that was set back, may come within the first block that is read."""
    days = [np.datetime64(day, "us") for day in ("2016-07-01", second)]
    times = [day + np.timedelta64(hour, "h") for day in days for hour in range(5)]
    time_s = np.array(times).astype(np.int64) / 1e6
    stream = SensorStream(Sensor(("OT",), Fraction(1, 3600), max_gap_s=4 * 3600), Problems())
    assert stream.start_us is None
    for first in range(0, 10, n_block):
        block = slice(first, first + n_block)
        stream.feed(to_records(time_s[block], [np.zeros(len(time_s[block]))]))
        assert stream.start_us == days[0].astype(np.int64)


def warned(text: str, sensor: Sensor = SENSOR) -> str | None:
    with TableSource(io.BytesIO(text.encode()), sensor) as table:
        list(table)
    return table.warning


UNTIMED = "no column of time: records are taken to come at the model's rate, "
ADD_TIME = "; if that is wrong, add one (time_s), or give --record-rate to transcribe, listen or forecast"
FAR_BELOW = "far below the model's rate, "


@pytest.mark.parametrize("text", ["x,y\n1,2\n", '{"x": 1, "y": 2}\n'])
def test_records_without_time_are_told_of_once(text: str) -> None:
    assert warned(text) == f"{UNTIMED}50 Hz{ADD_TIME}"
    hourly = Sensor(("x", "y"), Fraction(1, 3600), max_gap_s=4 * 3600)
    assert warned(text, hourly) == f"{UNTIMED}one every 3600 s{ADD_TIME}"


@pytest.mark.parametrize("rate_hz", [25, Fraction(25, 2)])
def test_records_without_time_at_a_rate_that_is_known(rate_hz: int | Fraction) -> None:
    untimed = "x,y\n" + "".join(f"{i},{-i}\n" for i in range(100))
    timed = "time_s,x,y\n" + "".join(f"{float(i / rate_hz)},{i},{-i}\n" for i in range(100))
    known = Sensor(("x", "y"), 50, max_gap_s=1.0, untimed_rate_hz=rate_hz)
    for text in (untimed, "\n".join(f'{{"x": {i}, "y": {-i}}}' for i in range(100))):
        found = hear(io.BytesIO(text.encode()), known)
        np.testing.assert_array_equal(found, hear(io.BytesIO(timed.encode())))
    # at its own rate nothing is drawn in between
    assert len(found) == 99 * 50 / rate_hz + 1 and len(hear(io.BytesIO(untimed.encode()))) == 100
    assert warned(untimed, known) == warned(timed)
    # who carries times is believed
    np.testing.assert_array_equal(
        hear(io.BytesIO(spaced(0.02, 100).encode()), known), hear(io.BytesIO(spaced(0.02, 100).encode()))
    )
    for rate in (0, Fraction(1, 2), 10**9):
        with pytest.raises(ConfigError, match=f"at most 1 s apart, .* got a rate of {rate} Hz"):
            Sensor(("x", "y"), 50, 1.0, untimed_rate_hz=rate)


def spaced(step_s: float, n: int) -> str:
    return "time_s,x,y\n" + "".join(f"{i * step_s:.3f},1,2\n" for i in range(n))


def test_a_rate_far_below_the_model_s() -> None:
    assert (
        warned(spaced(0.1, 100)) == f"records come at about 10.1 Hz, {FAR_BELOW}50 Hz: most is interpolated"
    )
    # a little less is bridged in silence, and so is what is too short to judge, and a gap
    assert warned(spaced(0.03, 100)) is None
    assert warned(spaced(0.1, 20)) is None
    assert warned(spaced(0.02, 50) + "".join(f"{60 + i * 0.02},1,2\n" for i in range(50))) == "1 gap"


def test_short_gaps_are_bridged_and_counted() -> None:
    # of 0.3 s it is not known yet what is usual; 0.08 s may be jitter, 0.4 s after it are none
    times = [*np.arange(0, 6) * 0.02, 0.4, *(0.4 + 0.02 * np.arange(1, 40)), 1.26, 1.66, 1.68]
    lines = [f"{t:.3f},1,2" for t in times]
    text = "time_s,x,y\n" + "\n".join(lines) + "\n"
    assert warned(text) == "1 short gap bridged"
    # however they come
    problems = Problems()
    stream = SensorStream(SENSOR, problems)
    for t in times:
        stream.feed(to_records([t], [[1.0], [2.0]]))
    stream.finish()
    assert problems.n_bridged == 1
    # who is slow by nature has no gaps, nor who sends in bursts
    assert "short" not in (warned(spaced(0.15, 60)) or "")
    bursts = [f"{0.2 * i + 0.001 * k:.3f},1,2" for i in range(30) for k in range(10)]
    assert "short" not in (warned("time_s,x,y\n" + "\n".join(bursts) + "\n") or "")


@pytest.mark.parametrize("step_s", [0.08, 0.081])
@pytest.mark.parametrize("n", [1, 7, 64])
def test_a_step_at_the_limit_counts_however_records_are_cut(step_s: float, n: int) -> None:
    times = 1.7e9 + np.cumsum([0.02] * 40 + [step_s] + [0.02] * 40)
    problems = Problems()
    stream = SensorStream(SENSOR, problems)
    for i in range(0, len(times), n):
        stream.feed(to_records(times[i : i + n], np.zeros((2, len(times[i : i + n])))))
    stream.finish()
    assert problems.n_bridged == (step_s > 0.08)


def test_a_late_record_leaves_no_short_gap() -> None:
    times = [f"{0.02 * i:.2f},1,2" for i in range(60)]
    text = "time_s,x,y\n" + "\n".join([*times[:40], "0.5,1,2", *times[40:]]) + "\n"
    told = warned(text)
    assert told is not None and "1 back in time" in told and "short" not in told


def test_milliseconds_that_are_taken_for_seconds() -> None:
    told = warned(spaced(20.0, 100))
    assert told == (
        "99 gaps; most records are more than 1 s apart, which is not bridged; if their times are not in "
        "seconds, name the column by the unit (time_ms, time_us, time_ns)"
    )
    assert warned(spaced(20.0, 100).replace("time_s", "time_ms")) is None


def test_wild_values_are_kept_and_told_of() -> None:
    limited = Sensor(("x", "y"), 50, max_gap_s=1.0, limits=((-10, 10), (-1, 20)))
    rows = ["0,10,20", "0.02,-10,-1", "0.04,1,1e30", "0.06,-10.5,0", "0.08,1e39,0", "0.1,11,21"]
    text = "time_s,x,y\n" + "\n".join(rows) + "\n"
    told = "3 records hold values far outside what the model knows (the first: y is 1e+30)"
    dropped = "1 of 6 records dropped: 1 not a number (the first: line 6, x is '1e39'); "
    assert warned(text, limited) == dropped + told
    assert hear(io.BytesIO(text.encode()), limited)[2].tolist() == [1, np.float32(1e30)]
    # nothing is known of what is wild
    assert warned(text.replace("1e39", "0")) is None
    with pytest.raises(ConfigError, match="expected limits of each of 2 channels, got 1"):
        Sensor(("x", "y"), 50, 1.0, ((0, 1),))


def test_it_can_be_paced() -> None:
    sensor = Sensor(("x", "y"), 1_000, max_gap_s=1.0)
    text = "x,y\n" + "1,2\n" * 90
    with TableSource(io.BytesIO(text.encode()), sensor) as table:
        assert [len(chunk) for chunk in paced(table, sensor.sample_rate_hz)] == [30, 30, 30]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "standard input: holds no records; expected lines of CSV"),
        (b"\n\n", "holds no records"),
        (b"x,y\n", "holds no records"),
        (b"x;y\n0,5;-1,25\n", "1 of 1 records dropped.*x is '0,5'.*; write decimals with a point$"),
        (b"x,y\na,b\nc,\n", "no record can be used: 2 of 2 records dropped.*line 2, x is 'a'"),
    ],
)
def test_no_records(text: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        hear(io.BytesIO(text))


def test_sensors_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match="at least one channel"):
        Sensor((), 50, 1.0)
    with pytest.raises(ConfigError, match="channels must differ, got x, x"):
        Sensor(("x", "x"), 50, 1.0)
    with pytest.raises(ConfigError, match="max_gap_s of at least a sample"):
        Sensor(("x",), 50, 0.001)
