"""Counts of pairs, as squares that are darker the more there are."""

from collections.abc import Iterator, Sequence
from math import sqrt

from speechlstm.page.markup import Html, tag
from speechlstm.page.plot import LETTER_WIDTH, drawing, shortened

__all__ = ["heat_map"]

_MAX_LETTERS = 14
_SMALLEST, _LARGEST, _WIDTH = 26, 44, 620


def heat_map(
    counts: Sequence[Sequence[int]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    row_name: str,
    column_name: str,
    title: str,
) -> Html:
    """Draw a table of counts; where row and column have one name the colour is that of what is right.

    The darkness of a square is the root of its share of the row, so that a rare mistake is seen beside
    what is mostly right.

    Args:
        counts: ``[row, column]``.
        rows: Names of the rows.
        columns: Names of the columns.
        row_name: What the rows are.
        column_name: What the columns are.
        title: What it shows, for who cannot see it.
    """
    longest = max((min(_MAX_LETTERS, len(name)) for name in (*rows, *columns)), default=1)
    left, top = 30 + LETTER_WIDTH * longest, 34 + round(0.75 * LETTER_WIDTH * longest)
    size = min(_LARGEST, max(_SMALLEST, (_WIDTH - left) // max(1, len(columns))))
    children = [
        tag("text", f"{column_name} →", x=left, y=14, class_="name"),
        tag("text", f"{row_name} ↓", x=4, y=top - 6, class_="name"),
    ]
    for j, name in enumerate(columns):
        x, y = left + size * (j + 0.5), top - 8
        turned = f"rotate(-45 {x:.1f} {y})"
        children.append(
            tag("text", shortened(name, _MAX_LETTERS), x=x, y=y, transform=turned, class_="label")
        )
    for i, row in enumerate(counts):
        y = top + size * i
        name = shortened(rows[i], _MAX_LETTERS)
        children.append(tag("text", name, x=left - 8, y=y + size / 2 + 4, text_anchor="end", class_="label"))
        for j, n in enumerate(row):
            children += _square(n, sum(row), rows[i], columns[j], left + size * j, y, size)
    width = left + size * len(columns) + round(0.75 * LETTER_WIDTH * longest)
    return drawing(width, top + size * len(rows) + 6, children, title=title)


def _square(n: int, n_row: int, row: str, column: str, x: int, y: int, size: int) -> Iterator[Html]:
    share = sqrt(n / n_row) if n else 0.0
    colour = "s1" if row == column else "s2"
    told = tag("title", f"{row} → {column}: {n} of {n_row}")
    square = tag(
        "rect",
        told,
        x=x + 1,
        y=y + 1,
        width=size - 2,
        height=size - 2,
        rx=3,
        fill_opacity=share,
        class_="mark",
    )
    yield tag("rect", x=x + 1, y=y + 1, width=size - 2, height=size - 2, rx=3, class_="cell")
    yield tag("g", square, class_=colour)
    if n:
        ink = "on-dark" if share > 0.6 else "on-light"
        yield tag("text", _short(n), x=x + size / 2, y=y + size / 2 + 4, text_anchor="middle", class_=ink)


def _short(n: int) -> str:
    """A count in four characters.

    Example:
        >>> [_short(n) for n in (999, 1499, 123_456, 7_000_000)]
        ['999', '1k', '123k', '7M']
    """
    for size, unit in ((1_000_000, "M"), (1000, "k")):
        if n >= size:
            return f"{round(n / size)}{unit}"
    return str(n)
