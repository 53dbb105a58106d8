"""What a person sees that may change yet: grey words and a level meter on a terminal's current line."""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from speechlstm.messages import Word

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["Status", "status_for"]

_GREY = "bright_black"
_REDRAWS_PER_S = 15
_ROOM_CELLS = 40
_METER_CELLS = 10
_METER_DB = 60
_CLIPPED_DBFS = -0.1


class Status:
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


class _GreyLine(Status):
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


def status_for(out: TextIO, err: TextIO, clock: Callable[[], float]) -> Status:
    """The grey line where ``err`` is a terminal that can be drawn on; else what is lost, and nothing more.

    Args:
        out: Where final words go; the line leaves room for them where it is the same terminal.
        err: Where the line goes.
        clock: Seconds that only go forward.
    """
    if not err.isatty():
        return Status(err)
    from rich.console import Console

    console = Console(file=err, highlight=False, markup=False, emoji=False)
    if console.is_dumb_terminal or not console.is_terminal:
        return Status(err)
    shared = out.isatty() and os.path.sameopenfile(out.fileno(), err.fileno())
    return _GreyLine(err, console, shared=shared, clock=clock)


def _grey_words(words: Sequence[str], column: int) -> "Text":
    from rich.text import Text

    return Text((" " if column and words else "") + " ".join(words), style=_GREY)


def _bar(rms_dbfs: float, *, ascii_only: bool) -> str:
    full, empty = ("#", ".") if ascii_only else ("█", "░")
    n_full = round(_METER_CELLS * min(1.0, max(0.0, 1 + rms_dbfs / _METER_DB)))
    return full * n_full + empty * (_METER_CELLS - n_full)


def _loss(n_samples: int) -> str:
    return f"{n_samples} samples dropped" if n_samples else "sound dropped"
