from typing import Any

import numpy as np
import pytest
from contract import verify_contract

from speechlstm.decode.forecast import ForecastConfig, ForecastDecoder, in_units
from speechlstm.engine.engine import Answer
from speechlstm.errors import ConfigError

CONFIG = ForecastConfig(horizon=2, quantiles=(0.25, 0.5, 0.75), warm_up_frames=3)
MEAN, STD = np.array([10.0, 0.0]), np.array([2.0, 1.0])


def decoder() -> ForecastDecoder:
    return ForecastDecoder(("a", "b"), 5, CONFIG, mean=MEAN, std=STD)


def answers(n: int) -> Answer:
    nothing = np.zeros((n, 0), np.float32)
    values = np.random.default_rng(n).normal(size=(n, 2 * 2 * 4)).astype(np.float32)
    return Answer(nothing, nothing, values)


def test_contract() -> None:
    verify_contract(decoder(), answers(40), counted=False)


def test_units_order_and_numbers_of_samples() -> None:
    x = answers(4)
    given, _ = decoder().step(x, decoder().initial_state())
    assert [one.n_samples for one in given] == [15, 20]
    raw = x.values[3].reshape(2, 2, 4)
    np.testing.assert_allclose(given[1].mean[0], 10 + 2 * raw[0, :, 0], rtol=1e-6)
    np.testing.assert_allclose(given[1].values[1], np.sort(raw[1, :, 1:], axis=-1), rtol=1e-6)
    assert (np.diff(x.values.reshape(-1, 4)[:, 1:]) < 0).any(), "no quantiles cross: the test shows nothing"
    assert given[1].horizon == 2


def test_some_channels_and_steps() -> None:
    (one, *_), _ = decoder().step(answers(3), decoder().initial_state())
    part = one.of(["b"], 1)
    assert (part.channels, part.values.shape, part.mean.shape) == (("b",), (1, 1, 3), (1, 1))
    assert part.mean[0, 0] == one.mean[1, 0]


def test_normalised() -> None:
    means, quantiles = in_units(answers(3).values, CONFIG, mean=np.zeros(2), std=np.ones(2))
    assert (means.shape, quantiles.shape) == ((3, 2, 2), (3, 2, 2, 3))
    np.testing.assert_allclose(means[2, 1, 0], answers(3).values[2, 8])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"horizon": 0}, "horizon must be 1 or more, got 0"),
        ({"warm_up_frames": 0}, "warm_up_frames must be 1 or more"),
        ({"quantiles": (0.1, 0.9)}, "with 0.5 among them"),
        ({"quantiles": (0.5, 0.5)}, "must rise"),
        ({"quantiles": (0.0, 0.5)}, "must rise from above 0"),
        ({"method": "greedy"}, "method must be forecast, got 'greedy'"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ForecastConfig(**settings)
