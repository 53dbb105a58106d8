"""An evaluation of segments as plain text for people."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from speechlstm.evaluation.table import confusion_lines, joined, limits, number, percent, rate, spread_line

if TYPE_CHECKING:
    from speechlstm.evaluation.segments.estimates import Estimate
    from speechlstm.evaluation.segments.report import SegmentEvaluation, SubjectScore

__all__ = ["render"]

_N_SUBJECTS = 10


def render(evaluation: "SegmentEvaluation") -> str:
    """All figures as lines of text, without a newline at the end.

    Args:
        evaluation: The figures.

    Returns:
        Aligned lines; a figure that cannot be known reads ``unknown``.
    """
    return joined(section(evaluation) for section in (_summary, _classes, _confusions, _subjects))


def _summary(e: "SegmentEvaluation") -> Iterator[str]:
    failed = f", {e.n_failed} more failed" if e.n_failed else ""
    length = f"{e.labelled_s:.1f} s labelled, {e.unlabelled_s:.1f} s not"
    yield f"recordings       {e.n_recordings}{failed}, {length}"
    yield f"frame accuracy   {rate(*e.frame_accuracy)}"
    yield f"macro F1         {rate(*e.macro_f1)}"
    yield f"segment F1@50    {rate(*e.segment_f1)}"
    yield f"                 {e.n_found} found, {e.n_missed} missed, {e.n_wrong} wrong"
    yield f"onset delay      median {_plain(e.onset_delay_median_s, 's', digits=2)}"
    yield f"                 95th percentile {_plain(e.onset_delay_p95_s, 's', digits=2)}"
    yield f"false segments   {_plain(e.false_per_hour, 'an hour of unlabelled time', digits=1)}: {e.n_false}"
    yield f"real-time factor {number(e.rtf)}"
    yield f"95 % intervals take {e.ci95_unit} as independent"


def _classes(e: "SegmentEvaluation") -> Iterator[str]:
    yield f"{'class':20} {'frames':>8} {'precision':>9} {'recall':>8} {'F1':>8}  95 %"
    for label, s in e.classes.items():
        shares = f"{percent(s.precision.value):>9} {percent(s.recall.value):>8} {percent(s.f1.value):>8}"
        yield f"  {label:18} {s.n_frames:8} {shares}  {limits(s.f1.ci95)}"


def _confusions(e: "SegmentEvaluation") -> Iterator[str]:
    wrong = {
        (true, answered): n
        for true, row in zip(e.labels, e.confusion, strict=True)
        for answered, n in zip((*e.labels, ""), row, strict=True)
        if n and true != answered
    }
    return confusion_lines(("truth", "answer", "frames"), Counter(wrong))


def _subjects(e: "SegmentEvaluation") -> Iterator[str]:
    if not e.per_subject:
        return
    yield f"{'subjects: ' + str(len(e.per_subject)):20} {'best':>8} {'median':>8} {'worst':>8}"
    yield from spread_line("frame accuracy", e.spreads["frame_accuracy"])
    yield from spread_line("macro F1", e.spreads["macro_f1"])
    yield from spread_line("segment F1@50", e.spreads["segment_f1"])
    yield f"{'worst subjects':20} {'frames':>8} {'accuracy':>8} {'macro F1':>8} {'F1@50':>8}"
    for name, s in sorted(e.per_subject.items(), key=_subject_badness)[:_N_SUBJECTS]:
        shares = (f"{percent(share):>8}" for share in (s.frame_accuracy, s.macro_f1, s.segment_f1))
        yield f"  {name:18} {s.n_frames:8} {' '.join(shares)}"


def _subject_badness(item: tuple[str, "SubjectScore"]) -> tuple[float, str]:
    name, score = item
    return 1.0 if score.frame_accuracy is None else score.frame_accuracy, name


def _plain(estimate: "Estimate", unit: str, *, digits: int) -> str:
    """A figure that is no share, with its interval."""
    value, interval = estimate
    if value is None:
        return "unknown"
    known = "unknown" if interval is None else " to ".join(f"{limit:.{digits}f}" for limit in interval)
    return f"{value:.{digits}f} {unit} (95 %: {known})"
