from fractions import Fraction

import numpy as np
import pytest
from contract import drive, verify_contract
from tiny import make_front_end, speechlike

from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sound import sound_chain

CONFIGS = [
    MfccConfig(),
    MfccConfig(16000, 400, 160, n_mels=40, n_mfcc=13, fmax_hz=8000, n_stack=1),
    MfccConfig(tail_frames=2),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_contract(config: MfccConfig) -> None:
    # a tail is more than the rate says
    counted = config.tail_frames == 0
    chain = sound_chain(make_front_end(config))
    verify_contract(chain, speechlike(1900), atol=1e-4, counted=counted, n_examples=10)


def test_latency_and_rate_add_up() -> None:
    chain = sound_chain(make_front_end(CONFIGS[0]))
    # a window less one sample, and two more hops until a stack of three is full
    assert (chain.latency, chain.rate) == (199 + 2 * 80, Fraction(1, 240))


@pytest.mark.parametrize(("n_samples", "n_frames"), [(0, 0), (1, 1), (240, 1), (241, 2), (8000, 34)])
def test_frame_counts(n_samples: int, n_frames: int) -> None:
    assert drive(sound_chain(make_front_end(CONFIGS[0])), [speechlike(n_samples)]).shape == (n_frames, 60)


@pytest.mark.parametrize(("n_samples", "n_frames"), [(0, 0), (1, 4), (240, 4), (241, 5)])
def test_the_tail_is_what_silence_gives(n_samples: int, n_frames: int) -> None:
    x = speechlike(n_samples)
    found = drive(sound_chain(make_front_end(MfccConfig(tail_frames=3))), [x])
    assert len(found) == n_frames
    silent = np.concatenate([x, np.zeros(3 * 240, np.float32)]) if n_samples else x
    without = drive(sound_chain(make_front_end(CONFIGS[0])), [silent])
    np.testing.assert_allclose(found, without, rtol=0, atol=1e-4)


def test_no_finite_sample_overflows() -> None:
    chain, x = sound_chain(make_front_end(CONFIGS[0])), speechlike(8000)
    x[1000] = 3e38
    loud = drive(chain, [x])
    assert np.isfinite(loud).all()
    x[1000] = 8
    np.testing.assert_array_equal(loud, drive(chain, [x]))


def test_a_loud_end_changes_nothing_before_it() -> None:
    chain = sound_chain(make_front_end(CONFIGS[0]))
    quiet = 0.01 * speechlike(8000)
    loud = np.concatenate([quiet, np.ones(8000, np.float32)])
    np.testing.assert_array_equal(drive(chain, [loud])[:32], drive(chain, [quiet])[:32])
