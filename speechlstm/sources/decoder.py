"""Records out of bytes that come in pieces of any size: lines of CSV or of JSON."""

import re
from collections.abc import Sequence
from fractions import Fraction

from speechlstm.errors import DataError
from speechlstm.sources.csv_records import CsvDecoder
from speechlstm.sources.json_records import JsonDecoder
from speechlstm.sources.problems import Problems
from speechlstm.sources.records import Decoder, Records, no_records, require_columns, require_once

__all__ = ["RecordDecoder"]

_MAX_LINE_BYTES = 1 << 20
_BOM = "\ufeff"
# a list of objects or of rows; what a logger says in brackets is none
_ARRAY = re.compile(r'\[\s*(\[\s*[-\d"]|\{\s*")')
# how WAV, FLAC and Ogg begin
_SOUND = (b"RIFF", b"fLaC", b"OggS")
# noise on a wire may hold zeros; every other byte of UTF-16 is one
_MOST_ZEROS = 0.25


class RecordDecoder:
    """Bytes in, records out; every line is decoded as soon as its end has come.

    The first line that is not blank decides: one that starts with ``{`` (or ends with ``}``, as the rest of a
    line does that began before we listened) means JSON, any other CSV.

    Args:
        channels: Names of the wanted channels, in the wanted order; other columns are ignored.
        sample_rate_hz: Rate of records that carry no time.
        columns: Names of the columns of CSV, where there is no header.
        name: What to call the stream in errors.

    Attributes:
        problems: What was odd so far.

    Raises:
        DataError: A channel is not among the columns that are named, or there twice. On decoding: one that is
            missing, no header, or what is no text at all.

    Example:
        >>> decoder = RecordDecoder(["x"], sample_rate_hz=50)
        >>> [decoder.feed(piece).values.tolist() for piece in (b"time_s,x", b"\\n0,1.5\\n0.02,", b"2\\n")]
        [[], [[1.5]], [[2.0]]]
    """

    def __init__(
        self,
        channels: Sequence[str],
        *,
        sample_rate_hz: int | Fraction,
        columns: Sequence[str] | None = None,
        name: str = "the stream",
    ) -> None:
        if columns is not None:
            require_columns(channels, columns, name, cure="name a column for each cell, in their order")
            require_once(channels, columns, name)
        self.problems = Problems()
        self._channels = tuple(channels)
        self._rate_hz = sample_rate_hz
        self._columns = columns
        self._name = name
        self._decoder: Decoder | None = None
        self._rest = b""

    def feed(self, data: bytes) -> Records:
        """Take bytes, any number of them; give the records of the lines that are complete."""
        whole, newline, rest = data.rpartition(b"\n")
        if not newline:
            self._rest += data
        else:
            whole, self._rest = self._rest + whole, rest
        if len(self._rest) > _MAX_LINE_BYTES:
            raise DataError(
                f"{self._name}: no line ends within {_MAX_LINE_BYTES:,} bytes; expected lines of text"
            )
        return self._decode(whole) if newline else no_records(len(self._channels))

    def finish(self) -> Records:
        """Give the record of a last line that has no newline; the stream is over."""
        rest, self._rest = self._rest, b""
        return self._decode(rest) if rest else no_records(len(self._channels))

    @property
    def is_laid_out(self) -> bool:
        """Whether it is known by now where the channels stand in a line."""
        return self._decoder is not None and self._decoder.is_laid_out

    def forget_rest(self) -> None:
        """Forget the beginning of a line whose end will not come."""
        self._rest = b""

    def _decode(self, data: bytes) -> Records:
        text = data.decode("utf-8", errors="replace")
        if self._decoder is None:
            text = text.removeprefix(_BOM)
            if not text.strip():
                return no_records(len(self._channels))
            self._decoder = self._open(data, text)
        return self._decoder.decode(text.split("\n"))

    def _open(self, data: bytes, text: str) -> Decoder:
        if data.startswith(b"PAR1"):
            raise DataError(f"{self._name}: is Parquet; name the file, as a.parquet, it needs to be whole")
        if data.startswith(_SOUND):
            raise DataError(f"{self._name}: is sound, no records; give it to a model that hears sound")
        first, *others = (line.strip() for line in text.split("\n") if line.strip())
        if first.count("\0") > _MOST_ZEROS * len(first) and self._columns is None:
            raise DataError(
                f"{self._name}: is no UTF-8 text (it holds zeros); "
                "expected CSV or JSON lines; save it as UTF-8"
            )
        if _ARRAY.match(first if first != "[" else "".join([first, *others[:1]])):
            raise DataError(
                f"{self._name}: is a JSON array; expected an object a line, as `jq -c '.[]'` writes them"
            )
        if first.startswith("{") or first.endswith("}"):
            return JsonDecoder(
                self._channels, sample_rate_hz=self._rate_hz, problems=self.problems, name=self._name
            )
        return CsvDecoder(
            self._channels,
            sample_rate_hz=self._rate_hz,
            problems=self.problems,
            columns=self._columns,
            name=self._name,
        )
