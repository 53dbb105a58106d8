"""What every cell of the network did, frame by frame."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from speechlstm.engine.cells import CellEngine, Inside, LayerGates
from speechlstm.engine.engine import Answer, LayerState
from speechlstm.engine.stage import Latency, Lead, NetworkStage
from speechlstm.model.cell import Gates
from speechlstm.model.config import NetworkConfig
from speechlstm.stage import concatenate, run
from speechlstm.timing import Rate

__all__ = ["Trace", "TracingStage", "trace_frames"]

_DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Gates and states of every layer, direction and frame, and what came in and out.

    Example:
        >>> from speechlstm import Recognizer
        >>> trace = Recognizer.load("words-en").trace("samples/digits.wav")
        >>> trace.layers[0].forward.forget.shape == (trace.n_frames, trace.n_units)
        True

    Attributes:
        features: ``[frames, n_features]``, what the network heard of the sound, normalised; not the silence
            that it takes as heard before.
        layers: For each layer its forward and backward :class:`~speechlstm.model.cell.Gates`, each of whose
            arrays is ``[frames, units]``. The backward ones of a frame are those of the window that answers
            it, with the look-ahead of the recogniser's setting.
        phones: ``[frames, n_phones + 1]``, what the lower layers tell of the phones, as natural logarithms:
            first the blank, then those of :attr:`~speechlstm.bundle.BundleConfig.phones`. Of width 0 where
            the network tells none.
        answer: The posteriors, as :meth:`~speechlstm.recognizer.Recognizer.posteriors` gives them.
        frame_samples: Samples from one frame to the next.
        n_samples: Samples that were heard.
        sample_rate_hz: The model's sample rate.
    """

    features: np.ndarray
    layers: tuple[LayerGates, ...]
    phones: np.ndarray
    answer: Answer
    frame_samples: int
    n_samples: int
    sample_rate_hz: Rate

    @property
    def n_frames(self) -> int:
        """Frames that were traced."""
        return len(self.features)

    @property
    def n_units(self) -> int:
        """Units in each direction of a layer."""
        return int(self.layers[0].forward.forget.shape[1])

    @property
    def times_s(self) -> np.ndarray:
        """Where each frame begins, in seconds: ``[frames]``."""
        return np.arange(self.n_frames) * float(self.frame_samples / self.sample_rate_hz)

    def cells(self) -> dict[tuple[int, str], Gates]:
        """The gates by layer (from 0) and direction (``forward``, ``backward``)."""
        every = product(range(len(self.layers)), _DIRECTIONS)
        return {(layer, direction): getattr(self.layers[layer], direction) for layer, direction in every}

    def arrays(self) -> dict[str, np.ndarray]:
        """All by name, ready for ``numpy.savez``: ``layer0.forward.forget``, ``log_probs``, ``times_s``..."""
        named = {
            f"layer{layer}.{direction}.{name}": part
            for (layer, direction), gates in self.cells().items()
            for name, part in gates._asdict().items()
        }
        told = {"phones": self.phones} | self.answer._asdict()
        told = {name: part for name, part in told.items() if part.shape[-1]}
        return {"times_s": self.times_s, "features": self.features} | told | named


class TracingStage(NetworkStage):
    """The network's stage, cell by cell; what went on in the steps so far is in :attr:`steps`.

    For looking on: it gathers what a stage must not, so it serves one stream, and :attr:`steps` is to be
    emptied by who reads it.

    Args:
        weights: As :func:`speechlstm.engine.weights.read_weights` gives them.
        config: The network's sizes.
        latency: Chunk and look-ahead.
        lead: As of :class:`speechlstm.engine.stage.NetworkStage`.

    Attributes:
        steps: What went on in each step since the list was emptied.
        n_before: Rows of the first steps that belong to the lead, before each layer's look-ahead.
    """

    def __init__(
        self,
        weights: Mapping[str, np.ndarray],
        config: NetworkConfig,
        latency: Latency,
        lead: Lead | None = None,
    ) -> None:
        recorder = _Recorder(weights, config)
        super().__init__(recorder, latency, lead)
        self.steps, self.n_before = recorder.steps, len(self.initial_state().pending) + self.n_onset
        # what has been heard of the lead is no part of any stream
        self.steps.clear()


class _Recorder(CellEngine):
    """Keeps what went on inside in each step of one stream."""

    def __init__(self, weights: Mapping[str, np.ndarray], config: NetworkConfig) -> None:
        super().__init__(weights, config)
        self.steps: list[Inside] = []

    def step(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...]]:
        answer, after, inside = self.trace(x, state, chunk=chunk, lookahead=lookahead)
        layers = (
            LayerGates(*(Gates(*(part[:, 0] for part in of)) for of in layer)) for layer in inside.layers
        )
        self.steps.append(Inside(tuple(layers), inside.phones[:, 0]))
        return answer, after


def trace_frames(
    frames: np.ndarray,
    weights: Mapping[str, np.ndarray],
    config: NetworkConfig,
    latency: Latency,
    lead: Lead | None = None,
) -> tuple[Answer, Inside]:
    """Trace a whole stream of frames.

    Args:
        frames: ``[frames, n_features]``, with those of the onset where there is a lead.
        weights: As :func:`speechlstm.engine.weights.read_weights` gives them.
        config: The network's sizes.
        latency: Chunk and look-ahead.
        lead: As of :class:`speechlstm.engine.stage.NetworkStage`.

    Returns:
        The answer, and what went on inside, that of a frame beside it; nothing of the onset.
    """
    stage = TracingStage(weights, config, latency, lead)
    answer = concatenate(list(run(stage, [frames])))
    if not stage.steps:
        return answer, _nothing(config)
    n = len(answer.log_probs)
    layers = [concatenate(column) for column in zip(*(step.layers for step in stage.steps), strict=True)]
    # each layer answers its look-ahead late
    late = [stage.n_before + (i + 1) * latency.lookahead_frames for i in range(config.n_layers)]
    below = late[config.n_below_phones - 1]
    return answer, Inside(
        tuple(_cut(layer, first, first + n) for layer, first in zip(layers, late, strict=True)),
        concatenate([step.phones for step in stage.steps])[below : below + n],
    )


def _nothing(config: NetworkConfig) -> Inside:
    """What goes on in a stream without a frame."""
    gates = Gates(*[np.zeros((0, config.units), np.float32)] * len(Gates._fields))
    phones = np.zeros((0, config.n_phones + 1 if config.n_phones else 0), np.float32)
    return Inside((LayerGates(gates, gates),) * config.n_layers, phones)


def _cut(layer: LayerGates, first: int, end: int) -> LayerGates:
    return LayerGates(*(Gates(*(part[first:end] for part in gates)) for gates in layer))
