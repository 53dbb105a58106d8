"""The figures of forecasts, made once from the errors at every moment."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["MODEL", "ChannelScore", "ForecastEvaluation", "HorizonScore", "Table", "block_skill"]

MODEL = "model"
_N_RESAMPLES = 2000
# blocks as long as the dependence of the errors: the horizon, by which windows overlap, and a week of periods
_N_PERIODS = 7

Floats = NDArray[np.float64]


class Table(NamedTuple):
    """Errors at some moments, summed over nothing yet; ``C`` channels, ``H`` steps.

    Attributes:
        moments: Rows of the newest sample ``[n]``.
        n_known: How many of the steps lie within the rows ``[n]``.
        squares: Of each method, square errors ``[n, C, H]``.
        absolutes: Of each method, absolute errors ``[n, C, H]``.
        pinball: Of the model's quantiles, mean over them and doubled, ``[n, C, H]``.
        covered: Whether the value lay between the outer quantiles ``[n, C, H]``.
    """

    moments: NDArray[np.int64]
    n_known: NDArray[np.int64]
    squares: dict[str, Floats]
    absolutes: dict[str, Floats]
    pinball: Floats
    covered: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        moments: NDArray[np.int64],
        truth: Floats,
        found: Floats,
        forecasts: Mapping[str, Floats],
        *,
        n_known: NDArray[np.int64],
        quantiles: Sequence[float],
    ) -> "Table":
        """The errors of forecasts.

        Args:
            moments: Rows of the newest sample ``[n]``.
            truth: What came, ``[n, C, H]``.
            found: The model's quantiles ``[n, C, H, Q]``, in order.
            forecasts: What each method forecast, the model's mean among them, ``[n, C, H]``.
            n_known: How many of the steps are known ``[n]``.
            quantiles: Which quantiles.
        """
        errors = {name: values - truth for name, values in forecasts.items()}
        medians = {MODEL: found[..., list(quantiles).index(0.5)] - truth}
        over = truth[..., None] - found
        share = np.array(quantiles)
        return cls(
            moments,
            n_known,
            {name: np.square(error) for name, error in errors.items()},
            {name: np.abs(error) for name, error in (errors | medians).items()},
            2 * np.maximum(share * over, (share - 1) * over).mean(axis=-1),
            (found[..., 0] <= truth) & (truth <= found[..., -1]),
        )


@dataclass(frozen=True, slots=True)
class HorizonScore:
    """How forecasts up to one horizon fared, over all channels, on the model's scale.

    Attributes:
        horizon: Steps.
        n_moments: Moments that were forecast from.
        mse: Mean square error of the model's mean and of each baseline.
        mae: Mean absolute error of the model's median and of each baseline.
        pinball: Mean pinball loss of the model's quantiles, doubled, so that of a median it is the MAE.
        coverage: Share of the values between the model's outer quantiles.
        skill: Against each baseline, ``1 - mse / its mse``.
        skill_ci95: Intervals of the same, by a bootstrap of blocks of moments.
    """

    horizon: int
    n_moments: int
    mse: dict[str, float]
    mae: dict[str, float]
    pinball: float
    coverage: float
    skill: dict[str, float]
    skill_ci95: dict[str, tuple[float, float] | None]


@dataclass(frozen=True, slots=True)
class ChannelScore:
    """How forecasts of one channel fared, up to the longest horizon.

    Attributes:
        mse: Of the model and each baseline, on the model's scale.
        mae: Of the model and each baseline, on the model's scale.
        mae_in_units: Of the model, in the channel's unit.
        pinball: As of :class:`HorizonScore`.
        coverage: As of :class:`HorizonScore`.
    """

    mse: dict[str, float]
    mae: dict[str, float]
    mae_in_units: float
    pinball: float
    coverage: float


@dataclass(frozen=True, slots=True)
class ForecastEvaluation:
    """What a model forecast, against what came and against baselines.

    Attributes:
        band: The share that should lie between the outer quantiles.
        horizons: Figures of each horizon.
        channels: Figures of each channel, by name.
        how: What was measured, and how the baselines were made.
        n_failed: 0; a file that cannot be read is an error.
    """

    band: float
    horizons: tuple[HorizonScore, ...]
    channels: dict[str, ChannelScore]
    how: dict[str, Any]
    n_failed: int = 0

    @classmethod
    def from_tables(
        cls,
        tables: Sequence[Table],
        *,
        horizons: Sequence[int],
        channels: Sequence[str],
        deviations: Floats,
        quantiles: Sequence[float],
        how: Mapping[str, Any],
    ) -> "ForecastEvaluation":
        """Count once.

        Args:
            tables: Errors, in order of time.
            horizons: Horizons to tell of.
            channels: Names of what is forecast.
            deviations: What one on the model's scale is in the channels' units ``[C]``.
            quantiles: Which quantiles.
            how: What to say of the measuring; ``period`` among it.
        """
        scores = tuple(_horizon(tables, horizon, int(how["period"])) for horizon in sorted(horizons))
        longest = max(horizons)
        return cls(
            round(quantiles[-1] - quantiles[0], 6),
            scores,
            {name: _channel(tables, longest, i, float(deviations[i])) for i, name in enumerate(channels)},
            dict(how),
        )

    def to_json(self) -> dict[str, Any]:
        """All figures."""
        return asdict(self)

    def summary(self) -> dict[str, Any]:
        """What a card keeps; ``n_moments`` tells it from figures of other kinds."""
        return {"n_moments": max(score.n_moments for score in self.horizons), **asdict(self)}

    def as_table(self) -> str:
        """For a person to read."""
        from speechlstm.evaluation.forecasts.table import forecast_table

        return forecast_table(self)


def block_skill(
    model: Floats, baseline: Floats, *, block: int, n_resamples: int = _N_RESAMPLES, seed: int = 0
) -> tuple[float, float] | None:
    """Interval, 95 %, of ``1 - mean(model) / mean(baseline)`` by a bootstrap of moving blocks.

    Blocks of neighbouring moments are drawn with replacement, model and baseline together, for errors of
    neighbouring moments are nearly the same (Künsch, Annals of Statistics 1989).

    Args:
        model: Errors at each moment ``[n]``.
        baseline: Errors at each moment ``[n]``.
        block: Moments in a block.
        n_resamples: Draws.
        seed: Of the random numbers.

    Returns:
        The lower and the upper limit; None for fewer than two blocks.
    """
    n = len(model)
    n_blocks = n // block
    if n_blocks < 2:
        return None
    sums = np.cumsum(np.pad(np.stack([model, baseline]), ((0, 0), (1, 0))), axis=1)
    of_blocks = sums[:, block:] - sums[:, :-block]
    starts = np.random.default_rng(seed).integers(of_blocks.shape[1], size=(n_resamples, n_blocks))
    drawn = of_blocks[:, starts].sum(axis=-1)
    low, high = np.quantile(1 - drawn[0] / drawn[1], (0.025, 0.975)).tolist()
    return low, high


def _horizon(tables: Sequence[Table], horizon: int, period: int) -> HorizonScore:
    by_moment = {name: _by_moment(tables, horizon, "squares", name) for name in tables[0].squares}
    mae = {name: float(_by_moment(tables, horizon, "absolutes", name).mean()) for name in by_moment}
    mse = {name: float(errors.mean()) for name, errors in by_moment.items()}
    block = max(horizon, _N_PERIODS * period)
    return HorizonScore(
        horizon=horizon,
        n_moments=len(by_moment[MODEL]),
        mse=mse,
        mae=mae,
        pinball=float(_by_moment(tables, horizon, "pinball").mean()),
        coverage=float(_by_moment(tables, horizon, "covered").mean()),
        skill={name: 1 - mse[MODEL] / error for name, error in mse.items() if name != MODEL},
        skill_ci95={
            name: block_skill(by_moment[MODEL], errors, block=block)
            for name, errors in by_moment.items()
            if name != MODEL
        },
    )


def _channel(tables: Sequence[Table], horizon: int, place: int, deviation: float) -> ChannelScore:
    def mean(field: str, name: str | None = None) -> float:
        return float(_by_moment(tables, horizon, field, name, place).mean())

    mae = {name: mean("absolutes", name) for name in tables[0].squares}
    return ChannelScore(
        mse={name: mean("squares", name) for name in tables[0].squares},
        mae=mae,
        mae_in_units=mae[MODEL] * deviation,
        pinball=mean("pinball"),
        coverage=mean("covered"),
    )


def _by_moment(
    tables: Sequence[Table], horizon: int, field: str, name: str | None = None, place: int | None = None
) -> Floats:
    """Means over channels (or of one) and steps, at each moment all of whose steps are known ``[n]``."""
    parts = []
    for table in tables:
        values = getattr(table, field)
        array = values if name is None else values[name]
        whole = array[table.n_known >= horizon, :, :horizon]
        parts.append((whole if place is None else whole[:, place : place + 1]).mean(axis=(1, 2)))
    return np.concatenate(parts)
