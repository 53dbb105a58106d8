"""Recordings as training reads them: files as they are, or copies with one subject and a column ``label``."""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from speechlstm.data.recordings import SensorFile
from speechlstm.sources.records import LABEL
from speechlstm.survey.kind import Ask
from speechlstm.survey.sensor_layout import Layout
from speechlstm.survey.table import cells_of

__all__ = ["Part", "cut_up", "parts_of"]


@dataclass(frozen=True, slots=True)
class Part:
    """A recording, or what is of one subject in it.

    Attributes:
        name: Its name, for people.
        file: The file it comes from.
        subject: Of whom it is; empty where unknown.
        split: The split that the data name; empty where there is none.
        content: What is to be written beside the recipe, CSV as gzip; none where the file can be read as is.
    """

    name: str
    file: Path
    subject: str
    split: str
    content: bytes | None = None


def parts_of(file: SensorFile, layout: Layout, ask: Ask, *, label: str = "", root: Path) -> list[Part]:
    """The recordings in a file.

    Args:
        file: The file.
        layout: Its columns.
        ask: What the user says.
        label: Of all its records, where no column says it.
        root: What names are relative to.
    """
    name = file.data.relative_to(root).as_posix() if file.data.is_relative_to(root) else str(file.data)
    if not (label or layout.subject or ask.columns) and layout.label == LABEL:
        return [Part(name, file.data, file.subject, file.split)]
    rows: dict[str, list[list[str]]] = {}
    for subject, row in _rows(file.data, layout, ask, label):
        rows.setdefault(subject or file.subject, []).append(row)
    return [
        Part(
            f"{name} of {subject}" if len(rows) > 1 else name,
            file.data,
            subject,
            file.split,
            _packed(layout, some),
        )
        for subject, some in sorted(rows.items())
    ]


def cut_up(part: Part, layout: Layout, ask: Ask, *, label: str, n: int) -> list[Part]:
    """A recording in ``n`` stretches of as many records, one after the other."""
    rows = [row for _, row in _rows(part.file, layout, ask, label)]
    edges = [i * len(rows) // n for i in range(n + 1)]
    return [
        Part(f"{part.name}, stretch {i + 1:02}", part.file, part.subject, "", _packed(layout, rows[a:b]))
        for i, (a, b) in enumerate(pairwise(edges))
        if a < b
    ]


def _rows(file: Path, layout: Layout, ask: Ask, label: str) -> Iterator[tuple[str, list[str]]]:
    """Subject, and time, channels and label, of every record."""
    with cells_of(file, ask.columns) as cells:
        place = {column: i for i, column in enumerate(cells.columns)}
        wanted = [place[column] for column in _columns(layout)]
        labelled = place.get(layout.label)
        of = place.get(layout.subject)
        for row in cells.rows:
            found = label if labelled is None else row[labelled]
            yield "" if of is None else row[of], [*(row[i] for i in wanted), found]


def _columns(layout: Layout) -> Sequence[str]:
    return [*([layout.time] if layout.time else []), *layout.channels]


def _packed(layout: Layout, rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow([*_columns(layout), LABEL])
    out.writerows(rows)
    return gzip.compress(text.getvalue().encode(), mtime=0)
