"""The network as a stage of one stream, and whole clips side by side in a batch."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from speechlstm.config import require
from speechlstm.engine.engine import Answer, Engine, LayerState
from speechlstm.stage import Stage, concatenate

__all__ = ["Latency", "Lead", "NetworkStage", "NetworkState", "answer_batch", "zero_state"]

# the last chunk of a stream is rounded up to a chunk, but a long one only to this many frames
_QUANTUM_FRAMES = 64


@dataclass(frozen=True, slots=True)
class Latency:
    """One setting of the dial.

    Attributes:
        chunk_frames: ``C``, frames answered at a time.
        lookahead_frames: ``R``, frames that each layer sees beyond them.
    """

    chunk_frames: int
    lookahead_frames: int

    def __post_init__(self) -> None:
        require(
            self.chunk_frames >= 1 and self.lookahead_frames >= 0,
            f"expected chunk_frames >= 1 and lookahead_frames >= 0, got {self}",
        )

    def padded(self, n_frames: int) -> int:
        """Length of the last, perhaps unfilled chunk, as it is computed."""
        quantum = min(self.chunk_frames, _QUANTUM_FRAMES)
        return min(-(-n_frames // quantum) * quantum, self.chunk_frames)


class Lead(NamedTuple):
    """What a network takes as heard before a stream, and does not answer.

    Attributes:
        frames: ``[n, n_features]``, before every stream the same.
        n_onset: Frames that come at the beginning of a stream, before its own.
    """

    frames: np.ndarray
    n_onset: int


class NetworkState(NamedTuple):
    """State of one stream.

    Attributes:
        pending: ``[n, n_features]``, frames that do not fill a chunk yet.
        layers: One state a layer.
        n_early: Answers still to be dropped, of the zeros and the lead before the first frame.
        n_owed: Frames taken whose answers have not been given; less than 0 before the stream's own come.
    """

    pending: np.ndarray
    layers: tuple[LayerState, ...]
    n_early: int
    n_owed: int


class NetworkStage(Stage[NetworkState]):
    """Feature frames ``[n, n_features]`` -> :class:`Answer` ``[n, ...]``, one stream.

    Args:
        engine: What runs the step.
        latency: Chunk and look-ahead.
        lead: What is taken as heard before; nothing if not given. Of its frames those that fill chunks are
            heard once, here, and not by every stream.

    Attributes:
        n_onset: Frames at the beginning of a stream that belong to the lead, and are not answered.
    """

    def __init__(self, engine: Engine, latency: Latency, lead: Lead | None = None) -> None:
        self.engine, self.setting = engine, latency
        self._late = engine.config.n_layers * latency.lookahead_frames
        self.latency = self._late + latency.chunk_frames - 1
        lead = lead or Lead(np.zeros((0, engine.config.n_features), np.float32), 0)
        self.n_onset = lead.n_onset
        self._begin = self._after(lead)

    def _after(self, lead: Lead) -> NetworkState:
        """The state of a stream whose first frame is yet to come."""
        layers = zero_state(self.engine, 1, self.setting.lookahead_frames)
        n_early = self._late + len(lead.frames) + lead.n_onset
        _, state = self.step(lead.frames, NetworkState(lead.frames[:0], layers, n_early, 0))
        return state._replace(n_owed=-lead.n_onset)

    def initial_state(self) -> NetworkState:
        return self._begin

    def step(self, x: np.ndarray, state: NetworkState) -> tuple[Answer, NetworkState]:
        frames = np.concatenate([state.pending, x]) if len(state.pending) else x
        n_whole = len(frames) // self.setting.chunk_frames * self.setting.chunk_frames
        state = state._replace(pending=frames[n_whole:].copy(), n_owed=state.n_owed + len(x))
        return self._answer(frames[:n_whole], self.setting.chunk_frames, state)

    def flush(self, state: NetworkState) -> Answer:
        n_owed = max(0, state.n_owed)
        zeros = np.zeros((self._late, self.engine.config.n_features), np.float32)
        whole, state = self.step(zeros, state)
        rest = state.pending
        n_padded = self.setting.padded(len(rest))
        last, _ = self._answer(np.pad(rest, ((0, n_padded - len(rest)), (0, 0))), n_padded, state)
        answer = concatenate([whole, last])
        return Answer(*(part[:n_owed] for part in answer))

    def _answer(self, frames: np.ndarray, chunk: int, state: NetworkState) -> tuple[Answer, NetworkState]:
        if len(frames) == 0:
            return _empty(self.engine), state
        answer, layers = self.engine.step(
            frames[:, None], state.layers, chunk=chunk, lookahead=self.setting.lookahead_frames
        )
        n_dropped = min(state.n_early, len(frames))
        n_given = len(frames) - n_dropped
        state = state._replace(
            layers=layers, n_early=state.n_early - n_dropped, n_owed=state.n_owed - n_given
        )
        return Answer(*(part[n_dropped:, 0] for part in answer)), state


def zero_state(engine: Engine, batch: int, lookahead: int) -> tuple[LayerState, ...]:
    """The state before the first frame of ``batch`` streams."""
    units, width = engine.config.units, engine.config.encoder_width
    h = np.zeros((batch, units), np.float32)
    widths = [width] + [2 * units] * (engine.config.n_layers - 1)
    return tuple(LayerState(h, h, np.zeros((lookahead, batch, w), np.float32)) for w in widths)


def answer_batch(stage: NetworkStage, clips: Sequence[np.ndarray]) -> list[Answer]:
    """Whole clips side by side, equal to each of them alone.

    Args:
        stage: What would answer each of them.
        clips: Feature frames ``[n, n_features]`` of each clip, those of the onset first; ``n`` may differ.

    Returns:
        One answer ``[n - n_onset, ...]`` a clip.
    """
    engine, latency, begin = stage.engine, stage.setting, stage.initial_state()
    n_before, n_early = len(begin.pending), begin.n_early
    n_more = n_early - stage.n_onset
    shapes = {i: _shape_of_run(len(clip) + n_more, latency) for i, clip in enumerate(clips) if len(clip)}
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, shape in shapes.items():
        groups[_like_length(*shape)].append(i)
    answers = [_empty(engine)] * len(clips)
    for members in groups.values():
        # whole chunks after the end of a clip change nothing before it
        n_whole, n_last = max(shapes[i] for i in members)
        x = np.zeros((n_whole + n_last, len(members), engine.config.n_features), np.float32)
        x[:n_before] = begin.pending[:, None]
        for column, i in enumerate(members):
            x[n_before : n_before + len(clips[i]), column] = clips[i]
        state, parts = tuple(_side_by_side(layer, len(members)) for layer in begin.layers), []
        for part, chunk in ((x[:n_whole], latency.chunk_frames), (x[n_whole:], n_last)):
            if len(part):
                answer, state = engine.step(part, state, chunk=chunk, lookahead=latency.lookahead_frames)
                parts.append(answer)
        joined = concatenate(parts)
        for column, i in enumerate(members):
            kept = slice(n_early, n_more + len(clips[i]))
            answers[i] = Answer(*(part[kept, column] for part in joined))
    return answers


def _side_by_side(layer: LayerState, batch: int) -> LayerState:
    """A state of one stream, for several that begin alike."""
    h, c = (np.repeat(part, batch, axis=0) for part in (layer.h, layer.c))
    return LayerState(h, c, np.repeat(layer.tail, batch, axis=1))


def _empty(engine: Engine) -> Answer:
    """The answer to no frames."""
    widths = engine.config.widths
    return Answer(*(np.zeros((0, widths[name]), np.float32) for name in Answer._fields))


def _shape_of_run(n_frames: int, latency: Latency) -> tuple[int, int]:
    """Frames in whole chunks, and in the last one where it is computed at a length of its own."""
    chunk = latency.chunk_frames
    n_whole = n_frames // chunk * chunk
    n_last = latency.padded(n_frames - n_whole)
    return (n_whole + n_last, 0) if n_last in (0, chunk) else (n_whole, n_last)


def _like_length(n_whole: int, n_last: int) -> tuple[int, int]:
    """The same for runs that go side by side: those of whole chunks differ by a quarter at most."""
    if n_last or n_whole == 0:
        return n_whole, n_last
    step = max(1, (1 << n_whole.bit_length() - 1) // 4)
    return -(-n_whole // step) * step, 0
