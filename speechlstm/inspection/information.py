"""What units answer to: mutual information between a unit and each word."""

from collections.abc import Sequence

import numpy as np

from speechlstm.messages import Word

__all__ = ["frames_of_words", "information_bits"]

_N_LEVELS = 4
# labels shifted in time, which have the same lengths and know nothing of the units
_N_SHIFTS = 32


def frames_of_words(words: Sequence[Word], n_frames: int, frame_samples: int) -> dict[str, np.ndarray]:
    """For each word that was heard, in which frames: bool ``[frames]``, by its text.

    Args:
        words: The words.
        n_frames: Frames of the clip.
        frame_samples: Samples of a frame.

    Example:
        >>> frames_of_words([Word("go", 240, 720, 0.9)], 4, 240)["go"]
        array([False,  True,  True, False])
    """
    begins = np.arange(n_frames) * frame_samples
    found: dict[str, np.ndarray] = {}
    for word in words:
        inside = (begins + frame_samples > word.start_samples) & (begins < word.end_samples)
        found[word.text] = found.get(word.text, np.zeros(n_frames, bool)) | inside
    return found


def information_bits(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How much the level of each unit tells of each label, in bits.

    A unit's values are sorted into four levels that are equally frequent; the mutual information of level and
    label is taken from their counts. Few frames in a row tell much of anything, so what the same labels
    give when they are shifted round the clip is taken off, as a mean over 32 shifts.

    Args:
        values: ``[frames, units]``.
        labels: Bool ``[frames, labels]``.

    Returns:
        ``[units, labels]``, not negative.
    """
    n_frames = len(values)
    if n_frames == 0 or labels.shape[1] == 0:
        return np.zeros((values.shape[1], labels.shape[1]))
    levels = _levels(values)
    by_chance = [
        _from_counts(levels, np.roll(labels, shift, axis=0))
        for shift in np.unique(np.linspace(1, n_frames - 1, _N_SHIFTS).astype(int))
    ]
    return np.asarray(np.maximum(0, _from_counts(levels, labels) - np.mean(by_chance, axis=0)))


def _levels(values: np.ndarray) -> np.ndarray:
    """Which of the levels each value lies in, one-hot: ``[levels, frames, units]``."""
    edges = np.quantile(values, np.arange(1, _N_LEVELS) / _N_LEVELS, axis=0)
    level = (values[np.newaxis] > edges[:, np.newaxis]).sum(axis=0)
    return np.asarray(level == np.arange(_N_LEVELS)[:, np.newaxis, np.newaxis], np.float64)


def _from_counts(levels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mutual information ``[units, labels]`` of one-hot levels and labels."""
    n_frames = len(labels)
    both = np.stack([labels, ~labels]).astype(np.float64)
    # [levels, units, labels, 2]
    joint = np.einsum("vfu,sfl->vuls", levels, both) / n_frames
    expected = joint.sum(axis=0, keepdims=True) * joint.sum(axis=3, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = joint * np.log2(joint / expected)
    return np.asarray(np.nan_to_num(terms, nan=0.0).sum(axis=(0, 3)))
