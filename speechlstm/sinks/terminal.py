"""Live events for a person at a terminal: final words on stdout, all that may change on stderr."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from speechlstm.messages import Event, Final, Forecast, Partial, Utterance, Word
from speechlstm.sinks.forecasts import moment
from speechlstm.sinks.sink import Sink
from speechlstm.timing import Rate, milliseconds

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["TerminalSink"]

_GREY = "bright_black"
_REDRAWS_PER_S = 15
_ROOM_CELLS = 40
_METER_CELLS = 10
_METER_DB = 60
_CLIPPED_DBFS = -0.1
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
        start_us: The time of the first sample, in microseconds, as the records have it; None where it is not
            known. Forecasts are dated by it.

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
        start_us: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._out = out or sys.stdout
        self._sample_rate_hz, self._start_us = sample_rate_hz, start_us
        self._gap_ms, self._one_a_line = gap_ms, one_a_line
        self._heard_to: int | None = None  # the end of the last word of the open line
        self._status = _status_for(self._out, err or sys.stderr, clock)

    def handle(self, event: Event) -> None:
        if isinstance(event, Partial):
            self._status.believe(event.words)
        elif isinstance(event, Final):
            self._write(event.words)
        elif isinstance(event, Utterance):
            self._end_line()
        elif isinstance(event, Forecast):
            self._out.write(_forecast_line(event, self._sample_rate_hz, self._start_us()) + "\n")
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


class _Status:
    """What to say on a standard error that is no terminal: lost sound, and nothing else."""

    def __init__(self, err: TextIO) -> None:
        self._err = err

    def believe(self, words: Sequence[Word]) -> None:
        """Take the words that are not final."""

    def settle(self, words: Sequence[Word]) -> None:
        """Take words that were just written as final."""

    def hear(self, rms_dbfs: float, peak_dbfs: float) -> None:
        """Take the level."""

    def lose(self, n_samples: int) -> None:
        """Take lost sound."""
        self._err.write(f"{_loss(n_samples)}\n")
        self._err.flush()

    def clear(self) -> None:
        """Leave the terminal as if nothing had been drawn."""

    def passed(self, text: str) -> None:
        """Take text that was written where it may stand on the same line."""

    def has_room(self, text: str) -> bool:
        """Whether text can stand on the same line."""
        return True


class _GreyLine(_Status):
    """The grey text behind the final words of a terminal's current line.

    It is drawn from ``_column``, where the final words end (0 if they go elsewhere), to before the last
    cell, so that it never wraps and can be erased by going back to that column.
    """

    def __init__(self, err: TextIO, console: "Console", *, shared: bool, clock: Callable[[], float]) -> None:
        super().__init__(err)
        self._console = console
        self._shared = shared
        self._clock = clock
        self._column = 0
        self._drawn = False
        self._drawn_at_s = float("-inf")
        self._words: tuple[Word, ...] = ()
        self._level: tuple[float, float] | None = None
        self._lost: int | None = None

    def believe(self, words: Sequence[Word]) -> None:
        self._words = tuple(words)
        self._draw()

    def settle(self, words: Sequence[Word]) -> None:
        final_to = max((word.end_samples for word in words), default=0)
        self.believe([word for word in self._words if word.start_samples >= final_to])

    def hear(self, rms_dbfs: float, peak_dbfs: float) -> None:
        self._level = rms_dbfs, peak_dbfs
        self._draw()

    def lose(self, n_samples: int) -> None:
        self._lost = (self._lost or 0) + n_samples
        self._draw()

    def clear(self) -> None:
        if self._drawn:
            self._erase()
        self._drawn = False

    def passed(self, text: str) -> None:
        from rich.cells import cell_len

        if self._shared:
            _, line_end, line = text.rpartition("\n")
            self._column = cell_len(line) + (0 if line_end else self._column)

    def has_room(self, text: str) -> bool:
        from rich.cells import cell_len

        limit = max(self._console.width - _ROOM_CELLS, self._console.width // 2)
        return not self._shared or self._column + 1 + cell_len(text) <= limit

    def _draw(self) -> None:
        now_s = self._clock()
        if now_s - self._drawn_at_s < 1 / _REDRAWS_PER_S:
            return
        self._drawn, self._drawn_at_s = True, now_s
        with self._console:  # one write: erased and drawn together, without flicker
            self._erase()
            self._console.print(self._text(), end="", no_wrap=True, crop=False)

    def _erase(self) -> None:
        from rich.control import Control
        from rich.segment import ControlType

        column = min(self._column, self._console.width - 1)
        self._console.control(
            Control((ControlType.CURSOR_MOVE_TO_COLUMN, column), (ControlType.ERASE_IN_LINE, 0))
        )

    def _text(self) -> "Text":
        from rich.text import Text

        words = [word.text for word in self._words]
        tail = self._tail()
        room = max(0, self._console.width - 1 - self._column)
        text = _grey_words(words, self._column) + tail
        while words and text.cell_len > room:  # the newest words are worth most
            words = words[1:]
            text = _grey_words(words, self._column) + tail
        text.truncate(room)
        return text if room else Text()

    def _tail(self) -> "Text":
        from rich.text import Text

        text = Text(style=_GREY)
        if self._level is not None:
            rms_dbfs, peak_dbfs = self._level
            bar = _bar(rms_dbfs, ascii_only=self._console.options.ascii_only)
            text.append(f"  {bar} {rms_dbfs:4.0f} dB", style="red" if peak_dbfs >= _CLIPPED_DBFS else _GREY)
        if self._lost is not None:
            text.append(f"  {_loss(self._lost)}", style="red")
        return text


def _status_for(out: TextIO, err: TextIO, clock: Callable[[], float]) -> _Status:
    if not err.isatty():
        return _Status(err)
    from rich.console import Console

    console = Console(file=err, highlight=False, markup=False, emoji=False)
    if console.is_dumb_terminal or not console.is_terminal:
        return _Status(err)
    shared = out.isatty() and os.path.sameopenfile(out.fileno(), err.fileno())
    return _GreyLine(err, console, shared=shared, clock=clock)


def _grey_words(words: Sequence[str], column: int) -> "Text":
    from rich.text import Text

    return Text((" " if column and words else "") + " ".join(words), style=_GREY)


def _forecast_line(event: Forecast, rate: Rate, start_us: int | None) -> str:
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
    at = moment(event.n_samples - 1, rate, start_us)
    when = at if isinstance(at, str) else f"{at:.12g} s"
    return f"{when}  {'; '.join(channels)}"


def _bar(rms_dbfs: float, *, ascii_only: bool) -> str:
    full, empty = ("#", ".") if ascii_only else ("█", "░")
    n_full = round(_METER_CELLS * min(1.0, max(0.0, 1 + rms_dbfs / _METER_DB)))
    return full * n_full + empty * (_METER_CELLS - n_full)


def _loss(n_samples: int) -> str:
    return f"{n_samples} samples dropped" if n_samples else "sound dropped"
