"""The figures of an evaluation, made once from the results of its clips."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speechlstm.evaluation.bootstrap import clip_ratio_interval, proportion_interval
from speechlstm.evaluation.intervals import Interval, sampling_units
from speechlstm.evaluation.reliability import Confidence
from speechlstm.evaluation.words import ClipResult, WordErrors, confusions
from speechlstm.timing import seconds

__all__ = ["Evaluation", "Part", "SpeakerScore", "Spread", "spread"]

_N_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Part:
    """The clips with words, or those without.

    Attributes:
        n_clips: How many.
        exact: Share of clips whose words are all right and none was added, 0 to 1; ``None`` of no clips.
        exact_ci95: Its 95 % interval.
        n_insertions: Words recognised that nobody said.
        audio_s: Length of the sound in seconds.
    """

    n_clips: int
    exact: float | None
    exact_ci95: Interval | None
    n_insertions: int
    audio_s: float


@dataclass(frozen=True, slots=True)
class SpeakerScore:
    """How one speaker fared; ``wer`` is ``None`` where there is no word to get wrong."""

    n_clips: int
    n_words: int
    wer: float | None
    exact: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The best, the median and the worst speaker's or subject's figure."""

    best: float
    median: float
    worst: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a recogniser did on a set of clips.

    Attributes:
        n_clips: Clips that were transcribed; all rates are over these.
        n_failed: Clips that could not be read.
        errors: Words of the references, substitutions, deletions and insertions, summed.
        n_dropped_words: Words of the texts outside the vocabulary, not part of the references.
        wer: Word error rate, 0 or more; ``None`` where the references hold no word.
        wer_ci95: Its 95 % interval, by bootstrap; ``None`` where there is too little to tell.
        exact: Share of clips with every word right and none added; ``None`` of no clips.
        exact_ci95: Its 95 % interval, Wilson's, widened by the bootstrap over speakers.
        ci95_unit: What the intervals take as independent: ``speakers`` where at least two are named,
            else ``clips``.
        spoken: The clips whose reference holds words.
        wordless: The clips whose reference is empty; insertions there are false words.
        per_speaker: Figures of each named speaker, in order of name.
        wer_spread: Word error rate over speakers; ``None`` without named speakers.
        exact_spread: Share of exact clips over speakers; ``None`` without named speakers.
        confidence: How often what was given with some confidence is right.
        audio_s: Length of all sound in seconds.
        processing_s: Time spent transcribing it, in seconds.
        results: What became of each clip, in order.
    """

    n_clips: int
    n_failed: int
    errors: WordErrors
    n_dropped_words: int
    wer: float | None
    wer_ci95: Interval | None
    exact: float | None
    exact_ci95: Interval | None
    ci95_unit: str
    spoken: Part
    wordless: Part
    per_speaker: dict[str, SpeakerScore]
    wer_spread: Spread | None
    exact_spread: Spread | None
    confidence: Confidence
    audio_s: float
    processing_s: float
    results: tuple[ClipResult, ...]

    @classmethod
    def from_results(
        cls, results: Sequence[ClipResult], *, sample_rate_hz: int, processing_s: float
    ) -> "Evaluation":
        """Work out all figures.

        Args:
            results: What became of each clip.
            sample_rate_hz: The model's sample rate, the unit of the clips' lengths.
            processing_s: Time spent transcribing, in seconds.

        Returns:
            The figures; the intervals are the same on every call.
        """
        done = [r for r in results if r.error is None]
        errors = sum((r.errors for r in done), WordErrors())
        units = sampling_units([r.clip.speaker for r in done])
        whole = _part(done, sample_rate_hz)
        speakers = _per_speaker(done)
        return cls(
            n_clips=len(done),
            n_failed=len(results) - len(done),
            errors=errors,
            n_dropped_words=sum(r.n_dropped_words for r in done),
            wer=errors.wer,
            wer_ci95=_wer_interval(done, units),
            exact=whole.exact,
            exact_ci95=whole.exact_ci95,
            ci95_unit="clips" if units is None else "speakers",
            spoken=_part([r for r in done if r.reference], sample_rate_hz),
            wordless=_part([r for r in done if not r.reference], sample_rate_hz),
            per_speaker=speakers,
            wer_spread=spread([s.wer for s in speakers.values() if s.wer is not None], min, max),
            exact_spread=spread([s.exact for s in speakers.values()], max, min),
            confidence=Confidence.of(done),
            audio_s=whole.audio_s,
            processing_s=round(processing_s, 3),
            results=tuple(results),
        )

    @property
    def rtf(self) -> float | None:
        """Real-time factor: seconds of work a second of sound; ``None`` without sound."""
        return self.processing_s / self.audio_s if self.audio_s else None

    @property
    def failures(self) -> list[ClipResult]:
        """The clips that could not be read."""
        return [r for r in self.results if r.error is not None]

    def ranked(self, n: int = _N_SHOWN) -> dict[str, list[ClipResult]]:
        """The ``n`` best, median and worst clips by word error rate, false words counting as errors."""
        done = sorted((r for r in self.results if r.error is None), key=_badness)
        middle = max(0, (len(done) - n) // 2)
        return {"best": done[:n], "median": done[middle : middle + n], "worst": done[::-1][:n]}

    def summary(self) -> dict[str, Any]:
        """The figures that a model's card keeps: those of :meth:`to_json` that are no lists of clips."""
        lists = ("speakers", "clips", "confusions", "failures")
        of_the_machine = ("processing_s", "rtf")
        confidence = {
            "words": self.confidence.words.summary(),
            "utterances": self.confidence.utterances.summary(),
        }
        kept = {k: v for k, v in self.to_json().items() if k not in lists + of_the_machine}
        return kept | {"confidence": confidence}

    def to_json(self) -> dict[str, Any]:
        """All figures as dictionaries, lists, strings and numbers, ready for ``json.dumps``."""
        errors = asdict(self.errors)
        return {
            "n_clips": self.n_clips,
            "n_failed": self.n_failed,
            "n_speakers": len(self.per_speaker),
            "n_words": errors.pop("n_words"),
            "n_dropped_words": self.n_dropped_words,
            "wer": self.wer,
            "wer_ci95": self.wer_ci95,
            **errors,
            "exact": self.exact,
            "exact_ci95": self.exact_ci95,
            "ci95_unit": self.ci95_unit,
            "spoken": asdict(self.spoken),
            "wordless": asdict(self.wordless),
            "speakers": {name: asdict(score) for name, score in self.per_speaker.items()},
            "speaker_spread": {
                "wer": self.wer_spread and asdict(self.wer_spread),
                "exact": self.exact_spread and asdict(self.exact_spread),
            },
            "confidence": asdict(self.confidence),
            "clips": {rank: [_clip_json(r) for r in clips] for rank, clips in self.ranked().items()},
            "confusions": [
                {"reference": said, "hypothesis": heard, "count": count}
                for (said, heard), count in confusions(self.results).most_common()
            ],
            "audio_s": self.audio_s,
            "processing_s": self.processing_s,
            "rtf": self.rtf,
            "failures": [{"audio": str(r.clip.audio), "error": r.error} for r in self.failures],
        }

    def as_table(self) -> str:
        """The figures as plain text, a few lines a topic."""
        from speechlstm.evaluation.table import render

        return render(self)


def _wer_interval(done: Sequence[ClipResult], units: NDArray[np.int64] | None) -> Interval | None:
    return clip_ratio_interval([r.errors.total for r in done], [r.errors.n_words for r in done], units)


def _part(done: Sequence[ClipResult], sample_rate_hz: int) -> Part:
    units = sampling_units([r.clip.speaker for r in done])
    return Part(
        n_clips=len(done),
        exact=_share_exact(done) if done else None,
        exact_ci95=proportion_interval([r.exact for r in done], units),
        n_insertions=sum(r.errors.insertions for r in done),
        audio_s=seconds(sum(r.n_samples for r in done), sample_rate_hz),
    )


def _share_exact(done: Sequence[ClipResult]) -> float:
    return sum(r.exact for r in done) / len(done)


def _per_speaker(done: Iterable[ClipResult]) -> dict[str, SpeakerScore]:
    named = sorted((r for r in done if r.clip.speaker), key=_speaker)
    return {name: _speaker_score(list(clips)) for name, clips in groupby(named, key=_speaker)}


def _speaker(result: ClipResult) -> str:
    return result.clip.speaker


def _speaker_score(done: Sequence[ClipResult]) -> SpeakerScore:
    errors = sum((r.errors for r in done), WordErrors())
    return SpeakerScore(len(done), errors.n_words, errors.wer, _share_exact(done))


def spread(
    rates: Sequence[float],
    best: Callable[[Sequence[float]], float],
    worst: Callable[[Sequence[float]], float],
) -> Spread | None:
    """The best, the median and the worst of some rates; ``None`` of none.

    Example:
        >>> spread([0.2, 0.9, 0.4], max, min)
        Spread(best=0.9, median=0.4, worst=0.2)
    """
    return Spread(best(rates), median(rates), worst(rates)) if rates else None


def _badness(result: ClipResult) -> tuple[float, int]:
    """Rate of errors, then the fewest words first among the wrong and last among the right."""
    errors = result.errors
    return errors.total / max(1, errors.n_words), errors.total or -errors.n_words


def _clip_json(result: ClipResult) -> dict[str, Any]:
    return {
        "audio": str(result.clip.audio),
        "speaker": result.clip.speaker,
        "reference": result.reference,
        "hypothesis": result.hypothesis,
        "errors": result.errors.total,
    }
