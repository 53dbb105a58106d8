import itertools

import numpy as np
import pytest

from speechlstm.decode.alignment import peak_frames
from speechlstm.errors import ConfigError


def _by_enumeration(log_probs: np.ndarray, tokens: list[int]) -> list[int]:
    """Peaks on the best of all paths that collapse to the tokens."""
    best, best_score = None, -np.inf
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        collapsed = [t for t, before in zip(path, (0, *path), strict=False) if t and t != before]
        score = sum(log_probs[i, t] for i, t in enumerate(path))
        if collapsed == tokens and score > best_score:
            best, best_score = path, score
    assert best is not None
    runs = [list(g) for k, g in itertools.groupby(range(len(best)), key=lambda i: best[i]) if k]
    return [max(run, key=lambda i: log_probs[i, best[i]]) for run in runs]


@pytest.mark.parametrize("tokens", [[1], [1, 2], [2, 2], [1, 2, 1], [3, 3, 1]])
@pytest.mark.parametrize("seed", range(5))
def test_the_best_path_equals_enumeration(tokens: list[int], seed: int) -> None:
    log_probs = np.log(np.random.default_rng(seed).dirichlet(np.ones(4), 6))
    assert peak_frames(log_probs, tokens) == _by_enumeration(log_probs, tokens)


def test_nothing_said_has_no_peaks() -> None:
    assert peak_frames(np.zeros((4, 3)), []) == []


def test_too_many_tokens_for_the_frames() -> None:
    with pytest.raises(ConfigError, match="3 tokens do not fit into 4 frames; give longer"):
        peak_frames(np.zeros((4, 3)), [1, 1, 1])
