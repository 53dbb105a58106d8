import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest

from speechlstm.training.strokes.examples import Batch

pytestmark = pytest.mark.train


def test_classes_are_scored_by_the_mean_of_the_frames_there_are() -> None:
    from speechlstm.training.strokes.losses import class_losses

    logits = np.random.default_rng(0).normal(0, 1, (2, 5, 3)).astype(np.float32)
    n_frames, labels = np.array([5, 2], np.int32), np.array([[2], [0]], np.int32)
    found = class_losses(logits, Batch(logits, n_frames, labels))
    expected, wrong = [], []
    for row, n, (label,) in zip(logits, n_frames, labels, strict=True):
        mean = row[:n].mean(axis=0)
        expected.append(math.log(np.exp(mean).sum()) - mean[label])
        wrong.append(mean.argmax() != label)
    assert float(found["total"]) == pytest.approx(np.mean(expected), rel=1e-5)
    assert float(found["wrong"]) == pytest.approx(np.mean(wrong))


def likelihood(log_probs: np.ndarray, tokens: Sequence[int]) -> float:
    """The sum over all paths, one by one."""
    total = 0.0
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        if [token for token, _ in itertools.groupby(path) if token] == list(tokens):
            total += math.exp(sum(log_probs[i, token] for i, token in enumerate(path)))
    return total


def test_words_are_scored_by_all_paths_of_their_own_frames() -> None:
    from speechlstm.model.network import Outputs
    from speechlstm.training.strokes.losses import word_losses

    logits = np.random.default_rng(1).normal(0, 1, (2, 6, 3)).astype(np.float32)
    n_frames, labels = np.array([6, 4], np.int32), np.array([[1, 2, 2], [2, -1, -1]], np.int32)
    outputs = Outputs(logits, np.zeros((2, 6, 2), np.float32), logits[..., :0], logits[..., :0])
    found = word_losses(outputs, Batch(logits, n_frames, labels))
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    expected = [
        -math.log(likelihood(log_probs[0], [1, 2, 2])),
        -math.log(likelihood(log_probs[1, :4], [2])),
    ]
    assert float(found["total"]) == pytest.approx(np.mean(expected), rel=1e-4)
    assert float(found["a_character"]) == pytest.approx(np.sum(expected) / 4, rel=1e-4)
