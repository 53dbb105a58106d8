"""Tables of words-en for people, out of its card."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from speechlstm.card import delay, head, milliseconds, percent, row

# names of figures in the card
COMMANDS = "Speech Commands validation, nine words"
STRINGS = "Digit strings"
SENTENCES = "Sentences, validation speakers"
TIMES = "Starts and ends of words"


class Aim(NamedTuple):
    """What is aimed at, the figure with its interval, and whether it is there."""

    what: str
    figure: str
    is_met: bool


def dial(metrics: dict[str, dict[str, Any]]) -> Iterator[str]:
    """A table of the settings of the dial."""
    final = "final after the end of a word: median, 95th percentile (95 %)"
    yield from head("`--latency`", "delay of the model", final, "exact, nine Speech Commands words (95 %)")
    for point in metrics[COMMANDS]["dial"]:
        is_whole = point["latency"] == "offline"
        bound = "the whole clip, up to a minute" if is_whole else f"{1000 * point['bound_s']:.0f} ms"
        final = "at its end" if is_whole else delay(point["delays"]["final"])
        yield row([point["latency"], bound, final, percent(point["exact"], point["exact_ci95"])])


def aims(card: Mapping[str, Any]) -> Iterator[str]:
    """A table of what is aimed at beside the targets of the recipe, and what came of it."""
    yield from head("aim", "figure (95 %)", "")
    metrics = card["metrics"]
    for aim in (
        *_of_word_times(metrics[TIMES]["bounds"]),
        *_of_confidences(card),
        *_of_the_dial(metrics[COMMANDS]["dial"]),
        _of_hours(metrics[f"{COMMANDS}, endless"]),
    ):
        yield row([aim.what, aim.figure, "met" if aim.is_met else "**missed**"])


def _of_word_times(bounds: Mapping[str, Any]) -> Iterator[Aim]:
    told = {key: f"{milliseconds(bounds[f'{key}_s'], bounds[f'{key}_ci95'])} ms" for key in ("median", "p90")}
    what = "starts and ends of words, from the truth: median at most 60 ms"
    yield Aim(what, told["median"], bounds["median_s"] <= 0.06)
    yield Aim("the same: 90th percentile at most 150 ms", told["p90"], bounds["p90_s"] <= 0.15)


def _of_confidences(card: Mapping[str, Any]) -> Iterator[Aim]:
    """Of all sets together, on speakers left out of the calibration, and of single ones."""
    everything = (
        "of words given at 0.85 to 0.95 as many right, within three points, on validation speakers of all "
        "sets, left out of the calibration"
    )
    found = {everything: card["calibration"]["after"]}
    found |= {f"the same on {name}": card["metrics"][name] for name in (COMMANDS, STRINGS, SENTENCES)}
    for what, figures in found.items():
        given = figures["confidence"]["words"]["at_nine_tenths"]
        if given is not None:
            of = f"{what} (mean confidence {100 * given['confidence']:.1f} %, {given['n']} words)"
            is_met = abs(given["right"] - given["confidence"]) <= 0.03
            yield Aim(of, percent(given["right"], given["ci95"]), is_met)


def _of_the_dial(settings: Sequence[Mapping[str, Any]]) -> Iterator[Aim]:
    point = {setting["latency"]: setting for setting in settings}
    lost, low_s = point["balanced"]["exact_lost"], point["low"]["bound_s"]
    told = points(lost, point["balanced"]["exact_lost_ci95"])
    yield Aim("`balanced` at most one point less exact than the whole clip", told, lost <= 0.01)
    yield Aim("`low` at most 240 ms late, of the model", f"{1000 * low_s:.0f} ms", low_s <= 0.24)


def _of_hours(stream: Mapping[str, Any]) -> Aim:
    more, ci95 = stream["wer_gained"], stream["wer_gained_ci95"]
    hours = f"{stream['hours']:.0f} hours"
    what = f"after {hours} no more errors than at first: the interval reaches down to 0"
    return Aim(what, points(more, ci95), ci95 is None or ci95[0] <= 0)


def points(difference: float, interval: Sequence[float] | None) -> str:
    """A difference of shares, with its interval."""
    ends = "" if interval is None else f" ({100 * interval[0]:z.2f} to {100 * interval[1]:z.2f})"
    return f"{100 * difference:z.2f} points{ends}"
