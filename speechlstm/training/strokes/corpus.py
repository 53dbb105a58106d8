"""The handwriting of a recipe."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechlstm.config import unknown_key
from speechlstm.data.corpus import DataSet
from speechlstm.data.strokes import StrokeSample, read_strokes
from speechlstm.errors import ConfigError, DataError

__all__ = ["LabelledStrokes", "load_samples"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledStrokes:
    """One character or word.

    Attributes:
        strokes: Each ``[n, 2]``, y upwards.
        tokens: int32 ``[n]``: the class alone, or the characters' tokens, of which the first is 1.
        weight: How often it is drawn, relative to others.
    """

    strokes: tuple[np.ndarray, ...]
    tokens: np.ndarray
    weight: float


def load_samples(
    sets: Mapping[str, DataSet], data_dir: Path, vocabulary: tuple[str, ...], *, spelt: bool
) -> list[LabelledStrokes]:
    """All samples of some sets.

    Args:
        sets: The sets, by name; each of role ``strokes``.
        data_dir: What their files are relative to.
        vocabulary: The classes, or the characters of the tokens 1, 2, ...
        spelt: Whether a label is spelt with the vocabulary; else it is one entry of it.

    Raises:
        ConfigError: A set of another role.
        DataError: A file that cannot be read, a label that the vocabulary lacks, nothing to read.
    """
    found = []
    for name, data_set in sets.items():
        if data_set.role != "strokes":
            raise ConfigError(f"data.{name}.role must be strokes, got {data_set.role!r}")
        for sample in read_strokes(data_dir / data_set.manifest, split=data_set.split or None):
            if sample.writer not in data_set.exclude_speakers:
                tokens = _tokens(sample, vocabulary, spelt=spelt)
                found.append(LabelledStrokes(sample.strokes, tokens, data_set.weight))
    if not found:
        raise DataError(f"the recipe's sets hold no strokes under {data_dir}; is it the right --data?")
    return found


def _tokens(sample: StrokeSample, vocabulary: tuple[str, ...], *, spelt: bool) -> np.ndarray:
    known = {entry: i for i, entry in enumerate(vocabulary, int(spelt))}
    parts = list(sample.label) if spelt else [sample.label]
    unknown = [part for part in parts if part not in known]
    if unknown:
        raise DataError(f"{sample.place}: {unknown_key(unknown[0], vocabulary, 'the vocabulary')}")
    return np.array([known[part] for part in parts], np.int32)
