"""What is given at each sensitivity, or however unsure, and which of the words that are said it misses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from speechlstm.data.manifest import Clip
from speechlstm.data.texts import in_vocabulary
from speechlstm.decode.config import DecoderConfig, at_sensitivity
from speechlstm.decode.decoder import make_decoder
from speechlstm.errors import AudioError
from speechlstm.evaluation.bootstrap import clip_ratio_interval
from speechlstm.evaluation.intervals import Interval, sampling_units
from speechlstm.evaluation.words import WordErrors, words_in
from speechlstm.messages import Word
from speechlstm.sources.counted import Counted
from speechlstm.stage import Chain, concatenate, run

if TYPE_CHECKING:
    from pathlib import Path

    from speechlstm.engine.engine import Answer
    from speechlstm.recognizer import Recognizer

__all__ = ["SENSITIVITIES", "Given", "Said", "answer_of", "given_for", "missed", "said_in", "threshold_of"]

SENSITIVITIES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


class Given(NamedTuple):
    """What a recogniser makes of some sound.

    Attributes:
        at: The words at each of the sensitivities asked for.
        believed: All words at the model's own operating point, however unsure.
    """

    at: tuple[list[str], ...]
    believed: tuple[Word, ...]

    def surer_than(self, threshold: float) -> list[str]:
        """The words of a higher confidence."""
        return [word.text for word in self.believed if word.confidence > threshold]


class Said(NamedTuple):
    """A clip that says words, and what is given for it.

    Attributes:
        reference: The words, at least one.
        speaker: Who says them; empty where unknown.
        given: What is given.
    """

    reference: list[str]
    speaker: str
    given: Given


def answer_of(recognizer: "Recognizer", path: "Path") -> "tuple[Answer, int]":
    """The network's answer to a file, and its length in samples."""
    with recognizer.open(path) as source:
        counted = Counted(source)
        answer = concatenate(list(run(Chain([recognizer.features, recognizer.network]), counted)))
    return answer, counted.n_samples


def given_for(recognizer: "Recognizer", answer: "Answer", sensitivities: Sequence[float]) -> Given:
    """What is made of an answer of the network."""
    settings = recognizer.bundle.config.decoder
    at = (_decoded(recognizer, answer, at_sensitivity(settings, s)) for s in sensitivities)
    believed = _decoded(recognizer, answer, replace(at_sensitivity(settings, 0.5), threshold=0.0))
    return Given(tuple([word.text for word in words] for words in at), believed)


def said_in(
    recognizer: "Recognizer",
    clips: Sequence[Clip],
    sensitivities: Sequence[float],
    done: Callable[[Clip, AudioError | None], None],
) -> Iterator[Said]:
    """The clips that say words of the model; ``done`` is told of all, and why one could not be read."""
    for clip in clips:
        reference, failed = in_vocabulary(clip.text, recognizer.bundle.vocabulary), None
        if reference:
            try:
                answer, _ = answer_of(recognizer, clip.audio)
            except AudioError as error:
                failed = error
            else:
                yield Said(reference, clip.speaker, given_for(recognizer, answer, sensitivities))
        done(clip, failed)


def missed(said: Sequence[Said], heard: Sequence[list[str]]) -> tuple[float | None, Interval | None]:
    """Share of the words said that are not among those heard, clip by clip, and its 95 % interval.

    Both are ``None`` of no clips.
    """
    if not said:
        return None, None
    errors = [WordErrors.of(one.reference, words_in(texts)) for one, texts in zip(said, heard, strict=True)]
    n_missed, n_words = [e.deletions + e.substitutions for e in errors], [e.n_words for e in errors]
    units = sampling_units([one.speaker for one in said])
    return sum(n_missed) / sum(n_words), clip_ratio_interval(n_missed, n_words, units)


def threshold_of(confidences: Sequence[float], n_allowed: int) -> float:
    """The smallest threshold that no more than so many confidences exceed.

    Example:
        >>> threshold_of([0.5, 0.9, 0.7], 1)
        0.7
    """
    return sorted([*confidences, *[0.0] * (n_allowed + 1)], reverse=True)[n_allowed]


def _decoded(recognizer: "Recognizer", answer: "Answer", settings: DecoderConfig) -> tuple[Word, ...]:
    config = recognizer.bundle.config
    decoder = make_decoder(config.vocabulary, config.features.frame_samples, settings)
    return tuple(word for ready in run(decoder, [answer]) for word in ready)
