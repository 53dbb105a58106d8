from collections import Counter
from dataclasses import replace

import numpy as np
import onnx
import pytest
from lstm_reference import reference_network
from tiny import random_weights

from speechlstm.engine.onnx import OnnxEngine
from speechlstm.engine.stage import Latency, NetworkStage, answer_batch
from speechlstm.engine.weights import read_weights
from speechlstm.export.onnx_graph import build_graph
from speechlstm.model.config import NetworkConfig
from speechlstm.stage import concatenate, run


def config_of(n_layers: int, n_phones: int = 0) -> NetworkConfig:
    return NetworkConfig(n_features=5, n_outputs=4, n_layers=n_layers, units=3, n_phones=n_phones)


def graph_of(config: NetworkConfig) -> bytes:
    return build_graph(config, random_weights(config))


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("n_layers", [1, 2, 3])
def test_real_lstm_nodes_and_no_loop(n_layers: int) -> None:
    nodes = Counter(node.op_type for node in onnx.load_from_string(graph_of(config_of(n_layers))).graph.node)
    assert nodes["LSTM"] == 2 * n_layers
    assert not {"Loop", "Scan", "If", "SequenceMap"} & nodes.keys()


@pytest.mark.parametrize(("n_layers", "n_phones"), [(1, 0), (2, 0), (3, 0), (3, 6)])
def test_weights_come_out_as_they_went_in(n_layers: int, n_phones: int) -> None:
    config = config_of(n_layers, n_phones)
    weights, found = random_weights(config), read_weights(graph_of(config))
    assert found.keys() == weights.keys()
    assert all((found[name] == weights[name]).all() for name in weights)


def test_classes_have_no_extent() -> None:
    config = replace(config_of(2), head="classes")
    found = concatenate(
        list(run(NetworkStage(OnnxEngine(graph_of(config), config), Latency(4, 2)), [noise(9, 5)]))
    )
    assert (found.log_probs.shape, found.extent.shape) == ((9, 4), (9, 0))
    np.testing.assert_allclose(np.exp(found.log_probs).sum(axis=1), 1, rtol=1e-5)
    assert "extent.kernel" not in read_weights(graph_of(config))


def test_the_same_weights_give_the_same_bytes() -> None:
    assert graph_of(config_of(2)) == graph_of(config_of(2))


@pytest.mark.parametrize(("chunk", "lookahead"), [(1, 0), (1, 1), (4, 2), (3, 5), (40, 3)])
@pytest.mark.parametrize(("n_layers", "n_phones"), [(1, 0), (2, 0), (3, 0), (1, 6), (2, 6), (3, 6)])
def test_equals_the_gate_equations(chunk: int, lookahead: int, n_layers: int, n_phones: int) -> None:
    config, x = config_of(n_layers, n_phones), noise(17, 5)
    stage = NetworkStage(OnnxEngine(graph_of(config), config), Latency(chunk, lookahead))
    found = concatenate(list(run(stage, [x])))
    n_chunks = -(-(17 + n_layers * lookahead) // chunk)
    expected = reference_network(config, random_weights(config), x, [chunk] * n_chunks, lookahead)
    np.testing.assert_allclose(found.log_probs, expected[0], rtol=0, atol=1e-5)
    np.testing.assert_allclose(found.extent, expected[1], rtol=0, atol=1e-5)


def test_a_long_last_chunk_is_rounded_up_to_64_frames_only() -> None:
    config, x = config_of(2), noise(230, 5)
    stage = NetworkStage(OnnxEngine(graph_of(config), config), Latency(150, 4))
    found = concatenate(list(run(stage, [x])))
    expected = reference_network(config, random_weights(config), x, [150, 128], 4)
    np.testing.assert_allclose(found.log_probs, expected[0], rtol=0, atol=1e-5)


def test_a_batch_equals_the_gate_equations_row_by_row() -> None:
    config = config_of(2)
    clips = [noise(n, 5) for n in (17, 3, 0, 17, 9)]
    answers = answer_batch(NetworkStage(OnnxEngine(graph_of(config), config), Latency(4, 2)), clips)
    for clip, answer in zip(clips, answers, strict=True):
        expected = reference_network(config, random_weights(config), clip, [4] * 6, 2)
        np.testing.assert_allclose(answer.log_probs, expected[0], rtol=0, atol=1e-5)
