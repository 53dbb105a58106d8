"""Live events for a person at a terminal: final words on stdout, all that may change on stderr."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from speechlstm.messages import Event, Final, Forecast, Partial, Utterance, Word
from speechlstm.sinks.forecasts import moment
from speechlstm.sinks.sink import Sink
from speechlstm.sinks.status_line import status_for
from speechlstm.timing import Rate, Start, milliseconds

__all__ = ["TerminalSink"]

_LONGEST_WORD_MS = 1000


class TerminalSink(Sink):
    """Writes words to ``out`` as they become final, one utterance a line, as plain text.

    Where ``out`` is no terminal, a line ends as soon as no further word can belong to it, so that a program
    that reads lines need not wait for the next word.

    Where ``err`` is a terminal, its current line shows what the model believes but may take back, in
    grey, and a level meter; it is cleared before a final word is written and at the end. Where it is
    none, nothing is drawn.

    Args:
        sample_rate_hz: The model's sample rate, the unit of the words' times.
        out: Where final words go; standard output by default; left open.
        err: Where the grey line goes; standard error by default; left open.
        gap_ms: A word that starts more than this after the last one ended begins a line, in milliseconds;
            None where the stream tells when an utterance is over, which then ends the line.
        one_a_line: Whether each has a line of its own, as segments and pieces of writing have.
        clock: Seconds that only go forward; the grey line is drawn at most 15 times each.
        start: The time of the first sample, as the records have it; None where it is not known. Forecasts are
            dated by it.

    Example:
        >>> sink = TerminalSink(sample_rate_hz=8_000, out=sys.stdout)
        >>> with sink:
        ...     sink.handle(Final((Word("left", 0, 2_400, 0.98), Word("two", 4_000, 6_400, 0.95))))
        left two
    """

    def __init__(
        self,
        *,
        sample_rate_hz: Rate,
        out: TextIO | None = None,
        err: TextIO | None = None,
        gap_ms: int | None = 1000,
        one_a_line: bool = False,
        clock: Callable[[], float] = time.monotonic,
        start: Callable[[], Start | None] = lambda: None,
    ) -> None:
        self._out = out or sys.stdout
        self._sample_rate_hz, self._start = sample_rate_hz, start
        self._gap_ms, self._one_a_line = gap_ms, one_a_line
        self._heard_to: int | None = None  # the end of the last word of the open line
        self._status = status_for(self._out, err or sys.stderr, clock)

    def handle(self, event: Event) -> None:
        if isinstance(event, Partial):
            self._status.believe(event.words)
        elif isinstance(event, Final):
            self._write(event.words)
        elif isinstance(event, Utterance):
            self._end_line()
        elif isinstance(event, Forecast):
            self._out.write(_forecast_line(event, self._sample_rate_hz, self._start()) + "\n")
            self._out.flush()
        else:
            self._status.lose(event.n_samples)

    def level(self, rms_dbfs: float, peak_dbfs: float) -> None:
        self._status.hear(rms_dbfs, peak_dbfs)

    def settled(self, n_samples: int) -> None:
        if self._gap_ms is None or self._heard_to is None or self._out.isatty():
            return
        quiet_ms = milliseconds(max(0, n_samples - self._heard_to), self._sample_rate_hz)
        # a word begins before its peak
        if quiet_ms > self._gap_ms + _LONGEST_WORD_MS:
            self._end_line()

    def close(self) -> None:
        self._end_line()

    def _end_line(self) -> None:
        self._status.clear()
        if self._heard_to is not None:
            self._put("\n")
        self._heard_to = None
        self._out.flush()

    def _write(self, words: Sequence[Word]) -> None:
        self._status.clear()
        for word in words:
            if self._one_a_line:
                self._put(word.text + "\n")
                continue
            self._put(self._separator(word) + word.text)
            self._heard_to = max(self._heard_to or 0, word.end_samples)
        self._out.flush()
        self._status.settle(words)

    def _separator(self, word: Word) -> str:
        if self._heard_to is None:
            return ""
        gap = milliseconds(word.start_samples - self._heard_to, self._sample_rate_hz)
        is_long = self._gap_ms is not None and gap > self._gap_ms
        return "\n" if is_long or not self._status.has_room(word.text) else " "

    def _put(self, text: str) -> None:
        self._out.write(text)
        self._status.passed(text)


def _forecast_line(event: Forecast, rate: Rate, start: Start | None) -> str:
    """``3600 s  OT next 9.8 (8.1 to 11.2), in 96 7.4 (2.1 to 12.9)``, at the time of the newest sample.

    Where records carry dates, it is a date.
    """
    middle = event.quantiles.index(0.5)

    def told(values: "Sequence[float]") -> str:
        return f"{values[middle]:.4g} ({values[0]:.4g} to {values[-1]:.4g})"

    channels = (
        f"{name} next {told(values[0])}, in {len(values)} {told(values[-1])}"
        for name, values in zip(event.channels, event.values, strict=True)
    )
    at = moment(event.n_samples - 1, rate, start)
    when = at if isinstance(at, str) else f"{at:.12g} s"
    return f"{when}  {'; '.join(channels)}"
