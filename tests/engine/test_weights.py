from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from tiny import random_weights

from speechlstm.bundle import Bundle, available
from speechlstm.engine.weights import read_weights
from speechlstm.errors import BundleError
from speechlstm.export.onnx_graph import build_graph
from speechlstm.model.config import NetworkConfig

CONFIG = NetworkConfig(n_features=5, n_outputs=4, units=3)


@pytest.mark.parametrize("n_layers", [1, 2, 3])
@pytest.mark.parametrize("head", ["words", "classes"])
def test_weights_come_out_as_they_went_in(n_layers: int, head: str) -> None:
    config = replace(CONFIG, n_layers=n_layers, head=head)
    weights = random_weights(config)
    found = read_weights(build_graph(config, weights))
    assert found.keys() == weights.keys()
    assert all((found[name] == weights[name]).all() for name in weights)


@pytest.mark.parametrize("path", available(), ids=lambda path: path.name)
def test_a_shipped_model_has_the_numbers_that_onnx_reads(path: Path) -> None:
    bundle = Bundle.load(path)
    initializers = onnx.load_from_string(bundle.model).graph.initializer
    expected = {
        t.name: numpy_helper.to_array(t) for t in initializers if t.data_type == onnx.TensorProto.FLOAT
    }
    found = bundle.weights()
    assert sum(v.size for v in found.values()) == sum(
        # ONNX keeps a second bias, of zeros
        v.size // 2 if name.endswith(".B") else v.size
        for name, v in expected.items()
    )
    for name in found:
        if name in expected:
            np.testing.assert_array_equal(found[name], expected[name])
    units = bundle.config.network.units
    i, o, f, g = np.split(expected["encoder.0.backward.R"][0], 4)
    np.testing.assert_array_equal(found["encoder.0.backward.recurrent"], np.concatenate([i, f, g, o]).T)
    assert found["encoder.0.backward.recurrent"].shape == (units, 4 * units)


def test_a_graph_of_something_else() -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "xy"]
    model = helper.make_model(helper.make_graph([node], "other", ends[:1], ends[1:]))
    with pytest.raises(
        BundleError, match="no weights of LSTM cells that could be looked into; make the bundle"
    ):
        read_weights(model.SerializeToString())


@pytest.mark.parametrize("damage", ["cut", "text", "noise"])
def test_damaged_bytes_are_an_error_and_no_crash(damage: str) -> None:
    whole = build_graph(CONFIG, random_weights(CONFIG))
    noise = np.random.default_rng(0).integers(0, 256, 4000, np.uint8).tobytes()
    with pytest.raises(BundleError, match=r"again|make the bundle"):
        read_weights({"cut": whole[:-50], "text": b"not a graph", "noise": noise}[damage])
