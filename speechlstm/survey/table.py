"""Files of records as cells of text, whatever their columns."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechlstm.errors import DataError
from speechlstm.sources.byte_stream import ByteStream
from speechlstm.sources.csv_records import cells_in, delimiter_of
from speechlstm.sources.extra import load_extra
from speechlstm.sources.parquet import is_parquet
from speechlstm.sources.record_file import RECORD_ENDINGS

__all__ = ["Cells", "cells_of", "is_records"]


@dataclass(frozen=True, slots=True)
class Cells:
    """A file of records.

    Attributes:
        columns: Their names.
        rows: The cells, as text, of one record after the other; of the right number.
    """

    columns: tuple[str, ...]
    rows: Iterator[list[str]]


def is_records(path: Path) -> bool:
    """Whether a file's name says that it holds records."""
    return path.name.lower().endswith(RECORD_ENDINGS)


@contextmanager
def cells_of(path: Path, columns: Sequence[str] = ()) -> Iterator[Cells]:
    """The cells of CSV, JSON lines (either also as gzip) or Parquet; lines with other cells are left out.

    Args:
        path: The file.
        columns: Names of the columns of CSV without a header.

    Raises:
        DataError: It cannot be read, or holds nothing.
        MissingDependency: Parquet without pyarrow.
    """
    if is_parquet(path):
        yield _of_parquet(path)
        return
    with ByteStream(path) as data:
        lines = _lines(data)
        first = next((line for line in lines if line.strip()), None)
        if first is None:
            raise DataError(f"{path}: is empty; expected lines of CSV or JSON")
        is_json = first.lstrip().startswith("{")
        yield _of_json(path, first, lines) if is_json else _of_csv(path, first, lines, tuple(columns))


def _lines(data: ByteStream) -> Iterator[str]:
    rest = b""
    for part in data:
        *whole, rest = (rest + part).split(b"\n")
        yield from (line.decode("utf-8-sig", "replace").rstrip("\r") for line in whole)
    yield rest.decode("utf-8-sig", "replace")


def _of_csv(path: Path, first: str, lines: Iterator[str], columns: tuple[str, ...]) -> Cells:
    first = first.strip().removeprefix("#").strip()
    delimiter = delimiter_of(first, len(columns) or 2)
    header = _cells(first, delimiter)
    if not columns:
        return Cells(tuple(header), _rows(lines, delimiter, len(header)))
    rest = lines if tuple(header) == columns else iter([first, *lines])
    rows = _rows(rest, delimiter, len(columns))
    if len(header) != len(columns):  # as of a line that a logger begins with, or of all lines
        told = f"{len(header)} cells, where {len(columns)} columns are named; name one for each cell"
        rows = _at_least_one(rows, f"{path}: its first line has {told}, in their order")
    return Cells(columns, rows)


def _at_least_one(rows: Iterator[list[str]], otherwise: str) -> Iterator[list[str]]:
    first = next(rows, None)
    if first is None:
        raise DataError(otherwise)
    yield first
    yield from rows


def _rows(lines: Iterator[str], delimiter: str | None, n: int) -> Iterator[list[str]]:
    for line in lines:
        if line.strip() and len(cells := _cells(line, delimiter)) == n:
            yield cells


def _cells(line: str, delimiter: str | None) -> list[str]:
    return [cell.strip() for cell in cells_in(line, delimiter)]


def _of_json(path: Path, first: str, lines: Iterator[str]) -> Cells:
    try:
        columns = tuple(json.loads(first))
    except ValueError as error:
        raise DataError(f"{path}: line 1 is not valid JSON ({error}); expected an object a line") from error
    return Cells(columns, _objects([first], lines, columns))


def _objects(first: list[str], lines: Iterator[str], columns: tuple[str, ...]) -> Iterator[list[str]]:
    for source in (first, lines):
        for line in source:
            try:
                found = json.loads(line) if line.strip() else None
            except ValueError:
                found = None  # counted where the records are read
            if isinstance(found, dict):
                yield [_text(found.get(column)) for column in columns]


def _of_parquet(path: Path) -> Cells:
    what = "reading Parquet needs pyarrow"
    arrow, parquet = load_extra("pyarrow", what=what), load_extra("pyarrow.parquet", what=what)
    try:
        table = parquet.read_table(str(path))
    except (arrow.ArrowException, OSError) as error:
        raise DataError(f"{path}: cannot be read as Parquet ({error}); write it again") from error
    columns = [column.to_pylist() for column in table.columns]
    rows = ([_text(value) for value in row] for row in zip(*columns, strict=True))
    return Cells(tuple(table.column_names), rows)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
