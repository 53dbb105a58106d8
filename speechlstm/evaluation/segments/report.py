"""The figures of segments and frames, made once from the results of the recordings."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from speechlstm.evaluation.intervals import sampling_units
from speechlstm.evaluation.report import Spread, spread
from speechlstm.evaluation.segments.estimates import (
    Estimate,
    confusion_of,
    delays,
    false_per_hour,
    share_intervals,
    share_values,
)
from speechlstm.evaluation.segments.scorer import SegmentResult
from speechlstm.timing import Rate, seconds

__all__ = ["ClassScore", "SegmentEvaluation", "SubjectScore"]


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How one class fared, frame by frame, over labelled time.

    Attributes:
        n_frames: Frames that truly are of the class.
        precision: Share of the frames answered as this class that are of it.
        recall: Share of its frames that were answered as such.
        f1: Harmonic mean of the two.
    """

    n_frames: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True, slots=True)
class SubjectScore:
    """How one subject fared; a rate is ``None`` where the subject has nothing labelled."""

    n_recordings: int
    n_frames: int
    frame_accuracy: float | None
    macro_f1: float | None
    segment_f1: float | None


@dataclass(frozen=True, slots=True)
class SegmentEvaluation:
    """What a classifier of frames did on a set of recordings.

    Attributes:
        n_recordings: Recordings that were read; all figures are over these.
        n_failed: Recordings that could not be read.
        labels: The classes.
        frame_accuracy: Share of the labelled frames whose class was answered.
        macro_f1: Mean over the classes of their F1; classes neither true nor answered are left out.
        segment_f1: F1 of segments matched at 50 % overlap, see
            :class:`speechlstm.evaluation.segments.scorer.SegmentScorer`.
        classes: Figures of each class.
        confusion: Frames by true class and answered class; the last column is no answer.
        n_found: True segments that were matched.
        n_missed: True segments that were not.
        n_wrong: Answered segments that match none.
        onset_delay_median_s: Median time from a true segment's beginning until the answer was known, of
            the segments found.
        onset_delay_p95_s: 95th percentile of the same.
        n_false: Answered segments that match none and lie mostly in unlabelled time.
        false_per_hour: The same by hours of unlabelled time. For none at all the interval is Poisson's.
        ci95_unit: What the intervals take as independent: ``subjects`` where at least two are named, else
            ``recordings``.
        per_subject: Figures of each named subject, in order of name.
        spreads: Of ``frame_accuracy``, ``macro_f1`` and ``segment_f1`` over subjects.
        labelled_s: Labelled time in seconds.
        unlabelled_s: Unlabelled time in seconds.
        processing_s: Time spent on the recordings, in seconds.
        results: What became of each recording, in order.
    """

    n_recordings: int
    n_failed: int
    labels: tuple[str, ...]
    frame_accuracy: Estimate
    macro_f1: Estimate
    segment_f1: Estimate
    classes: dict[str, ClassScore]
    confusion: tuple[tuple[int, ...], ...]
    n_found: int
    n_missed: int
    n_wrong: int
    onset_delay_median_s: Estimate
    onset_delay_p95_s: Estimate
    n_false: int
    false_per_hour: Estimate
    ci95_unit: str
    per_subject: dict[str, SubjectScore]
    spreads: dict[str, Spread | None]
    labelled_s: float
    unlabelled_s: float
    processing_s: float
    results: tuple[SegmentResult, ...]

    @classmethod
    def from_results(
        cls,
        results: Sequence[SegmentResult],
        *,
        labels: tuple[str, ...],
        sample_rate_hz: Rate,
        processing_s: float = 0.0,
    ) -> "SegmentEvaluation":
        """Work out all figures.

        Args:
            results: What became of each recording.
            labels: The classes, as :attr:`speechlstm.evaluation.segments.SegmentScorer.classes` names them.
            sample_rate_hz: The unit of all times in the results.
            processing_s: Time spent on the recordings, in seconds.

        Returns:
            The figures; the intervals are the same on every call.
        """
        done = [r for r in results if r.error is None]
        units = sampling_units([r.subject for r in done])
        shares = map(Estimate, share_values(done, len(labels)), share_intervals(done, len(labels), units))
        accuracy, macro_f1, segment_f1, *of_classes = shares
        median, p95 = delays(done, units, sample_rate_hz)
        confusion = confusion_of(done, len(labels)).tolist()
        subjects = _per_subject(done, len(labels))
        return cls(
            n_recordings=len(done),
            n_failed=len(results) - len(done),
            labels=labels,
            frame_accuracy=accuracy,
            macro_f1=macro_f1,
            segment_f1=segment_f1,
            classes=_classes(labels, confusion, of_classes),
            confusion=tuple(map(tuple, confusion)),
            n_found=sum(r.n_found for r in done),
            n_missed=sum(r.n_missed for r in done),
            n_wrong=sum(r.n_wrong for r in done),
            onset_delay_median_s=median,
            onset_delay_p95_s=p95,
            n_false=sum(r.n_false for r in done),
            false_per_hour=false_per_hour(done, units, sample_rate_hz),
            ci95_unit="recordings" if units is None else "subjects",
            per_subject=subjects,
            spreads=_spreads(subjects),
            labelled_s=seconds(sum(r.n_labelled_samples for r in done), sample_rate_hz),
            unlabelled_s=seconds(sum(r.n_unlabelled_samples for r in done), sample_rate_hz),
            processing_s=round(processing_s, 3),
            results=tuple(results),
        )

    @property
    def rtf(self) -> float | None:
        """Real-time factor: seconds of work a second of recording; ``None`` without any."""
        length_s = self.labelled_s + self.unlabelled_s
        return self.processing_s / length_s if length_s else None

    def summary(self) -> dict[str, Any]:
        """The figures that a model's card keeps: those of :meth:`to_json` that are no lists."""
        lists, of_the_machine = ("confusion", "subjects", "failures"), ("processing_s", "rtf")
        return {k: v for k, v in self.to_json().items() if k not in lists + of_the_machine}

    def to_json(self) -> dict[str, Any]:
        """All figures as dictionaries, lists, strings and numbers, ready for ``json.dumps``."""
        estimates = ("frame_accuracy", "macro_f1", "segment_f1")
        of_time = ("onset_delay_median_s", "onset_delay_p95_s")
        plain = ("labelled_s", "unlabelled_s", "processing_s", "rtf")
        return {
            "n_recordings": self.n_recordings,
            "n_failed": self.n_failed,
            **_flat({name: getattr(self, name) for name in estimates}),
            **{name: getattr(self, name) for name in ("n_found", "n_missed", "n_wrong")},
            **_flat({name: getattr(self, name) for name in of_time}),
            "n_false": self.n_false,
            **_flat({"false_per_hour": self.false_per_hour}),
            "ci95_unit": self.ci95_unit,
            "classes": {label: _class_json(score) for label, score in self.classes.items()},
            "confusion": {"labels": list(self.labels), "frames": [list(row) for row in self.confusion]},
            "subjects": {name: asdict(score) for name, score in self.per_subject.items()},
            "subject_spread": {name: s and asdict(s) for name, s in self.spreads.items()},
            **{name: getattr(self, name) for name in plain},
            "failures": [
                {"recording": r.name, "error": r.error} for r in self.results if r.error is not None
            ],
        }

    def as_table(self) -> str:
        """The figures as plain text, a few lines a topic."""
        from speechlstm.evaluation.segments.table import render

        return render(self)


def _classes(
    labels: Sequence[str], confusion: Sequence[Sequence[int]], shares: Sequence[Estimate]
) -> dict[str, ClassScore]:
    n = len(labels)
    of_classes = zip(labels, confusion, shares[:n], shares[n : 2 * n], shares[2 * n :], strict=True)
    return {label: ClassScore(sum(row), *three) for label, row, *three in of_classes}


def _per_subject(done: Sequence[SegmentResult], n_classes: int) -> dict[str, SubjectScore]:
    named = sorted((r for r in done if r.subject), key=_subject)
    groups = {name: list(recordings) for name, recordings in groupby(named, key=_subject)}
    return {name: _subject_score(recordings, n_classes) for name, recordings in groups.items()}


def _subject(result: SegmentResult) -> str:
    return result.subject


def _subject_score(done: Sequence[SegmentResult], n_classes: int) -> SubjectScore:
    accuracy, macro_f1, segment_f1, *_ = share_values(done, n_classes)
    return SubjectScore(len(done), int(confusion_of(done, n_classes).sum()), accuracy, macro_f1, segment_f1)


def _spreads(subjects: dict[str, SubjectScore]) -> dict[str, Spread | None]:
    names = ("frame_accuracy", "macro_f1", "segment_f1")
    rates = {name: [getattr(score, name) for score in subjects.values()] for name in names}
    return {name: spread([r for r in of if r is not None], max, min) for name, of in rates.items()}


def _flat(estimates: dict[str, Estimate]) -> dict[str, Any]:
    """``name`` and ``name_ci95`` of each."""
    return {
        key: value
        for name, e in estimates.items()
        for key, value in ((name, e.value), (f"{name}_ci95", e.ci95))
    }


def _class_json(score: ClassScore) -> dict[str, Any]:
    shares = {"precision": score.precision, "recall": score.recall, "f1": score.f1}
    return {"n_frames": score.n_frames, **_flat(shares)}
