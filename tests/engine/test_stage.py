from functools import cache

import numpy as np
import pytest
from contract import drive, verify_contract
from tiny import random_weights

from speechlstm.engine.onnx import OnnxEngine
from speechlstm.engine.stage import Latency, Lead, NetworkStage, answer_batch
from speechlstm.errors import ConfigError
from speechlstm.export.onnx_graph import build_graph
from speechlstm.model.config import NetworkConfig

SETTINGS = [(1, 0), (1, 1), (2, 1), (8, 0), (8, 4), (3, 5), (16, 8), (70, 2), (2000, 8)]


@cache
def engine(n_layers: int = 2) -> OnnxEngine:
    config = NetworkConfig(n_features=5, n_outputs=4, n_layers=n_layers, units=8)
    return OnnxEngine(build_graph(config, random_weights(config)), config)


def noise(n_frames: int) -> np.ndarray:
    return np.random.default_rng(n_frames).normal(size=(n_frames, 5)).astype(np.float32)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("n_frames", [5, 83])
def test_contract(setting: tuple[int, int], n_frames: int) -> None:
    verify_contract(NetworkStage(engine(), Latency(*setting)), noise(n_frames), atol=1e-6, n_examples=8)


@pytest.mark.parametrize("n_layers", [1, 3])
def test_contract_of_other_depths(n_layers: int) -> None:
    verify_contract(NetworkStage(engine(n_layers), Latency(4, 3)), noise(40), atol=1e-6, n_examples=8)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_batch_equals_each_clip_alone(setting: tuple[int, int]) -> None:
    clips = [noise(n) for n in (83, 1, 0, 40, 41, 83, 7)]
    answers = answer_batch(NetworkStage(engine(), Latency(*setting)), clips)
    for clip, answer in zip(clips, answers, strict=True):
        alone = drive(NetworkStage(engine(), Latency(*setting)), [clip])
        np.testing.assert_allclose(answer.log_probs, alone.log_probs, rtol=0, atol=1e-5)
        np.testing.assert_allclose(answer.extent, alone.extent, rtol=0, atol=1e-5)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(("n_lead", "n_onset"), [(0, 1), (1, 0), (8, 1), (21, 2)])
def test_a_lead_is_heard_before_a_stream_and_not_answered(
    setting: tuple[int, int], n_lead: int, n_onset: int
) -> None:
    latency, lead = Latency(*setting), Lead(noise(n_lead), n_onset)
    clips = [noise(n) for n in (83, 3, 40)]
    stage = NetworkStage(engine(), latency, lead)
    for clip, answer in zip(clips, answer_batch(stage, clips), strict=True):
        heard = drive(NetworkStage(engine(), latency), [np.concatenate([lead.frames, clip])])
        alone = drive(stage, [clip])
        assert len(alone.log_probs) == len(clip) - n_onset
        for found, expected in zip(alone, heard, strict=True):
            np.testing.assert_allclose(found, expected[n_lead + n_onset :], rtol=0, atol=1e-6)
        for found, expected in zip(answer, alone, strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    verify_contract(stage, clips[0], atol=1e-6, counted=not n_onset, n_examples=4)
    assert [len(part) for part in drive(stage, [])] == [0, 0, 0]
    assert answer_batch(stage, [clips[0][:0]])[0].log_probs.shape == (0, 4)


def test_what_a_lead_fills_is_not_heard_again_by_every_stream() -> None:
    begin = NetworkStage(engine(), Latency(8, 4), Lead(noise(21), 1)).initial_state()
    assert len(begin.pending) == 21 % 8


def test_no_clips() -> None:
    assert answer_batch(NetworkStage(engine(), Latency(8, 4)), []) == []


def test_latency_is_chunk_and_lookaheads() -> None:
    assert NetworkStage(engine(3), Latency(8, 4)).latency == 3 * 4 + 8 - 1


def test_more_lookahead_sees_more() -> None:
    """The backward direction hears a change ``layers * R`` frames ahead, and no further."""
    x = noise(60)
    changed = x.copy()
    changed[47] += 3
    for lookahead in (0, 2, 4):
        stage = NetworkStage(engine(), Latency(8, lookahead))
        differs = np.abs(drive(stage, [x]).log_probs - drive(stage, [changed]).log_probs).max(axis=1) > 0
        first = int(np.flatnonzero(differs)[0])
        assert 47 - stage.latency <= first <= 47
        assert not lookahead or first <= 47 - lookahead


@pytest.mark.parametrize(("chunk", "lookahead"), [(0, 1), (-1, 0), (4, -1)])
def test_settings_that_cannot_be(chunk: int, lookahead: int) -> None:
    with pytest.raises(ConfigError, match=f"chunk_frames >= 1 and lookahead_frames >= 0, got .*={chunk}"):
        Latency(chunk, lookahead)


@pytest.mark.parametrize(
    ("chunk", "n_frames", "expected"),
    [(8, 0, 0), (8, 1, 8), (8, 8, 8), (2000, 1, 64), (2000, 65, 128), (2000, 1990, 2000), (70, 65, 70)],
)
def test_last_chunk(chunk: int, n_frames: int, expected: int) -> None:
    assert Latency(chunk, 0).padded(n_frames) == expected
