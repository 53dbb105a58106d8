"""The reference engine: the Keras network as one ``tf.function``; needs the ``[train]`` extra."""

from typing import Any

import numpy as np

from speechlstm.engine.engine import Answer, LayerState
from speechlstm.engine.quiet import quiet_tensorflow
from speechlstm.engine.weights import read_weights
from speechlstm.errors import missing_extra
from speechlstm.model.config import NetworkConfig

__all__ = ["KerasEngine"]


class KerasEngine:
    """Runs the trained network in TensorFlow, without retracing: every size is dynamic.

    Args:
        model: The serialised ONNX graph, whose weights are read.
        config: The network's sizes.

    Raises:
        MissingDependency: TensorFlow is not installed.
    """

    def __init__(self, model: bytes, config: NetworkConfig) -> None:
        quiet_tensorflow()
        try:
            import tensorflow as tf

            from speechlstm.model.network import Network
        except ImportError as error:
            raise missing_extra(f"the keras engine needs TensorFlow ({error})", "train") from error
        self.config = config
        self._network = Network(config)
        self._network.set_weights_by_name(read_weights(model))
        self.function = tf.function(self._call, input_signature=self._signature(tf))

    def step(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...]]:
        """See :class:`speechlstm.engine.engine.Engine`."""
        tensors = [(s.h, s.c, s.tail.swapaxes(0, 1)) for s in state]
        sizes = (np.int32(chunk), np.int32(lookahead))
        outputs, after = self.function(x.swapaxes(0, 1), *sizes, tensors)
        answer = Answer(*(part.numpy().swapaxes(0, 1) for part in outputs))
        return answer, tuple(
            LayerState(h.numpy(), c.numpy(), tail.numpy().swapaxes(0, 1)) for h, c, tail in after
        )

    def _call(self, x: Any, chunk: Any, lookahead: Any, state: Any) -> Any:
        import keras

        from speechlstm.model.layer import LayerState as KerasState

        outputs, after = self._network(
            x, chunk=chunk, lookahead=lookahead, state=[KerasState(*s) for s in state]
        )
        # a forecast has no logits, of which none could be the largest
        logits = outputs.logits if outputs.logits.shape[-1] == 0 else keras.ops.log_softmax(outputs.logits)
        return (logits, outputs.extent, outputs.values), [tuple(s) for s in after]

    def _signature(self, tf: Any) -> list[Any]:
        units, width = self.config.units, self.config.encoder_width
        scalar, states = tf.TensorSpec([], tf.int32), []
        for i in range(self.config.n_layers):
            h = tf.TensorSpec([None, units])
            states.append((h, h, tf.TensorSpec([None, None, 2 * units if i else width])))
        return [tf.TensorSpec([None, None, self.config.n_features]), scalar, scalar, states]
