"""The LSTM nodes of a network's graph and nothing else: what one step cannot be faster than."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

from speechlstm.engine.stage import Latency
from speechlstm.errors import missing_extra

if TYPE_CHECKING:
    from onnx import NodeProto, ValueInfoProto

__all__ = ["bare_lstm_graph", "bare_lstm_step"]

# places of an LSTM node's inputs
_X, _W, _R, _H, _C = 0, 1, 2, 5, 6


def bare_lstm_step(model: bytes, setting: Latency) -> Callable[[], list[np.ndarray]]:
    """A function that runs each LSTM node of ``model`` once, on one thread; see :func:`bare_lstm_graph`."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    graph = bare_lstm_graph(model, setting)
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    feed = {x.name: rng.normal(size=x.shape).astype(np.float32) for x in session.get_inputs()}
    outputs = [y.name for y in session.get_outputs()]
    return lambda: list(session.run(outputs, feed))


def bare_lstm_graph(model: bytes, setting: Latency) -> bytes:
    """The LSTM nodes of a graph, for one chunk of one stream.

    Forward nodes take the chunk, backward ones its look-ahead too; every node has inputs of its own.

    Args:
        model: What :func:`speechlstm.export.onnx_graph.build_graph` gave.
        setting: Chunk and look-ahead.

    Returns:
        The serialised model.

    Raises:
        MissingDependency: The onnx package, which builds graphs, is not installed.
    """
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError as error:
        raise missing_extra(f"the bare LSTM nodes are built with onnx ({error})", "train") from error
    whole = onnx.load_from_string(model)
    shapes = {tensor.name: list(tensor.dims) for tensor in whole.graph.initializer}
    nodes = [_with_own_inputs(node) for node in whole.graph.node if node.op_type == "LSTM"]
    inputs = [x for node in nodes for x in _inputs(node, shapes, setting)]
    names = [name for node in nodes for name in node.output]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    used = {name for node in nodes for name in node.input}
    weights = [tensor for tensor in whole.graph.initializer if tensor.name in used]
    graph = helper.make_graph(nodes, "bare", inputs, outputs, weights)
    made = helper.make_model(graph, opset_imports=whole.opset_import, ir_version=whole.ir_version)
    return bytes(made.SerializeToString())


def _with_own_inputs(node: "NodeProto") -> "NodeProto":
    bare = type(node)()
    bare.CopyFrom(node)
    for place in (_X, _H, _C):
        if place < len(bare.input):
            bare.input[place] = f"{node.name}.input{place}"
    return bare


def _inputs(node: "NodeProto", shapes: dict[str, list[int]], setting: Latency) -> Iterator["ValueInfoProto"]:
    from onnx import TensorProto, helper

    units, width = shapes[node.input[_R]][2], shapes[node.input[_W]][2]
    n_frames = setting.chunk_frames + setting.lookahead_frames * _is_reverse(node)
    for place, shape in {_X: [n_frames, 1, width], _H: [1, 1, units], _C: [1, 1, units]}.items():
        if place < len(node.input):
            yield helper.make_tensor_value_info(node.input[place], TensorProto.FLOAT, shape)


def _is_reverse(node: Any) -> bool:
    return any(a.name == "direction" and a.s == b"reverse" for a in node.attribute)
