"""An evaluation as plain text for people."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from speechlstm.evaluation.intervals import Interval
from speechlstm.evaluation.words import ClipResult, confusions

if TYPE_CHECKING:
    from speechlstm.evaluation.reliability import Reliability
    from speechlstm.evaluation.report import Evaluation, Part, SpeakerScore, Spread
    from speechlstm.page.reliability import ReliabilityBin

__all__ = [
    "confusion_lines",
    "hours_of",
    "joined",
    "limits",
    "number",
    "percent",
    "rate",
    "ratio_limits",
    "reliability_lines",
    "render",
    "spread_line",
]

_N_CONFUSIONS = 10
_N_SPEAKERS = 10
_NOTHING = "(nothing)"


def render(evaluation: "Evaluation") -> str:
    """All figures as lines of text, without a newline at the end.

    Args:
        evaluation: The figures.

    Returns:
        Aligned lines; a rate that cannot be known reads ``unknown``.
    """
    return joined(section(evaluation) for section in (_summary, _speakers, _confidence, _confusions, _clips))


def joined(sections: Iterable[Iterable[str]]) -> str:
    """Sections with a line between them; those without lines are left out."""
    return "\n\n".join("\n".join(lines) for section in sections if (lines := list(section)))


def _summary(e: "Evaluation") -> Iterator[str]:
    errors = e.errors
    failed = f", {e.n_failed} more failed" if e.n_failed else ""
    dropped = f" ({e.n_dropped_words} outside the vocabulary left out)" if e.n_dropped_words else ""
    yield f"clips            {e.n_clips}{failed}, {e.audio_s:.1f} s"
    yield f"words            {errors.n_words}{dropped}"
    yield f"word error rate  {rate(e.wer, e.wer_ci95)}"
    yield f"                 {errors.insertions} inserted, {errors.deletions} deleted, " + (
        f"{errors.substitutions} substituted"
    )
    yield f"exact clips      {rate(e.exact, e.exact_ci95)}"
    if e.spoken.n_clips and e.wordless.n_clips:
        yield f"  with words     {rate(e.spoken.exact, e.spoken.exact_ci95)} of {e.spoken.n_clips}"
        yield f"  without words  {rate(e.wordless.exact, e.wordless.exact_ci95)} of {e.wordless.n_clips}"
    if e.wordless.n_clips:
        yield f"false words      {_false_words(e.wordless)}"
    yield f"real-time factor {number(e.rtf)}"
    yield f"95 % intervals take {e.ci95_unit} as independent"


def _false_words(wordless: "Part") -> str:
    return f"{wordless.n_insertions} in {wordless.audio_s:.1f} s without words"


def _speakers(e: "Evaluation") -> Iterator[str]:
    if not e.per_speaker:
        return
    yield f"{'speakers: ' + str(len(e.per_speaker)):20} {'best':>8} {'median':>8} {'worst':>8}"
    yield from spread_line("word error rate", e.wer_spread)
    yield from spread_line("exact clips", e.exact_spread)
    yield f"{'worst speakers':20} {'clips':>8} {'words':>8} {'WER':>8} {'exact':>8}"
    worst = sorted(e.per_speaker.items(), key=_speaker_badness)[:_N_SPEAKERS]
    for name, s in worst:
        yield f"  {name:18} {s.n_clips:8} {s.n_words:8} {percent(s.wer):>8} {percent(s.exact):>8}"


def spread_line(name: str, spread: "Spread | None") -> Iterator[str]:
    """The best, the median and the worst share on a line, if there are any."""
    if spread is not None:
        figures = (spread.best, spread.median, spread.worst)
        yield f"  {name:18} " + " ".join(f"{percent(share):>8}" for share in figures)


def _speaker_badness(item: tuple[str, "SpeakerScore"]) -> tuple[float, float, str]:
    name, score = item
    return score.exact, -(score.wer or 0.0), name


def _confidence(e: "Evaluation") -> Iterator[str]:
    if e.confidence.words.n:
        yield f"{'confidence':20} {'given':>8} {'mean':>8} {'right':>8}"
        yield from reliability_lines("words", e.confidence.words)
        yield from reliability_lines("utterances", e.confidence.utterances)


def reliability_lines(what: str, found: "Reliability") -> Iterator[str]:
    """The answers by confidence, those near 0.9, and how far confidence and truth are apart on the whole."""
    yield f"  {what}"
    for one in found.bins:
        yield _reliability_line(one)
    if found.at_nine_tenths is not None:
        yield _reliability_line(found.at_nine_tenths)
    yield f"    expected calibration error {rate(found.ece, found.ece_ci95)}"


def _reliability_line(one: "ReliabilityBin") -> str:
    between = f"    {one.low:.2f} to {one.high:.2f}"
    return f"{between:20} {one.n:8} {one.confidence:8.2f} {percent(one.right):>8} (95 %: {limits(one.ci95)})"


def _confusions(e: "Evaluation") -> Iterator[str]:
    return confusion_lines(("said", "recognised", "times"), confusions(e.results))


def confusion_lines(head: tuple[str, str, str], counts: Counter[tuple[str, str]]) -> Iterator[str]:
    """What was taken for what and how often, the most frequent first, under a head."""
    if not counts:
        return
    truth, answer, n_times = head
    yield f"{truth:20} {answer:20} {n_times:>8}"
    for (said, heard), count in counts.most_common(_N_CONFUSIONS):
        yield f"  {said or _NOTHING:18} {heard or _NOTHING:20} {count:8}"
    if len(counts) > _N_CONFUSIONS:
        yield f"  and {len(counts) - _N_CONFUSIONS} other confusions"


def _clips(e: "Evaluation") -> Iterator[str]:
    for rank, results in e.ranked().items():
        if results:
            yield f"{rank} clips"
            yield from (_clip(result) for result in results)


def _clip(result: ClipResult) -> str:
    said, heard = result.reference or _NOTHING, result.hypothesis or _NOTHING
    right = " (exact)" if result.exact else f", recognised {heard}"
    return f"  {Path(*result.clip.audio.parts[-2:])}: {said}{right}"


def rate(share: float | None, interval: Interval | None) -> str:
    """A share with its interval, in percent."""
    return f"{percent(share)} (95 %: {limits(interval)})"


def ratio_limits(interval: Interval | None) -> str:
    """The ends of a ratio's interval, for brackets."""
    return "unknown" if interval is None else f"{interval[0]:.1f} to {interval[1]:.1f}"


def hours_of(hours: float) -> str:
    """A length of sound that is mostly hours, and seconds where it is hardly a minute.

    Example:
        >>> hours_of(0.31), hours_of(0.0014)
        ('0.31 hours', '5.0 seconds')
    """
    return f"{hours:.2f} hours" if hours >= 0.05 else f"{3600 * hours:.1f} seconds"


def limits(interval: Interval | None) -> str:
    """The limits of a share, in percent."""
    return "unknown" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


def percent(share: float | None) -> str:
    """A share in percent; ``unknown`` where there is none."""
    return "unknown" if share is None else f"{100 * share:.1f} %"


def number(value: float | None) -> str:
    """A ratio; ``unknown`` where there is none."""
    return "unknown" if value is None else f"{value:.4f}"
