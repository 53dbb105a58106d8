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
    MfccConfig(tail_frames=2, lead_frames=3),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_contract(config: MfccConfig) -> None:
    # silence before and behind is more than the rate says
    counted = config.tail_frames == config.lead_frames == 0
    chain = make_front_end(config).chain()
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


@pytest.mark.parametrize(("n", "n_onset"), [(0, 0), (1, 1), (3, 1)])
@pytest.mark.parametrize("n_samples", [0, 1, 500])
def test_the_lead_is_what_silence_before_the_sound_gives(n: int, n_onset: int, n_samples: int) -> None:
    """Frames that are all alike, and the one in which silence turns into sound."""
    front_end, x = make_front_end(MfccConfig(lead_frames=n, tail_frames=2)), speechlike(n_samples)
    assert (front_end.config.onset_frames, len(front_end.silence())) == (n_onset, n - n_onset)
    found = drive(front_end.chain(), [x[:100], x[100:]])
    before = np.zeros(n * 240 if n_samples else 0, np.float32)
    expected = drive(sound_chain(front_end), [np.concatenate([before, x])])
    whole = np.concatenate([front_end.silence(), found]) if n_samples else found
    np.testing.assert_allclose(whole, expected, rtol=0, atol=1e-4)


def test_an_onset_is_as_long_as_windows_reach() -> None:
    config = MfccConfig(16000, 400, 160, n_mels=40, fmax_hz=8000, n_stack=1, lead_frames=5)
    assert config.onset_frames == 2
    front_end, x = make_front_end(config), speechlike(2000)
    whole = np.concatenate([front_end.silence(), drive(front_end.chain(), [x])])
    expected = drive(sound_chain(front_end), [np.concatenate([np.zeros(5 * 160, np.float32), x])])
    np.testing.assert_allclose(whole, expected, rtol=0, atol=1e-4)


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
