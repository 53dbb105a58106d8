"""``listen --inspect``: what happens inside, drawn in a terminal."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click
import numpy as np

from speechlstm.sinks.sink import Sink

if TYPE_CHECKING:
    from rich.text import Text

    from speechlstm.inspection.live import LiveInspector, Picture
    from speechlstm.messages import Event
    from speechlstm.recognizer import Recognizer

__all__ = ["LivePicture", "ToldSink", "inspecting", "picture_text", "require_terminal"]

_LABEL, _N_POSTERIORS, _N_STRIP_ROWS = 13, 5, 8
_BARS, _ASCII_BARS = " ▁▂▃▄▅▆▇█", " .:-=+*%#"
# black, blue, purple, red, orange, yellow, white of the 256 colours that terminals share
_HEAT = (16, 17, 18, 54, 90, 126, 162, 198, 203, 209, 215, 221, 228, 231)
_GATES = {"input": "blue", "forget": "red", "output": "green", "cell": "magenta"}


def require_terminal(format_name: str) -> None:
    """Raise unless there is a terminal to draw on, and nothing else goes there.

    Raises:
        UsageError: There is none, or JSON lines go there.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        raise click.UsageError(
            "--inspect draws on a terminal, and standard error is none that can be drawn on; "
            "leave it out, or run it in one"
        )
    if format_name == "jsonl" and sys.stdout.isatty():
        raise click.UsageError(
            "--inspect draws where the JSON lines would go; send them elsewhere, as > words.jsonl"
        )


@contextmanager
def inspecting(recognizer: "Recognizer") -> "Iterator[LiveInspector]":
    """An inspector that draws on standard error; where standard output is there too it writes the words."""
    from speechlstm.inspection.live import LiveInspector

    picture = LivePicture(with_words=sys.stdout.isatty())
    with picture, LiveInspector(recognizer, picture.draw, n_units=picture.n_units) as inspector:
        yield inspector


class LivePicture:
    """Draws pictures over each other on standard error, and final words above them; a context manager.

    Args:
        with_words: Whether final words are written here; else somebody else does.
    """

    def __init__(self, *, with_words: bool) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            vertical_overflow="crop",
            redirect_stdout=with_words,
        )
        self._with_words = with_words

    @property
    def n_units(self) -> int:
        """How many units there is room for."""
        taken = _N_STRIP_ROWS + _N_POSTERIORS + 4
        return min(4, max(1, (self._console.height - taken) // (len(_GATES) + 1)))

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def draw(self, picture: "Picture", final: tuple[str, ...]) -> None:
        """Draw the next picture, and write the words that became final since the last one."""
        if final and self._with_words:
            self._console.print(" ".join(final), soft_wrap=True)
        options = self._console.options
        text = picture_text(picture, self._console.width, ascii_only=options.ascii_only)
        self._live.update(text, refresh=True)


class ToldSink(Sink):
    """Tells an inspector what another sink is told.

    Args:
        inspector: Who is told.
        sink: What writes the words; None where the inspector's picture does.
    """

    def __init__(self, inspector: "LiveInspector", sink: Sink | None) -> None:
        self._inspector, self._sink = inspector, sink

    def handle(self, event: "Event") -> None:
        self._inspector.tell(event)
        if self._sink is not None:
            self._sink.handle(event)

    def level(self, rms_dbfs: float, peak_dbfs: float) -> None:
        if self._sink is not None:
            self._sink.level(rms_dbfs, peak_dbfs)

    def settled(self, n_samples: int) -> None:
        if self._sink is not None:
            self._sink.settled(n_samples)

    def close(self) -> None:
        if self._sink is not None:
            self._sink.close()


def picture_text(picture: "Picture", width: int, *, ascii_only: bool = False) -> "Text":
    """A picture in characters, a column a frame, the newest on the right.

    Args:
        picture: What there is to draw.
        width: Columns of the terminal.
        ascii_only: Whether the terminal has no other characters.
    """
    from rich.text import Text

    n = max(1, width - _LABEL - 2)
    half, bars = (" ", _ASCII_BARS) if ascii_only else ("▀", _BARS)
    lines = _heat_rows(picture.strip[:, -n:], half)
    likeliest = sorted(picture.posteriors, key=lambda name: -picture.posteriors[name][-n:].max(initial=0))
    for name in sorted(likeliest[:_N_POSTERIORS], key=list(picture.posteriors).index):
        lines.append(_bar_row(name, picture.posteriors[name][-n:], "yellow", bars))
    for unit, gates in picture.units.items():
        lines.append(
            Text(f"{unit!s:>{_LABEL}} layer {unit.layer} {unit.direction}, unit {unit.number}", "bold")
        )
        for part, colour in _GATES.items():
            values = getattr(gates, part)[-n:]
            # a cell state has no bounds; half its height is 0
            shown = 0.5 + 0.5 * np.tanh(values) if part == "cell" else values
            lines.append(_bar_row(part, shown, colour, bars))
    lines.append(_last_line(picture, width))
    return Text("\n").join(lines)


def _heat_rows(values: np.ndarray, half: str) -> "list[Text]":
    """Bands as colours, the highest on top, two in the halves of a character; of a blank the lower shows."""
    from rich.text import Text

    bands = np.array_split(values, min(2 * _N_STRIP_ROWS, len(values)))[::-1]
    levels = [
        np.minimum(len(_HEAT) - 1, len(_HEAT) * band.mean(axis=0)).astype(int).tolist() for band in bands
    ]
    rows = []
    for i in range(0, len(levels) - 1, 2):
        row = Text(" " * (_LABEL + 1))
        for upper, lower in _runs(zip(levels[i], levels[i + 1], strict=True)):
            (top, bottom), n = upper, lower
            row.append(half * n, f"color({_HEAT[top]}) on color({_HEAT[bottom]})")
        rows.append(row)
    return rows


def _runs(cells: Any) -> list[tuple[tuple[int, int], int]]:
    """Neighbours that are alike, and how many they are."""
    runs: list[tuple[tuple[int, int], int]] = []
    for cell in cells:
        n = runs.pop()[1] if runs and runs[-1][0] == cell else 0
        runs.append((cell, n + 1))
    return runs


def _bar_row(label: str, values: np.ndarray, colour: str, bars: str) -> "Text":
    from rich.text import Text

    places = np.clip(np.rint(values * (len(bars) - 1)), 0, len(bars) - 1).astype(int).tolist()
    row = Text(f"{label[:_LABEL]:>{_LABEL}} ", "bright_black")
    return row.append("".join(bars[place] for place in places), colour)


def _last_line(picture: "Picture", width: int) -> "Text":
    from rich.text import Text

    row = Text(f"{'believed':>{_LABEL}} ", "bright_black")
    row.append(_tail(picture.believed, width - _LABEL - 30))
    if picture.n_lost:
        row.append(f"  sound lost {picture.n_lost} times", "red")
    if picture.n_left_out:
        row.append(f"  left out of the picture {picture.n_left_out} times", "bright_black")
    return row


def _tail(words: Sequence[str], width: int) -> str:
    return " ".join(words)[-max(0, width) :] if width > 0 else ""
