"""Tables in Markdown, and figures with their intervals as cells of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["delay", "head", "milliseconds", "percent", "row", "times"]


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


def milliseconds(value_s: float | None, interval_s: Sequence[float] | None) -> str:
    """Seconds with their interval, in milliseconds.

    Example:
        >>> milliseconds(-0.0004, [-0.053, 0.033])
        '0 (-53 to 33)'
    """
    if value_s is None:
        return "unknown"
    ends = f" ({1000 * interval_s[0]:z.0f} to {1000 * interval_s[1]:z.0f})" if interval_s else ""
    return f"{1000 * value_s:z.0f}{ends}"


def delay(found: Mapping[str, Any]) -> str:
    """Median and 95th percentile of a delay, each with its interval, in milliseconds."""
    if found["median_s"] is None:
        return "unknown"
    both = (milliseconds(found[f"{key}_s"], found[f"{key}_ci95"]) for key in ("median", "p95"))
    return f"{', '.join(both)} ms"


def percent(value: float | None, interval: Sequence[float] | None) -> str:
    """A share with its interval, in percent."""
    if value is None:
        return "-"
    ends = f" ({100 * interval[0]:z.1f} to {100 * interval[1]:z.1f})" if interval else ""
    return f"{100 * value:z.1f} %{ends}"
