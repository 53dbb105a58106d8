import os
import random
import subprocess
import sys
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import model_steps as steps
import numpy as np
import pytest
from lstm_reference import reference_network
from tiny import random_weights

from speechlstm.model.config import NetworkConfig

pytestmark = pytest.mark.train

ROOT = Path(__file__).parents[2]


def network_of(config: NetworkConfig) -> Any:
    from speechlstm.model.network import Network

    network = Network(config)
    network.set_weights_by_name(random_weights(config))
    return network


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(("chunk", "lookahead"), [(1, 0), (1, 1), (4, 2), (3, 5), (40, 3)])
@pytest.mark.parametrize(("n_layers", "n_phones"), [(1, 0), (2, 0), (3, 0), (1, 6), (2, 6), (3, 6)])
def test_equals_the_gate_equations(chunk: int, lookahead: int, n_layers: int, n_phones: int) -> None:
    import keras

    config = NetworkConfig(5, 4, n_layers=n_layers, units=3, n_phones=n_phones)
    x = noise(2, 17, 5)
    network = network_of(config)
    outputs, _ = network.whole(x, chunk, lookahead, network.initial_state(2, lookahead))
    n_chunks = -(-(17 + n_layers * lookahead) // chunk)
    for row in range(2):
        log_probs, extent = reference_network(
            config, random_weights(config), x[row], [chunk] * n_chunks, lookahead
        )
        found = keras.ops.log_softmax(outputs.logits[row]).numpy()
        np.testing.assert_allclose(found, log_probs, rtol=0, atol=1e-5)
        np.testing.assert_allclose(outputs.extent[row].numpy(), extent, rtol=0, atol=1e-5)


def test_state_carries_the_stream_over_any_number_of_chunks() -> None:
    network, x = network_of(NetworkConfig(5, 4, units=3)), noise(2, 24, 5)
    whole, after = network(x, chunk=4, lookahead=2, state=network.initial_state(2, 2))
    state, parts = network.initial_state(2, 2), []
    for start, stop in pairwise([0, 4, 16, 24]):
        outputs, state = network(x[:, start:stop], chunk=4, lookahead=2, state=state)
        parts.append(outputs.logits.numpy())
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole.logits.numpy(), rtol=0, atol=1e-6)
    for found, expected in zip(state, after, strict=True):
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=0, atol=1e-6)


def test_a_row_does_not_hear_the_others() -> None:
    network, x = network_of(NetworkConfig(5, 4, units=3)), noise(3, 10, 5)
    batch, _ = network.whole(x, 4, 2, network.initial_state(3, 2))
    alone, _ = network.whole(x[1:2], 4, 2, network.initial_state(1, 2))
    np.testing.assert_allclose(batch.logits[1:2].numpy(), alone.logits.numpy(), rtol=0, atol=1e-6)


def test_weights_go_out_and_in_by_name() -> None:
    network = network_of(NetworkConfig(5, 4, n_layers=3, units=3, n_phones=6))
    expected = random_weights(network.config)
    found = network.weights_by_name()
    assert found.keys() == expected.keys()
    assert all((found[name] == expected[name]).all() for name in expected)
    assert sum(v.size for v in found.values()) == network.count_params()


def test_phones_are_told_by_the_lower_layers_at_their_own_time() -> None:
    # of three layers two lie below, and the phones of a frame hang on nothing beyond two look-aheads
    network, x = network_of(NetworkConfig(5, 4, n_layers=3, units=3, n_phones=6)), noise(1, 20, 5)
    later = x.copy()
    later[:, 16:] += 1
    phones, others = (
        network.whole(v, 1, 2, network.initial_state(1, 2))[0].phones.numpy() for v in (x, later)
    )
    assert phones.shape == (1, 20, 7)
    np.testing.assert_array_equal(phones[:, :12], others[:, :12])
    assert (np.abs(phones - others)[:, 12:] > 1e-6).any(axis=-1).all()


def test_a_network_begins_without_hearing_its_phones() -> None:
    from speechlstm.model.network import Network

    config, x = NetworkConfig(5, 4, n_layers=3, units=3), noise(1, 8, 5)
    deaf, hearing = (Network(replace(config, n_phones=n), seed=1) for n in (0, 6))
    logits = [n.whole(x, 4, 2, n.initial_state(1, 2))[0].logits.numpy() for n in (deaf, hearing)]
    np.testing.assert_array_equal(*logits)


def test_dropout_is_of_training_only() -> None:
    from speechlstm.model.network import Network

    network, x = Network(NetworkConfig(5, 4, units=3), dropout=0.5), noise(1, 8, 5)
    logits = [
        network.whole(x, 4, 2, network.initial_state(1, 2), training=training)[0].logits.numpy()
        for training in (False, False, True)
    ]
    assert (logits[0] == logits[1]).all()
    assert not np.allclose(logits[0], logits[2])


def test_the_same_seed_gives_the_same_weights() -> None:
    from speechlstm.model.network import Network

    a, b, c = (Network(NetworkConfig(5, 4, units=3), seed=seed).weights_by_name() for seed in (1, 1, 2))
    assert all((a[name] == b[name]).all() for name in a)
    assert not np.allclose(a["encoder.0.forward.kernel"], c["encoder.0.forward.kernel"])
    for one, other in combinations([name for name in a if name.endswith(("kernel", "recurrent"))], 2):
        assert a[one].shape != a[other].shape or not np.allclose(a[one], a[other])


def test_the_generators_of_the_caller_are_left_alone() -> None:
    from speechlstm.model.network import Network

    def drawn() -> tuple[float, float]:
        return random.random(), np.random.random()

    random.seed(5), np.random.seed(5)
    expected = drawn()
    random.seed(5), np.random.seed(5)
    Network(NetworkConfig(5, 4, units=3), dropout=0.1)
    assert drawn() == expected


def test_trains_alike_under_tensorflow_and_jax(tmp_path: Path) -> None:
    env = os.environ | {
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
    }
    script = [sys.executable, ROOT / "tests" / "model_steps.py", "--without-tensorflow"]
    with subprocess.Popen([*script, tmp_path / "jax.npz"], env=env) as jax:
        here = steps.train()
        assert jax.wait(timeout=300) == 0
    there = np.load(tmp_path / "jax.npz")
    np.testing.assert_allclose(there["logits"], here["logits"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(there["losses"], here["losses"], rtol=0, atol=1e-4)
    assert (np.diff(here["losses"]) < 0).all()
