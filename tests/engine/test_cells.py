from dataclasses import replace

import numpy as np
import pytest
from contract import verify_contract
from lstm_reference import reference_network
from tiny import random_weights

from speechlstm.engine.cells import CellEngine
from speechlstm.engine.onnx import OnnxEngine
from speechlstm.engine.stage import Latency, NetworkStage, zero_state
from speechlstm.export.onnx_graph import build_graph
from speechlstm.model.config import ForecastSize, NetworkConfig
from speechlstm.stage import concatenate, run

CONFIG = NetworkConfig(n_features=5, n_outputs=4, units=3)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


def engines(config: NetworkConfig) -> tuple[CellEngine, OnnxEngine]:
    weights = random_weights(config)
    return CellEngine(weights, config), OnnxEngine(build_graph(config, weights), config)


@pytest.mark.parametrize(("chunk", "lookahead"), [(1, 0), (1, 1), (4, 2), (3, 5)])
@pytest.mark.parametrize(("n_layers", "n_phones"), [(1, 0), (2, 0), (3, 0), (3, 5)])
def test_a_batch_equals_the_running_engine(chunk: int, lookahead: int, n_layers: int, n_phones: int) -> None:
    config = replace(CONFIG, n_layers=n_layers, n_phones=n_phones)
    x = noise(6 * chunk, 2, 5)
    found, expected = (
        engine.step(x, zero_state(engine, 2, lookahead), chunk=chunk, lookahead=lookahead)
        for engine in engines(config)
    )
    for part, of_onnx in zip(found[0], expected[0], strict=True):
        np.testing.assert_allclose(part, of_onnx, rtol=0, atol=1e-5)
    for state, of_onnx_state in zip(found[1], expected[1], strict=True):
        for part, of_onnx in zip(state, of_onnx_state, strict=True):
            np.testing.assert_allclose(part, of_onnx, rtol=0, atol=1e-5)


@pytest.mark.parametrize("has_base", [False, True])
def test_forecasts_equal_the_running_engine(has_base: bool) -> None:
    size = ForecastSize(2, (1,), horizon=2, n_numbers=3, has_base=has_base)
    config = NetworkConfig(9, size.n_values, units=3, head="forecast", forecast=size)
    found, expected = (
        engine.step(noise(7, 2, 9), zero_state(engine, 2, 0), chunk=1, lookahead=0)[0]
        for engine in engines(config)
    )
    assert found.log_probs.shape == (7, 2, 0)
    np.testing.assert_allclose(found.values, expected.values, rtol=0, atol=1e-5)


@pytest.mark.parametrize("latency", [Latency(4, 2), Latency(1, 1), Latency(30, 3)])
def test_a_stream_keeps_the_contract_and_equals_the_gate_equations(latency: Latency) -> None:
    engine, _ = engines(CONFIG)
    stage, x = NetworkStage(engine, latency), noise(17, 5)
    verify_contract(stage, x, atol=1e-5, n_examples=5)
    found = concatenate(list(run(stage, [x])))
    n_chunks = -(-(17 + 2 * latency.lookahead_frames) // latency.chunk_frames)
    chunks = [latency.chunk_frames] * n_chunks
    expected, _ = reference_network(CONFIG, random_weights(CONFIG), x, chunks, latency.lookahead_frames)
    np.testing.assert_allclose(found.log_probs, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("layer", "direction"), [(0, "forward"), (0, "backward"), (1, "forward")])
def test_a_silenced_unit_is_one_that_nobody_hears(layer: int, direction: str) -> None:
    """The same as a network in which all weights that lead out of the unit are zero."""
    unit, x = 1, noise(12, 1, 5)
    weights = random_weights(CONFIG)
    weights[f"encoder.{layer}.{direction}.recurrent"][unit] = 0
    row = unit + (CONFIG.units if direction == "backward" else 0)
    above = ["tokens.kernel"] if layer else ["encoder.1.forward.kernel", "encoder.1.backward.kernel"]
    for name in above:
        weights[name][row] = 0
    deaf = CellEngine(weights, CONFIG)
    expected, _ = deaf.step(x, zero_state(deaf, 1, 2), chunk=4, lookahead=2)

    engine, _ = engines(CONFIG)
    silent = np.ones((1, CONFIG.units), np.float32)
    silent[0, unit] = 0
    y, states = x, zero_state(engine, 1, 2)
    for i in range(CONFIG.n_layers):
        heard = [1.0, 1.0] if i != layer else [silent, 1.0] if direction == "forward" else [1.0, silent]
        y, _, _ = engine.layer(i, y, states[i], chunk=4, lookahead=2, heard=tuple(heard))  # type: ignore[arg-type]
    np.testing.assert_allclose(engine.head(y, x).log_probs, expected.log_probs, rtol=0, atol=1e-6)
    usual, _ = engine.step(x, states, chunk=4, lookahead=2)
    assert np.abs(usual.log_probs - expected.log_probs).max() > 0.01
