"""Lists kept as JSON lines: an object a line, blank lines between them or none, gzip by the name."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from speechlstm.errors import DataError

__all__ = ["UNREADABLE", "open_text", "rows_of", "text_of"]

# what reading such a file raises; the caller knows what to call it
UNREADABLE = (OSError, EOFError, UnicodeDecodeError, zlib.error)


def open_text(path: Path, *, newline: str) -> IO[str]:
    """A file of UTF-8 text, with a byte order mark or without; gzip where its name ends in ``.gz``.

    Args:
        path: The file.
        newline: As of :func:`open`.
    """
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline=newline)
    return path.open(encoding="utf-8-sig", newline=newline)


def rows_of(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of JSON lines, each after its place, as ``manifest.jsonl, line 3``, for errors.

    Raises:
        DataError: A line that is no JSON object.
        OSError, EOFError, UnicodeDecodeError, zlib.error: It cannot be read; see :data:`UNREADABLE`.
    """
    # the separators that str.splitlines knows may stand in a string of JSON
    with open_text(path, newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                where = f"{path}, line {number}"
                yield where, _object(line, where)


def text_of(row: Mapping[str, Any], key: str, where: str, *, or_number: bool = False) -> str:
    """A text of a row, without the space around it; empty where the row has none.

    Args:
        row: The row.
        key: Which text.
        where: Its place, for the error.
        or_number: Whether a whole number is taken for its digits, as a label or a name may be one.

    Raises:
        DataError: It is something else.
    """
    value = row.get(key, "")
    if or_number and type(value) is int:
        return str(value)
    if not isinstance(value, str):
        raise DataError(f"{where} has {key} = {_short(json.dumps(value))}; expected a string")
    return value.strip()


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} is not valid JSON ({error}); expected one object a line") from error
    if not isinstance(row, dict):
        raise DataError(f"{where} is {_short(line.strip())}; expected one JSON object a line")
    return row


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
