"""All that was measured of a model for a sensor, as a page."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from speechlstm.evaluation.pages.frame import measured_page, overview
from speechlstm.evaluation.pages.wording import counted, duration
from speechlstm.evaluation.segments.estimates import Estimate
from speechlstm.evaluation.segments.report import SegmentEvaluation
from speechlstm.evaluation.segments.scorer import SegmentResult
from speechlstm.evaluation.segments.timeline import timeline_chart
from speechlstm.evaluation.table import limits, percent
from speechlstm.page import Axis, Bar, Html, Page, bar_chart, figure, heat_map, section, table, tag

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["segments_page"]

_NOTHING = "(nothing)"
_MOST = 20
_N_TIMELINES = 10
# longer recordings are told of, but not drawn
_MAX_SEGMENTS = 1000


def segments_page(
    recognizer: "Recognizer", evaluation: SegmentEvaluation, *, what: str, command: str
) -> Page:
    """The page.

    Args:
        recognizer: The model that was measured.
        evaluation: What was measured.
        what: What it was measured on.
        command: What was typed to measure it.
    """
    subjects = f" of {counted(len(evaluation.per_subject), 'subject')}" if evaluation.per_subject else ""
    length = duration(evaluation.labelled_s + evaluation.unlabelled_s)
    failed = f" {evaluation.n_failed} more could not be read." if evaluation.n_failed else ""
    return measured_page(
        f"{recognizer.bundle.name} on {what}",
        f"{counted(evaluation.n_recordings, 'recording')}{subjects}, {length}, of which "
        f"{duration(evaluation.unlabelled_s)} are unlabelled, at latency {recognizer.latency}.{failed}",
        (
            overview(_tiles(evaluation), evaluation.ci95_unit, command),
            _confusions(evaluation),
            _who(evaluation),
            _timelines(recognizer, evaluation),
        ),
    )


def _tiles(e: SegmentEvaluation) -> Iterator[tuple[str, str, str]]:
    yield "Frames right", percent(e.frame_accuracy.value), _limits(e.frame_accuracy)
    yield "Macro F1 of classes", percent(e.macro_f1.value), _limits(e.macro_f1)
    counts = f"{e.n_found} found, {e.n_missed} missed, {e.n_wrong} wrong"
    yield "F1 of segments", percent(e.segment_f1.value), f"{_limits(e.segment_f1)}; {counts}"
    if e.onset_delay_median_s.value is not None:
        late = e.onset_delay_p95_s.value
        found = e.onset_delay_median_s.ci95
        known = "unknown" if found is None else f"{found[0]:.2f} to {found[1]:.2f} s"
        note = f"95 %: {known}" + ("" if late is None else f"; 95th percentile {late:.2f} s")
        yield "Delay, median", f"{e.onset_delay_median_s.value:.2f} s", note
    if e.false_per_hour.value is not None:
        interval = e.false_per_hour.ci95
        known = "unknown" if interval is None else f"{interval[0]:.1f} to {interval[1]:.1f}"
        segments = counted(e.n_false, "segment")
        note = f"95 %: {known}; {segments} in {duration(e.unlabelled_s)} of unlabelled time"
        yield "False segments an hour", f"{e.false_per_hour.value:.1f}", note


def _limits(estimate: Estimate) -> str:
    return f"95 %: {limits(estimate.ci95)}"


def _confusions(e: SegmentEvaluation) -> Html:
    columns = (*e.labels, _NOTHING)
    drawn = heat_map(
        e.confusion,
        rows=e.labels,
        columns=columns,
        row_name="truth",
        column_name="answer",
        title="Confusions of classes",
    )
    wrong = sorted(
        (
            (n, true, answered, sum(row))
            for true, row in zip(e.labels, e.confusion, strict=True)
            for answered, n in zip(columns, row, strict=True)
            if n and true != answered
        ),
        reverse=True,
    )
    rows = ((true, answered, str(n), percent(n / of)) for n, true, answered, of in wrong[: _MOST // 2])
    caption = (
        "Each row is a class as it truly was, in frames. Blue is what was answered rightly, orange what was "
        f"answered in its place; the column {_NOTHING} counts frames without an answer."
    )
    beside = table(("truth", "answer", "frames", "of the class"), rows)
    return section(
        "Confusions",
        figure(drawn, caption, beside=beside),
        name="confusions",
        lead="Which classes are taken for which.",
    )


def _who(e: SegmentEvaluation) -> Html:
    bars = [
        Bar(label, s.f1.value, s.f1.ci95, f"{label}: {percent(s.f1.value)} of {s.n_frames} frames")
        for label, s in e.classes.items()
    ]
    rows = (
        (label, str(s.n_frames), *(percent(one.value) for one in (s.precision, s.recall, s.f1)))
        for label, s in e.classes.items()
    )
    figures = [
        figure(
            bar_chart(bars, axis=Axis("F1", 0.0, 1.0, percent=True, n_ticks=4), title="F1 of classes"),
            "F1 of the frames of each class, which counts those missed and those wrongly given; the line is "
            "its 95 % interval.",
            title="Classes",
            numbers=table(("class", "frames", "precision", "recall", "F1"), rows),
        )
    ]
    if e.per_subject:
        figures.append(_subjects(e))
    return section("Classes and subjects", tag("div", *figures, class_="grid-of-two"), name="classes")


def _subjects(e: SegmentEvaluation) -> Html:
    known = {name: s for name, s in e.per_subject.items() if s.frame_accuracy is not None}
    worst = sorted(known.items(), key=lambda item: item[1].frame_accuracy or 0.0)[:_MOST]
    bars = [Bar(name, s.frame_accuracy) for name, s in worst]
    rows = (
        (name, str(s.n_frames), *(percent(one) for one in (s.frame_accuracy, s.macro_f1, s.segment_f1)))
        for name, s in worst
    )
    few = f" Shown are the {_MOST} that fared worst of {len(known)}." if len(known) > _MOST else ""
    return figure(
        bar_chart(bars, axis=Axis("frames right", 0.0, 1.0, percent=True, n_ticks=4), title="Subjects"),
        f"The share of a subject's labelled frames that are right, the worst first.{few}",
        title="Subjects",
        numbers=table(("subject", "frames", "right", "macro F1", "F1 of segments"), rows),
    )


def _timelines(recognizer: "Recognizer", e: SegmentEvaluation) -> Html | None:
    done = [r for r in e.results if r.error is None and r.confusion.sum()]
    worst = sorted(done, key=_share_right)[:_N_TIMELINES]
    if not worst:
        return None
    title = "The worst recording" if len(worst) == 1 else f"The {len(worst)} worst recordings"
    return section(
        title,
        *(_timeline(recognizer, r, e.labels) for r in worst),
        name="worst",
        lead="Truth above, answer below; an answer is dated back to where its segment begins. Point at a "
        "segment for its label and times.",
    )


def _timeline(recognizer: "Recognizer", r: SegmentResult, labels: Sequence[str]) -> Html:
    name = f"{r.name}, {r.subject}" if r.subject else r.name
    head = tag("h3", f"{name}: {percent(_share_right(r))} of frames right")
    if len(r.truth) + len(r.answer) > _MAX_SEGMENTS:
        n = len(r.truth) + len(r.answer)
        return tag("div", head, tag("p", f"{n} segments, too many to draw", class_="lead"), class_="card")
    drawn = timeline_chart(
        r.truth,
        r.answer,
        n_samples=r.n_samples,
        sample_rate_hz=recognizer.sample_rate_hz,
        labels=recognizer.bundle.vocabulary,
    )
    return tag("div", head, tag("div", drawn, class_="scroll"), class_="card")


def _share_right(r: SegmentResult) -> float:
    return float(r.confusion.trace() / r.confusion.sum())
