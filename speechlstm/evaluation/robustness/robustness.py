"""Errors under noise, at other levels, through other lines and in rooms: the same clips, time and again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from speechlstm.data.augment import rms
from speechlstm.data.manifest import Clip
from speechlstm.evaluation.bootstrap import clip_ratio_interval, proportion_interval, relative_interval
from speechlstm.evaluation.clip_stream import Sound, errors_of, read_sounds
from speechlstm.evaluation.intervals import Interval, sampling_units
from speechlstm.evaluation.measurement import Measurement
from speechlstm.evaluation.robustness.degrade import (
    Noises,
    at_level,
    at_rate,
    generated_noises,
    over_telephone,
    with_noise,
)
from speechlstm.evaluation.robustness.room import Room, reverberated
from speechlstm.evaluation.table import limits, percent, ratio_limits
from speechlstm.evaluation.words import WordErrors

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["LEVELS_DB", "RATES_HZ", "ROOMS", "SNRS_DB", "ConditionScore", "Robustness", "robustness"]

SNRS_DB = (20.0, 15.0, 10.0, 5.0, 0.0)
LEVELS_DB = (-40.0, -30.0, -20.0, -10.0, 0.0)
RATES_HZ = (8_000, 16_000)
ROOMS = (
    Room((3.0, 2.5, 2.4), 0.2, 1.0),
    Room((5.0, 4.0, 2.6), 0.35, 1.5),
    Room((7.0, 5.0, 2.8), 0.5, 1.5),
)
# places of mouth and microphone in each room
_N_PLACES = 3


@dataclass(frozen=True, slots=True)
class ConditionScore:
    """What became of the clips under one condition.

    Attributes:
        kind: ``clean``, ``noise``, ``level``, ``bandwidth`` or ``room``.
        name: What the condition is, as ``10 dB``.
        value: The same as a number: ratio of speech to noise in dB; peak in dB; rate in Hz, 0 for the
            telephone; decay time in seconds.
        errors: Words said, and errors.
        wer: Word error rate; ``None`` where no word is said.
        wer_ci95: Its 95 % interval.
        exact: Share of exact clips.
        exact_ci95: Its 95 % interval.
        times_clean: Errors against those of the clean clips; ``None`` where these have none.
        times_clean_ci95: Its 95 % interval, clip by clip.
    """

    kind: str
    name: str
    value: float
    errors: WordErrors
    wer: float | None
    wer_ci95: Interval | None
    exact: float
    exact_ci95: Interval | None
    times_clean: float | None
    times_clean_ci95: Interval | None


@dataclass(frozen=True, slots=True)
class Robustness(Measurement):
    """How errors grow with what happens to the sound.

    Attributes:
        n_clips: Clips heard under every condition.
        n_words: Words said in them.
        failed: Clips that could not be read, and why.
        noises: What the noises are.
        n_noises: How many.
        ci95_unit: What the intervals take as independent: ``speakers`` or ``clips``.
        clean: The clips as they are.
        scores: All conditions, those of a kind together, from mild to strong.
    """

    n_clips: int
    n_words: int
    failed: tuple[str, ...]
    noises: str
    n_noises: int
    ci95_unit: str
    clean: ConditionScore
    scores: tuple[ConditionScore, ...]

    def of(self, kind: str) -> tuple[ConditionScore, ...]:
        """The conditions of one kind."""
        return tuple(score for score in self.scores if score.kind == kind)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values; ``times_clean_10_db`` is the ratio of errors at 10 dB."""
        at_10_db = next(s for s in self.of("noise") if s.value == 10)
        return Measurement.to_json(self) | {
            "times_clean_10_db": at_10_db.times_clean,
            "times_clean_10_db_ci95": at_10_db.times_clean_ci95,
        }

    def summary(self) -> dict[str, Any]:
        """What a card keeps."""
        found = self.to_json()
        # figures of a metric with n_clips are taken for those of words
        return {"n_heard" if name == "n_clips" else name: value for name, value in found.items()}

    def as_table(self) -> str:
        """A line for each condition."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.n_clips} clips, {self.n_words} words, each heard under every condition"
        yield f"{self.n_noises} noises: {self.noises}"
        yield f"95 % intervals take {self.ci95_unit} as independent"
        yield ""
        yield f"{'condition':22} {'word errors (95 %)':30} {'exact (95 %)':30} errors against clean (95 %)"
        for score in (self.clean, *self.scores):
            wer, exact = (
                f"{percent(value)} ({limits(interval)})"
                for value, interval in ((score.wer, score.wer_ci95), (score.exact, score.exact_ci95))
            )
            name = score.name if score.kind == "clean" else f"{score.kind:10} {score.name}"
            yield f"{name:22} {wer:30} {exact:30} {_times(score)}"
        yield ""
        yield "levels are of the loudest sample"


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition, and what it does to a clip; ``rng`` gives the same to every condition of a kind."""

    kind: str
    name: str
    value: float
    change: Callable[[Sound, np.random.Generator], np.ndarray]


def robustness(
    recognizer: "Recognizer",
    clips: Sequence[Clip],
    *,
    noises: Noises | None = None,
    rooms: Sequence[Room] = ROOMS,
    seed: int = 0,
    progress: Callable[[Clip], None] = lambda clip: None,
) -> Robustness:
    """Hear clips as they are and under every condition.

    Every condition has the same clips, and a clip the same stretch of noise at every ratio, so that what
    differs is the condition.

    Args:
        recognizer: The model.
        clips: What to hear.
        noises: What to mix in; generated noises if not given.
        rooms: Rooms to hear the clips in.
        seed: Of the noise under each clip, and of places in rooms.
        progress: Called after each clip.

    Returns:
        The figures. A clip that cannot be read is counted as failed and left out.

    Raises:
        DataError: No clip can be read.
    """
    failed: list[str] = []
    sounds = read_sounds(recognizer, clips, lambda clip, error: failed.append(str(error)))
    rate = recognizer.sound_rate_hz
    if noises is None:
        noises = generated_noises((s.samples for s in sounds), rate, seed=seed)
    conditions = list(_conditions(noises, rooms, rate, seed))
    rows = []
    for i, sound in enumerate(sounds):
        changed = [c.change(sound, np.random.default_rng((seed, i))) for c in conditions]
        answers = recognizer.posteriors_batch(changed)
        heard = (recognizer.words_of(a, len(x)) for a, x in zip(answers, changed, strict=True))
        rows.append([errors_of(sound, words) for words in heard])
        progress(sound.clip)
    units = sampling_units([s.clip.speaker for s in sounds])
    columns = list(zip(*rows, strict=True))
    scores = [_score(c, column, columns[0], units) for c, column in zip(conditions, columns, strict=True)]
    return Robustness(
        n_clips=len(sounds),
        n_words=scores[0].errors.n_words,
        failed=tuple(failed),
        noises=noises.what,
        n_noises=len(noises.samples),
        ci95_unit="clips" if units is None else "speakers",
        clean=scores[0],
        scores=tuple(scores[1:]),
    )


def _conditions(noises: Noises, rooms: Sequence[Room], rate: int, seed: int) -> Iterator[_Condition]:
    yield _Condition("clean", "clean", 0.0, lambda sound, rng: sound.samples)
    for snr_db in SNRS_DB:
        noisy = partial(_noisy, noises=noises, snr_db=snr_db)
        yield _Condition("noise", f"{snr_db:g} dB", snr_db, noisy)
    for peak_db in LEVELS_DB:
        yield _Condition("level", f"{peak_db:g} dBFS", peak_db, partial(_levelled, peak_db=peak_db))
    for hz in RATES_HZ:
        name = f"{hz / 1000:g} kHz"
        yield _Condition("bandwidth", name, hz, partial(_resampled, sample_rate_hz=rate, through_hz=hz))
    yield _Condition("bandwidth", "telephone", 0.0, partial(_over_telephone, sample_rate_hz=rate))
    for room in rooms:
        rng = np.random.default_rng(seed)
        responses = [room.response(rng, rate) for _ in range(_N_PLACES)]
        yield _Condition(
            "room", f"{1000 * room.rt60_s:g} ms", room.rt60_s, partial(_echoing, responses=responses)
        )


def _noisy(sound: Sound, rng: np.random.Generator, *, noises: Noises, snr_db: float) -> np.ndarray:
    return with_noise(sound.samples, noises.draw(rng, len(sound.samples)), snr_db, sound.speech)


def _levelled(sound: Sound, rng: np.random.Generator, *, peak_db: float) -> np.ndarray:
    return at_level(sound.samples, peak_db)


def _resampled(sound: Sound, rng: np.random.Generator, *, sample_rate_hz: int, through_hz: int) -> np.ndarray:
    return at_rate(sound.clip.audio, sample_rate_hz, through_hz)


def _over_telephone(sound: Sound, rng: np.random.Generator, *, sample_rate_hz: int) -> np.ndarray:
    return over_telephone(sound.samples, sample_rate_hz)


def _echoing(sound: Sound, rng: np.random.Generator, *, responses: Sequence[np.ndarray]) -> np.ndarray:
    """The clip in a room, no louder than before."""
    wet = reverberated(sound.samples, responses[int(rng.integers(len(responses)))])
    return wet * np.float32(rms(sound.samples) / rms(wet[: len(sound.samples)]))


def _score(
    condition: _Condition,
    errors: Sequence[WordErrors],
    clean: Sequence[WordErrors],
    units: np.ndarray | None,
) -> ConditionScore:
    totals, n_words = [e.total for e in errors], [e.n_words for e in errors]
    before, together = [e.total for e in clean], sum(errors, WordErrors())
    exact = [total == 0 for total in totals]
    return ConditionScore(
        kind=condition.kind,
        name=condition.name,
        value=condition.value,
        errors=together,
        wer=together.wer,
        wer_ci95=clip_ratio_interval(totals, n_words, units),
        exact=sum(exact) / len(exact),
        exact_ci95=proportion_interval(exact, units),
        times_clean=sum(totals) / sum(before) if sum(before) else None,
        times_clean_ci95=relative_interval(totals, before, units),
    )


def _times(score: ConditionScore) -> str:
    times = "unknown" if score.times_clean is None else f"{score.times_clean:.1f}"
    if score.kind == "clean" or score.times_clean_ci95 is None:
        return times
    return f"{times} ({ratio_limits(score.times_clean_ci95)})"
