"""The default engine: ONNX Runtime on the CPU."""

import numpy as np
import onnxruntime

from speechlstm.engine.engine import Answer, LayerState
from speechlstm.errors import BundleError
from speechlstm.model.config import NetworkConfig

__all__ = ["OnnxEngine"]


class OnnxEngine:
    """Runs the exported graph; safe to call from several threads.

    Args:
        model: The serialised graph.
        config: The network's sizes.
        n_threads: Threads of one step.

    Raises:
        BundleError: The graph cannot be loaded.
    """

    def __init__(self, model: bytes, config: NetworkConfig, *, n_threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
            raise BundleError(
                f"the model's graph cannot be loaded by onnxruntime {onnxruntime.__version__}: {error}; "
                "make the bundle again, or upgrade onnxruntime"
            ) from error
        self.config = config
        self._outputs = [output.name for output in self._session.get_outputs()]

    def step(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...]]:
        """See :class:`speechlstm.engine.engine.Engine`."""
        feed = {"x": x, "chunk": np.array(chunk, np.int64), "lookahead": np.array(lookahead, np.int64)}
        for i, layer in enumerate(state):
            feed[f"h{i}"], feed[f"c{i}"], feed[f"tail{i}"] = layer
        values = dict(zip(self._outputs, self._session.run(self._outputs, feed), strict=True))
        after = tuple(
            LayerState(values[f"h{i}_after"], values[f"c{i}_after"], values[f"tail{i}_after"])
            for i in range(len(state))
        )
        return Answer(values["log_probs"], values["extent"]), after
