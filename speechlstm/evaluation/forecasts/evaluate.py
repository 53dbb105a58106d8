"""Forecasts of one file against what came, and against forecasts that need no network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from speechlstm.config import require
from speechlstm.data.recordings import read_recording
from speechlstm.decode.forecast import ForecastConfig, in_units
from speechlstm.errors import ConfigError, DataError
from speechlstm.evaluation.forecasts.report import MODEL, ForecastEvaluation, Table
from speechlstm.features.frontend import statistics_of
from speechlstm.features.history import fit_linear
from speechlstm.recognizer import Recognizer
from speechlstm.stage import Chain, run

__all__ = ["BASELINES", "ForecastRequest", "evaluate_forecasts"]

BASELINES = ("last value", "seasonal", "NLinear")
_BLOCK = 500

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """What to measure.

    Attributes:
        rows: Samples to forecast, ``(first, stop)``, counted from the file's first; what lies before them is
            what is known.
        fit_rows: Samples that NLinear is fitted to.
        horizons: Horizons to measure, each up to the model's.
        period: Samples in a season, for the seasonal baseline.
        lookback: Samples that NLinear looks at, the newest included.
    """

    rows: tuple[int, int]
    fit_rows: tuple[int, int]
    horizons: tuple[int, ...]
    period: int = 24
    lookback: int = 336

    def __post_init__(self) -> None:
        for name, (first, stop) in (("rows", self.rows), ("fit rows", self.fit_rows)):
            require(
                0 <= first < stop, f"{name} must be FIRST:STOP with 0 <= FIRST < STOP, got {first}:{stop}"
            )
        require(
            len(self.horizons) > 0 and min(self.horizons) >= 1,
            f"horizons must be 1 or more, got {', '.join(map(str, self.horizons)) or 'none'}",
        )
        require(self.period >= 1, f"period must be at least 1, got {self.period}")
        require(self.lookback >= 2, f"lookback must be at least 2, got {self.lookback}")


@dataclass(frozen=True, eq=False)
class _Stretch:
    """A part of the file without a gap.

    Attributes:
        start: Samples of the file before it.
        samples: ``[n, n_channels]``, all channels in units.
        series: ``[n, n_targets]``, what is forecast, on the model's scale.
    """

    start: int
    samples: np.ndarray
    series: Floats


def evaluate_forecasts(
    recognizer: Recognizer, path: str | Path, request: ForecastRequest
) -> ForecastEvaluation:
    """Forecast at every moment of some rows, as a live stream would, and compare with what came.

    For a horizon of ``h`` steps every moment counts whose ``h`` steps all lie within the rows, as is usual
    for the ETT data (Zhou et al., "Informer", AAAI 2021). Square errors are of the mean, absolute ones of the
    median, on the scale of the model: less the mean of its training data, by their deviation.

    The baselines see the same moments: the last value; the value one period before each step (or a whole
    number of them); and NLinear, a linear map from the last ``lookback`` values less the newest, shared by
    all channels, fitted by least squares to ``fit_rows``. Where those are too few, it is left out, and
    ``how["unfitted"]`` says so.

    Args:
        recognizer: The model.
        path: A file of records.
        request: What to measure.

    Raises:
        ConfigError: The model does not forecast, or not as far.
        DataError: The file cannot be read, or the rows have no moment from which a horizon can be measured.
    """
    decoder = recognizer.bundle.config.decoder
    if not isinstance(decoder, ForecastConfig):
        raise ConfigError(
            f"{recognizer.bundle.name} does not forecast; give its manifest, not rows of a file"
        )
    if max(request.horizons) > decoder.horizon:
        raise ConfigError(
            f"horizon {max(request.horizons)} is over that of {recognizer.bundle.name}, which is "
            f"{decoder.horizon}"
        )
    stretches = _stretches(recognizer, path)
    linear, unfitted = _fit(stretches, request, decoder.horizon)
    tables = [
        table for stretch in stretches for table in _tables(recognizer, decoder, stretch, request, linear)
    ]
    farthest = max((int(table.n_known.max()) for table in tables), default=0)
    beyond = [horizon for horizon in request.horizons if horizon > farthest]
    if beyond:
        n = stretches[-1].start + len(stretches[-1].samples)
        raise DataError(
            f"{path}: nowhere in the rows {request.rows[0]}:{request.rows[1]} can {min(beyond)} "
            f"steps be forecast; the file has {n}, and {_n_needed(decoder, request)} without a gap "
            "must come first"
        )
    return ForecastEvaluation.from_tables(
        tables,
        horizons=request.horizons,
        channels=recognizer.bundle.vocabulary,
        deviations=statistics_of(recognizer.bundle.front_end, recognizer.bundle.vocabulary)[1],
        quantiles=decoder.quantiles,
        how={
            "rows": list(request.rows),
            "fit_rows": list(request.fit_rows),
            "period": request.period,
            "lookback": request.lookback,
            "unfitted": unfitted,
        },
    )


def _stretches(recognizer: Recognizer, path: str | Path) -> list[_Stretch]:
    bundle = recognizer.bundle
    mean, std = statistics_of(bundle.front_end, bundle.vocabulary)
    places = [recognizer.sensor.channels.index(name) for name in bundle.vocabulary]
    return [
        _Stretch(one.start_samples, one.samples, (one.samples[:, places] - mean) / std)
        for one in read_recording(path, recognizer.sensor)
    ]


def _n_needed(decoder: ForecastConfig, request: ForecastRequest) -> int:
    """Samples that must have been heard; the same for every method, so that all forecast the same."""
    return max(decoder.warm_up_frames, request.period, request.lookback)


def _fit(
    stretches: Sequence[_Stretch], request: ForecastRequest, horizon: int
) -> tuple[Floats | None, str | None]:
    """NLinear's map, or None and why there is none."""
    first, stop = request.fit_rows
    parts = [one.series[max(0, first - one.start) : max(0, stop - one.start)] for one in stretches]
    if not any(len(part) >= request.lookback + horizon for part in parts):
        return None, (
            f"NLinear could not be fitted: it needs {request.lookback + horizon} rows without a gap, "
            f"the fit rows {first}:{stop} hold {max(map(len, parts))}; give more (--fit-rows)"
        )
    return fit_linear(parts, request.lookback, horizon).astype(np.float64), None


def _tables(
    recognizer: Recognizer,
    decoder: ForecastConfig,
    stretch: _Stretch,
    request: ForecastRequest,
    linear: Floats | None,
) -> Iterator[Table]:
    """Errors at the moments of a stretch, block by block."""
    first, stop = (row - stretch.start for row in request.rows)
    stop = min(stop, len(stretch.series))
    lowest = max(first, _n_needed(decoder, request)) - 1
    moments = np.arange(lowest, stop - min(request.horizons))
    if len(moments) == 0:
        return
    for block, values in _answers(recognizer, stretch.samples[:stop], moments):
        n = len(recognizer.bundle.vocabulary)
        means, found = in_units(values, decoder, mean=np.zeros(n), std=np.ones(n))
        steps = block[:, None] + 1 + np.arange(decoder.horizon)
        # steps after the rows are not known; no figure of a horizon that has them counts the moment
        truth = stretch.series[np.minimum(steps, stop - 1)].transpose(0, 2, 1)
        forecasts = {MODEL: means} | _baselines(stretch.series, block, steps, request, linear)
        yield Table.of(
            block + stretch.start,
            truth,
            found,
            forecasts,
            n_known=stop - 1 - block,
            quantiles=decoder.quantiles,
        )


def _answers(
    recognizer: Recognizer, samples: np.ndarray, moments: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], np.ndarray]]:
    """Moments, and the network's values at them, as a stream gives them."""
    stage, at = Chain([recognizer.features, recognizer.network]), 0
    for answer in run(stage, (samples[i : i + _BLOCK] for i in range(0, len(samples), _BLOCK))):
        block = moments[(moments >= at) & (moments < at + len(answer.values))]
        if len(block):
            yield block, answer.values[block - at]
        at += len(answer.values)


def _baselines(
    series: Floats,
    block: NDArray[np.int64],
    steps: NDArray[np.int64],
    request: ForecastRequest,
    linear: Floats | None,
) -> dict[str, Floats]:
    """What each baseline forecasts, ``[moments, n_targets, horizon]``."""
    newest = series[block][:, :, None]
    ahead = steps - block[:, None]
    n_periods = -(-ahead // request.period)
    found = {
        "last value": np.broadcast_to(newest, (*newest.shape[:2], steps.shape[1])),
        "seasonal": series[steps - n_periods * request.period].transpose(0, 2, 1),
    }
    if linear is not None:
        before = request.lookback - 1
        windows = np.lib.stride_tricks.sliding_window_view(series, before + 1, axis=0)
        found["NLinear"] = newest + (windows[block - before][..., -2::-1] - newest) @ linear
    return found
