"""The figures of forecasts as a table for people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speechlstm.evaluation.forecasts.report import ForecastEvaluation, HorizonScore

__all__ = ["forecast_table"]


def forecast_table(found: "ForecastEvaluation") -> str:
    """Horizons with baselines and skill, then channels."""
    return "\n".join([*_horizons(found), "", *_channels(found), "", *_how(found)])


def _horizons(found: "ForecastEvaluation") -> Iterator[str]:
    yield "all channels, on the model's scale (deviations of its training data)"
    yield f"{'':10}{'moments':>9}{'MSE':>9}{'MAE':>9}{'skill of the model, 95 %':>32}"
    for score in found.horizons:
        yield f"horizon {score.horizon}"
        for name, mse in score.mse.items():
            n = score.n_moments if name == "model" else ""
            yield f"  {name:11}{n:>6}{mse:9.4f}{score.mae[name]:9.4f}{_skill(score, name):>32}"
        yield (
            f"  pinball loss {score.pinball:.4f}, {100 * score.coverage:.1f} % of the values in the band, "
            f"which should hold {100 * found.band:g} %"
        )


def _skill(score: "HorizonScore", name: str) -> str:
    if name not in score.skill:
        return ""
    limits = score.skill_ci95[name]
    interval = "" if limits is None else f" ({100 * limits[0]:+.1f} to {100 * limits[1]:+.1f})"
    return f"{100 * score.skill[name]:+.1f} %{interval}"


def _channels(found: "ForecastEvaluation") -> Iterator[str]:
    longest = found.horizons[-1].horizon
    width = max(len(name) for name in (*found.channels, "channel"))
    names = list(found.horizons[-1].mse)
    yield f"up to horizon {longest}, channel by channel: MSE of each method, and of the model"
    header = "".join(f"{name:>12}" for name in names)
    yield f"{'channel':{width}}{header}{'MAE':>9}{'in units':>10}{'pinball':>9}{'in band':>9}"
    for name, score in found.channels.items():
        cells = "".join(f"{score.mse[method]:12.4f}" for method in names)
        yield (
            f"{name:{width}}{cells}{score.mae['model']:9.4f}{score.mae_in_units:10.4g}{score.pinball:9.4f}"
            f"{100 * score.coverage:8.1f}%"
        )


def _how(found: "ForecastEvaluation") -> Iterator[str]:
    how = found.how
    (first, stop), (fit_first, fit_stop) = how["rows"], how["fit_rows"]
    yield f"Rows {first} to {stop} were forecast. Baselines: the last value; the value {how['period']}"
    if how.get("unfitted"):
        yield "samples before. Skill is 1 - MSE / MSE of the baseline."
        yield f"{how['unfitted']}."
        return
    yield f"samples before; NLinear, a linear map from the last {how['lookback']} values less the newest,"
    yield f"by least squares on rows {fit_first} to {fit_stop}. Skill is 1 - MSE / MSE of the baseline."
