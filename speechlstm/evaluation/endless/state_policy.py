"""What becomes of the forward state of a stream that goes on for ever: kept, set back, or let fade."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from speechlstm.config import require
from speechlstm.engine.engine import Answer, LayerState
from speechlstm.engine.stage import NetworkStage, NetworkState
from speechlstm.stage import Chain, Stage

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["POLICIES", "PolicyStage", "PolicyState", "StatePolicy", "following"]

# the blank is this likely where nothing is said
_SURE = math.log(0.9)


@dataclass(frozen=True, slots=True)
class StatePolicy:
    """A rule for the forward state; with neither time it is carried for ever, as the recogniser does.

    Attributes:
        name: For people.
        silence_s: The state becomes that of a stream's beginning once the network has been sure of no word
            for so long. Of a lead it holds what fills chunks.
        half_life_s: The state fades into that by half in so long.
    """

    name: str
    silence_s: float | None = None
    half_life_s: float | None = None

    def __post_init__(self) -> None:
        for key, value in (("silence_s", self.silence_s), ("half_life_s", self.half_life_s)):
            require(value is None or value > 0, f"{key} must be more than 0, got {value}")


POLICIES = (
    StatePolicy("never reset"),
    StatePolicy("reset after 0.5 s without a word", silence_s=0.5),
    StatePolicy("reset after 2 s without a word", silence_s=2.0),
    StatePolicy("faded by half in 1 s", half_life_s=1.0),
    StatePolicy("faded by half in 10 s", half_life_s=10.0),
)


class PolicyState(NamedTuple):
    """State of one stream.

    Attributes:
        network: The network's.
        n_silent: Frames since a word was thinkable.
    """

    network: NetworkState
    n_silent: int


class PolicyStage(Stage[PolicyState]):
    """The network under a policy: feature frames ``[n, n_features]`` -> :class:`Answer` ``[n, ...]``.

    Args:
        network: The network.
        policy: What becomes of its state after every chunk.
        frames_per_s: Its input frames a second.
    """

    def __init__(self, network: NetworkStage, policy: StatePolicy, frames_per_s: float) -> None:
        self.network, self.latency = network, network.latency
        self._n_silent = math.inf if policy.silence_s is None else policy.silence_s * frames_per_s
        chunk_s = network.setting.chunk_frames / frames_per_s
        self._kept = 1.0 if policy.half_life_s is None else 0.5 ** (chunk_s / policy.half_life_s)

    def initial_state(self) -> PolicyState:
        return PolicyState(self.network.initial_state(), 0)

    def step(self, x: np.ndarray, state: PolicyState) -> tuple[Answer, PolicyState]:
        chunk = self.network.setting.chunk_frames
        answer, network = self.network.step(x[:0], state.network)
        parts, n_silent, at = [answer], state.n_silent, 0
        while at < len(x):
            # up to the end of the chunk that is being filled
            stop = at + chunk - len(network.pending)
            answer, network = self.network.step(x[at:stop], network)
            parts.append(answer)
            at, n_before, n_silent = stop, n_silent, _n_silent(answer, n_silent)
            if not len(network.pending):
                # once a silence: again and again, it would never hear the beginning of a word
                is_due = n_before < self._n_silent <= n_silent
                network = self._faded(network, 0.0 if is_due else self._kept)
        return Answer(*(np.concatenate(part) for part in zip(*parts, strict=True))), PolicyState(
            network, n_silent
        )

    def flush(self, state: PolicyState) -> Answer:
        return self.network.flush(state.network)

    def _faded(self, state: NetworkState, share: float) -> NetworkState:
        """Of the forward state a share, and for the rest that of a stream's beginning.

        The look-ahead's frames are sound and stay.
        """
        if share == 1.0:
            return state
        kept, new = np.float32(share), np.float32(1 - share)
        layers = tuple(
            LayerState(layer.h * kept + begin.h * new, layer.c * kept + begin.c * new, layer.tail)
            for layer, begin in zip(state.layers, self.network.initial_state().layers, strict=True)
        )
        return state._replace(layers=layers)


def following(recognizer: "Recognizer", policy: StatePolicy) -> Chain:
    """The recogniser's chain, samples to words, under a policy."""
    frames_per_s = float(recognizer.sample_rate_hz / recognizer.bundle.config.features.frame_samples)
    network = PolicyStage(recognizer.network, policy, frames_per_s)
    return Chain([recognizer.features, network, recognizer.decoder])


def _n_silent(answer: Answer, n_before: int) -> int:
    heard = np.flatnonzero(answer.log_probs[:, 0] < _SURE)
    n = len(answer.log_probs)
    return n_before + n if not len(heard) else n - 1 - int(heard[-1])
