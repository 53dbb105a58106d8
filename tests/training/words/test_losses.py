import itertools
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.train

N_FRAMES, N_OUTPUTS = 5, 4


def _log_softmax(x: np.ndarray) -> np.ndarray:
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def _terms(logits: np.ndarray, *targets: np.ndarray, extent: np.ndarray | None = None) -> Any:
    """Losses of words without phones; targets are labels, windows, bounds."""
    from speechlstm.model.network import Outputs
    from speechlstm.training.settings import TrainingConfig
    from speechlstm.training.words.losses import losses

    nothing = np.zeros((*logits.shape[:2], 0), np.float32)
    if extent is None:
        extent = np.zeros((*logits.shape[:2], 2), np.float32)
    config = TrainingConfig(pooled_weight=1, extent_weight=1)
    return losses(Outputs(logits, extent, nothing, nothing), _batch(*targets), config)


def _batch(labels: Any, windows: Any, bounds: Any, phones: Any = (), unknown: Any = ()) -> Any:
    from speechlstm.training.words.examples import Batch

    n = len(labels)
    spoken, phone_windows = phones or (np.full((n, 1), -1, np.int32), np.zeros((n, 1, 2), np.int32))
    unknown = unknown if len(unknown) else np.zeros((n, N_FRAMES), bool)
    x = np.zeros((n, N_FRAMES, 1), np.float32)
    return Batch(x, labels, windows, bounds, spoken, phone_windows, unknown)


def _by_enumeration(logits: np.ndarray, labels: list[int], windows: list[tuple[int, int]]) -> float:
    """Negative log probability of all paths that collapse to the labels and keep to the windows."""
    log_probs, total = _log_softmax(logits), 0.0
    for path in itertools.product(range(N_OUTPUTS), repeat=N_FRAMES):
        collapsed = [t for t, before in zip(path, (0, *path), strict=False) if t and t != before]
        allowed = all(
            token == 0 or any(token == w and a <= t < b for w, (a, b) in zip(labels, windows, strict=True))
            for t, token in enumerate(path)
        )
        if collapsed == labels and allowed:
            total += np.exp(sum(log_probs[t, token] for t, token in enumerate(path)))
    return -np.log(total)


CASES = [
    ([1, 2], [(0, 3), (2, 5)]),
    ([3, 3], [(0, 2), (2, 5)]),
    ([1], [(1, 4)]),
    ([2, 1, 2], [(0, 5), (0, 5), (0, 5)]),
]


@pytest.mark.parametrize(("labels", "windows"), CASES)
def test_ctc_restricted_to_windows_equals_enumeration(
    labels: list[int], windows: list[tuple[int, int]]
) -> None:
    logits = np.random.default_rng(len(labels)).normal(0, 1.5, (1, N_FRAMES, N_OUTPUTS)).astype(np.float32)
    n = len(labels)
    bounds = np.full((1, n, 2), np.nan, np.float32)
    terms = _terms(logits, np.array([labels], np.int32), np.array([windows], np.int32), bounds)
    assert float(terms.ctc) == pytest.approx(_by_enumeration(logits[0], labels, windows), rel=1e-4)


def test_a_stream_without_words_costs_what_its_words_claim() -> None:
    logits = np.random.default_rng(0).normal(0, 1, (2, N_FRAMES, N_OUTPUTS)).astype(np.float32)
    terms = _terms(
        logits,
        np.array([[-1, -1], [1, -1]], np.int32),
        np.array([[[0, 0], [0, 0]], [[0, 5], [0, 0]]], np.int32),
        np.full((2, 2, 2), np.nan, np.float32),
    )
    nothing = -_log_softmax(logits[0])[:, 0].sum()
    one = _by_enumeration(logits[1], [1], [(0, 5)])
    assert float(terms.ctc) == pytest.approx((nothing + one) / 2, rel=1e-4)
    assert float(terms.pooled) == 0
    assert float(terms.extent) == 0


def test_extents_are_right_when_start_and_end_are() -> None:
    middle = np.arange(N_FRAMES) + 0.5
    right = np.stack([middle - 1, 4 - middle], axis=-1)[None].astype(np.float32)
    word = (np.array([[2]], np.int32), np.array([[[1, 5]]], np.int32), np.array([[[1, 4]]], np.float32))
    logits = np.zeros((1, N_FRAMES, N_OUTPUTS), np.float32)
    assert float(_terms(logits, *word, extent=right).extent) == 0
    assert float(_terms(logits, *word, extent=right + 0.5).extent) == pytest.approx(0.5)


def test_extents_count_wherever_a_word_may_be_answered_and_for_the_nearer_of_two() -> None:
    # two words of frames 0-2 and 1-4; frames 0 and 1 are nearer to the first, 4 is past the second's end
    bounds = np.array([[[0, 2], [1, 4]]], np.float32)
    words = (np.array([[1, 2]], np.int32), np.array([[[0, 4], [1, 5]]], np.int32), bounds)
    middle = np.arange(N_FRAMES) + 0.5
    word = bounds[0][[0, 0, 1, 1, 1]]
    extent = np.stack([middle - word[:, 0], word[:, 1] - middle], axis=-1)[None].astype(np.float32)
    logits = np.zeros((1, N_FRAMES, N_OUTPUTS), np.float32)

    def error(extent: np.ndarray) -> float:
        return float(_terms(logits, *words, extent=extent).extent)

    assert error(extent) == 0
    for frame in range(N_FRAMES):
        wrong = extent.copy()
        wrong[0, frame] += 1
        assert error(wrong) == pytest.approx(1 / N_FRAMES)


def _phone_loss(logits: np.ndarray, phones: Any, unknown: Any) -> float:
    from speechlstm.model.network import Outputs
    from speechlstm.training.settings import TrainingConfig
    from speechlstm.training.words.losses import losses

    silent = (np.full((1, 1), -1, np.int32), np.zeros((1, 1, 2), np.int32), np.full((1, 1, 2), np.nan, "f"))
    words = np.zeros((1, N_FRAMES, N_OUTPUTS), np.float32)
    outputs = Outputs(words, np.zeros((1, N_FRAMES, 2), np.float32), logits, words[..., :0])
    return float(losses(outputs, _batch(*silent, phones, unknown), TrainingConfig()).phones)


def test_phones_cost_what_those_that_are_known_cost() -> None:
    logits = np.random.default_rng(3).normal(0, 1, (1, N_FRAMES, N_OUTPUTS)).astype(np.float32)
    phones = (np.array([[1, 2]], np.int32), np.array([[[0, 3], [0, 3]]], np.int32))
    everything = _phone_loss(logits, phones, np.zeros((1, N_FRAMES), bool))
    assert everything == pytest.approx(_by_enumeration(logits[0], [1, 2], [(0, 3), (0, 3)]), rel=1e-4)
    tail = np.array([[False] * 3 + [True] * 2])
    known = everything - -_log_softmax(logits[0])[3:, 0].sum()
    assert _phone_loss(logits, phones, tail) == pytest.approx(known, rel=1e-4)
    other = logits.copy()
    other[:, 3:] += np.random.default_rng(4).normal(0, 3, (1, 2, N_OUTPUTS))
    assert _phone_loss(other, phones, tail) == pytest.approx(known, rel=1e-4)


_PROGRAM = """
import numpy as np, keras
from speechlstm.model.network import Outputs
from speechlstm.training.settings import TrainingConfig
from speechlstm.training.words.examples import Batch
from speechlstm.training.words.losses import losses
rng = np.random.default_rng(5)
batch = Batch(
    np.zeros((2, 8, 1), "f"), np.array([[1, 2], [3, -1]], "i"),
    np.array([[[0, 5], [3, 8]], [[1, 7], [0, 0]]], "i"),
    np.array([[[0, 4], [3, 7]], [[1, 6], [np.nan, np.nan]]], "f"),
    np.array([[2, 1, 1], [4, -1, -1]], "i"), np.array([[[0, 6]] * 3, [[2, 7]] * 3], "i"),
    np.arange(16).reshape(2, 8) % 8 == 7)
arrays = (rng.normal(size=(2, 8, n)).astype("f") for n in (4, 2, 5, 0))
outputs = Outputs(*(keras.ops.convert_to_tensor(array) for array in arrays))
batch = Batch(*(keras.ops.convert_to_tensor(a) for a in batch))
print(*(float(v) for v in losses(outputs, batch, TrainingConfig())))
"""


def test_both_backends_find_the_same_losses() -> None:
    def run(backend: str) -> list[float]:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env=os.environ | {"KERAS_BACKEND": backend},
            capture_output=True,
            text=True,
            check=True,
        )
        return [float(value) for value in done.stdout.split()]

    pytest.importorskip("jax", reason="JAX is the second backend")
    assert run("jax") == pytest.approx(run("tensorflow"), rel=1e-4)
