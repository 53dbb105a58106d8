"""CSV and JSON lines through the decoder that chooses between them."""

import json
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.errors import DataError
from speechlstm.sources.decoder import RecordDecoder
from speechlstm.sources.problems import Problems
from speechlstm.sources.records import Records


def decode(
    pieces: Iterable[bytes], channels: str = "xy", columns: list[str] | None = None
) -> tuple[list[tuple[float, list[float], str]], Problems]:
    """All records as plain values, and what was odd."""
    decoder = RecordDecoder(list(channels), sample_rate_hz=50, columns=columns, name="a.csv")
    found: list[Records] = [decoder.feed(piece) for piece in pieces]
    found.append(decoder.finish())
    rows = []
    for records in found:
        assert records.values.dtype == np.float32
        assert records.values.shape == (len(records.time_s), len(channels))
        rows += list(zip(records.time_s.tolist(), records.values.tolist(), records.labels, strict=True))
    return rows, decoder.problems


GOOD = b"time_s,x,y,label\n0.00,1,2,walk\n0.02,3.5,-4e1,\n"
ROWS = [(0.0, [1.0, 2.0], "walk"), (0.02, [3.5, -40.0], "")]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD[:-1],
        GOOD.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + GOOD,
        b"\n\n# " + GOOD.replace(b"\n", b"\n\n"),
        GOOD.replace(b",", b";"),
        GOOD.replace(b",", b"\t"),
        GOOD.replace(b"walk", b'"walk"').replace(b"x", b'"x"'),
        b"y,extra,label,x,time_ms\n2,a b,walk,1,0\n-40,,,3.5,20\n",
        b"x,y,label\n1,2,walk\n3.5,-40,\n",
        b"date,x,y,label\n1970-01-01 00:00:00,1,2,walk\n1970-01-01 00:00:00.02,3.5,-40,\n",
        b'{"time_s":0,"x":1,"y":2,"label":"walk"}\n\n{"y":-40.0,"x":3.5,"time_s":0.02,"label":null}\n',
        b'{"x":1,"y":2,"label":"walk"}\n{"y":-40,"x":3.5}',
        b'{"t":"1970-01-01T00:00:00Z","x":1,"y":2,"label":"walk"}\n'
        b'{"t":"1970-01-01T00:00:00.02","x":3.5,"y":-40}',
    ],
)
def test_one_recording_in_many_dresses(text: bytes) -> None:
    rows, problems = decode([text])
    assert rows == ROWS
    assert (problems.n_records, problems.n_dropped) == (2, 0)
    assert decode([text[i : i + 1] for i in range(len(text))]) == (rows, problems)


@pytest.mark.parametrize("text", [b"0,1,2,walk\n0.02,3.5,-40,\n", b"a,x,y,label\n" + GOOD.split(b"\n", 1)[1]])
def test_columns_that_are_given(text: bytes) -> None:
    columns = ["time_s" if text[:1] == b"0" else "a", "x", "y", "label"]
    assert decode([text], columns=columns)[0] == ROWS


def test_spaces_between_the_cells() -> None:
    assert decode([b"x y\n1  2\n 3 4\n"])[0] == [(0.0, [1.0, 2.0], ""), (0.02, [3.0, 4.0], "")]


def test_a_label_with_a_comma() -> None:
    assert decode([b'x,y,label\n1,2,"sit, then stand"\n'])[0] == [(0.0, [1.0, 2.0], "sit, then stand")]


def test_extra_columns_are_named_once() -> None:
    _, problems = decode([b"a,x,b,y\n1,2,3,4\n1,2,3,4\n"])
    assert problems.describe() == "columns ignored: a, b"
    _, problems = decode([b'{"a":1,"x":1,"y":2}\n{"a":1,"x":1,"y":2,"b":3}\n'])
    assert problems.describe() == "columns ignored: a"


BAD_CSV = {
    "n_not_a_number": [b"0.1,abc,2", b"0.1,1,nan", b"0.1,-inf,2", b"0.1,1e39,2", b"0.1,1,2016-07-01"],
    "n_empty": [b"0.1,,2", b",1,2", b"0.1,1,  "],
    "n_short": [b"0.1,1", b"x", b"\xff\xfe"],
    "n_long": [b"0.1,1,2,3", b"0.1,1,20.2,1,2"],
}
BAD_TIME = [b"soon,1,2", b"nan,1,2", b"1e300,1,2", b"9e21,1,2", b"2016-13-01,1,2"]


@pytest.mark.parametrize(
    ("kind", "line"),
    [*((kind, line) for kind, lines in BAD_CSV.items() for line in lines)]
    + [("n_not_a_number", line) for line in BAD_TIME],
)
def test_a_bad_row_is_dropped_and_counted(kind: str, line: bytes) -> None:
    rows, problems = decode([b"time_s,x,y\n0,1,2\n" + line + b"\n0.2,5,6\n"])
    assert rows == [(0.0, [1.0, 2.0], ""), (0.2, [5.0, 6.0], "")]
    assert (getattr(problems, kind), problems.n_dropped, problems.n_records) == (1, 1, 3)
    assert problems.first.startswith("line 3")


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("n_broken_json", b'{"x":1,"y"'),
        ("n_broken_json", b"[1, 2]"),
        ("n_broken_json", b"[" * 100_000),
        ("n_short", b'{"time_s":0.1,"x":1}'),
        ("n_short", b'{"x":1,"y":1}'),
        ("n_empty", b'{"time_s":0.1,"x":null,"y":1}'),
        ("n_not_a_number", b'{"time_s":0.1,"x":"1","y":1}'),
        ("n_not_a_number", b'{"time_s":0.1,"x":true,"y":1}'),
        ("n_not_a_number", b'{"time_s":0.1,"x":NaN,"y":1}'),
        ("n_not_a_number", b'{"time_s":0.1,"x":1e39,"y":1}'),
        ("n_not_a_number", b'{"time_s":0.1,"x":1' + b"0" * 400 + b',"y":1}'),
        ("n_not_a_number", b'{"time_s":"soon","x":1,"y":1}'),
        ("n_not_a_number", b'{"time_s":"nan","x":1,"y":1}'),
    ],
)
def test_a_bad_object_is_dropped_and_counted(kind: str, line: bytes) -> None:
    good = b'{"time_s":0,"x":1,"y":2}\n'
    rows, problems = decode([good + line + b"\n" + good])
    assert rows == [(0.0, [1.0, 2.0], "")] * 2
    assert (getattr(problems, kind), problems.n_dropped, problems.n_records) == (1, 1, 3)
    assert problems.first.startswith("line 2")


def test_rows_without_time_count_what_was_dropped() -> None:
    rows, _ = decode([b"x,y\n1,2\nfoo,2\n\n3,4\n"])
    assert [row[0] for row in rows] == [0.0, 0.04]
    rows, _ = decode([b'{"x":1,"y":2}\n{"x":null,"y":2}\n{"x":3,"y":4}\n'])
    assert [row[0] for row in rows] == [0.0, 0.04]


CELLS = st.one_of(
    st.floats(-9, 9).map(repr),
    st.sampled_from(
        ["", "abc", "nan", "1e39", " 2 ", "1_0", "2016-07-01 01:00:00", "20160701", '"3"', "5\r"]
    ),
)
LINES = st.lists(CELLS, min_size=2, max_size=5).map(",".join) | st.just("0.5,1,2,sit") | st.just("")


@settings(deadline=None, max_examples=300)
@given(st.lists(LINES, max_size=12), st.booleans(), st.lists(st.integers(0, 200), max_size=6))
def test_blocks_give_what_lines_give(lines: list[str], timed: bool, cuts: list[int]) -> None:
    text = ("time_s,x,y,label\n" if timed else "a,x,y,label\n") + "\n".join(lines)
    data = text.encode()
    by_line = decode([line + b"\n" for line in data.split(b"\n")])
    assert decode([data]) == by_line
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    assert decode([data[a:b] for a, b in pairwise(edges)]) == by_line


def test_clean_blocks_are_read_column_by_column(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    lines = [f"{i / 50},{x},{y},l{i % 3}" for i, (x, y) in enumerate(values.tolist())]
    monkeypatch.setattr("speechlstm.sources.csv_records.CsvDecoder._lines", None)
    rows, _ = decode([("time_s,x,y,label\n" + "\n".join(lines)).encode()])
    np.testing.assert_array_equal(np.array([row[1] for row in rows], np.float32), values)
    assert [row[0] for row in rows] == [i / 50 for i in range(500)]
    assert [row[2] for row in rows[:4]] == ["l0", "l1", "l2", "l0"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"time_s,x,z\n0,1,2\n", r"a.csv: has no column y; it has time_s, x, z; .*--columns"),
        (json.dumps({"time_s": 0, "x": 1}).encode() + b"\n", r"has no column y; it has time_s, x"),
        (b'{"z": 1}\n' * 11, r"has no column x, y; it has z"),
        (b"time_s,x,y,x\n0,1,2,3\n", r"a.csv: has 2 columns x; leave that name to the one that is meant"),
        (b"time_s,a,b\n0,1,2\n", r"has no column x, y; it has time_s, a, b"),
        (b"no record\n" * 11, r"has no column x, y; it has no, record"),
        (
            b"0,1,2\n",
            r"has no header, its first line is '0,1,2'; .*--columns time_s,x,y, one for each of 3 cells",
        ),
        (b"1,2\n", r"as --columns x,y, one for each of 2 cells"),
        (b"0,1,2,3,4\n", r"as --columns time_s,x,y,,, one for each of 5 cells"),
        (b'[{"x": 1, "y": 2}, {"x": 1, "y": 2}]', r"is a JSON array; expected an object a line"),
        (b'[\n  {"x": 1, "y": 2}\n]\n', r"is a JSON array; expected an object a line"),
        ("x,y\n1,2\n".encode("utf-16"), r"is no UTF-8 text .*save it as UTF-8"),
        (b"PAR1\x00\x00\n", r"is Parquet; name the file, as a.parquet"),
        (b"\x7fELF\x00\x00\n", r"is no UTF-8 text"),
        (
            b"RIFF\x00\x10\x00\x00WAVEfmt \n",
            r"a.csv: is sound, no records; give it to a model that hears sound",
        ),
        (b"x" * (1 << 21), r"no line ends within 1,048,576 bytes"),
    ],
)
def test_errors(text: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        decode([text])


@pytest.mark.parametrize("before", ["boot: sensor v1.2", "\0\0\x7f", "# logger, 2026-01-01, a, b"])
def test_what_a_device_says_before_its_records_is_counted(before: str) -> None:
    """A line without commas does not mean that records are parted by spaces."""
    records = [f"{i / 50},{i},{-i}" for i in range(3)]
    rows, problems = decode(["\n".join([before, *records, ""]).encode()], columns=["time_s", "x", "y"])
    assert [row[1] for row in rows] == [[0, 0], [1, -1], [2, -2]]
    assert (problems.n_records, problems.n_short + problems.n_long) == (4, 1)
    assert problems.first.startswith("line 1 is ")
    rows, problems = decode([b"34\n" + "\n".join(records).encode()], columns=["time_s", "x", "y"])
    assert (len(rows), problems.n_short) == (3, 1)


def test_noise_on_a_wire_before_the_header() -> None:
    rows, problems = decode([b"\xff\x00\x01.3,0.2\nready\ntime_s,x,y\n0,1,2\n"])
    assert ([row[1] for row in rows], problems.n_short) == ([[1, 2]], 2)


def test_a_header_below_other_lines() -> None:
    rows, problems = decode([b"sep=,\n# logger 7, firmware 1.2, 2026\n\ntime_s,x,y\n0,1,2\n"])
    assert [row[1] for row in rows] == [[1, 2]]
    assert problems.n_short == 2


def test_a_state_before_the_first_object_is_counted() -> None:
    rows, problems = decode([b'{"state": "up"}\n{"time_s": 0, "x": 1, "y": 2}\n{"state": "low battery"}\n'])
    assert len(rows) == 1
    assert (problems.n_records, problems.n_short) == (3, 2)
    assert problems.extra_columns == ()


@pytest.mark.parametrize("per_s", [1, 1_000, 1_000_000, 1_000_000_000])
@pytest.mark.parametrize("is_json", [False, True])
def test_a_stamp_since_1970_tells_its_unit(per_s: int, is_json: bool) -> None:
    stamps = [(1_795_262_647 + i) * per_s for i in range(3)]
    lines = [json.dumps({"timestamp": t, "x": 1, "y": 2}) if is_json else f"{t},1,2" for t in stamps]
    rows, problems = decode(["\n".join([*([] if is_json else ["timestamp,x,y"]), *lines]).encode()])
    assert [row[0] for row in rows] == [1_795_262_647 + i for i in range(3)]
    assert problems.n_dropped == 0


def test_columns_that_lack_a_channel() -> None:
    with pytest.raises(DataError, match="has no column y; it has time_s, x"):
        decode([b"0,1\n"], columns=["time_s", "x"])
    with pytest.raises(DataError, match="has 2 columns x; leave that name"):
        decode([b"0,1,2\n"], columns=["x", "x", "y"])


@pytest.mark.parametrize(("columns", "n"), [("x,y", 2), ("time_s,x,y,label", 4)])
def test_columns_that_are_more_or_less_than_the_cells(columns: str, n: int) -> None:
    text = b"0,1,2\n" * 10
    _, problems = decode([text], columns=columns.split(","))
    first = f"line 1 is '0,1,2', 3 cells, where {n} columns are named"
    assert (problems.n_dropped, problems.n_long, problems.first) == (10, 10 * (n < 3), first)
    with pytest.raises(DataError, match=rf"no line has the columns that --columns names \({first}\)"):
        decode([text, b"0,1,2\n"], columns=columns.split(","))


def test_an_unnamed_column_is_passed_over() -> None:
    rows, problems = decode([b"0,7,1,8,2\n"], columns=["time_s", "", "x", "", "y"])
    assert (rows, problems.extra_columns) == ([(0.0, [1.0, 2.0], "")], ())


@pytest.mark.parametrize("line", [b"[INFO] ready", b"[[boot 1.2]]", b"["])
def test_a_line_of_a_device_in_brackets_is_no_json(line: bytes) -> None:
    rows, problems = decode([line + b"\ntime_s,x,y\n0,1,2\n"])
    assert ([row[1] for row in rows], problems.n_short) == ([[1, 2]], 1)


@pytest.mark.parametrize(
    "line", [b"# measured by hand, in the garden\n", b"boot: 3 of 7\n", b"0.02,nan,nan\n"]
)
def test_much_may_be_said_before_records_whose_columns_are_named(line: bytes) -> None:
    rows, _ = decode([12 * line + b"0,1,2\n"], columns=["time_s", "x", "y"])
    assert rows[-1] == (0.0, [1.0, 2.0], "")
