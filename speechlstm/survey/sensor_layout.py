"""Which columns of a sensor's records are time, channels, label and subject."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from speechlstm.errors import DataError
from speechlstm.sources.records import LABEL
from speechlstm.sources.timestamps import find_time
from speechlstm.survey.kind import Ask
from speechlstm.survey.table import cells_of

__all__ = ["Layout", "find_layout", "triples_of", "unit_of"]

_LABELS = (LABEL, "labels", "activity", "class", "event", "state", "gesture", "target")
_SUBJECTS = ("subject", "subject_id", "user", "user_id", "participant", "person", "wearer", "volunteer")
_NO_CHANNELS = {"", "index", "id", "row", "sample", "frame", "no", "nr", "unnamed: 0"}
_TIMES = re.compile(r"(time|timestamp|t|date|datetime)(_s|_ms|_us|_ns)?", re.IGNORECASE)
_N_ROWS = 200
# how many of the first cells must be numbers for a column to be a channel
_NUMBERS = 0.9
_IN_BRACKETS = re.compile(r"[\[(]\s*([^\])]+?)\s*[\])]\s*$")
_UNITS = {
    "g": "g",
    "ms2": "m/s2",
    "rads": "rad/s",
    "dps": "deg/s",
    "degc": "degC",
    "hpa": "hPa",
    "rpm": "rpm",
}
_AXIS = re.compile(r"^(.*?)(?:(?<=[_\-. ])|(?<=[a-z])|^)([xyzXYZ])((?:[_\-. \[(].*)?)$")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that count.

    Attributes:
        channels: Columns of numbers that every file has.
        time: The column of time; empty where there is none.
        label: The column of labels; empty where folders name them.
        subject: The column of subjects; empty where there is none.
        warnings: What is left out.
    """

    channels: tuple[str, ...]
    time: str
    label: str
    subject: str
    warnings: tuple[str, ...] = ()


def find_layout(files: Sequence[Path], ask: Ask) -> tuple[Layout, dict[Path, str]]:
    """Look at the first records of every file.

    Returns:
        The columns, and the files that cannot be read, with why.

    Raises:
        DataError: No file can be read, there is no channel, or a column that was named is not there.
    """
    heads: dict[Path, Mapping[str, list[str]]] = {}
    unreadable: dict[Path, str] = {}
    for file in files:
        try:
            heads[file] = _head(file, ask.columns)
        except (DataError, UnicodeDecodeError) as error:
            unreadable[file] = str(error).removeprefix(f"{file}: ")
    for file, why in _of_another_kind(heads).items():
        unreadable[file] = why
        del heads[file]
    if not heads:
        first, why = next(iter(unreadable.items()))
        raise DataError(f"none of {len(files):,} files of records can be read; the first, {first}: {why}")
    first_head = next(iter(heads.values()))
    common = [column for column in first_head if all(column in head for head in heads.values())]
    everywhere = {column: [c for head in heads.values() for c in head[column]] for column in common}
    return _layout(everywhere, heads, ask), unreadable


def triples_of(channels: Sequence[str]) -> list[tuple[int, int, int]]:
    """Places of channels that are the x, y and z of one sensor.

    Example:
        >>> triples_of(["acc_x", "acc_y", "acc_z", "light", "gyroX", "gyroY", "gyroZ"])
        [(0, 1, 2), (4, 5, 6)]
    """
    axes: dict[tuple[str, str], dict[str, int]] = {}
    for i, channel in enumerate(channels):
        if match := _AXIS.match(channel):
            axes.setdefault((match[1], match[3]), {})[match[2].lower()] = i
    return [(found["x"], found["y"], found["z"]) for found in axes.values() if len(found) == 3]


def unit_of(channel: str) -> str:
    """The unit that the name of a column tells, or ``unknown``.

    Example:
        >>> unit_of("acc_x [m/s2]"), unit_of("gyro_x_dps"), unit_of("light")
        ('m/s2', 'deg/s', 'unknown')
    """
    if match := _IN_BRACKETS.search(channel):
        return match[1]
    *before, last = re.split(r"[_ ]", channel.lower())
    return _UNITS.get(last, "unknown") if before else "unknown"


def _of_another_kind(heads: Mapping[Path, Mapping[str, list[str]]]) -> dict[Path, str]:
    """Files without the label that most have, or with less than half of their columns: texts about them."""
    if not heads:
        return {}
    usual = set(Counter(tuple(head) for head in heads.values()).most_common(1)[0][0])
    labels = {column for column in usual if column.casefold() in _LABELS}
    return {
        file: f"has other columns than most: {', '.join(head)[:80]}"
        for file, head in heads.items()
        if 2 * len(usual & set(head)) < len(usual) or labels - set(head)
    }


def _head(file: Path, columns: Sequence[str]) -> Mapping[str, list[str]]:
    with cells_of(file, columns) as cells:
        rows = list(islice(cells.rows, _N_ROWS))
        names = cells.columns
    if not columns and 2 * sum(map(_is_number, names)) >= len(names):
        raise DataError(
            f"{file}: has no header, its first line is {','.join(names)[:60]!r}; "
            "name its columns with --columns"
        )
    if not rows:
        raise DataError(f"{file}: holds no records below its header")
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def _layout(
    cells: Mapping[str, list[str]], heads: Mapping[Path, Mapping[str, list[str]]], ask: Ask
) -> Layout:
    label = _column(ask.label, _LABELS, cells, "--label")
    subject = _column(ask.subject, _SUBJECTS, cells, "--subject")
    others = [column for column in cells if column not in (label, subject)]
    time = find_time(others, ())
    channels = tuple(column for column in others if _is_channel(column, cells[column]))
    if not channels:
        raise DataError(
            "no column of numbers is in every file, besides time and label; "
            f"in all are {', '.join(cells) or 'none'}"
        )
    some = {column for head in heads.values() for column in head if _is_channel(column, head[column])}
    left = sorted(some - set(channels) - {label, subject})
    warnings = [f"columns that are not in every file are left out: {', '.join(left)}"] if left else []
    return Layout(channels, time.name if time else "", label, subject, tuple(warnings))


def _column(asked: str, known: Sequence[str], cells: Mapping[str, list[str]], option: str) -> str:
    if asked and asked not in cells:
        raise DataError(f"no column {asked!r} ({option}) in every file; there are {', '.join(cells)}")
    there = {column.casefold(): column for column in cells}
    return asked or next((there[name] for name in known if name in there), "")


def _is_channel(column: str, cells: Sequence[str]) -> bool:
    name = column.casefold()
    if name in _NO_CHANNELS or name in _LABELS or name in _SUBJECTS or _TIMES.fullmatch(name):
        return False
    return sum(map(_is_number, cells)) >= _NUMBERS * len(cells)


def _is_number(cell: str) -> bool:
    try:
        return not math.isinf(float(cell))
    except ValueError:
        return False
