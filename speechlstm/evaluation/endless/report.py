"""What became of a stream of hours: its stretches, and what rules for the carried state would give."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from speechlstm.evaluation.intervals import Interval
from speechlstm.evaluation.measurement import Measurement
from speechlstm.evaluation.table import limits, percent
from speechlstm.evaluation.words import WordErrors

__all__ = ["Endless", "PolicyScore", "Stretch"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some minutes of a stream.

    Attributes:
        start_s: Seconds of the stream before it.
        n_clips: Clips in it.
        errors: Words said in it, and errors.
        wer: Word error rate; ``None`` where no word is said.
        wer_ci95: Its 95 % interval.
        resident_mb: Memory of the whole process at its end; ``None`` where the system does not tell.
        largest_state: Largest magnitude in the network's state at its end; NaN or infinity if it broke.
    """

    start_s: float
    n_clips: int
    errors: WordErrors
    wer: float | None
    wer_ci95: Interval | None
    resident_mb: float | None
    largest_state: float


@dataclass(frozen=True, slots=True)
class PolicyScore:
    """What one rule for the carried state gives on clips laid one after another.

    Attributes:
        policy: The rule.
        wer: Word error rate.
        wer_ci95: Its 95 % interval.
        wer_gained: Word error rate above that of a state that is never reset, on the same sound.
        wer_gained_ci95: Its 95 % interval; ``None`` where no clip tells a difference.
    """

    policy: str
    wer: float | None
    wer_ci95: Interval | None
    wer_gained: float | None
    wer_gained_ci95: Interval | None


@dataclass(frozen=True, slots=True)
class Endless(Measurement):
    """What became of a long stream.

    The first and the last stretch hold the same sound, sample for sample: what differs is what came before.

    Attributes:
        hours: Its length.
        n_clips: Clips it was composed of, each many times.
        ci95_unit: What the intervals take as independent: ``speakers`` or ``clips``.
        stretches: All of it, in order.
        wer_gained: Word error rate of the last stretch above that of the first.
        wer_gained_ci95: Its 95 % interval, clip by clip; ``None`` where no clip tells a difference.
        resident_mb_gained: Memory at the end above that after the first stretch.
        is_finite: Whether every state that was looked at was finite.
        n_compared: Clips that rules for the carried state were compared on.
        policies: Those rules; the first: every clip begins a stream of its own.
        failed: Clips that could not be read, and why.
    """

    hours: float
    n_clips: int
    ci95_unit: str
    stretches: tuple[Stretch, ...]
    wer_gained: float | None
    wer_gained_ci95: Interval | None
    resident_mb_gained: float | None
    is_finite: bool
    n_compared: int
    policies: tuple[PolicyScore, ...]
    failed: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values; magnitudes that are not finite are ``null``."""
        found = Measurement.to_json(self)
        for stretch in found["stretches"]:
            if not np.isfinite(stretch["largest_state"]):
                stretch["largest_state"] = None
        return found

    def summary(self) -> dict[str, Any]:
        """What a card keeps."""
        found = self.to_json()
        # figures of a metric with n_clips are taken for those of words; how much memory a process has is the
        # machine's affair, but not whether it grows
        for stretch in found["stretches"]:
            del stretch["resident_mb"]
        return {"n_heard" if name == "n_clips" else name: value for name, value in found.items()}

    def as_table(self) -> str:
        """A few lines for a person."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.hours:.2f} hours of {self.n_clips} clips, again and again, as one stream"
        yield f"95 % intervals take {self.ci95_unit} as independent"
        yield ""
        yield f"{'from':>7}  {'words':>6}  {'word errors (95 %)':28} {'memory':>9}  largest state"
        for s in self.stretches:
            memory = "unknown" if s.resident_mb is None else f"{s.resident_mb:.0f} MB"
            wer = f"{percent(s.wer)} ({limits(s.wer_ci95)})"
            clock = f"{int(s.start_s // 3600)}:{int(s.start_s // 60 % 60):02}"
            yield f"{clock:>7}  {s.errors.n_words:6}  {wer:28} {memory:>9}  {s.largest_state:.3g}"
        gained = f"{percent(self.wer_gained)} ({limits(self.wer_gained_ci95)})"
        yield f"last above first, the same sound: {gained} more word errors"
        if self.resident_mb_gained is not None:
            yield f"memory gained: {self.resident_mb_gained:.1f} MB"
        yield "states: all finite" if self.is_finite else "states: NOT FINITE"
        yield ""
        yield f"rules for the state, on {self.n_compared} clips as one stream:"
        yield f"{'state':34} {'word errors (95 %)':30} above a state that is never reset (95 %)"
        for p in self.policies:
            wer = f"{percent(p.wer)} ({limits(p.wer_ci95)})"
            yield f"{p.policy:34} {wer:30} {percent(p.wer_gained)} ({limits(p.wer_gained_ci95)})"
