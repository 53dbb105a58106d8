"""What was wrong with the records of a sensor: counted, told in one line, and never a crash."""

from dataclasses import dataclass
from datetime import tzinfo

__all__ = ["Problems", "shown"]

_MOST_SHOWN = 40
_DROPPED = {
    "n_not_a_number": "not a number",
    "n_empty": "with an empty cell",
    "n_short": "with too few cells",
    "n_long": "with too many cells",
    "n_broken_json": "not a JSON object",
    "n_backwards": "back in time",
    "n_strays": "with a stray time stamp",
}
_SEEN = {
    "n_repeated": ("time stamp repeated", "time stamps repeated"),
    "n_bridged": ("short gap bridged", "short gaps bridged"),
    "n_gaps": ("gap", "gaps"),
    "n_restarts": ("restart of the clock", "restarts of the clock"),
    "n_lost": ("message lost, as they came too fast", "messages lost, as they came too fast"),
}


@dataclass(slots=True)
class Problems:
    """Counts of what was odd in a stream of records, by kind.

    Attributes:
        n_records: Records that came, dropped ones included.
        n_not_a_number: Dropped: text where a number should be, NaN, an infinite or too large value.
        n_empty: Dropped: an empty cell, or ``null``.
        n_short: Dropped: too few cells, or a key that is missing.
        n_long: Dropped: more cells than columns.
        n_broken_json: Dropped: lines that are no JSON object.
        n_backwards: Dropped: time stamps before the last one, by no more than the longest gap.
        n_strays: Dropped: a single time stamp far off, after which time went on as before.
        n_repeated: Kept: the same time stamp as the record before.
        n_bridged: Kept: steps in time far above the usual one, but none longer than the longest gap.
        n_gaps: Steps in time longer than the longest gap; a new segment starts after each.
        n_restarts: Times at which the clock was set back; a new segment starts after each.
        n_lost: Messages of a broker that came faster than they could be taken.
        n_wild: Kept: records with a value far outside what the model knows.
        is_timed: Whether the records say when they were made.
        zone: The zone that the date of the first record names; None where it names none.
        extra_columns: Names of the columns that nobody asked for.
        first: Where the first dropped record was and what was wrong with it; empty if there is none.
        first_wild: The first wild value; empty if there is none.
        notice: What is to be known of the rate and the units of the records; empty where nothing is.
    """

    n_records: int = 0
    n_not_a_number: int = 0
    n_empty: int = 0
    n_short: int = 0
    n_long: int = 0
    n_broken_json: int = 0
    n_backwards: int = 0
    n_strays: int = 0
    n_repeated: int = 0
    n_bridged: int = 0
    n_gaps: int = 0
    n_restarts: int = 0
    n_lost: int = 0
    n_wild: int = 0
    is_timed: bool = True
    zone: tzinfo | None = None
    extra_columns: tuple[str, ...] = ()
    first: str = ""
    first_wild: str = ""
    notice: str = ""

    @property
    def n_dropped(self) -> int:
        """Records that were of no use."""
        return sum(getattr(self, kind) for kind in _DROPPED)

    def drop(self, kind: str, where: str = "") -> None:
        """Count a record of ``kind`` (a name of a count) that is not used; ``where`` says which it was."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.first = self.first or where

    def describe(self, *, with_columns: bool = True) -> str | None:
        """All of it in a line, with columns that nobody asked for or without; None where nothing was odd.

        Example:
            >>> print(Problems(n_records=1_200, n_short=2, n_gaps=1, first="line 7 has 3 cells").describe())
            2 of 1,200 records dropped: 2 with too few cells (the first: line 7 has 3 cells); 1 gap
        """
        parts = [self._dropped()] if self.n_dropped else []
        for kind, names in _SEEN.items():
            if n := getattr(self, kind):
                parts.append(f"{n:,} {names[n > 1]}")
        if self.n_wild:
            records = "records hold values" if self.n_wild > 1 else "record holds a value"
            known = f"far outside what the model knows (the first: {self.first_wild})"
            parts.append(f"{self.n_wild:,} {records} {known}")
        if self.extra_columns and with_columns:
            parts.append(f"columns ignored: {', '.join(self.extra_columns)}")
        if self.notice:
            parts.append(self.notice)
        return "; ".join(parts) or None

    def _dropped(self) -> str:
        counts = ((getattr(self, kind), text) for kind, text in _DROPPED.items())
        kinds = ", ".join(f"{n:,} {text}" for n, text in counts if n)
        first = f" (the first: {self.first})" if self.first else ""
        return f"{self.n_dropped:,} of {self.n_records:,} records dropped: {kinds}{first}"


def shown(text: str) -> str:
    """A line, or a cell, in quotes and not too long, for a person.

    Example:
        >>> print(shown("boot\\0"), shown("0.25, " * 20))
        'boot\\x00' '0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.2...'
    """
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}...")
