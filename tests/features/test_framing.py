import numpy as np
import pytest
from contract import drive, verify_contract

from speechlstm.errors import ConfigError
from speechlstm.features.framing import Framing, Limit, Onset, Stack, Tail
from speechlstm.stage import Stage

RAMP = np.arange(1, 1001, dtype=np.float32)


@pytest.mark.parametrize(("win", "hop"), [(200, 80), (5, 5), (7, 1), (1, 1), (64, 63)])
def test_framing_contract(win: int, hop: int) -> None:
    verify_contract(Framing(win, hop), RAMP[:450])


def test_limit() -> None:
    verify_contract(Limit(300.0), RAMP[:450])
    assert drive(Limit(300.0), [-RAMP[298:302]]).tolist() == [-299, -300, -300, -300]


def test_silence_follows_sound_and_nothing_follows_none() -> None:
    verify_contract(Tail(70), RAMP[:450], counted=False)
    verify_contract(Onset(70), RAMP[:450], counted=False)
    assert drive(Onset(3), [RAMP[:0], RAMP[:2], RAMP[2:4]]).tolist() == [0, 0, 0, 1, 2, 3, 4]
    assert drive(Onset(3), [RAMP[:0]]).tolist() == []
    assert drive(Tail(3), [RAMP[:2], RAMP[2:4]]).tolist() == [1, 2, 3, 4, 0, 0, 0]
    assert drive(Tail(3), [RAMP[:0]]).tolist() == []


@pytest.mark.parametrize(("win", "hop", "n_channels"), [(20, 8, 3), (5, 5, 1), (7, 1, 2)])
def test_framing_contract_of_channels(win: int, hop: int, n_channels: int) -> None:
    x = np.random.default_rng(0).normal(size=(50, n_channels)).astype("f")
    verify_contract(Framing(win, hop, n_channels=n_channels), x)


def test_channels_are_framed_as_sound_is_and_hold_their_last_value() -> None:
    x = np.stack([RAMP[:95], -RAMP[:95]], axis=1)
    frames = drive(Framing(20, 8, n_channels=2), [x])
    assert frames.shape == (12, 2, 20)
    held = np.concatenate([x, np.repeat(x[-1:], 20, axis=0)])
    for channel in range(2):
        whole = drive(Framing(20, 8), [held[:, channel]])[:12]
        np.testing.assert_array_equal(frames[:, channel], whole)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_stack_contract(n: int) -> None:
    verify_contract(Stack(n, 4), np.random.default_rng(n).normal(size=(50, 4)).astype("f"))


@pytest.mark.parametrize("stage", [Framing(200, 80), Stack(3, 4)])
def test_a_stream_shorter_than_one_output_is_not_lost(stage: Stage) -> None:  # type: ignore[type-arg]
    x = np.ones((1, 4) if isinstance(stage, Stack) else 1, np.float32)
    assert len(drive(stage, [x])) == 1


def test_frame_i_starts_at_hop_i() -> None:
    frames = drive(Framing(200, 80), [RAMP])
    assert frames.shape == (13, 200)
    for i, frame in enumerate(frames):
        expected = np.zeros(200, np.float32)
        expected[: len(RAMP[80 * i :][:200])] = RAMP[80 * i :][:200]
        np.testing.assert_array_equal(frame, expected)


@pytest.mark.parametrize("n_samples", [0, 1, 79, 80, 81, 199, 200, 201, 279, 280, 1000])
def test_every_sample_owns_a_frame(n_samples: int) -> None:
    assert len(drive(Framing(200, 80), [RAMP[:n_samples]])) == -(-n_samples // 80)


def test_an_impulse_is_heard_in_every_window_that_covers_it() -> None:
    sound = np.zeros(1000, np.float32)
    sound[500] = 1
    frames = drive(Framing(200, 80), [sound])
    assert np.argwhere(frames).tolist() == [[4, 180], [5, 100], [6, 20]]


def test_stack_lays_neighbours_side_by_side_and_repeats_the_last() -> None:
    frames = np.arange(8, dtype=np.float32).reshape(4, 2)
    assert drive(Stack(3, 2), [frames]).tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 6, 7, 6, 7]]


@pytest.mark.parametrize(("win", "hop"), [(80, 200), (200, 0), (0, 0), (200, -1)])
def test_lengths_that_cannot_be(win: int, hop: int) -> None:
    with pytest.raises(ConfigError, match=rf"1 <= hop_length <= win_length, got hop_length={hop}"):
        Framing(win, hop)


def test_an_empty_stack() -> None:
    with pytest.raises(ConfigError, match="at least one frame in a stack, got 0"):
        Stack(0, 20)
