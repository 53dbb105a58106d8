import numpy as np
import onnxruntime
import pytest
from tiny import random_weights

from speechlstm.engine.onnx import OnnxEngine
from speechlstm.engine.stage import zero_state
from speechlstm.errors import BundleError
from speechlstm.export.onnx_graph import build_graph
from speechlstm.model.config import NetworkConfig

CONFIG = NetworkConfig(n_features=5, n_outputs=4, units=3)


@pytest.mark.parametrize("model", [b"", b"not a graph", build_graph(CONFIG, random_weights(CONFIG))[:-50]])
def test_a_graph_that_cannot_be_loaded(model: bytes) -> None:
    with pytest.raises(
        BundleError, match=rf"cannot be loaded by onnxruntime {onnxruntime.__version__}: .*again"
    ):
        OnnxEngine(model, CONFIG)


def test_log_probs_are_of_a_distribution() -> None:
    engine = OnnxEngine(build_graph(CONFIG, random_weights(CONFIG)), CONFIG)
    x = np.random.default_rng(0).normal(size=(8, 3, 5)).astype(np.float32)
    answer, _ = engine.step(x, zero_state(engine, 3, 2), chunk=4, lookahead=2)
    assert answer.log_probs.shape == (8, 3, 4)
    assert answer.extent.shape == (8, 3, 2)
    np.testing.assert_allclose(np.exp(answer.log_probs).sum(axis=-1), 1, atol=1e-6)
