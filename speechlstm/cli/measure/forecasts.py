"""Forecasts of a series, beside the naive ones."""

from typing import TYPE_CHECKING

import click

from speechlstm.cli.measure.request import Request, tell_oddities
from speechlstm.data.recordings import read_recording
from speechlstm.decode.forecast import ForecastConfig
from speechlstm.errors import ConfigError
from speechlstm.evaluation import ForecastEvaluation, ForecastRequest, evaluate_forecasts

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["KNOWN", "measure"]

KNOWN = frozenset({"rows", "fit_rows", "horizons", "period"})


def measure(recognizer: "Recognizer", request: Request) -> tuple[ForecastEvaluation, int]:
    """The figures, of one series."""
    last = read_recording(request.place, recognizer.sensor)[-1]
    tell_oddities({last.path: last.warning})
    n_rows = last.start_samples + len(last.samples)
    rows = _bounds(request.rows, "--rows", (n_rows - n_rows // 5, n_rows))
    decoder = recognizer.bundle.config.decoder
    if not isinstance(decoder, ForecastConfig):
        raise ConfigError(f"{recognizer.bundle.name} does not forecast")
    horizons = {max(1, decoder.horizon // 4), max(1, decoder.horizon // 2), decoder.horizon}
    if request.horizons is not None:
        horizons = {_whole(part, "--horizons") for part in request.horizons.split(",")}
    if request.fit_rows is None and rows[0] == 0:
        raise click.UsageError(
            "nothing lies before --rows for NLinear to be fitted to; begin --rows later, or give --fit-rows"
        )
    wanted = ForecastRequest(
        rows,
        _bounds(request.fit_rows, "--fit-rows", (0, rows[0])),
        tuple(sorted(horizons)),
        period=request.period,
        # as much as the model has heard before its first forecast
        lookback=max(2, decoder.warm_up_frames),
    )
    return evaluate_forecasts(recognizer, request.place, wanted), 1


def _bounds(text: str | None, option: str, otherwise: tuple[int, int]) -> tuple[int, int]:
    """``FIRST:STOP``; without a first from the beginning, without a last to where the default ends."""
    if text is None:
        return otherwise
    first, colon, stop = text.partition(":")
    if not colon:
        raise click.UsageError(f"{option} must be FIRST:STOP, as 11520:14400, got {text!r}")
    return (
        _whole(first, option) if first.strip() else 0,
        _whole(stop, option) if stop.strip() else otherwise[1],
    )


def _whole(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise click.UsageError(f"{option} takes whole numbers, got {text!r}") from None
