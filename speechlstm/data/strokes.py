"""Samples of handwriting to train on and to measure with."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speechlstm.data.splits import of_split
from speechlstm.errors import DataError

__all__ = ["StrokeSample", "read_strokes"]


@dataclass(frozen=True, slots=True, eq=False)
class StrokeSample:
    """One character or word.

    Attributes:
        label: What is written.
        strokes: Each ``[n, 2]``, x and y in the tablet's units, y upwards; at least one point in each.
        writer: Who wrote it; empty where unknown.
        split: ``train``, ``validation``, ``test`` or any other name; empty where there are none.
        place: File and line, for errors.
    """

    label: str
    strokes: tuple[np.ndarray, ...]
    writer: str
    split: str
    place: str


def read_strokes(path: str | Path, *, split: str | None = None) -> list[StrokeSample]:
    """Read samples of handwriting.

    Args:
        path: JSON lines of ``{"label", "writer", "split", "strokes": [[[x, y], ...], ...]}``, also with
            ``.gz``; ``writer`` and ``split`` may be absent. Or a folder that holds a ``strokes.jsonl.gz`` or
            a ``strokes.jsonl``.
        split: Keep the samples of this split only.

    Returns:
        The samples, in the file's order; at least one.

    Raises:
        DataError: The file is missing, empty, cannot be read, holds a sample that is none, or has no such
            split.
    """
    path = Path(path)
    if path.is_dir():
        path = _in_folder(path)
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise DataError(f"cannot read strokes from {path}: {error}; expected JSON lines, UTF-8") from error
    samples = list(_samples(text, path))
    if not samples:
        raise DataError(f"{path} holds no samples; expected at least one line")
    return of_split(samples, split, path)


def _in_folder(path: Path) -> Path:
    for name in ("strokes.jsonl.gz", "strokes.jsonl"):
        if (path / name).is_file():
            return path / name
    raise DataError(f"{path} holds no strokes.jsonl.gz and no strokes.jsonl; give the folder of one")


def _samples(text: str, path: Path) -> Iterator[StrokeSample]:
    # not splitlines: JSON may hold U+2028 and others as they are
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _sample(line, f"{path}, line {number}")


def _sample(line: str, place: str) -> StrokeSample:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{place} is not valid JSON ({error}); expected one object a line") from error
    if not isinstance(row, dict):
        raise DataError(f"{place} is {line.strip()[:60]}; expected one JSON object a line")
    label, writer, split = (_text(row, key, place) for key in ("label", "writer", "split"))
    if not label:
        raise DataError(f"{place} lacks a label; expected what is written")
    return StrokeSample(label, _strokes(row.get("strokes"), place), writer, split, place)


def _text(row: Mapping[str, Any], key: str, place: str) -> str:
    value = row.get(key, "")
    if type(value) not in (str, int):
        raise DataError(f"{place} has {key} = {value!r:.60}; expected a string")
    return str(value)


def _strokes(found: Any, place: str) -> tuple[np.ndarray, ...]:
    try:
        strokes = [np.asarray(stroke, np.float32) for stroke in found if len(stroke)]
    except (TypeError, ValueError) as error:
        raise DataError(f"{place} has no strokes ({error}); expected [[[x, y], ...], ...]") from error
    if not strokes or any(s.ndim != 2 or s.shape[1] != 2 or not np.isfinite(s).all() for s in strokes):
        raise DataError(f"{place} has no strokes of finite points; expected [[[x, y], ...], ...]")
    return tuple(strokes)
