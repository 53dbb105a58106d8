"""The streaming bidirectional LSTM layer.

With chunk ``C`` and look-ahead ``R`` (in the layer's input frames) and ``R`` frames of zeros in front::

    e   = [0]*R + x                                   the layer answers R frames late
    f_t = LSTM_f over e, its state carried from chunk to chunk for ever
    g_t = LSTM_b over e[kC : kC+C+R], from the right end, from a zero state, for every chunk k
    y_t = [f_t ; g_t]                                 for t in [kC, kC+C): C frames in, C frames out

The chunks of the backward direction are laid in the batch axis, so any number of chunks is one call,
and a whole file goes through the same arithmetic as the same file chunk by chunk. There is no mask
anywhere: cuDNN stays usable, and the exported graph has no loop.
"""

from typing import Any, NamedTuple

import keras
from keras import ops

__all__ = ["LayerState", "StreamingBidirectional"]


class LayerState(NamedTuple):
    """What a layer carries from chunk to chunk.

    Attributes:
        h: ``[batch, units]``, hidden state of the forward LSTM.
        c: ``[batch, units]``, cell state of the forward LSTM.
        tail: ``[batch, R, features]``, the last ``R`` input frames.
    """

    h: Any
    c: Any
    tail: Any


class StreamingBidirectional(keras.layers.Layer):  # type: ignore[misc]
    """A bidirectional LSTM that streams, with chunk and look-ahead as inputs of every call.

    Args:
        units: LSTM units in each direction.
        seed: Seed of the initial weights.
    """

    def __init__(self, units: int, *, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.forward_lstm = _lstm(units, 2 * seed, name="forward", return_state=True)
        self.backward_lstm = _lstm(units, 2 * seed + 1, name="backward", go_backwards=True)

    def build(self, input_shape: Any) -> None:
        sequence = (None, None, input_shape[-1])
        self.forward_lstm.build(sequence)
        self.backward_lstm.build(sequence)
        self.built = True

    def call(self, x: Any, chunk: Any, lookahead: Any, state: LayerState) -> tuple[Any, LayerState]:
        """Take a whole number of chunks.

        Args:
            x: ``[batch, time, features]``, ``time`` a multiple of ``chunk``.
            chunk: ``C``, an integer or scalar tensor.
            lookahead: ``R``, an integer or scalar tensor; equal to the length of ``state.tail``.
            state: What the previous call gave.

        Returns:
            ``[batch, time, 2 * units]``, ``lookahead`` frames late, and the state to go on from.
        """
        extended = ops.concatenate([state.tail, x], axis=1)
        n_frames, width = ops.shape(x)[1], x.shape[-1]
        y_forward, h, c = self.forward_lstm(extended[:, :n_frames], initial_state=[state.h, state.c])
        starts = ops.expand_dims(ops.arange(n_frames // chunk) * chunk, 1)
        windows = ops.take(extended, starts + ops.arange(chunk + lookahead), axis=1)
        # [batch, chunks, C + R, features] -> chunks beside each other in the batch axis
        from_right = self.backward_lstm(ops.reshape(windows, (-1, chunk + lookahead, width)))
        y_backward = ops.flip(from_right, axis=1)[:, :chunk]
        y_backward = ops.reshape(y_backward, (-1, n_frames, self.units))
        y = ops.concatenate([y_forward, y_backward], axis=-1)
        return y, LayerState(h, c, extended[:, n_frames:])


def _lstm(units: int, seed: int, **kwargs: Any) -> Any:
    """An LSTM whose weights come from ``seed``; the generators that all of Keras shares are left alone."""
    return keras.layers.LSTM(
        units,
        return_sequences=True,
        kernel_initializer=keras.initializers.GlorotUniform(seed=2 * seed),
        recurrent_initializer=keras.initializers.Orthogonal(seed=2 * seed + 1),
        seed=seed,
        **kwargs,
    )
