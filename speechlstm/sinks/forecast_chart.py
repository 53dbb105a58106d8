"""A forecast behind its past, as a drawing and as text."""

from collections.abc import Iterator
from html import escape

import numpy as np

from speechlstm.messages import Forecast

__all__ = ["forecast_svg", "forecast_text"]

_WIDTH, _HEIGHT, _LEFT, _GAP = 860, 150, 80, 40
_ROWS = 9
_LABEL = 11


def forecast_svg(forecast: Forecast, past: np.ndarray, *, title: str = "") -> str:
    """Draw every channel: its past, the median, and the band between the outer quantiles.

    Args:
        forecast: The forecast.
        past: ``[n, n_channels]``, the last samples of the forecast's channels, the newest last.
        title: What stands above.

    Returns:
        An SVG document that needs no other file.
    """
    height = 34 + len(forecast.channels) * (_HEIGHT + _GAP)
    total = _LEFT + _WIDTH + 20
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" width="{total}" '
        f'height="{height}" font-family="sans-serif" font-size="12" fill="#222222">',
        f'<rect width="{total}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14">{escape(title)}</text>',
    ]
    for i, name in enumerate(forecast.channels):
        lines += _panel(name, past[:, i], forecast.values[i], forecast, 34 + i * (_HEIGHT + _GAP))
    return "\n".join([*lines, "</svg>"])


def forecast_text(forecast: Forecast, past: np.ndarray, *, width: int = 80) -> str:
    """The same in characters: ``.`` the past, ``*`` the median, ``:`` the band.

    Args:
        forecast: The forecast.
        past: As for :func:`forecast_svg`.
        width: Columns of the terminal.
    """
    n_columns = max(20, width - _LABEL - 1)
    panels = (
        _characters(name, past[:, i], forecast.values[i], n_columns, forecast.quantiles.index(0.5))
        for i, name in enumerate(forecast.channels)
    )
    return "\n".join(line for panel in panels for line in panel)


def _panel(name: str, past: np.ndarray, values: np.ndarray, forecast: Forecast, top: int) -> Iterator[str]:
    low, high = _bounds(past, values)
    n = len(past) + len(values)

    def at(step: int, value: float) -> str:
        x = _LEFT + _WIDTH * step / max(1, n - 1)
        return f"{x:.1f},{top + _HEIGHT * (high - value) / (high - low):.1f}"

    def line(first: int, numbers: np.ndarray) -> str:
        return " ".join(at(first + i, value) for i, value in enumerate(numbers.tolist()))

    after, median = len(past), values[:, forecast.quantiles.index(0.5)]
    back = [at(after + i, values[i, -1]) for i in range(len(values) - 1, -1, -1)]
    yield f'<text x="{_LEFT}" y="{top - 4}">{escape(name)}</text>'
    yield f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" fill="#f4f4f4"/>'
    for value, y in ((high, top + 10), (low, top + _HEIGHT)):
        yield f'<text x="{_LEFT - 6}" y="{y}" text-anchor="end">{value:.4g}</text>'
    yield f'<polygon points="{line(after, values[:, 0])} {" ".join(back)}" fill="#a6cee3"/>'
    yield f'<polyline points="{line(0, past)}" fill="none" stroke="#222222"/>'
    yield f'<polyline points="{line(after, median)}" fill="none" stroke="#1f78b4" stroke-width="2"/>'


def _characters(
    name: str, past: np.ndarray, values: np.ndarray, n_columns: int, median: int
) -> Iterator[str]:
    """The lines of one channel: the name and the upper bound, rows, the lower bound."""
    low, high = _bounds(past, values)
    n = len(past) + len(values)
    column = np.minimum(np.arange(n) * n_columns // n, n_columns - 1)
    cells = np.full((_ROWS, n_columns), " ")

    def row(value: float) -> int:
        return round((high - value) / (high - low) * (_ROWS - 1))

    for step, (lowest, highest) in enumerate(values[:, [0, -1]].tolist()):
        cells[row(highest) : row(lowest) + 1, column[len(past) + step]] = ":"
    for step, value in enumerate(past.tolist()):
        cells[row(value), column[step]] = "."
    for step, value in enumerate(values[:, median].tolist()):
        cells[row(value), column[len(past) + step]] = "*"
    yield name
    for i, line in enumerate("".join(cells[i]) for i in range(_ROWS)):
        label = {0: f"{high:.4g}", _ROWS - 1: f"{low:.4g}"}.get(i, "")
        yield f"{label:>{_LABEL}} {line}".rstrip()


def _bounds(past: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    low, high = float(min(past.min(), values.min())), float(max(past.max(), values.max()))
    return (low, high) if high > low else (low - 0.5, high + 0.5)
