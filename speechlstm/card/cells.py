"""Tables in Markdown, and figures with their intervals as cells of them."""

from collections.abc import Iterable, Iterator, Sequence

__all__ = ["head", "percent", "row", "times"]


def head(*columns: str) -> Iterator[str]:
    """The two lines that a table begins with."""
    yield row(columns)
    yield f"|{'---|' * len(columns)}"


def row(cells: Iterable[str]) -> str:
    """A line of a table.

    Example:
        >>> row(["words-en", percent(0.981, [0.977, 0.985])])
        '| words-en | 98.1 % (97.7 to 98.5) |'
    """
    return f"| {' | '.join(cells)} |"


def times(value: float | None, interval: Sequence[float] | None) -> str:
    """A ratio with its interval."""
    ends = f" ({interval[0]:.1f} to {interval[1]:.1f})" if interval else ""
    return "unknown" if value is None else f"{value:.1f} times{ends}"


def percent(value: float | None, interval: Sequence[float] | None) -> str:
    """A share with its interval, in percent."""
    if value is None:
        return "-"
    ends = f" ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})" if interval else ""
    return f"{100 * value:.1f} %{ends}"
