"""Errors under noise and the like, as part of a page."""

from speechlstm.evaluation.curves import robustness_charts
from speechlstm.evaluation.pages.wording import counted
from speechlstm.evaluation.robustness.robustness import ConditionScore, Robustness
from speechlstm.evaluation.table import limits, percent, ratio_limits
from speechlstm.page import Html, figure, section, table, tag

__all__ = ["robustness_section"]

_CAPTIONS = {
    "noise": "Word errors at each ratio of speech to noise: the noise grows towards the left. The second "
    "line is the same clips without it.",
    "level": "Word errors by the loudness of the loudest sample. The second line is the clips at their own.",
    "bandwidth": "Word errors when the sound came through a line that lets less through.",
    "room": "Word errors in simulated rooms, by how long sound takes to die away by 60 dB.",
}


def robustness_section(found: Robustness) -> Html | None:
    """A chart for each kind of condition; ``None`` where no word is said.

    Args:
        found: The figures.
    """
    if found.clean.wer is None:
        return None
    kinds = dict.fromkeys(score.kind for score in found.scores)
    named = zip((k for k in _CAPTIONS if k in kinds), robustness_charts(found), strict=True)
    figures = [
        figure(drawn, _CAPTIONS[kind], title=title, numbers=_numbers((found.clean, *found.of(kind))))
        for kind, (title, drawn) in named
    ]
    return section(
        "Noise, level, line and room",
        tag("div", *figures, class_="grid-of-two"),
        name="robustness",
        lead=f"{counted(found.n_clips, 'clip')} heard again under every condition, so that what differs is "
        f"the condition; {counted(found.n_noises, 'noise')}, {found.noises}. Bands are 95 % intervals.",
    )


def _numbers(scores: tuple[ConditionScore, ...]) -> Html:
    return table(("condition", "word errors", "95 %", "exact", "against clean", "95 %"), map(_row, scores))


def _row(score: ConditionScore) -> tuple[str, ...]:
    times = "unknown" if score.times_clean is None else f"{score.times_clean:.1f} times"
    rates = percent(score.wer), limits(score.wer_ci95), percent(score.exact)
    return score.name, *rates, times, ratio_limits(score.times_clean_ci95)
