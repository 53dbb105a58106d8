"""Worker processes that make examples."""

import os
import signal
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest
from tones import write_recipe, write_tones

from speechlstm.errors import DataError
from speechlstm.training.recipe import read_recipe

pytestmark = [pytest.mark.train, pytest.mark.slow]


def test_a_worker_that_dies_is_told_with_the_cure(tmp_path: Path) -> None:
    from speechlstm.training.batches import batches
    from speechlstm.training.kinds import make_task

    tones, cache = write_tones(tmp_path / "tones"), tmp_path / "cache"
    recipe = read_recipe(write_recipe(tmp_path / "recipe"))
    task = make_task(recipe, tones, cache)
    front_end = task.front_end()
    source = batches(recipe, front_end, task.maker(front_end), data_dir=tones, cache_dir=cache)
    assert np.isfinite(next(source).x).all()
    for worker in active_children():
        os.kill(worker.pid or 0, signal.SIGKILL)
    with pytest.raises(DataError, match=r"has died; .*--set training\.n_workers=1"):
        for _ in range(100):
            next(source)
