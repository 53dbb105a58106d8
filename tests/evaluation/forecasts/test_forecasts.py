"""Figures of forecasts: against a loop that knows nothing of blocks, and against what is published."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tides import HORIZON, N_HISTORY, make_tides_bundle, tides, write_tides

from speechlstm.cli.main import cli
from speechlstm.errors import ConfigError, DataError
from speechlstm.evaluation import ForecastEvaluation, ForecastRequest, evaluate_forecasts
from speechlstm.evaluation.forecasts.report import block_skill
from speechlstm.features.history import fit_linear
from speechlstm.recognizer import Recognizer

N = 900
SAMPLES = tides(N, seed=2)
MEAN, STD = np.array([5, 3]), np.array([1.5, 0.8])  # of west and east
REQUEST = ForecastRequest((700, 800), (0, 600), (2, HORIZON), period=24, lookback=N_HISTORY)


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    return Recognizer.load(make_tides_bundle(tmp_path_factory.mktemp("models") / "tides"))


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tides(tmp_path_factory.mktemp("data") / "tides.csv", SAMPLES)


def read(series: Path) -> np.ndarray:
    """West and east as the file has them, on the model's scale."""
    x = np.genfromtxt(series, delimiter=",", skip_header=1, usecols=(2, 1))
    return (x.astype(np.float32) - MEAN) / STD


@pytest.mark.parametrize("horizon", [2, HORIZON])
def test_against_a_plain_loop(recognizer: Recognizer, series: Path, horizon: int) -> None:
    z = read(series)
    linear = fit_linear([z[:600]], N_HISTORY, HORIZON)
    made = {one.n_samples: one for one in recognizer.forecast(series)}
    squares: dict[str, list[float]] = {"model": [], "last value": [], "seasonal": [], "NLinear": []}
    absolutes, pinball, covered = [], [], []
    for t in range(699, 800 - horizon):
        truth = z[t + 1 : t + 1 + horizon]
        one = made[t + 1]
        mean = (one.mean[:, :horizon].T - MEAN) / STD
        quantiles = (one.values[:, :horizon].transpose(1, 0, 2) - MEAN[:, None]) / STD[:, None]
        before = (z[t - N_HISTORY + 1 : t][::-1] - z[t]).T
        squares["model"].append(np.square(mean - truth).mean())
        squares["last value"].append(np.square(z[t] - truth).mean())
        squares["seasonal"].append(np.square(z[t - 23 : t - 23 + horizon] - truth).mean())
        squares["NLinear"].append(np.square(z[t] + (before @ linear).T[:horizon] - truth).mean())
        absolutes.append(np.abs(quantiles[..., 1] - truth).mean())
        losses = [
            np.where(truth > q, a * (truth - q), (1 - a) * (q - truth)).mean()
            for a, q in zip((0.1, 0.5, 0.9), np.moveaxis(quantiles, -1, 0), strict=True)
        ]
        pinball.append(2 * np.mean(losses))
        covered.append(((quantiles[..., 0] <= truth) & (truth <= quantiles[..., 2])).mean())
    found = evaluate_forecasts(recognizer, series, REQUEST)
    (score,) = (score for score in found.horizons if score.horizon == horizon)
    assert score.n_moments == 100 - horizon + 1
    for name, errors in squares.items():
        assert score.mse[name] == pytest.approx(np.mean(errors), abs=1e-4), name
    assert score.mae["model"] == pytest.approx(np.mean(absolutes), abs=1e-4)
    assert score.pinball == pytest.approx(np.mean(pinball), abs=1e-4)
    assert score.coverage == pytest.approx(np.mean(covered), abs=1e-3)
    assert score.skill["NLinear"] == pytest.approx(1 - score.mse["model"] / score.mse["NLinear"])
    assert found.band == pytest.approx(0.8)


def test_channels_add_up_and_have_units(recognizer: Recognizer, series: Path) -> None:
    found = evaluate_forecasts(recognizer, series, REQUEST)
    last = found.horizons[-1]
    for name in last.mse:
        assert np.mean([one.mse[name] for one in found.channels.values()]) == pytest.approx(last.mse[name])
    west = found.channels["west"]
    assert west.mae_in_units == pytest.approx(1.5 * west.mae["model"])


def test_a_gap_leaves_out_what_cannot_be_forecast(recognizer: Recognizer, tmp_path: Path) -> None:
    file = write_tides(tmp_path / "gap.csv", SAMPLES, left_out=dict.fromkeys(range(740, 750), ""))
    found = evaluate_forecasts(recognizer, file, REQUEST)
    # up to the gap, and from the 30th sample after it
    assert found.horizons[-1].n_moments == (740 - HORIZON - 699) + (800 - HORIZON - 779)


def test_intervals_know_the_truth() -> None:
    rng = np.random.default_rng(0)
    n_in = 0
    for _ in range(100):
        # errors that stay alike for 20 moments, and those of a model that are 0.8 of them, with noise
        slow = np.repeat(rng.exponential(size=100), 20)
        low, high = block_skill(0.8 * slow + rng.normal(0, 0.05, 2000), slow, block=40, n_resamples=300) or (
            9,
            9,
        )
        n_in += low <= 0.2 <= high
    assert 85 <= n_in <= 100
    slow = np.repeat(rng.exponential(size=100), 20)
    wide = block_skill(np.repeat(rng.exponential(size=100), 20), slow, block=40)
    narrow = block_skill(np.repeat(rng.exponential(size=100), 20), slow, block=1)
    assert wide and narrow and wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])
    assert block_skill(slow[:50], slow[:50], block=40) is None


def test_what_cannot_be_measured(recognizer: Recognizer, series: Path) -> None:
    def request(**other: object) -> ForecastRequest:
        settings: dict[str, object] = {"rows": (700, 800), "fit_rows": (0, 600), "horizons": (2,)}
        return ForecastRequest(**(settings | other))  # type: ignore[arg-type]

    with pytest.raises(ConfigError, match="horizon 7 is over that of tides, which is 6"):
        evaluate_forecasts(recognizer, series, request(horizons=(7,)))
    with pytest.raises(
        DataError, match="nowhere in the rows 899:900 can 2 steps be forecast; the file has 900"
    ):
        evaluate_forecasts(recognizer, series, request(rows=(899, 900), lookback=30))
    with pytest.raises(DataError, match="nowhere in the rows 700:705 can 6 steps be forecast"):
        evaluate_forecasts(recognizer, series, request(rows=(700, 705), horizons=(2, 6)))
    with pytest.raises(ConfigError, match="rows must be FIRST:STOP with 0 <= FIRST < STOP, got 5:5"):
        request(rows=(5, 5))


def test_without_nlinear_the_rest_is_told(recognizer: Recognizer, series: Path) -> None:
    def measured(fit_rows: tuple[int, int]) -> ForecastEvaluation:
        return evaluate_forecasts(
            recognizer, series, ForecastRequest((700, 800), fit_rows, (2,), lookback=30)
        )

    without, fitted = measured((0, 20)), measured((0, 600))
    assert without.how["unfitted"] == (
        "NLinear could not be fitted: it needs 36 rows without a gap, the fit rows 0:20 hold 20; "
        "give more (--fit-rows)"
    )
    assert set(without.horizons[0].mse) == {"model", "last value", "seasonal"}
    for name, mse in without.horizons[0].mse.items():
        assert mse == fitted.horizons[0].mse[name]
    assert "NLinear could not be fitted" in without.as_table()
    assert fitted.how["unfitted"] is None and "fitted" not in fitted.as_table()


def test_the_command(recognizer: Recognizer, series: Path, tmp_path: Path) -> None:
    import shutil

    copy = shutil.copytree(recognizer.bundle.path, tmp_path / "tides")
    command = ["evaluate", str(copy), str(series), "--rows", "700:800", "--fit-rows", "0:600"]
    result = CliRunner().invoke(cli, [*command, "--horizons", "2,6", "--json", "--card", "Made-up tides"])
    assert (result.exit_code, result.stderr) == (0, "")
    expected = evaluate_forecasts(recognizer, series, REQUEST)
    assert json.loads(result.stdout) == json.loads(json.dumps(expected.to_json()))
    mse = expected.horizons[0].mse["model"]
    assert f"| Made-up tides | 2 | {mse:.4f} | " in (copy / "README.md").read_text()
    result = CliRunner().invoke(cli, [*command, "--period", "12"])
    assert "the value 12\nsamples before" in result.stdout
    assert "on rows 0 to 600. Skill is 1 - MSE / MSE of the baseline." in result.stdout
    result = CliRunner().invoke(cli, ["evaluate", str(copy), str(series), "--rows", "700"])
    assert result.exit_code == 2 and "--rows must be FIRST:STOP" in result.stderr
    for rows in ("0:100", ":100"):
        result = CliRunner().invoke(cli, ["evaluate", str(copy), str(series), "--rows", rows])
        assert result.exit_code == 2
        assert "nothing lies before --rows for NLinear to be fitted to" in result.stderr
    result = CliRunner().invoke(cli, [*command, "--horizons", "6,0"])
    assert result.exit_code == 1 and "horizons must be 1 or more, got 0, 6" in result.stderr
    result = CliRunner().invoke(cli, ["evaluate", str(copy), str(series), "--split", "test"])
    assert (
        result.exit_code == 2 and "--split cannot be asked of tides, a model that forecasts" in result.stderr
    )
    result = CliRunner().invoke(cli, ["evaluate", str(copy), str(series), "--json"])
    assert json.loads(result.stdout)["how"]["rows"] == [720, 900]


@pytest.mark.data
def test_baselines_are_those_that_are_published(recordings: Path, tmp_path: Path) -> None:
    """ETTh1, all variables, standard split: seasonal naive 0.424, 0.465, 0.512, and NLinear 0.374 at 96."""
    from speechlstm.evaluation.forecasts.evaluate import _baselines

    x = np.genfromtxt(
        recordings / "transformer-temperature" / "ETTh1.csv",
        delimiter=",",
        skip_header=1,
        usecols=range(1, 8),
    )
    z = (x - x[:8640].mean(axis=0)) / x[:8640].std(axis=0)
    linear = fit_linear([z[:8640]], 336, 96).astype(np.float64)
    errors: dict[str, list[float]] = {}
    for horizon in (24, 48, 96):
        block = np.arange(11519, 14400 - horizon)
        steps = block[:, None] + 1 + np.arange(horizon)
        request = ForecastRequest((11520, 14400), (0, 8640), (horizon,))
        truth = z[steps].transpose(0, 2, 1)
        for name, found in _baselines(z, block, steps, request, linear[:, :horizon]).items():
            errors.setdefault(name, []).append(round(float(np.square(found - truth).mean()), 3))
    assert errors["seasonal"] == [0.424, 0.465, 0.512]
    assert abs(errors["NLinear"][-1] - 0.374) < 0.005
