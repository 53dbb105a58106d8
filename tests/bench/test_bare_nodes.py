import sys
from collections import Counter

import numpy as np
import onnx
import pytest
from tiny import random_weights

from speechlstm.bench.bare_nodes import bare_lstm_graph, bare_lstm_step
from speechlstm.engine.stage import Latency
from speechlstm.errors import MissingDependency
from speechlstm.export.onnx_graph import build_graph
from speechlstm.model.config import NetworkConfig

CONFIG = NetworkConfig(n_features=5, n_outputs=4, n_layers=3, units=8)
MODEL = build_graph(CONFIG, random_weights(CONFIG))


def test_only_lstm_nodes_with_all_their_weights() -> None:
    graph = onnx.load_from_string(bare_lstm_graph(MODEL, Latency(6, 5))).graph
    assert Counter(node.op_type for node in graph.node) == {"LSTM": 6}
    n_weights = sum(np.prod(tensor.dims) for tensor in graph.initializer)
    assert n_weights == sum(4 * 8 * (width + 8 + 2) for width in (5, 5, 16, 16, 16, 16))


def test_the_sizes_of_one_chunk() -> None:
    graph = onnx.load_from_string(bare_lstm_graph(MODEL, Latency(6, 5))).graph
    shapes = {x.name: [d.dim_value for d in x.type.tensor_type.shape.dim] for x in graph.input}
    assert shapes["encoder.0.forward.input0"] == [6, 1, 5]
    assert shapes["encoder.0.backward.input0"] == [11, 1, 5]
    assert shapes["encoder.2.forward.input0"] == [6, 1, 16]
    assert shapes["encoder.2.backward.input0"] == [11, 1, 16]
    assert shapes["encoder.1.forward.input5"] == shapes["encoder.1.forward.input6"] == [1, 1, 8]
    assert "encoder.1.backward.input5" not in shapes


def test_it_runs() -> None:
    outputs = bare_lstm_step(MODEL, Latency(6, 5))()
    assert sorted(y.shape for y in outputs)[-1] == (11, 1, 1, 8)
    assert all(np.isfinite(y).all() for y in outputs)


def test_without_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingDependency, match=r"built with onnx .*pip install 'speechlstm\[train\]'"):
        bare_lstm_graph(MODEL, Latency(6, 5))
