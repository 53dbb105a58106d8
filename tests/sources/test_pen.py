import gzip
import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speechlstm.data.strokes import read_strokes
from speechlstm.errors import DataError
from speechlstm.features.strokes import pen_points
from speechlstm.messages import Gap
from speechlstm.sources.pen import PenSource

PIECES = [[[[0, 0], [3, 4.5]], [[1, 1]]], [[[5, -5], [6, 7], [8, 8]]]]


def points(piece: Any) -> list[list[float]]:
    return pen_points([np.asarray(stroke, np.float32) for stroke in piece]).tolist()


def csv(pieces: Any, *, header: str = "x,y,pen\n") -> bytes:
    blocks = ["".join(f"{x},{y},{int(up)}\n" for x, y, up in points(piece)) for piece in pieces]
    return (header + "\n".join(blocks)).encode()


def json_lines(pieces: Any) -> bytes:
    rows = [[json.dumps({"x": x, "y": y, "pen": up}) for x, y, up in points(piece)] for piece in pieces]
    return "\n\n".join("\n".join(row) for row in rows).encode()


def samples(pieces: Any) -> bytes:
    return "".join(json.dumps({"label": "a", "strokes": piece}) + "\n" for piece in pieces).encode()


def read(data: bytes, **options: Any) -> tuple[list[list[list[float]]], PenSource]:
    """The points of each piece of writing, and the source when it is done."""
    pieces: list[list[list[float]]] = [[]]
    with PenSource(io.BytesIO(data), sample_rate_hz=100, **options) as source:
        for item in source:
            if isinstance(item, Gap):
                assert item == Gap(0)
                pieces.append([])
            else:
                assert item.dtype == np.float32 and item.shape[1] == 3
                pieces[-1] += item.tolist()
    return [piece for piece in pieces if piece], source


@pytest.mark.parametrize("write", [csv, json_lines, samples])
def test_pieces_of_writing_in_every_form(write: Any, tmp_path: Path) -> None:
    found, source = read(write(PIECES))
    assert found == [points(piece) for piece in PIECES]
    extra = "columns ignored: label" if write is samples else None
    assert source.warning is None, extra
    assert read(gzip.compress(write(PIECES)))[0] == found
    file = tmp_path / "a.txt"
    file.write_bytes(write(PIECES))
    with PenSource(file, sample_rate_hz=100) as source:
        assert next(iter(source))[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("write", [csv, json_lines, samples])
def test_any_cut_of_the_bytes_gives_the_same(write: Any) -> None:
    class OneByOne(io.BytesIO):
        def read1(self, n: int = -1) -> bytes:  # type: ignore[override]
            return super().read1(1)

    whole = write(PIECES)
    with PenSource(OneByOne(whole), sample_rate_hz=100) as source:
        items = list(source)
    assert [len(item) for item in items if not isinstance(item, Gap)].count(0) == 0
    pieces: list[list[list[float]]] = [[]]
    for item in items:
        if isinstance(item, Gap):
            pieces.append([])
        else:
            pieces[-1] += item.tolist()
    assert [piece for piece in pieces if piece] == read(whole)[0]


def test_a_point_is_given_as_soon_as_its_line_has_come() -> None:
    ours, theirs = os.pipe()
    heard, come = [], threading.Event()
    with os.fdopen(ours, "rb", buffering=0) as stream:
        source = PenSource(stream, sample_rate_hz=100)

        def listen() -> None:
            with source:
                for item in source:
                    heard.append(item)
                    come.set()

        thread = threading.Thread(target=listen)
        thread.start()
        os.write(theirs, b"x,y,pen\n")
        for line in (b"1,2,0\n", b"3,4,1\n", b"\n"):
            come.clear()
            os.write(theirs, line)
            assert come.wait(5)
        os.close(theirs)
        thread.join(5)
    assert [h if isinstance(h, Gap) else h.tolist() for h in heard] == [[[1, 2, 0]], [[3, 4, 1]], Gap(0)]


def test_a_rest_in_time_ends_a_piece() -> None:
    data = b"time_s,x,y,pen\n0,1,1,0\n0.5,2,2,1\n1.4,3,3,1\n2.5,4,4,0\n"
    assert [len(piece) for piece in read(data)[0]] == [3, 1]
    assert [len(piece) for piece in read(data, max_gap_s=0.8)[0]] == [2, 1, 1]


def test_a_live_pen_that_rests_ends_a_piece_before_the_next_point() -> None:
    """But only where points carry their time: else a file would have another answer."""
    heard: list[Any] = []
    for header, given in (("time_s,x,y,pen", "0,1,2,1"), ("x,y,pen", "1,2,1")):
        ours, theirs = os.pipe()
        with os.fdopen(ours, "rb") as pipe:
            os.write(theirs, f"{header}\n{given}\n".encode())
            rest = threading.Timer(1.0, lambda fd=theirs: (os.write(fd, b"1,2,3,1\n"), os.close(fd)))
            rest.start()
            with PenSource(pipe, sample_rate_hz=100, max_gap_s=0.1) as source:
                items = iter(source)
                assert next(items).tolist() == [[1, 2, 1]]
                heard.append((next(items, None), rest.is_alive()))
            rest.join(5)
    (gap, was_live), (other, _) = heard
    assert (gap, was_live) == (Gap(0), True)
    # a point of four cells among those of three is dropped, and the input is over
    assert other is None


def test_a_screen_is_turned_and_columns_may_be_named() -> None:
    data = csv([PIECES[1]], header="")
    (found,), _ = read(data, y_down=True, columns=["x", "y", "pen"])
    assert [row[1] for row in found] == [5, -7, -8]
    assert [row[0::2] for row in found] == [[5, 0], [6, 0], [8, 1]]


def test_more_blank_lines_end_nothing_more() -> None:
    data = (
        csv([PIECES[0]]).replace(b"x,y,pen\n", b"\n\nx,y,pen\n\n") + b"\n \n\n" + csv([PIECES[1]], header="")
    )
    with PenSource(io.BytesIO(data), sample_rate_hz=100) as source:
        kinds = [isinstance(item, Gap) for item in source]
    assert kinds.count(True) == 1


def test_what_is_odd_in_records_is_counted() -> None:
    data = b"x,y,pen\n1,2,0\nnan,2,0\n3,hello,0\n4,,0\n5\n6,7,1\n"
    (found,), source = read(data)
    assert found == [[1, 2, 0], [6, 7, 1]]
    assert source.warning is not None
    assert source.warning.startswith(
        "4 of 6 records dropped: 2 not a number, 1 with an empty cell, 1 with too few"
    )


def test_what_is_odd_in_samples_is_counted() -> None:
    good = json.dumps({"strokes": [[[1, 2], [3, 4]]]})
    bad = [
        '{"strokes": []}',
        '{"label": "a"}',
        "hello",
        '{"strokes": [[[1, NaN]]]}',
        '{"strokes": [[["a", 2]]]}',
    ]
    bad += ['{"strokes": [[[1, 2, 3]]]}', '{"strokes": 7}', '{"strokes": [[1, 2]]}']
    found, source = read("\n".join([good, *bad, good]).encode())
    assert [len(piece) for piece in found] == [2, 2]
    problems = source.problems
    assert (problems.n_empty, problems.n_short, problems.n_broken_json) == (1, 1, 1)
    assert (problems.n_records, problems.n_dropped, problems.n_not_a_number) == (10, 8, 5)
    assert source.warning is not None and "the first: line 2 holds no strokes" in source.warning


def test_strokes_without_a_point_are_left_out_live_as_in_training(tmp_path: Path) -> None:
    file = tmp_path / "strokes.jsonl"
    file.write_bytes(samples([[[[1, 2], [3, 4]], [], [[5, 6]]], [[], [[7, 8]]]]))
    found, source = read(file.read_bytes())
    assert found == [pen_points(sample.strokes).tolist() for sample in read_strokes(file)]
    assert [len(piece) for piece in found] == [3, 1]
    assert source.warning is None
    _, source = read(samples([[[], []], [[[1, 2]]]]))
    assert (source.problems.n_empty, source.problems.n_dropped) == (1, 1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "standard input: holds no strokes; expected x,y,pen a line"),
        (b"x,y\n1,2\n", "has no column pen; it has x, y"),
        (b"x,y,pen\nnan,1,0\n", "nothing can be used: 1 of 1 records dropped"),
        (b'{"strokes": []}\n', "nothing can be used: 1 of 1 records dropped: 1 with an empty cell"),
        (b"a" * (2**24 + 1), "no line ends within 16,777,216 bytes"),
    ],
)
def test_what_cannot_be_read(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(data)
