"""Forecasts as rows: one for every channel and step, with the time that it is of and its quantiles."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TextIO

from speechlstm.messages import Forecast
from speechlstm.timing import Rate, Start, seconds

__all__ = ["ForecastWriter", "forecast_rows", "moment"]

_US_PER_S = 1_000_000
# a stamp of more than 100 million seconds (March 1973) is one since 1970, a smaller one counts from anywhere
_LEAST_DATE_US = 100_000_000 * _US_PER_S
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_N_DIGITS = 6


def moment(n_samples: int, sample_rate_hz: Rate, start: Start | None) -> str | float:
    """The time of a sample as its stream has it.

    Args:
        n_samples: The samples before it.
        sample_rate_hz: Samples per second.
        start: The time of the first; None where the stream has no times.

    Returns:
        A date as in ISO 8601, in the zone of the first, which it names if that did; or seconds where the
        stream counts those from anywhere but 1970.

    Example:
        >>> from fractions import Fraction
        >>> moment(25, Fraction(1, 3600), Start(1_467_331_200_000_000))
        '2016-07-02T01:00:00'
        >>> moment(25, Fraction(1, 3600), Start(1_467_331_200_000_000, UTC))
        '2016-07-02T01:00:00+00:00'
        >>> moment(25, 50, None)
        0.5
    """
    if start is None:
        return seconds(n_samples, sample_rate_hz)
    at_us = start.us + round(n_samples * _US_PER_S / sample_rate_hz)
    if abs(start.us) < _LEAST_DATE_US and start.zone is None:
        return round(at_us / _US_PER_S, 6)
    try:
        date = (_EPOCH + timedelta(microseconds=at_us)).astimezone(start.zone or UTC)
    except OverflowError:  # after the year 9999
        return round(at_us / _US_PER_S, 6)
    return (date if start.zone else date.replace(tzinfo=None)).isoformat()


def forecast_rows(
    forecast: Forecast, *, sample_rate_hz: Rate, start: Start | None, horizon: int | None = None
) -> Iterator[dict[str, Any]]:
    """``{"made", "time", "channel", "step", "mean", "q0.1", ...}`` for every channel and step.

    ``made`` is the time of the newest sample heard, ``time`` that of the step; mean and quantiles are in the
    channel's unit, to six digits.

    Args:
        forecast: The forecast.
        sample_rate_hz: Samples per second.
        start: As for :func:`moment`.
        horizon: Steps to give; all if None.
    """
    names = ["mean", *(f"q{quantile:g}" for quantile in forecast.quantiles)]
    made = moment(forecast.n_samples - 1, sample_rate_hz, start)
    n_steps = forecast.horizon if horizon is None else horizon
    times = [moment(forecast.n_samples + step, sample_rate_hz, start) for step in range(n_steps)]
    for channel, means, values in zip(forecast.channels, forecast.mean, forecast.values, strict=True):
        for step, time in enumerate(times):
            numbers = (float(f"{value:.{_N_DIGITS}g}") for value in (means[step], *values[step]))
            row = {"made": made, "time": time, "channel": channel, "step": step + 1}
            yield row | dict(zip(names, numbers, strict=True))


class ForecastWriter:
    """Writes the rows of forecasts, each forecast at once.

    Args:
        file: Where they go; left open.
        format_name: ``jsonl``, or ``csv`` with a header.
        sample_rate_hz: Samples per second.
        horizon: Steps to give; all if None.
    """

    def __init__(
        self,
        file: TextIO,
        *,
        format_name: Literal["jsonl", "csv"],
        sample_rate_hz: Rate,
        horizon: int | None = None,
    ) -> None:
        self._file, self._format = file, format_name
        self._rate, self._horizon = sample_rate_hz, horizon
        self._is_begun = False

    def write(self, forecast: Forecast, start: Start | None) -> None:
        """Write one forecast; ``start`` is the time of the stream's first sample, or None."""
        rows = forecast_rows(forecast, sample_rate_hz=self._rate, start=start, horizon=self._horizon)
        write = self._csv if self._format == "csv" else self._jsonl
        self._file.write("".join(map(write, rows)))
        self._file.flush()

    def _jsonl(self, row: dict[str, Any]) -> str:
        return json.dumps(row, ensure_ascii=False) + "\n"

    def _csv(self, row: dict[str, Any]) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not self._is_begun:
            writer.writerow(row)
            self._is_begun = True
        writer.writerow(row.values())
        return text.getvalue()
