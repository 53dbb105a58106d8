import contextlib
import gzip
import io
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from disks import Torn

from speechlstm.errors import DataError
from speechlstm.sources.byte_stream import ByteStream

TEXT = "".join(f"{x}\n" for x in np.random.default_rng(0).normal(size=50_000)).encode()


class Slow(io.BytesIO):
    """Gives a few bytes at a time, and has no file descriptor."""

    def __init__(self, data: bytes, n: int) -> None:
        super().__init__(data)
        self.n = n

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(self.n)


def read(source: object) -> bytes:
    with ByteStream(source) as stream:
        data = b"".join(stream)
    assert stream.warning is None
    return data


def test_files(tmp_path: Path) -> None:
    for name, data in {
        "a.csv": TEXT,
        "a.csv.gz": gzip.compress(TEXT),
        "no-ending": gzip.compress(TEXT),
    }.items():
        (tmp_path / name).write_bytes(data)
        assert read(tmp_path / name) == TEXT
    (tmp_path / "empty").write_bytes(b"")
    assert read(str(tmp_path / "empty")) == b""


@pytest.mark.skipif(os.name == "nt", reason="descriptors as POSIX has them")
def test_a_file_beyond_the_descriptors_that_select_knows(tmp_path: Path) -> None:
    import resource

    _, most = limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < 1200:
        pytest.skip(f"no more than {most} files may be open")
    (tmp_path / "a.csv").write_bytes(TEXT)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(1200, limits[0]), most))
    with contextlib.ExitStack() as held:
        held.callback(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        while held.enter_context(open(tmp_path / "a.csv", "rb")).fileno() < 1030:
            pass
        assert read(tmp_path / "a.csv") == TEXT
        reading, writing = os.pipe()
        with open(reading, "rb") as pipe, open(writing, "wb") as source:
            stream = ByteStream(pipe)
            threading.Timer(0.2, stream.stop).start()
            source.write(b"1\n")
            source.flush()
            with stream:
                assert list(stream) == [b"1\n"]


@pytest.mark.parametrize("n", [1, 7, 100_000])
def test_streams(n: int) -> None:
    short = TEXT[:9_999]
    packed = gzip.compress(short[:5_000]) + gzip.compress(short[5_000:]) + bytes(10)
    for data in (short, packed):
        stream = Slow(data, n)
        assert read(stream) == short
        assert not stream.closed


def test_a_byte_that_could_be_gzip_alone() -> None:
    assert read(io.BytesIO(b"\x1f")) == b"\x1f"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_has_come_is_given_at_once(pack: object) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        pieces = iter(ByteStream(source).__enter__())
        for line in (b"one\n", b"two\n"):
            sink.write(pack(line))
            assert next(pieces) == line
        sink.close()
        assert list(pieces) == []


def test_stop_ends_a_silent_pipe() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb"), ByteStream(source) as stream:
        threading.Timer(0.2, stream.stop).start()
        began_s = time.monotonic()
        assert list(stream) == []
        assert 0.15 < time.monotonic() - began_s < 2


def test_a_gzip_that_is_cut_short_is_used_up_to_the_cut(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(TEXT)[:200_000])
    with ByteStream(tmp_path / "a.csv.gz") as stream:
        data = b"".join(stream)
    assert TEXT.startswith(data)
    assert len(data) > 200_000
    assert stream.warning == "the gzip is cut short"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv.gz", b"x,y\n1,2\n", "a.csv.gz: is no gzip, though its name says so; rename it"),
        ("a.csv.gz", gzip.compress(TEXT)[:-8] + b"12345678", "is a damaged gzip .*get it again"),
        ("a.csv", b"\x1f\x8b\x08broken", "is a damaged gzip"),
    ],
)
def test_damaged(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=message):
        read(tmp_path / name)


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"missing.csv: cannot be opened \(No such file"):
        read(tmp_path / "missing.csv")
    with pytest.raises(DataError, match="is a folder, expected a file of CSV"):
        read(tmp_path)
    leader, follower = os.openpty()
    with (
        os.fdopen(leader),
        os.fdopen(follower, "rb", buffering=0) as terminal,
        pytest.raises(DataError, match="standard input is a terminal, expected records"),
    ):
        read(terminal)


def test_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="standard input is closed; pipe some records in"):
        ByteStream("-")


def test_a_pause_is_told_once() -> None:
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as pipe, ByteStream(pipe, pause_s=0.05) as stream:
        os.write(theirs, b"12")
        pieces = iter(stream)
        assert [next(pieces), next(pieces)] == [b"12", b""]
        later = threading.Timer(0.5, lambda: os.write(theirs, b"3"))
        later.start()
        assert next(pieces) == b"3"
        os.close(theirs)
        assert list(pieces) == []


def test_a_file_has_no_pauses(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    with ByteStream(tmp_path / "a.csv", pause_s=1e-9) as stream:
        assert all(stream)


def test_a_read_that_fails_names_the_source_after_all_that_came() -> None:
    heard = []
    with (
        pytest.raises(DataError, match=r"standard input: cannot be read on \(Input/output error\); check "),
        ByteStream(Torn(b"time_s,x\n", 4)) as stream,
    ):
        heard.extend(stream)
    assert b"".join(heard) == b"time_s,x\n"


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "gone.csv").symlink_to("moved.csv")
    with (
        pytest.raises(DataError, match=r"gone\.csv: is a link to moved\.csv, which is not there"),
        ByteStream(tmp_path / "gone.csv"),
    ):
        pass
