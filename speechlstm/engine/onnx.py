"""The default engine: ONNX Runtime on the CPU."""

from itertools import chain

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
        BundleError: The graph cannot be loaded, or has other sizes.
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
        self._check_sizes()
        # a live step takes a third of a millisecond: what can be done once is done here
        of_layers = [f"{part}{i}" for i in range(config.n_layers) for part in LayerState._fields]
        found = {output.name for output in self._session.get_outputs()}
        answered = [name for name in Answer._fields if name in found]
        self._n_answered = len(answered)
        self._inputs = ["x", "chunk", "lookahead", *of_layers]
        self._outputs = [*answered, *(f"{name}_after" for name in of_layers)]

    def _check_sizes(self) -> None:
        config, ends = self.config, [*self._session.get_inputs(), *self._session.get_outputs()]
        expected = {"x": config.n_features} | {n: width for n, width in config.widths.items() if width}
        expected |= {f"h{i}": config.units for i in range(config.n_layers)}
        names = {end.name for end in ends if end.name in expected or end.name == f"h{config.n_layers}"}
        found = {end.name: end.shape[-1] for end in ends if end.name in names}
        if found != expected:
            raise BundleError(
                f"the model's graph has other sizes ({found}) than its settings ({expected}); "
                "make the bundle again"
            )

    def step(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...]]:
        """See :class:`speechlstm.engine.engine.Engine`."""
        sizes = (np.array(chunk, np.int64), np.array(lookahead, np.int64))
        feed = dict(zip(self._inputs, (x, *sizes, *chain.from_iterable(state)), strict=True))
        values = self._session.run(self._outputs, feed)
        n = self._n_answered
        answered = dict(zip(self._outputs[:n], values[:n], strict=True))
        nothing = np.zeros((*x.shape[:2], 0), np.float32)
        answer = Answer(*(answered.get(name, nothing) for name in Answer._fields))
        n_parts = len(LayerState._fields)
        return answer, tuple(LayerState(*values[i : i + n_parts]) for i in range(n, len(values), n_parts))
