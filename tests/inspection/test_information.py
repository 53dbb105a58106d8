from collections import Counter
from math import log2

import numpy as np
import pytest

from speechlstm.inspection import information as home
from speechlstm.inspection.information import frames_of_words, information_bits
from speechlstm.messages import Word


def counted_bits(a: list[int], b: list[bool]) -> float:
    """Mutual information by its definition, pair by pair."""
    n, pairs, of_a, of_b = len(a), Counter(zip(a, b, strict=True)), Counter(a), Counter(b)
    return sum(k / n * log2(k * n / (of_a[x] * of_b[y])) for (x, y), k in pairs.items())


def test_counts_give_what_the_definition_gives() -> None:
    rng = np.random.default_rng(0)
    values, labels = rng.normal(size=(200, 3)), rng.random((200, 2)) < 0.3
    labels[:, 0] |= values[:, 1] > 0.5
    found = home._from_counts(home._levels(values), labels)
    for unit in range(3):
        ranks = values[:, unit].argsort().argsort() * 4 // 200
        for label in range(2):
            expected = counted_bits(ranks.tolist(), labels[:, label].tolist())
            assert found[unit, label] == pytest.approx(expected, abs=1e-12)


def test_a_unit_that_is_the_label_tells_all_and_one_of_noise_next_to_nothing() -> None:
    rng = np.random.default_rng(0)
    label = np.zeros(400, bool)
    label[100:200] = True
    values = np.column_stack([label + 1e-3 * rng.normal(size=400), rng.normal(size=400), np.zeros(400)])
    all_there_is = -0.25 * log2(0.25) - 0.75 * log2(0.75)
    told = information_bits(values, label[:, np.newaxis])[:, 0]
    # what shifted labels give, most of them overlapping it in part, is taken off
    assert 0.6 * all_there_is < told[0] <= all_there_is
    assert told[1] < 0.02
    assert told[2] == 0


def test_slow_units_tell_nothing_by_being_slow() -> None:
    """A slow wave and one long word share levels by chance; shifted words share as many."""
    wave = np.sin(2 * np.pi * np.arange(300) / 300)[:, np.newaxis]
    word = np.zeros((300, 1), bool)
    word[100:160] = True
    assert home._from_counts(home._levels(wave), word)[0, 0] > 0.15
    assert information_bits(wave, word)[0, 0] < 0.05


@pytest.mark.parametrize(("n_frames", "n_labels"), [(0, 2), (5, 0), (1, 1), (2, 1)])
def test_next_to_nothing(n_frames: int, n_labels: int) -> None:
    found = information_bits(np.ones((n_frames, 3)), np.ones((n_frames, n_labels), bool))
    assert found.shape == (3, n_labels)
    assert (found == 0).all()


def test_words_take_every_frame_that_they_touch() -> None:
    words = [Word("go", 250, 500, 0.9), Word("up", 720, 960, 0.9), Word("go", 1190, 9999, 0.9)]
    found = frames_of_words(words, 6, 240)
    assert {word: np.flatnonzero(inside).tolist() for word, inside in found.items()} == {
        "go": [1, 2, 4, 5],
        "up": [3],
    }
