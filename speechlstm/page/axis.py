"""Axes of a chart: where a value lies, and which values are marked."""

from dataclasses import dataclass
from math import ceil, floor, log10

__all__ = ["CLOCK_STEPS_S", "Axis", "clock", "figure_text"]

CLOCK_STEPS_S = (
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 14400, 43200, 86400),
)
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a chart.

    Attributes:
        name: What it shows, with its unit.
        low: The value at its beginning.
        high: The value at its end.
        log: Whether equal ratios take equal room; both ends are then above 0.
        percent: Whether values are shares, to be told in percent.
        marks: Values to mark and what to call them, in place of round numbers.
        n_ticks: About how many round numbers are marked.

    Example:
        >>> Axis("time (s)", 0, 4).ticks()
        ((0.0, '0'), (1.0, '1'), (2.0, '2'), (3.0, '3'), (4.0, '4'))
        >>> Axis("alarms an hour", 0.1, 100, log=True).place(1.0)
        0.3333333333333333
    """

    name: str
    low: float
    high: float
    log: bool = False
    percent: bool = False
    marks: tuple[tuple[float, str], ...] = ()
    n_ticks: int = 5

    def place(self, value: float) -> float:
        """Where a value lies, 0 at the beginning to 1 at the end; values beyond lie at the ends."""
        low, high = self.low, self.high
        value = min(max(value, low), high)
        if self.log:
            low, high, value = log10(low), log10(high), log10(value)
        return (value - low) / (high - low) if high > low else 0.5

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """The values that are marked, rising, and what they are called."""
        if self.marks:
            return self.marks
        values = self._decades() if self.log else self._round()
        return tuple((value, figure_text(value, percent=self.percent)) for value in values)

    def _round(self) -> list[float]:
        rough = (self.high - self.low) / self.n_ticks or 1.0
        power = 10.0 ** floor(log10(rough))
        step = power * next(s for s in _STEPS if s * power >= rough * (1 - 1e-9))
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [i * step for i in range(first, last + 1)]

    def _decades(self) -> list[float]:
        first, last = floor(log10(self.low)), ceil(log10(self.high))
        within = (1.0,) if last - first > 2 else (1.0, 2.0, 5.0)
        values = [m * 10.0**i for i in range(first, last + 1) for m in within]
        return [v for v in values if self.low * (1 - 1e-9) <= v <= self.high * (1 + 1e-9)]


def figure_text(value: float, *, percent: bool = False) -> str:
    """A figure for people, at most three digits of it.

    Example:
        >>> figure_text(0.123456), figure_text(0.123456, percent=True), figure_text(1234567.0)
        ('0.123', '12.3 %', '1230000')
    """
    shown = 100 * value if percent else value
    text = f"{float(f'{shown:.3g}'):.6f}".rstrip("0").rstrip(".")
    text = "0" if text == "-0" else text
    return f"{text} %" if percent else text


def clock(time_s: float, step_s: float) -> str:
    """``m:ss`` or ``h:mm:ss``, with tenths where the step has them.

    Example:
        >>> [clock(75, 5), clock(3675, 60), clock(7.26, 0.1)]
        ['1:15', '1:01:15', '0:07.3']
    """
    tenths = round(10 * time_s)
    minutes, rest = divmod(tenths, 600)
    text = f"{minutes % 60:02}:{rest // 10:02}" if minutes >= 60 else f"{minutes}:{rest // 10:02}"
    text = f"{minutes // 60}:{text}" if minutes >= 60 else text
    return f"{text}.{rest % 10}" if step_s < 1 else text
