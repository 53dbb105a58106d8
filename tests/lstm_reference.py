"""The network in NumPy, from the gate equations and the law in ``speechlstm/model/layer.py``; slowly.

i, f, g, o = split(x W + h U + b)
c' = sigmoid(f) c + sigmoid(i) tanh(g)
h' = sigmoid(o) tanh(c')                          (Hochreiter and Schmidhuber, 1997; Gers et al., 2000)
"""

from collections.abc import Mapping, Sequence

import numpy as np

from speechlstm.model.config import NetworkConfig

__all__ = ["reference_network"]

Weights = Mapping[str, np.ndarray]


def reference_network(
    config: NetworkConfig, weights: Weights, x: np.ndarray, chunks: Sequence[int], lookahead: int
) -> tuple[np.ndarray, np.ndarray]:
    """Answer a whole stream frame for frame.

    Args:
        config: The network's sizes.
        weights: By the names of ``Network.weights_by_name``.
        x: ``[time, n_features]``.
        chunks: Lengths of the chunks, which cover ``x`` and ``n_layers * lookahead`` frames more.
        lookahead: ``R``.

    Returns:
        Log-probabilities ``[time, n_outputs]`` and extents ``[time, 2]``, in float64.
    """
    late = config.n_layers * lookahead
    y = np.zeros((sum(chunks), config.n_features))
    y[: len(x)] = x
    for i in range(config.n_layers):
        y = _layer(y, f"encoder.{i}", weights, chunks, lookahead)
        if config.n_phones and i + 1 == -(-config.n_layers // 2):
            phones = _dense(y, "phones", weights)
            y = y + _dense(np.exp(_log_softmax(phones)), "hear_phones", weights)
    y = y[late : late + len(x)]
    return _log_softmax(_dense(y, "tokens", weights)), _dense(y, "extent", weights)


def _layer(x: np.ndarray, stem: str, weights: Weights, chunks: Sequence[int], lookahead: int) -> np.ndarray:
    extended = np.concatenate([np.zeros((lookahead, x.shape[1])), x])
    forward = _lstm(extended[: len(x)], f"{stem}.forward", weights)
    backward, start = [], 0
    for chunk in chunks:
        window = extended[start : start + chunk + lookahead]
        backward.append(_lstm(window[::-1], f"{stem}.backward", weights)[::-1][:chunk])
        start += chunk
    return np.concatenate([forward, np.concatenate(backward)], axis=1)


def _lstm(x: np.ndarray, stem: str, weights: Weights) -> np.ndarray:
    w, u, b = (weights[f"{stem}.{kind}"].astype(np.float64) for kind in ("kernel", "recurrent", "bias"))
    h, c, out = np.zeros(len(u)), np.zeros(len(u)), []
    for frame in x:
        i, f, g, o = np.split(frame @ w + h @ u + b, 4)
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        h = _sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.array(out)


def _dense(x: np.ndarray, name: str, weights: Weights) -> np.ndarray:
    return np.asarray(x @ weights[f"{name}.kernel"] + weights[f"{name}.bias"])


def _log_softmax(x: np.ndarray) -> np.ndarray:
    return np.asarray(x - np.log(np.exp(x).sum(axis=1, keepdims=True)))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))
