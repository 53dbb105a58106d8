"""What a recipe aims at, beside the figure that came of it."""

from collections.abc import Mapping
from typing import Any

__all__ = ["NAMES", "aim_of"]

# of figures, in a sentence
NAMES = {
    "exact": "exact",
    "times_clean_10_db": "errors at 10 dB against clean",
    "wer": "word errors",
    "cer": "character errors",
    "frame_accuracy": "frames right",
    "misses_at_half": "words missed at half a false word an hour",
}
_AIMS = {
    "wer": "word errors at most",
    "cer": "character errors at most",
    "exact": "exact at least",
    "frame_accuracy": "frame accuracy at least",
    "times_clean_10_db": "errors at 10 dB against clean at most",
    "misses_at_half": "words missed at most",
}
_IS_OF_ERRORS = ("wer", "cer", "times_clean_10_db", "misses_at_half")


def aim_of(m: Mapping[str, Any], target: Mapping[str, Any] | None) -> str:
    """What was aimed at, and whether the figure itself (not its interval) is there.

    Where settings were chosen on some of the subjects, the figure of the others has to be there too.
    """
    if target is None:
        return "-"
    aims = [_verdict(m, target["metric"], target["bound"])]
    if target.get("goal") is not None:
        aims.append(f"goal {_verdict(m, target['metric'], target['goal'])}")
    return f"{_AIMS[target['metric']]} {'; '.join(aims)}"


def _verdict(m: Mapping[str, Any], metric: str, bound: float) -> str:
    """A bound, and whether it is met."""
    value, is_of_errors = m[metric], metric in _IS_OF_ERRORS
    unseen = m.get("never_chosen_on", value)
    is_met = value is not None and all(v <= bound if is_of_errors else v >= bound for v in (value, unseen))
    why = "" if is_met or unseen == value else f" ({100 * unseen:.1f} % of those no setting was chosen on)"
    aim = f"{bound:g} times" if metric.startswith("times_") else f"{100 * bound:g} %"
    return f"{aim}: {'met' if is_met else '**missed**'}{why}"
