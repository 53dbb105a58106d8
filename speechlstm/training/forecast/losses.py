"""What a network for forecasts is trained to make small, in ``keras.ops``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

__all__ = ["losses"]


def losses(values: Any, batch: Any, *, horizon: int, quantiles: Sequence[float]) -> dict[str, Any]:
    """Square error of the mean, and pinball loss of the quantiles.

    The pinball loss is twice its mean over the quantiles, so that for the median alone it would be the
    absolute error; the two losses are added.

    Reference: Koenker and Bassett, "Regression Quantiles", Econometrica 1978.

    Args:
        values: ``[B, T, n_targets * horizon * (1 + n_quantiles)]``.
        batch: A :class:`speechlstm.training.forecast.examples.Batch` of tensors.
        horizon: Frames that are forecast.
        quantiles: Which quantiles.

    Returns:
        ``total``, ``mse`` and ``pinball``, scalars.
    """
    n_streams, n_frames, n_targets = values.shape[0], values.shape[1], batch.series.shape[-1]
    shape = (n_streams, n_frames, n_targets, horizon, 1 + len(quantiles))
    ahead = np.arange(n_frames)[:, None] + 1 + np.arange(horizon)
    # [B, T, horizon, n_targets] -> [B, T, n_targets, horizon, 1]
    truth = ops.transpose(ops.take(batch.series, ahead, axis=1), (0, 1, 3, 2))[..., None]
    over = truth - ops.reshape(values, shape)
    share = ops.convert_to_tensor(np.array(quantiles, np.float32))
    pinball = 2 * ops.mean(ops.maximum(share * over[..., 1:], (share - 1) * over[..., 1:]))
    mse = ops.mean(ops.square(over[..., 0]))
    return {"total": mse + pinball, "mse": mse, "pinball": pinball}
