"""Run a recogniser over samples of handwriting and count what it read right."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from speechlstm.data.manifest import Clip
from speechlstm.data.strokes import StrokeSample
from speechlstm.errors import ConfigError
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.table import confusion_lines, joined, percent, rate, spread_line
from speechlstm.evaluation.words import ClipResult, WordErrors, confusions
from speechlstm.features.strokes import pen_points
from speechlstm.stage import run

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["StrokeEvaluation", "evaluate_strokes", "scored"]

_BATCH = 64
_N_WRITERS = 10


@dataclass(frozen=True, slots=True)
class StrokeEvaluation:
    """What a recogniser made of samples of handwriting.

    Attributes:
        counted: The figures, with characters in place of words, samples in place of clips, and writers in
            place of speakers: its ``wer`` is the character error rate.
        n_lexicon: Words that could be answered; 0 for any sequence of characters.
    """

    counted: Evaluation
    n_lexicon: int

    @property
    def n_failed(self) -> int:
        """None: a sample that cannot be read is an error of the file."""
        return self.counted.n_failed

    def summary(self) -> dict[str, Any]:
        """The figures that a model's card keeps: those of :meth:`to_json` that are no lists."""
        left_out = ("writers", "confusions", "errors", "processing_s")
        return {k: v for k, v in self.to_json().items() if k not in left_out}

    def to_json(self) -> dict[str, Any]:
        """All figures as dictionaries, lists, strings and numbers, ready for ``json.dumps``."""
        e = self.counted
        writers = {
            name: {"n_samples": s.n_clips, "n_characters": s.n_words, "cer": s.wer, "exact": s.exact}
            for name, s in e.per_speaker.items()
        }
        return {
            "n_samples": e.n_clips,
            "n_characters": e.errors.n_words,
            "n_lexicon": self.n_lexicon,
            "exact": e.exact,
            "exact_ci95": e.exact_ci95,
            "cer": e.wer,
            "cer_ci95": e.wer_ci95,
            "substitutions": e.errors.substitutions,
            "deletions": e.errors.deletions,
            "insertions": e.errors.insertions,
            "ci95_unit": self._unit,
            "n_writers": len(writers),
            "writers": writers,
            "writer_spread": {
                "exact": e.exact_spread and asdict(e.exact_spread),
                "cer": e.wer_spread and asdict(e.wer_spread),
            },
            "confusions": [
                {"written": written, "read": read, "times": n}
                for (written, read), n in confusions(e.results).most_common()
            ],
            "errors": [
                {"sample": str(r.clip.audio), "written": r.clip.text, "read": _text(r)}
                for r in e.results
                if not r.exact
            ],
            "processing_s": e.processing_s,
        }

    def as_table(self) -> str:
        """The figures as plain text, a few lines a topic."""
        return joined([self._summary(), self._writers(), self._confusions()])

    @property
    def _unit(self) -> str:
        return {"speakers": "writers", "clips": "samples"}[self.counted.ci95_unit]

    def _summary(self) -> Iterator[str]:
        e = self.counted
        yield f"samples          {e.n_clips}"
        yield f"exact            {rate(e.exact, e.exact_ci95)}"
        if e.errors.n_words > e.n_clips:
            yield f"character errors {rate(e.wer, e.wer_ci95)} of {e.errors.n_words}"
            yield f"                 {e.errors.insertions} inserted, {e.errors.deletions} deleted, " + (
                f"{e.errors.substitutions} substituted"
            )
        if self.n_lexicon:
            yield f"lexicon          {self.n_lexicon} words"
        yield f"time a sample    {1000 * e.processing_s / max(1, e.n_clips):.2f} ms"
        yield f"95 % intervals take {self._unit} as independent"

    def _writers(self) -> Iterator[str]:
        e = self.counted
        if not e.per_speaker:
            return
        yield f"{'writers: ' + str(len(e.per_speaker)):20} {'best':>8} {'median':>8} {'worst':>8}"
        yield from spread_line("exact", e.exact_spread)
        yield from spread_line("character errors", e.wer_spread)
        yield f"{'worst writers':20} {'samples':>8} {'exact':>8} {'char. errors':>12}"
        worst = sorted(e.per_speaker.items(), key=lambda item: (item[1].exact, item[0]))[:_N_WRITERS]
        for name, s in worst:
            yield f"  {name:18} {s.n_clips:8} {percent(s.exact):>8} {percent(s.wer):>12}"

    def _confusions(self) -> Iterator[str]:
        return confusion_lines(("written", "read", "times"), confusions(self.counted.results))


def evaluate_strokes(
    recognizer: "Recognizer",
    samples: Sequence[StrokeSample],
    *,
    progress: Callable[[ClipResult], None] = lambda result: None,
) -> StrokeEvaluation:
    """Read every sample and compare with its label, character by character.

    Args:
        recognizer: A loaded model for a pen.
        samples: What to read, as from :func:`speechlstm.data.strokes.read_strokes`.
        progress: Called after each sample with what became of it.

    Returns:
        The figures.

    Raises:
        ConfigError: The model reads no pen.
    """
    if not recognizer.reads_pen:
        raise ConfigError(f"{recognizer.bundle.name} reads no pen; give a model that does")
    results, began = [], perf_counter()
    for i in range(0, len(samples), _BATCH):
        part = samples[i : i + _BATCH]
        answers = recognizer.posteriors_batch([pen_points(sample.strokes) for sample in part])
        for sample, answer in zip(part, answers, strict=True):
            text = "".join(word.text for ready in run(recognizer.decoder, [answer]) for word in ready)
            results.append(scored(sample, text))
            progress(results[-1])
    rate_hz, processing_s = int(recognizer.sample_rate_hz), perf_counter() - began
    counted = Evaluation.from_results(results, sample_rate_hz=rate_hz, processing_s=processing_s)
    return StrokeEvaluation(counted, len(getattr(recognizer.bundle.config.decoder, "lexicon", ())))


def scored(sample: StrokeSample, text: str) -> ClipResult:
    """What was read against what is written, with characters in place of words."""
    clip = Clip(Path(sample.place), sample.label, sample.writer, sample.split)
    n_points = sum(len(stroke) for stroke in sample.strokes)
    return ClipResult(
        clip, " ".join(sample.label), " ".join(text), WordErrors.of(sample.label, text), n_points
    )


def _text(result: ClipResult) -> str:
    return "".join(result.hypothesis.split())
