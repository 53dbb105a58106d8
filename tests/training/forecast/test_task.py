"""From a series to a model that forecasts it."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tides import HORIZON, N_HISTORY, tides, write_tides, write_tides_recipe

from speechlstm.bundle import Bundle
from speechlstm.errors import ConfigError, DataError
from speechlstm.evaluation import ForecastRequest, evaluate_forecasts
from speechlstm.features.sensor import SensorFrontEnd
from speechlstm.recognizer import Recognizer
from speechlstm.stage import concatenate, run
from speechlstm.training.kinds import make_task
from speechlstm.training.recipe import read_recipe

SAMPLES = tides(900, seed=4)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tides(tmp_path_factory.mktemp("data") / "tides.csv", SAMPLES).parent


def test_statistics_and_linear_map_are_of_the_training_rows(data: Path, tmp_path: Path) -> None:
    front_end = make_task(read_recipe(write_tides_recipe(tmp_path)), data, tmp_path).front_end()
    assert isinstance(front_end, SensorFrontEnd)
    np.testing.assert_allclose(front_end.mean, SAMPLES[:500].mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(front_end.std, SAMPLES[:500].std(axis=0), atol=1e-3)
    assert front_end.linear.shape == (N_HISTORY - 1, HORIZON) and front_end.linear.any()


def test_batches_hold_what_came_after_each_frame(data: Path, tmp_path: Path) -> None:
    recipe = read_recipe(write_tides_recipe(tmp_path))
    task = make_task(recipe, data, tmp_path)
    front_end = task.front_end()
    maker = task.maker(front_end)
    batch, again = maker.make(range(6)), maker.join([maker.make(range(3)), maker.make(range(3, 6))])
    assert (batch.x.shape, batch.series.shape) == ((6, 40, 2 * (4 + HORIZON)), (6, 40 + HORIZON, 2))
    for a, b in zip(batch, again, strict=True):
        np.testing.assert_array_equal(a, b)
    # targets are west and east, features east and west
    np.testing.assert_allclose(batch.series[:, :40, ::-1], batch.x[:, :, :2], atol=1e-6)
    whole = concatenate(list(run(front_end.chain(), [SAMPLES.round(4)])))
    starts = [int(np.abs(whole[:, :2] - one[0, :2]).sum(axis=1).argmin()) for one in batch.x]
    assert all(N_HISTORY - 1 <= start <= 500 - 40 - HORIZON for start in starts)
    for start, one in zip(starts, batch.x, strict=True):
        np.testing.assert_allclose(one, whole[start : start + 40], atol=1e-3)


def test_series_are_drawn_by_their_weight(data: Path, tmp_path: Path) -> None:
    recipe = read_recipe(write_tides_recipe(tmp_path))
    first = replace(recipe.data["tides"], rows=(0, 250), weight=1e-4)
    sets = {"seldom": first, "often": replace(first, rows=(250, 500), weight=1.0)}
    task = make_task(replace(recipe, data=sets, sources=dict.fromkeys(sets, "a test's")), data, tmp_path)
    front_end = task.front_end()
    whole = concatenate(list(run(front_end.chain(), [SAMPLES.round(4)])))
    for one in task.maker(front_end).make(range(8)).x:
        assert int(np.abs(whole[:, :2] - one[0, :2]).sum(axis=1).argmin()) >= 250


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (['vocabulary=["north"]'], ConfigError, "unknown key 'north' in the channels"),
        (
            ['data.tides.role="recordings"'],
            ConfigError,
            "role must be series for forecasts, got 'recordings'",
        ),
        (["data.tides.rows=[900, 999]"], DataError, "has no samples from 900 to 999"),
        (["data.tides.rows=[0, 60]"], DataError, "an example needs 75 samples without a gap, the longest "),
        (
            ["decoder.horizon=5"],
            ConfigError,
            "features.horizon and decoder.horizon must be the same, got 6 and 5",
        ),
        (['decoder={method="segments"}'], ConfigError, "needs decoder.method = 'forecast', got 'segments'"),
        (
            ['features={kind="mfcc"}'],
            ConfigError,
            "kind history or raw, and a frame a sample .* got kind 'mfcc'",
        ),
    ],
)
def test_what_cannot_be_trained(
    data: Path, tmp_path: Path, settings: list[str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        recipe = read_recipe(write_tides_recipe(tmp_path), settings)
        assert recipe.network_config
        task = make_task(recipe, data, tmp_path)
        task.maker(task.front_end())


@pytest.mark.parametrize("rows", ["[5, 5]", "[1]", "[-1, 4]"])
def test_rows_that_cannot_be(tmp_path: Path, rows: str) -> None:
    with pytest.raises(ConfigError, match=r"rows must be \[first, stop\], counted from 0"):
        read_recipe(write_tides_recipe(tmp_path), [f"data.tides.rows={rows}"])


@pytest.mark.train
def test_losses_against_numpy() -> None:
    from speechlstm.training.forecast.losses import losses

    rng = np.random.default_rng(0)
    series = rng.normal(size=(2, 5 + 3, 2)).astype(np.float32)
    values = rng.normal(size=(2, 5, 2 * 3 * 3)).astype(np.float32)
    batch = SimpleNamespace(series=series)
    found = {k: float(v) for k, v in losses(values, batch, horizon=3, quantiles=(0.2, 0.5)).items()}
    squares, pinball = [], []
    for stream in range(2):
        for t in range(5):
            for channel in range(2):
                for step in range(3):
                    mean, *quantiles = values[stream, t].reshape(2, 3, 3)[channel, step]
                    truth = series[stream, t + 1 + step, channel]
                    squares.append((mean - truth) ** 2)
                    for share, q in zip((0.2, 0.5), quantiles, strict=True):
                        pinball.append(share * (truth - q) if truth > q else (1 - share) * (q - truth))
    assert found["mse"] == pytest.approx(np.mean(squares), rel=1e-5)
    assert found["pinball"] == pytest.approx(2 * np.mean(pinball), rel=1e-5)
    assert found["total"] == pytest.approx(found["mse"] + found["pinball"], rel=1e-5)


@pytest.mark.train
@pytest.mark.slow
def test_training_learns_what_a_line_cannot(data: Path, tmp_path: Path) -> None:
    from speechlstm.training.trainer import Places, RunOptions, train

    recipe = read_recipe(write_tides_recipe(tmp_path / "recipe", n_steps=60))
    places = Places(data, tmp_path / "run", tmp_path / "bundle", tmp_path / "cache")
    bundle = train(recipe, places, RunOptions(bundle_from="best"))
    assert "tides.skill" in (tmp_path / "run" / "log.csv").read_text().splitlines()[0]
    request = ForecastRequest((700, 900), (0, 500), (HORIZON,), lookback=N_HISTORY)
    score = evaluate_forecasts(Recognizer.load(bundle), data / "tides.csv", request).horizons[0]
    assert score.skill["last value"] > 0.8
    assert score.skill["NLinear"] > -0.05
    assert 0.6 < score.coverage < 0.95
    validated = Bundle.load(bundle).card["validation_during_training"]["tides"]
    rows = ForecastRequest((500, 700), (0, 500), (HORIZON,), lookback=N_HISTORY)
    again = evaluate_forecasts(Recognizer.load(bundle), data / "tides.csv", rows).horizons[0]
    assert validated["skill"] == pytest.approx(again.skill["last value"], abs=1e-3)
