from typing import Any

import numpy as np
import pytest
from contract import assert_close, verify_contract
from tiny import make_front_end, random_weights, speechlike, tiny_config

from speechlstm.engine.engine import Answer, LayerState
from speechlstm.engine.onnx import OnnxEngine
from speechlstm.engine.stage import Latency, Lead, NetworkStage
from speechlstm.errors import ConfigError
from speechlstm.evaluation.endless.state_policy import POLICIES, PolicyStage, StatePolicy
from speechlstm.export.onnx_graph import build_graph
from speechlstm.stage import concatenate, run

# of the tiny bundle: 30 ms a frame
FRAMES_PER_S = 100 / 3


@pytest.fixture(scope="module")
def network() -> NetworkStage:
    config = tiny_config()
    engine = OnnxEngine(build_graph(config.network, random_weights(config.network)), config.network)
    return NetworkStage(engine, Latency(5, 2))


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    front_end = make_front_end(tiny_config().features)
    return np.asarray(concatenate(list(run(front_end.chain(), [speechlike(24_000)]))))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_contract(network: NetworkStage, frames: np.ndarray, policy: StatePolicy) -> None:
    verify_contract(PolicyStage(network, policy, FRAMES_PER_S), frames, atol=1e-5)


def test_a_state_that_is_kept_is_the_network_s_own(network: NetworkStage, frames: np.ndarray) -> None:
    stage = PolicyStage(network, POLICIES[0], FRAMES_PER_S)
    assert_close(concatenate(list(run(stage, [frames]))), concatenate(list(run(network, [frames]))), 1e-5)


class Deaf:
    """An engine that is sure of no word in frames whose first feature is 0, and counts steps in its state."""

    def __init__(self, engine: Any) -> None:
        self.config = engine.config

    def step(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...]]:
        blank = np.where(x[:, :, :1] == 0, 0.0, -5.0)
        log_probs = np.concatenate([blank, np.full((*x.shape[:2], 5), -5.0)], axis=2).astype("f")
        answer = Answer(log_probs, np.zeros((*x.shape[:2], 2), "f"), np.zeros((*x.shape[:2], 0), "f"))
        return answer, tuple(LayerState(s.h + 1, s.c + 1, s.tail) for s in state)


def counts(network: NetworkStage, policy: StatePolicy, is_heard: str) -> list[float]:
    """The state after each chunk of two frames; ``#`` is a frame with a word, ``.`` one without."""
    stage = PolicyStage(NetworkStage(Deaf(network.engine), Latency(2, 0)), policy, frames_per_s=10)
    state, found = stage.initial_state(), []
    for i in range(0, len(is_heard), 2):
        frames = np.zeros((2, network.engine.config.n_features), np.float32)
        frames[:, 0] = [mark == "#" for mark in is_heard[i : i + 2]]
        _, state = stage.step(frames, state)
        found.append(float(state.network.layers[0].h[0, 0]))
        assert state.network.layers[1].c[0, 0] == found[-1]
    return found


def test_the_state_is_reset_once_a_silence(network: NetworkStage) -> None:
    policy = StatePolicy("x", silence_s=0.4)
    #        4 silent frames reset it, six go on;  a word; three are too few; one more and it is reset
    assert counts(network, policy, "##..........#.....") == [1, 2, 0, 1, 2, 3, 4, 5, 0]
    assert counts(network, StatePolicy("x"), "##....") == [1, 2, 3]


def test_the_state_fades_by_its_half_life(network: NetworkStage) -> None:
    # chunks of 0.2 s: each keeps the root of a half
    first, second = counts(network, StatePolicy("x", half_life_s=0.4), "....")
    assert first == pytest.approx(np.sqrt(0.5))
    assert second == pytest.approx((first + 1) * np.sqrt(0.5))


@pytest.mark.parametrize(
    ("policy", "expected"), [({"silence_s": 0.4}, 1.0), ({"half_life_s": 0.1}, 1 + 0.25 * (1 + 0.25))]
)
def test_a_state_goes_back_to_where_streams_begin(
    network: NetworkStage, policy: dict[str, float], expected: float
) -> None:
    """It stands at 1 after the lead, and counts one further with every chunk unless it is set back."""
    n_features = network.engine.config.n_features
    lead = Lead(np.zeros((10, n_features), np.float32), 0)
    inner = NetworkStage(Deaf(network.engine), Latency(2, 0), lead)
    stage = PolicyStage(inner, StatePolicy("x", **policy), frames_per_s=10)
    state = stage.initial_state()
    assert state.network.layers[0].h[0, 0] == 1
    _, state = stage.step(np.zeros((4, n_features), np.float32), state)
    for layer in state.network.layers:
        assert layer.h[0, 0] == pytest.approx(expected)
        assert layer.c[0, 0] == pytest.approx(expected)


@pytest.mark.parametrize("wrong", [{"silence_s": 0.0}, {"half_life_s": -1.0}])
def test_times_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="must be more than 0, got"):
        StatePolicy("x", **wrong)
