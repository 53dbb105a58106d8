"""The network as an ONNX graph: real ``LSTM`` nodes, no loop, chunk and look-ahead as inputs.

One graph serves a live step, a batch of streams and a whole file. Per layer, time first::

    e      = Concat(tail, x)                                       [R + T, B, F]
    y_f    = LSTM(e[:T], h, c)                                     [T, B, H]
    index  = Range(0, C + R)[:, None] + Range(0, T, C)             [C + R, K]
    w      = reshape(Gather(e, index))                             [C + R, K * B, F]
    back   = reshape(transpose(reshape(Range(0, T))))              [T], where frame t lies in [C + R, K]
    y_b    = Gather(reshape(LSTM_reverse(w)), back)                [T, B, H]
    tail'  = e[T:]

A live step is so short that every node counts, however little it does: what all layers share is made once.

Where the network tells phones, what comes out of its lower half is ``y + softmax(y P + p) Q + q``.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from speechlstm.engine.weights import TO_ONNX, reorder_gates
from speechlstm.model.config import ForecastSize, NetworkConfig

__all__ = ["build_graph"]

_OPSET, _IR_VERSION = 17, 8


def build_graph(config: NetworkConfig, weights: Mapping[str, np.ndarray]) -> bytes:
    """Build the graph of one step.

    Inputs: ``x [T, B, n_features]``, scalars ``chunk`` and ``lookahead`` (int64), and for every layer
    ``h{i}``, ``c{i}`` ``[B, units]`` and ``tail{i}`` ``[R, B, width]``. ``T`` is a multiple of ``chunk``.
    Outputs: ``log_probs [T, B, n_outputs]``, of ``words`` ``extent [T, B, 2]``, of ``forecast`` instead
    ``values [T, B, n_outputs]``, and the state after, as ``h{i}_after`` ...

    Args:
        config: The network's sizes.
        weights: As :meth:`speechlstm.model.network.Network.weights_by_name` gives them.

    Returns:
        The serialised model.
    """
    graph = _Graph()
    graph.shared(config.units)
    x, width = graph.input(config), config.encoder_width
    for i in range(config.n_layers):
        x = graph.layer(i, x, width, config.units, weights)
        width = 2 * config.units
        if config.n_phones and i + 1 == config.n_below_phones:
            x = graph.phones(x, weights)
    graph.head(x, config, weights)
    model = helper.make_model(
        helper.make_graph(graph.nodes, "speechlstm", graph.inputs, graph.outputs, graph.initializers),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="speechlstm",
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


class _Graph:
    """Nodes, initializers, inputs and outputs, collected."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []

    def shared(self, units: int) -> None:
        """Inputs and indices that all layers share."""
        self._input("chunk", [], TensorProto.INT64)
        self._input("lookahead", [], TensorProto.INT64)
        for name, value in {"zero": 0, "one": 1}.items():
            self._constant(name, np.int64(value))
        for name, value in {"neg_one": -1, "zero": 0, "one": 1, "two": 2, "units": units}.items():
            self._constant(f"{name}_1", np.array([value], np.int64))
        self._node("Unsqueeze", ["chunk", "zero_1"], "chunk_1")
        self._node("Shape", ["x"], "x_shape")
        self._node("Slice", ["x_shape", "zero_1", "one_1"], "n_frames_1")
        self._node("Squeeze", ["n_frames_1"], "n_frames")
        self._node("Range", ["zero", "n_frames", "chunk"], "starts")
        self._node("Add", ["chunk", "lookahead"], "window")
        self._node("Range", ["zero", "window", "one"], "offsets")
        self._node("Unsqueeze", ["offsets", "one_1"], "offsets_column")
        self._node("Add", ["offsets_column", "starts"], "index")
        self._node("Range", ["zero", "n_frames", "one"], "places")
        self._node("Concat", ["chunk_1", "neg_one_1"], "places_shape", axis=0)
        self._node("Reshape", ["places", "places_shape"], "places_by_offset")
        self._node("Transpose", ["places_by_offset"], "places_by_chunk", perm=[1, 0])
        self._node("Reshape", ["places_by_chunk", "neg_one_1"], "back")
        self._node("Slice", ["x_shape", "one_1", "two_1"], "batch_1")
        self._node("Concat", ["neg_one_1", "batch_1", "units_1"], "backward_shape", axis=0)
        self._constant("end_1", np.array([np.iinfo(np.int64).max], np.int64))

    def input(self, config: NetworkConfig) -> str:
        """The input; returns the name of what the first layer hears of it."""
        self._input("x", ["frames", "batch", config.n_features])
        if config.encoder_width == config.n_features:
            return "x"
        self._constant("x.axis", np.array([2], np.int64))
        self._constant("x.heard_end", np.array([config.encoder_width], np.int64))
        self._node("Slice", ["x", "zero_1", "x.heard_end", "x.axis"], "x.heard")
        return "x.heard"

    def layer(self, i: int, x: str, width: int, units: int, weights: Mapping[str, np.ndarray]) -> str:
        """One streaming bidirectional layer; returns the name of its output ``[T, B, 2 * units]``."""
        p = f"encoder.{i}"
        self._input(f"h{i}", ["batch", units])
        self._input(f"c{i}", ["batch", units])
        self._input(f"tail{i}", ["lookahead_frames", "batch", width])
        self._node("Concat", [f"tail{i}", x], f"{p}.e", axis=0)
        self._node("Slice", [f"{p}.e", "n_frames_1", "end_1"], f"tail{i}_after")
        self._output(f"tail{i}_after", ["lookahead_frames", "batch", width])
        forward = self._forward(i, units, weights)
        backward = self._backward(i, width, units, weights)
        self._node("Concat", [forward, backward], f"{p}.y", axis=2)
        return f"{p}.y"

    def phones(self, x: str, weights: Mapping[str, np.ndarray]) -> str:
        """What the upper layers hear: ``x``, and the phones that are told from it."""
        self._dense("phones", x, "phones.logits", weights)
        self._node("Softmax", ["phones.logits"], "phones.probs", axis=-1)
        self._dense("hear_phones", "phones.probs", "phones.heard", weights)
        self._node("Add", [x, "phones.heard"], "phones.y")
        return "phones.y"

    def head(self, x: str, config: NetworkConfig, weights: Mapping[str, np.ndarray]) -> None:
        """Log-probabilities of the tokens, and of ``words`` their extents; or what is forecast."""
        if config.forecast is not None:
            self._forecast(x, config.forecast, weights)
        else:
            self._dense("tokens", x, "logits", weights)
            self._node("LogSoftmax", ["logits"], "log_probs", axis=-1)
        if config.extent_width:
            self._dense("extent", x, "extent", weights)
        self.outputs[:0] = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["frames", "batch", width])
            for name, width in config.widths.items()
            if width
        ]

    def _forecast(self, x: str, size: ForecastSize, weights: Mapping[str, np.ndarray]) -> None:
        self._dense("values", x, "values.own" if size.has_base else "values", weights)
        if not size.has_base:
            return
        # each of the targets' values once for every number
        places = np.array(size.targets)[:, None, None] * size.horizon + np.arange(size.horizon)[:, None]
        places = np.broadcast_to(places, (len(size.targets), size.horizon, size.n_numbers))
        self._constant("values.places", places.reshape(-1).astype(np.int64))
        self._node("Slice", ["x", "x.heard_end", "end_1", "x.axis"], "base")
        self._node("Gather", ["base", "values.places"], "values.base", axis=2)
        self._node("Add", ["values.own", "values.base"], "values")

    def _dense(self, name: str, x: str, y: str, weights: Mapping[str, np.ndarray]) -> None:
        for part in ("kernel", "bias"):
            self._constant(f"{name}.{part}", weights[f"{name}.{part}"])
        self._node("MatMul", [x, f"{name}.kernel"], f"{name}.product")
        self._node("Add", [f"{name}.product", f"{name}.bias"], y)

    def _forward(self, i: int, units: int, weights: Mapping[str, np.ndarray]) -> str:
        p = f"encoder.{i}.forward"
        self._node("Slice", [f"encoder.{i}.e", "zero_1", "n_frames_1"], f"{p}.x")
        for s in ("h", "c"):
            self._node("Unsqueeze", [f"{s}{i}", "zero_1"], f"{p}.{s}_before")
        outputs = [f"{p}.y4", f"{p}.h_last", f"{p}.c_last"]
        states = [f"{p}.h_before", f"{p}.c_before"]
        self._lstm(p, f"{p}.x", units, weights, states=states, outputs=outputs, direction="forward")
        for s in ("h", "c"):
            self._node("Squeeze", [f"{p}.{s}_last", "zero_1"], f"{s}{i}_after")
            self._output(f"{s}{i}_after", ["batch", units])
        self._node("Squeeze", [f"{p}.y4", "one_1"], f"{p}.y")
        return f"{p}.y"

    def _backward(self, i: int, width: int, units: int, weights: Mapping[str, np.ndarray]) -> str:
        p = f"encoder.{i}.backward"
        # 0 is the dimension as it is
        self._constant(f"{p}.window_shape", np.array([0, -1, width], np.int64))
        self._node("Gather", [f"encoder.{i}.e", "index"], f"{p}.gathered", axis=0)
        self._node("Reshape", [f"{p}.gathered", f"{p}.window_shape"], f"{p}.x")
        self._lstm(p, f"{p}.x", units, weights, states=[], outputs=[f"{p}.y4"], direction="reverse")
        # [C + R, 1, K * B, H] -> [(C + R) * K, B, H] -> [T, B, H]
        self._node("Reshape", [f"{p}.y4", "backward_shape"], f"{p}.by_offset")
        self._node("Gather", [f"{p}.by_offset", "back"], f"{p}.y", axis=0)
        return f"{p}.y"

    def _lstm(
        self,
        prefix: str,
        x: str,
        units: int,
        weights: Mapping[str, np.ndarray],
        *,
        states: list[str],
        outputs: list[str],
        direction: str,
    ) -> None:
        kernel, recurrent = weights[f"{prefix}.kernel"], weights[f"{prefix}.recurrent"]
        bias = reorder_gates(weights[f"{prefix}.bias"], TO_ONNX)
        self._constant(f"{prefix}.W", reorder_gates(kernel.T, TO_ONNX)[None])
        self._constant(f"{prefix}.R", reorder_gates(recurrent.T, TO_ONNX)[None])
        self._constant(f"{prefix}.B", np.concatenate([bias, np.zeros_like(bias)])[None])
        inputs = [x, f"{prefix}.W", f"{prefix}.R", f"{prefix}.B", *([""] if states else []), *states]
        self.nodes.append(
            helper.make_node("LSTM", inputs, outputs, hidden_size=units, direction=direction, name=prefix)
        )

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))

    def _constant(self, name: str, value: np.ndarray | np.generic) -> None:
        self.initializers.append(numpy_helper.from_array(np.array(value, order="C"), name))

    def _input(self, name: str, shape: list[str | int], kind: int = TensorProto.FLOAT) -> None:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))

    def _output(self, name: str, shape: list[str | int]) -> None:
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
