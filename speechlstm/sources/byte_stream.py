"""Bytes of a file or a live pipe, unpacked where they are gzip, as soon as they come."""

import os
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from speechlstm.errors import DataError, cure
from speechlstm.sources.arrival import file_descriptor, has_come, read_some
from speechlstm.sources.paths import broken_link

__all__ = ["ByteStream"]

_N_BLOCK = 1 << 18
_LOOK_S = 0.1
_GZIP = b"\x1f\x8b"


class ByteStream:
    """A file, standard input or any stream of bytes; iterating gives what has come, gunzipped.

    A gzip that was cut short is used up to the cut, with a ``warning``.

    Args:
        source: A path, ``-`` for standard input, or a stream, which stays open.
        pause_s: When nothing has come for so many seconds, no bytes are given once; None to wait in silence.
            Not of a gzip, nor on Windows.

    Attributes:
        name: What it is called in errors.
        warning: That a gzip is cut short, or None; known when it has been read.

    Raises:
        DataError: Standard input is closed. On opening: missing, a folder, a terminal. While iterating: a
            damaged gzip, or a read that fails.
    """

    def __init__(self, source: str | Path | BinaryIO, *, pause_s: float | None = None) -> None:
        self._pause_s = pause_s
        self.warning: str | None = None
        self.name = _name(source)
        self._source: str | Path | BinaryIO = _standard_input() if source == "-" else source
        self._file: BinaryIO | None = None
        self._stopped = False

    def __enter__(self) -> "ByteStream":
        if not isinstance(self._source, str | Path):
            if self._source.isatty():
                raise DataError(
                    f"{self.name} is a terminal, expected records; pipe some in, as `... < data.csv`"
                )
            self._file = self._source
            return self
        path = Path(self._source)
        if link := broken_link(path):
            raise DataError(link)
        if path.is_dir():
            raise DataError(f"{path}: is a folder, expected a file of CSV, JSON lines or Parquet")
        try:
            self._file = open(path, "rb", buffering=0)
        except OSError as error:
            raise DataError(
                f"{path}: cannot be opened ({error.strerror}); check its name and permissions"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None and self._file is not self._source:
            self._file.close()
        self._file = None

    def __iter__(self) -> Iterator[bytes]:
        start = b""
        while len(start) < len(_GZIP) and (more := self._read()):
            start += more
            if not start.startswith(_GZIP[: len(start)]):
                break
        if start.startswith(_GZIP):
            yield from self._unpack(start)
            return
        if self.name.endswith(".gz") and start:
            raise DataError(f"{self.name}: is no gzip, though its name says so; rename it, or get it again")
        while start:
            yield start
            if self._pauses():
                yield b""
            start = self._read()

    def stop(self) -> None:
        """End the iteration within a tenth of a second; safe in any thread and signal handler."""
        self._stopped = True

    def _unpack(self, data: bytes) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(wbits=31)
        while data:
            if unpacker.eof:
                data = data.lstrip(b"\0")  # zeros may fill a gzip to the end of a block
                if not data:
                    data = self._read()
                    continue
                unpacker = zlib.decompressobj(wbits=31)
            try:
                unpacked = unpacker.decompress(data)
            except zlib.error as error:
                raise DataError(f"{self.name}: is a damaged gzip ({error}); get it again") from error
            if unpacked:
                yield unpacked
            data = unpacker.unused_data or self._read()
        if not unpacker.eof and not self._stopped:
            self.warning = "the gzip is cut short"

    def _pauses(self) -> bool:
        """Whether the next bytes let wait for themselves; returns when they have come, or it is known."""
        fd = None if self._file is None else file_descriptor(self._file)
        if self._pause_s is None or fd is None or os.name == "nt":
            return False
        until_s = time.monotonic() + self._pause_s
        while not self._stopped:
            left_s = max(0.0, until_s - time.monotonic())
            if has_come(fd, min(_LOOK_S, left_s)):
                return False
            if not left_s:
                return True
        return False

    def _read(self) -> bytes:
        """Some bytes, as soon as there are any; nothing at the end or after :meth:`stop`."""
        if self._file is None:
            raise DataError(f"{self.name} is not open; use `with`")
        try:
            return read_some(self._file, _N_BLOCK, lambda: self._stopped)
        except OSError as error:
            raise DataError(
                f"{self.name}: cannot be read on ({error.strerror or error}); {cure(error)}"
            ) from error


def _standard_input() -> BinaryIO:
    if sys.stdin is None:  # as after `<&-`
        raise DataError("standard input is closed; pipe some records in")
    return sys.stdin.buffer


def _name(source: str | Path | BinaryIO) -> str:
    return str(source) if isinstance(source, str | Path) and source != "-" else "standard input"
