"""Train a small network a few steps under the Keras backend of the environment.

As a program, ``python model_steps.py [--without-tensorflow] OUT.npz``, for the backend that pytest
itself does not run under; it imports nothing heavy before it is asked to.
"""

import sys
from typing import Any

import numpy as np
from tiny import random_weights

from speechlstm.model.config import NetworkConfig

__all__ = ["CONFIG", "train"]

CONFIG = NetworkConfig(n_features=6, n_outputs=4, n_layers=2, units=5, n_phones=7)
CHUNK, LOOKAHEAD, N_STEPS = 4, 2, 6
LEARNING_RATE = 0.1


def train() -> dict[str, np.ndarray]:
    """Gradient descent from fixed weights on a fixed batch: logits before it, the loss of each step."""
    from speechlstm.model.network import Network

    network = Network(CONFIG)
    network.set_weights_by_name(random_weights(CONFIG))
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3, 20, CONFIG.n_features)).astype(np.float32)
    target = np.eye(CONFIG.n_outputs, dtype=np.float32)[rng.integers(0, CONFIG.n_outputs, (3, 20))]
    before, _ = network.whole(x, CHUNK, LOOKAHEAD, network.initial_state(len(x), LOOKAHEAD))
    step = _gradient_of(network)
    losses = []
    for _ in range(N_STEPS):
        loss, gradients = step(x, target)
        losses.append(float(loss))
        for variable, gradient in zip(network.trainable_variables, gradients, strict=True):
            variable.assign_sub(LEARNING_RATE * gradient)
    return {"logits": np.asarray(before.logits), "losses": np.array(losses)}


def _gradient_of(network: Any) -> Any:
    import keras

    return {"jax": _with_jax, "tensorflow": _with_tensorflow}[keras.backend.backend()](network)


def _with_jax(network: Any) -> Any:
    import jax
    import keras

    def loss(values: Any, x: Any, target: Any) -> Any:
        with keras.StatelessScope(state_mapping=zip(network.trainable_variables, values, strict=True)):
            return _loss(network, x, target)

    gradient = jax.jit(jax.value_and_grad(loss))
    return lambda *batch: gradient([v.value for v in network.trainable_variables], *batch)


def _with_tensorflow(network: Any) -> Any:
    import tensorflow as tf

    @tf.function
    def step(x: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = _loss(network, x, target)
        return loss, tape.gradient(loss, [v.value for v in network.trainable_variables])

    return step


def _loss(network: Any, x: Any, target: Any) -> Any:
    from keras import ops

    state = network.initial_state(len(x), LOOKAHEAD)
    outputs, _ = network.whole(x, CHUNK, LOOKAHEAD, state, training=True)
    cross_entropy = -ops.mean(ops.sum(target * ops.log_softmax(outputs.logits), axis=-1))
    phones = ops.mean(ops.logsumexp(outputs.phones, axis=-1) - outputs.phones[..., 0])
    return cross_entropy + 0.1 * phones + 0.01 * ops.mean(ops.square(outputs.extent - 1))


if __name__ == "__main__":
    if sys.argv[1] == "--without-tensorflow":
        sys.modules["tensorflow"] = None  # type: ignore[assignment]  # so that an import of it fails
    np.savez(sys.argv[-1], **train())
