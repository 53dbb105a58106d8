"""Encoder and head: a stack of streaming bidirectional layers, and what is read from it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from speechlstm.model.config import ForecastSize, NetworkConfig
from speechlstm.model.layer import LayerState, StreamingBidirectional

__all__ = ["Network", "Outputs"]

_BLANK_BIAS = 4.0
# Keras takes seeds below 2**31; each of a layer's own is made of 2 bits more than the layer's
_SEED_SHIFT = 3


class Outputs(NamedTuple):
    """What the network says of every frame.

    Attributes:
        logits: ``[batch, time, n_outputs]``; token 0 of ``words`` is the blank; of width 0 for ``forecast``.
        extent: ``[batch, time, 2]``, frames back to the start and on to the end of the word at hand; of
            width 0 but for ``words``.
        phones: ``[batch, time, n_phones + 1]``, the blank first, from the lower layers, as many
            frames late as they are; of width 0 without.
        values: ``[batch, time, n_outputs]``, the values of ``forecast``; of width 0 for the others.
    """

    logits: Any
    extent: Any
    phones: Any
    values: Any


class Network(keras.Model):  # type: ignore[misc]
    """The recogniser's network.

    Args:
        config: Its sizes.
        dropout: Share of each layer's outputs dropped in training.
        seed: Seed of the initial weights and of dropout.
    """

    def __init__(self, config: NetworkConfig, *, dropout: float = 0.0, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        # a seed for each layer, and for each dropout behind it; the global generators are the caller's
        n = config.n_layers
        sizes = _head_sizes(config)
        seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(2 * n + 3) >> _SEED_SHIFT]
        self.encoder = [
            StreamingBidirectional(config.units, seed=s, name=f"encoder_{i}") for i, s in enumerate(seeds[:n])
        ]
        self.dropouts = [keras.layers.Dropout(dropout, seed=s) for s in seeds[n : 2 * n]]
        self.heads = [
            _head(name, size, _first(config, s))
            for (name, size), s in zip(sizes.items(), seeds[2 * n :], strict=False)
        ]
        self.phone_heads = _phone_heads(config, seeds[-1])
        width = config.encoder_width
        for layer in self.encoder:
            layer.build((None, None, width))
            width = 2 * config.units
        for head in self.heads:
            head.build((None, None, width))
        for head, size in zip(self.phone_heads, (2 * config.units, config.n_phones + 1), strict=False):
            head.build((None, None, size))
        if config.head == "words":
            # a stream is mostly blank; to begin there saves the first hundred steps
            self.heads[0].bias.assign([_BLANK_BIAS] + [0.0] * (config.n_outputs - 1))
        self.built = True

    def initial_state(self, batch: int, lookahead: int) -> list[LayerState]:
        """Zeros for ``batch`` streams with the given look-ahead in frames."""
        units, width = self.config.units, self.config.encoder_width
        state = []
        for _ in self.encoder:
            h = ops.zeros((batch, units), self.compute_dtype)
            state.append(LayerState(h, h, ops.zeros((batch, lookahead, width), self.compute_dtype)))
            width = 2 * units
        return state

    def call(
        self, x: Any, chunk: Any, lookahead: Any, state: Sequence[LayerState], training: bool = False
    ) -> tuple[Outputs, list[LayerState]]:
        """Take whole chunks, which are answered ``n_layers * lookahead`` frames late.

        Args:
            x: ``[batch, time, n_features]``; ``time`` is a multiple of ``chunk``.
            chunk: ``C``, frames answered at a time.
            lookahead: ``R``, frames that each layer sees beyond them.
            state: Of each layer, as :meth:`initial_state` or the call before gave it.
            training: Whether to drop out.

        Returns:
            The answers ``[batch, time, ...]``, and the state of each layer to go on from.
        """
        frames, after, phones = x, [], x[..., :0]
        x = x[..., : self.config.encoder_width]
        for i, (layer, dropout, s) in enumerate(zip(self.encoder, self.dropouts, state, strict=True)):
            x, s = layer(x, chunk=chunk, lookahead=lookahead, state=s)
            x = dropout(x, training=training)
            after.append(s)
            if self.phone_heads and i + 1 == self.config.n_below_phones:
                tell, hear = self.phone_heads
                phones = tell(x)
                x = x + hear(ops.softmax(phones))
        found = {head.name: head(x) for head in self.heads}
        if self.config.forecast is not None and self.config.forecast.has_base:
            found["values"] = found["values"] + self._base(frames, self.config.forecast)
        tokens, extent, values = (found.get(name, x[..., :0]) for name in ("tokens", "extent", "values"))
        return Outputs(tokens, extent, phones, values), after

    def _base(self, frames: Any, size: ForecastSize) -> Any:
        """The forecast that the frames hold, once for each number: ``[batch, time, n_outputs]``."""
        batch, time, _ = ops.shape(frames)
        base = ops.reshape(frames[..., -size.base_width :], (batch, time, size.n_channels, size.horizon))
        every = ops.repeat(ops.take(base, size.targets, axis=2), size.n_numbers, axis=-1)
        return ops.reshape(every, (batch, time, size.n_values))

    def whole(
        self, x: Any, chunk: int, lookahead: int, state: Sequence[LayerState], training: bool = False
    ) -> tuple[Outputs, list[LayerState]]:
        """Whole streams, answered frame for frame.

        The end is ``n_layers * lookahead`` frames of zeros, rounded up to a chunk; the first
        ``n_layers * lookahead`` answers are dropped.

        Args:
            x: ``[batch, time, n_features]``.
            chunk: As of :meth:`call`.
            lookahead: As of :meth:`call`.
            state: As of :meth:`call`.
            training: As of :meth:`call`.

        Returns:
            As of :meth:`call`.
        """
        n_frames, late = x.shape[1], self.config.n_layers * lookahead
        padding = late + (-(n_frames + late)) % chunk
        padded = ops.pad(x, ((0, 0), (0, padding), (0, 0)))
        outputs, after = self(padded, chunk=chunk, lookahead=lookahead, state=state, training=training)
        kept, below = (slice(n, n + n_frames) for n in (late, self.config.n_below_phones * lookahead))
        parts = (outputs.logits[:, kept], outputs.extent[:, kept])
        return Outputs(*parts, outputs.phones[:, below], outputs.values[:, kept]), after

    def weights_by_name(self) -> dict[str, np.ndarray]:
        """All weights as NumPy arrays, by names that the exported graph keeps.

        ``encoder.{i}.{forward|backward}.{kernel|recurrent|bias}`` with Keras's shapes and gate order
        (input, forget, candidate, output), and ``{tokens|extent|values|phones|hear_phones}.{kernel|bias}``.
        """
        return {name: np.asarray(keras.ops.convert_to_numpy(v)) for name, v in self._variables().items()}

    def set_weights_by_name(self, weights: Mapping[str, np.ndarray]) -> None:
        """Load what :meth:`weights_by_name` gave."""
        for name, variable in self._variables().items():
            variable.assign(weights[name])

    def _variables(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for i, layer in enumerate(self.encoder):
            for direction, lstm in (("forward", layer.forward_lstm), ("backward", layer.backward_lstm)):
                names = ("kernel", "recurrent", "bias")
                cell = (lstm.cell.kernel, lstm.cell.recurrent_kernel, lstm.cell.bias)
                found.update({f"encoder.{i}.{direction}.{n}": v for n, v in zip(names, cell, strict=True)})
        for head in (*self.heads, *self.phone_heads):
            found |= {f"{head.name}.kernel": head.kernel, f"{head.name}.bias": head.bias}
        return found


def _head(name: str, size: int, initializer: Any) -> Any:
    return keras.layers.Dense(size, name=name, dtype="float32", kernel_initializer=initializer)


def _phone_heads(config: NetworkConfig, seed: int) -> list[Any]:
    """What tells phones, and what the upper layers hear of them: nothing at first."""
    if not config.n_phones:
        return []
    return [
        _head("phones", config.n_phones + 1, keras.initializers.GlorotUniform(seed=seed)),
        keras.layers.Dense(2 * config.units, name="hear_phones", kernel_initializer="zeros"),
    ]


def _first(config: NetworkConfig, seed: int) -> Any:
    """What a head begins with; a forecast adds nothing at first, for noise would have to be unlearnt."""
    if config.head == "forecast":
        return keras.initializers.Zeros()
    return keras.initializers.GlorotUniform(seed=seed)


def _head_sizes(config: NetworkConfig) -> dict[str, int]:
    """Width of each head that the network has, by name."""
    if config.head == "forecast":
        return {"values": config.n_outputs}
    sizes = {"tokens": config.n_outputs, "extent": config.extent_width}
    return {name: size for name, size in sizes.items() if size}
