from collections import Counter

import numpy as np
import pytest

from speechlstm.training.part_pool import PartPool


def drawn(pool: PartPool, n: int) -> Counter[tuple[int, int]]:
    rng = np.random.default_rng(0)
    return Counter(pool.draw(rng) for _ in range(n))


def test_a_place_is_drawn_as_often_as_its_weight_says() -> None:
    found = drawn(PartPool([2, 0, 3], [1.0, 5.0, 0.5]), 14_000)
    assert set(found) == {(0, 0), (0, 1), (2, 0), (2, 1), (2, 2)}
    for (part, _), n in found.items():
        assert n == pytest.approx(4_000 if part == 0 else 2_000, rel=0.1)


def test_equal_weights_take_one_draw_a_place_so_that_what_was_trained_is_drawn_alike() -> None:
    rng, alike = np.random.default_rng(3), np.random.default_rng(3)
    pool = PartPool([40, 60], [3.0, 3.0])
    places = [part * 40 + place for part, place in (pool.draw(rng) for _ in range(50))]
    assert places == [int(alike.integers(100)) for _ in range(50)]
