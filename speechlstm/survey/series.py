"""A series to forecast: records of one file, whose channels go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from speechlstm.config import unknown_key
from speechlstm.data.recordings import Recording, read_recording
from speechlstm.errors import DataError
from speechlstm.sources.sensor import Sensor
from speechlstm.survey.kind import Ask, Proposal, Survey, Target
from speechlstm.survey.place import Place
from speechlstm.survey.sensor_layout import Layout, find_layout, unit_of
from speechlstm.survey.sensor_parts import Part
from speechlstm.survey.sensor_times import read_times
from speechlstm.survey.series_recipe import SeriesFacts, propose
from speechlstm.survey.table import is_records
from speechlstm.timing import Rate

__all__ = ["SeriesFinding", "SeriesKind", "period_of"]

_ALL = ("all",)
# steps that are bridged; after more, much may have happened
_GAP_STEPS = 6
# how alike a series must be to itself a period ago, and how much more than chance makes it
_ALIKE, _N_DEVIATIONS = 0.1, 4
# a day and a week, which are seasons by themselves where they are this much of the highest peak
_CALENDAR_S = (86_400, 604_800)
_AS_GOOD = 0.9


@dataclass(frozen=True, slots=True)
class SeriesFinding:
    """See :class:`speechlstm.survey.kind.Finding`.

    Attributes:
        survey: What was found.
        facts: What the recipe needs.
    """

    survey: Survey
    facts: SeriesFacts

    def proposal(self, target: Target) -> Proposal:
        return propose(self.facts, target)


class SeriesKind:
    """See :class:`speechlstm.survey.kind.Kind`; any records are one if they are asked to be."""

    name = "a series to forecast"
    expected = "one file of records (CSV, JSON lines, Parquet) with the columns that --forecast names"

    def claims(self, place: Place) -> bool:
        return len(place.files) == 1 and is_records(place.files[0])

    def examine(self, place: Place, ask: Ask, report: Callable[[Path], None]) -> SeriesFinding:
        files = [file for file in place.files if is_records(file)]
        if len(files) != 1:
            raise DataError(f"{place.path} holds {len(files):,} files of records; expected one, the series")
        layout, _ = find_layout(files, ask)
        targets = layout.channels if ask.forecast == _ALL else ask.forecast
        for name in targets:
            if name not in layout.channels:
                raise unknown_key(name, layout.channels, f"the channels of {files[0]} (--forecast)")
        rate = _rate(files[0], layout, ask)
        sensor = Sensor(layout.channels, rate, float(_GAP_STEPS / rate))
        parts = read_recording(files[0], sensor)
        report(files[0])
        facts = _facts(files[0], layout, targets, sensor, parts, ask)
        return SeriesFinding(_survey(facts, layout, parts, place), facts)


def period_of(series: np.ndarray, likely: Sequence[int] = ()) -> int:
    """The steps after which a series resembles itself; 0 where it never does.

    By the autocorrelation of the differences from step to step, of which a trend has no part: the highest
    peak that comes after it has first fallen below 0, up to a quarter of the series. That may by chance be
    two days in place of one, so what is likely beforehand is taken where it is nearly as good.

    Args:
        series: ``[n, n_channels]`` without a gap.
        likely: Periods in steps, the likeliest first.

    Example:
        >>> period_of(np.sin(2 * np.pi * np.arange(500) / 24)[:, None])
        24
    """
    steps = np.diff(series.astype(np.float64), axis=0)
    n, scale = len(steps), steps.std(axis=0)
    if n < 16 or not (scale > 0).any():
        return 0
    steps = (steps - steps.mean(axis=0))[:, scale > 0] / scale[scale > 0]
    power = np.square(np.abs(np.fft.rfft(steps, 2 * n, axis=0))).mean(axis=1)
    alike = np.fft.irfft(power)[: n // 4] / n
    below = np.flatnonzero(alike < 0)
    first = int(below[0]) if len(below) else len(alike)
    if first >= len(alike):
        return 0
    best = first + int(alike[first:].argmax())
    if alike[best] < max(_ALIKE, _N_DEVIATIONS / np.sqrt(n)):
        return 0
    good = (
        steps for steps in likely if first <= steps < len(alike) and alike[steps] >= _AS_GOOD * alike[best]
    )
    return next(good, best)


def _calendar(rate: Rate) -> tuple[int, ...]:
    """A day and a week, in steps, where they are whole numbers of them."""
    return tuple(int(s * rate) for s in _CALENDAR_S if s * rate > 1 and Fraction(s * rate).denominator == 1)


def _rate(file: Path, layout: Layout, ask: Ask) -> Rate:
    if not (layout.time or ask.rate_hz):
        raise DataError(f"{file}: the records carry no time; say how many there are a second (--rate)")
    if not layout.time:
        return ask.rate_hz
    timed = read_times(Part(file.name, file, "", ""), layout.channels, 0)
    step_s = 1 / timed.rate_hz
    if not np.isfinite(step_s):
        raise DataError(f"{file}: time stands still in column {layout.time!r}; expected it to go on")
    if step_s < 1:
        return round(1 / step_s)
    return 1 if round(step_s) == 1 else Fraction(1, round(step_s))


def _facts(
    file: Path,
    layout: Layout,
    targets: tuple[str, ...],
    sensor: Sensor,
    parts: list[Recording],
    ask: Ask,
) -> SeriesFacts:
    longest = max(parts, key=lambda part: len(part.samples)).samples
    places = [layout.channels.index(name) for name in targets]
    n_samples = parts[-1].start_samples + len(parts[-1].samples)
    return SeriesFacts(
        file=file,
        channels=layout.channels,
        units=tuple(map(unit_of, layout.channels)),
        targets=targets,
        rate_hz=sensor.sample_rate_hz,
        max_gap_s=sensor.max_gap_s,
        period=period_of(longest[:, places], _calendar(sensor.sample_rate_hz)),
        n_samples=n_samples,
        n_train=n_samples - round(ask.share * n_samples),
        n_longest=len(longest),
        asked_horizon=ask.horizon,
    )


def _survey(facts: SeriesFacts, layout: Layout, parts: list[Recording], place: Place) -> Survey:
    facts.check()
    return Survey(
        kind=SeriesKind.name,
        path=place.path,
        classes=(),
        units=(),
        split_by="time",
        subjects_from="",
        n_subjects=0,
        facts={
            "channels": dict(zip(facts.channels, facts.units, strict=True)),
            "to_forecast": {name: f"{facts.horizon} steps" for name in facts.targets},
            "seconds_a_sample": float(1 / facts.rate_hz),
            "samples": facts.n_samples,
            "gaps": len(parts) - 1,
            "period_samples": facts.period,
            "to_validate": f"the last {facts.n_samples - facts.n_train:,} samples",
        },
        warnings=(*layout.warnings, *_warnings(facts)),
    )


def _warnings(facts: SeriesFacts) -> list[str]:
    if facts.period:
        return []
    return ["the series does not come again after any time that could be found: there is no season in it"]
