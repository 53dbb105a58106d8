"""Confidences that mean what they say, and an operating point, out of clips that no model was trained on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from speechlstm.config import require
from speechlstm.data.manifest import Clip
from speechlstm.data.texts import in_vocabulary
from speechlstm.decode.confidence import Calibration
from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.decoder import make_decoder
from speechlstm.errors import AudioError, ConfigError, DataError
from speechlstm.evaluation.bootstrap import clip_ratio_interval
from speechlstm.evaluation.calibration.operating_point import (
    PENALTIES,
    Choice,
    Considered,
    Heard,
    Toll,
    choose,
    choose_penalty,
    fit_alone,
)
from speechlstm.evaluation.calibration.report import CalibrationReport, Point
from speechlstm.evaluation.intervals import rate_interval, sampling_units, speaker_numbers
from speechlstm.evaluation.misses import answer_of
from speechlstm.evaluation.reliability import Confidence
from speechlstm.evaluation.words import ClipResult, WordErrors, align, words_in
from speechlstm.messages import Word
from speechlstm.odds import BY_THEMSELVES, Joint, log_odds
from speechlstm.stage import run

if TYPE_CHECKING:
    from speechlstm.engine.engine import Answer
    from speechlstm.recognizer import Recognizer

__all__ = ["calibrate", "decoder_of"]

_N_FOLDS = 10
# right and wrong words that it takes
_N_FEWEST = 10
# confidences that are the posterior and the peak themselves
_POSTERIOR, _PEAK = Calibration(0.0, 1.0, 0.0), Calibration(0.0, 0.0, 1.0)


class _Given(NamedTuple):
    """What some settings give for a clip, and what makes the confidence of all of it."""

    words: list[Word]
    joint: Joint


def decoder_of(recognizer: "Recognizer") -> DecoderConfig:
    """What of a model is calibrated.

    Raises:
        ConfigError: Not a model of words.
    """
    config = recognizer.bundle.config.decoder
    if not isinstance(config, DecoderConfig):
        raise ConfigError(
            f"{recognizer.bundle.name} decodes by {config.method!r}; only models of words are calibrated"
        )
    return config


def calibrate(
    recognizer: "Recognizer",
    clips: Sequence[Clip],
    *,
    words_per_hour: float = 1000.0,
    blank_penalty: float | None = None,
    progress: Callable[[Clip], None] = lambda clip: None,
) -> CalibrationReport:
    """Choose calibration, threshold and blank's penalty; and measure, by cross-validation over speakers.

    Args:
        recognizer: A model of words, at the latency that it will be used with.
        clips: Clips that it was not trained on, those without its words among them: what is given there in
            error must count.
        words_per_hour: What is weighed: the fewest errors in an hour of use in which so many words are said,
            all else being sound without any.
        blank_penalty: Only fit confidences, to all that this penalty of the blank brings up, with a threshold
            of 0; nothing to choose it, and a threshold.
        progress: Called after every clip.

    Raises:
        ConfigError: Not a model of words, no positive ``words_per_hour``, or a penalty that is not finite.
        DataError: Too few speakers, or too few words that are right or wrong.
    """
    require(0 < words_per_hour < float("inf"), f"words_per_hour must be above 0, got {words_per_hour}")
    require(
        blank_penalty is None or np.isfinite(blank_penalty),
        f"blank_penalty must be a finite number, got {blank_penalty}",
    )
    config = decoder_of(recognizer)
    penalties = PENALTIES if blank_penalty is None else (*PENALTIES, blank_penalty)
    heard, as_it_was, failed = _hear(recognizer, config, clips, penalties, progress)
    units = speaker_numbers([h.clip.speaker for h in heard]).tolist()
    _check(heard, max(units, default=-1) + 1)
    seconds = sum(h.n_samples for h in heard if not h.reference) / recognizer.sound_rate_hz
    toll = Toll(sum(len(h.reference) for h in heard), seconds / 3600, words_per_hour)
    n_folds = min(_N_FOLDS, max(units) + 1)
    folds = np.random.default_rng(0).permutation(max(units) + 1)[units] % n_folds

    def chooser(some: Sequence[Heard], toll: Toll) -> Choice:
        return choose(some, toll) if blank_penalty is None else fit_alone(some, blank_penalty)

    chosen = chooser(heard, toll)
    return CalibrationReport(
        config=replace(
            config,
            threshold=chosen.threshold,
            blank_penalty=chosen.blank_penalty,
            calibration=chosen.calibration,
        ),
        n_clips=len(heard),
        failed=tuple(failed),
        n_speakers=max(units) + 1,
        n_folds=n_folds,
        n_words=toll.n_words,
        hours_without_words=toll.hours,
        words_per_hour=words_per_hour,
        before=_point(heard, as_it_was, toll),
        after=_point(heard, _out_of_fold(heard, folds, toll, chooser), toll),
        by_penalty=_point(heard, _out_of_fold(heard, folds, toll, choose_penalty), toll),
    )


def _hear(
    recognizer: "Recognizer",
    config: DecoderConfig,
    clips: Iterable[Clip],
    penalties: Sequence[float],
    progress: Callable[[Clip], None],
) -> tuple[list[Heard], list[_Given], list[str]]:
    """What each penalty brings up, what the model's own settings give, and what could not be read."""
    vocabulary = recognizer.bundle.vocabulary
    heard, as_it_was, failed = [], [], []
    for clip in clips:
        try:
            answer, n_samples = answer_of(recognizer, clip.audio)
        except AudioError as error:
            failed.append(str(error))
        else:
            reference = tuple(in_vocabulary(clip.text, vocabulary))
            words = {
                penalty: tuple(_considered(recognizer, config, answer, penalty, reference))
                for penalty in penalties
            }
            heard.append(Heard(clip, reference, n_samples, words))
            as_it_was.append(_Given(_given(recognizer, config, answer), config.joint))
        progress(clip)
    return heard, as_it_was, failed


def _considered(
    recognizer: "Recognizer",
    config: DecoderConfig,
    answer: "Answer",
    penalty: float,
    reference: Sequence[str],
) -> Iterator[Considered]:
    bare = replace(config, threshold=0.0, blank_penalty=penalty)
    words = _given(recognizer, replace(bare, calibration=_POSTERIOR), answer)
    peaks = _given(recognizer, replace(bare, calibration=_PEAK), answer)
    pairs = iter([pair for pair in align(reference, words_in(word.text for word in words)) if pair[1]])
    for word, peak in zip(words, peaks, strict=True):
        own = [next(pairs) for _ in word.text.split()]
        right = all(said == given for said, given in own)
        n_errors = sum(-1 if said == given else int(not said) for said, given in own)
        yield Considered(word.text, log_odds(word.confidence), log_odds(peak.confidence), right, n_errors)


def _given(recognizer: "Recognizer", config: DecoderConfig, answer: "Answer") -> list[Word]:
    features = recognizer.bundle.config.features
    decoder = make_decoder(recognizer.bundle.vocabulary, features.frame_samples, config)
    return [word for ready in run(decoder, [answer]) for word in ready]


def _check(heard: Sequence[Heard], n_units: int) -> None:
    if n_units < 2:
        raise DataError(
            f"{len(heard)} clips of {n_units} speakers: what is chosen must be tried on other speakers than "
            "it was chosen on; give clips of at least two, better of twenty"
        )
    most = [word for h in heard for word in h.words[max(PENALTIES)]]
    n_right = sum(word.right for word in most)
    if min(n_right, len(most) - n_right) < _N_FEWEST:
        raise DataError(
            f"{n_right} words that the model brings up in {len(heard)} clips are right, and "
            f"{len(most) - n_right} wrong; a calibration takes at least {_N_FEWEST} of each: give more clips "
            "of its words, and of speech that holds none"
        )


def _out_of_fold(
    heard: Sequence[Heard],
    folds: "np.ndarray",
    toll: Toll,
    chooser: Callable[[Sequence[Heard], Toll], Choice],
) -> list[_Given]:
    """What is given for each clip by what was chosen on the folds that its speaker is not in."""
    choices = {
        fold: chooser([h for h, f in zip(heard, folds, strict=True) if f != fold], toll)
        for fold in set(folds.tolist())
    }
    return [_given_by(choices[fold], h) for h, fold in zip(heard, folds.tolist(), strict=True)]


def _given_by(choice: Choice, heard: Heard) -> _Given:
    words = [Word(word.text, 0, 0, confidence) for word, confidence in choice.kept(heard)]
    return _Given(words, BY_THEMSELVES if choice.calibration is None else choice.calibration.joint)


def _point(heard: Sequence[Heard], given: Sequence[_Given], toll: Toll) -> Point:
    results = [_result(h, words) for h, words in zip(heard, given, strict=True)]
    spoken = [result for result in results if result.reference]
    wordless = [result for result in results if not result.reference]
    n_false = [len(result.words) for result in wordless]
    units = sampling_units([result.clip.speaker for result in spoken])
    errors = sum((result.errors for result in spoken), WordErrors())
    return Point(
        errors=errors,
        wer_ci95=clip_ratio_interval(
            [result.errors.total for result in spoken], [result.errors.n_words for result in spoken], units
        ),
        n_false_words=sum(n_false),
        false_words_per_hour=sum(n_false) / toll.hours if toll.hours else None,
        false_words_per_hour_ci95=rate_interval(n_false, toll.hours) if toll.hours else None,
        errors_per_hour=toll.of(heard, [result.errors.total for result in results]),
        confidence=Confidence.of(results),
    )


def _result(heard: Heard, given: _Given) -> ClipResult:
    words = given.words
    texts = [word.text for word in words]
    return ClipResult(
        clip=heard.clip,
        reference=" ".join(heard.reference),
        hypothesis=" ".join(texts),
        errors=WordErrors.of(heard.reference, words_in(texts)),
        n_samples=heard.n_samples,
        words=tuple(words),
        joint=given.joint,
    )
