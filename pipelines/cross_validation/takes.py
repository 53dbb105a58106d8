"""Recordings to measure with: cut into segments, put together in other orders, cut into windows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from speechlstm.data.recordings import SensorFile, read_recording
from speechlstm.training.frames.corpus import UNLABELLED, classes_of
from speechlstm.training.recipe import Recipe
from speechlstm.training.sensors import sensor_of

__all__ = ["Take", "in_random_order", "inner_classes", "pieces", "read_takes", "windows_of"]


class Take(NamedTuple):
    """A recording without a gap: samples ``[n, n_channels]``, a class for each, -1 for none."""

    samples: np.ndarray
    classes: np.ndarray
    subject: str
    device: str


def read_takes(recipe: Recipe, file: SensorFile) -> Iterator[Take]:
    """The recordings of a file.

    Raises:
        DataError: It cannot be read, or has a label that is no class.
    """
    for r in read_recording(file.data, sensor_of(recipe.features), subject=file.subject):
        yield Take(r.samples, classes_of(r, recipe.vocabulary), file.subject, file.device)


def pieces(take: Take) -> Iterator[Take]:
    """The parts of a take that have one class each."""
    for start, end in _segments(take.classes):
        if take.classes[start] != UNLABELLED:
            yield take._replace(samples=take.samples[start:end], classes=take.classes[start:end])


def inner_classes(take: Take, n_away: int) -> np.ndarray:
    """Its classes, without ``n_away`` samples at either end of every segment."""
    inner = np.full_like(take.classes, UNLABELLED)
    for start, end in _segments(take.classes):
        inner[start + n_away : max(start + n_away, end - n_away)] = take.classes[start]
    return inner


def in_random_order(
    takes: Sequence[Take], n_away: int, postures: Mapping[int, Sequence[str]] | None = None
) -> Iterator[tuple[Take, np.ndarray]]:
    """Of each subject, all segments that have a class in random order, and :func:`inner_classes` of that.

    Args:
        takes: Recordings.
        n_away: For :func:`inner_classes`, which here keeps away from joins.
        postures: Of each class, the posture that it begins and ends with. The order is then one that a
            body can follow: each segment begins as the one before it ended, while there is such a one.
    """
    rng = np.random.default_rng(0)
    for subject in sorted({take.subject for take in takes}):
        parts = [part for take in takes if take.subject == subject for part in pieces(take)]
        parts = [parts[i] for i in rng.permutation(len(parts))]
        order = parts if postures is None else _followable(parts, postures)
        samples, classes = (np.concatenate([p[i] for p in order]) for i in range(2))
        yield Take(samples, classes, subject, ""), np.concatenate([inner_classes(p, n_away) for p in order])


def windows_of(take: Take, wanted: Sequence[int], n_samples: int) -> list[tuple[int, int]]:
    """First sample and class of each window that is of one class; half of each lies in the next."""
    return [
        (i, int(take.classes[start]))
        for start, end in _segments(take.classes)
        if take.classes[start] in wanted
        for i in range(start, end - n_samples + 1, n_samples // 2)
    ]


def _segments(classes: np.ndarray) -> Iterator[tuple[int, int]]:
    starts = np.flatnonzero(np.diff(classes, prepend=-2)).tolist()
    return zip(starts, [*starts[1:], len(classes)], strict=True)


def _followable(parts: Sequence[Take], postures: Mapping[int, Sequence[str]]) -> list[Take]:
    left, order = list(parts), list[Take]()
    while left:
        ended = postures[int(order[-1].classes[0])][1] if order else None
        begins = (i for i, part in enumerate(left) if postures[int(part.classes[0])][0] == ended)
        order.append(left.pop(next(begins, 0)))
    return order
