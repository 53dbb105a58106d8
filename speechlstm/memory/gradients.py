"""How far back the last answer of a recurrent layer still depends on what it heard."""

from typing import Any

import numpy as np

from speechlstm.config import require
from speechlstm.errors import missing_extra

__all__ = ["gradient_norms"]


def gradient_norms(layer: Any, x: np.ndarray) -> np.ndarray:
    """Size of the gradient that learning sends back through time, by distance.

    At distance ``d`` it is the Frobenius norm of the Jacobian of the last frame's outputs by the input
    ``d`` frames before, a mean over the sequences. Where it has vanished, what lies that far back cannot be
    learnt from the last frame (Hochreiter, 1991; Bengio et al., 1994).

    Args:
        layer: A Keras layer ``[batch, time, features] -> [batch, time, units]``, as
            :func:`speechlstm.memory.learning.recurrent_layer` makes one, learnt or not.
        x: Sequences ``[batch, time, features]``, at least one of at least one frame.

    Returns:
        float64 ``[time]``; the first is of the last frame itself.

    Raises:
        ConfigError: No such sequences.
        MissingDependency: TensorFlow is not installed.

    Example:
        >>> layer = recurrent_layer("rnn", 8)  # doctest: +SKIP
        >>> gradient_norms(layer, x).shape  # doctest: +SKIP
        (60,)
    """
    x = np.asarray(x, np.float32)
    require(
        x.ndim == 3 and min(x.shape) >= 1, f"expected sequences [batch, time, features], got shape {x.shape}"
    )
    tf = _tensorflow()
    # one copy of every sequence for each output, so that all rows of the Jacobians are one way back
    n_units = layer(x[:1]).shape[-1]
    rows = tf.constant(np.repeat(x, n_units, axis=0))
    chosen = tf.one_hot(np.tile(np.arange(n_units), len(x)), n_units)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        total = tf.reduce_sum(layer(rows)[:, -1] * chosen)
    jacobians = tape.gradient(total, rows).numpy().reshape(len(x), n_units, *x.shape[1:])
    # [batch, units, time, features]
    squares = np.square(jacobians.astype(np.float64)).sum(axis=(1, 3))
    return np.asarray(np.sqrt(squares).mean(axis=0)[::-1])


def _tensorflow() -> Any:
    from speechlstm.engine.quiet import quiet_tensorflow

    quiet_tensorflow()
    try:
        import tensorflow
    except ImportError as error:
        raise missing_extra(f"gradients need {error.name}", "train") from error
    return tensorflow
