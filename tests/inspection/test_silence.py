import numpy as np
import pytest
from contract import drive
from tiny import random_weights

from speechlstm.engine.cells import CellEngine
from speechlstm.engine.stage import Latency, Lead, NetworkStage
from speechlstm.inspection.silence import divergence_bits, silenced
from speechlstm.inspection.units import every_unit
from speechlstm.model.config import NetworkConfig


@pytest.mark.parametrize("latency", [Latency(4, 2), Latency(200, 3)])
@pytest.mark.parametrize("n_phones", [0, 4])
@pytest.mark.parametrize("n_lead", [0, 9])
def test_each_unit_as_if_its_output_gate_were_shut(latency: Latency, n_phones: int, n_lead: int) -> None:
    # more units than go side by side
    config = NetworkConfig(n_features=5, n_outputs=4, n_layers=2, units=34, n_phones=n_phones)
    weights = random_weights(config)
    frames = np.random.default_rng(3).normal(size=(17, 5)).astype(np.float32)
    lead = Lead(np.ones((n_lead, 5), np.float32), 1) if n_lead else None
    found = dict(silenced(frames, weights, config, latency, lead))
    assert tuple(found) == every_unit(config)
    for name in every_unit(config)[::11]:
        bias = f"encoder.{name.layer}.{name.direction}.bias"
        shut = weights | {bias: weights[bias].copy()}
        shut[bias][3 * config.units + name.number] = -1e4
        expected = drive(NetworkStage(CellEngine(shut, config), latency, lead), [frames])
        np.testing.assert_allclose(found[name].log_probs, expected.log_probs, rtol=0, atol=1e-4)


def test_divergence() -> None:
    usual = np.log(np.array([[0.5, 0.5], [0.9, 0.1]]))
    assert divergence_bits(usual, usual).tolist() == [0, 0]
    other = np.log(np.array([[0.25, 0.75], [0.1, 0.9]]))
    expected = [0.5 * 1 + 0.5 * np.log2(0.5 / 0.75), 0.9 * np.log2(9) - 0.1 * np.log2(9)]
    np.testing.assert_allclose(divergence_bits(usual, other), expected)
