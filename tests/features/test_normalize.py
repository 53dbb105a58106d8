import numpy as np
from contract import drive, verify_contract

from speechlstm.features.normalize import Normalize

FRAMES = np.random.default_rng(0).normal(3, 5, size=(60, 4)).astype("f")


def test_contract() -> None:
    verify_contract(Normalize(FRAMES.mean(0), FRAMES.std(0)), FRAMES)


def test_the_training_data_become_mean_0_deviation_1() -> None:
    frames = drive(Normalize(FRAMES.mean(0), FRAMES.std(0)), [FRAMES])
    np.testing.assert_allclose(frames.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(frames.std(0), 1, atol=1e-5)


def test_one_loud_frame_changes_no_other() -> None:
    stage = Normalize(FRAMES.mean(0), FRAMES.std(0))
    louder = FRAMES.copy()
    louder[30] *= 1000
    np.testing.assert_array_equal(
        np.delete(drive(stage, [louder]), 30, 0), np.delete(drive(stage, [FRAMES]), 30, 0)
    )
