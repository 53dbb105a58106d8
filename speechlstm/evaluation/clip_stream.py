"""Clips laid one after another, as a microphone that is never switched off would hear them."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from speechlstm.config import require
from speechlstm.data.augment import rms
from speechlstm.data.corpus import speech_bounds
from speechlstm.data.manifest import Clip
from speechlstm.data.texts import in_vocabulary
from speechlstm.errors import AudioError, DataError
from speechlstm.evaluation.words import WordErrors, words_in
from speechlstm.messages import Word
from speechlstm.sources.whole import whole_sound

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["ClipStreamConfig", "Piece", "Sound", "errors_of", "heard_in", "read_sounds"]


@dataclass(frozen=True, slots=True)
class ClipStreamConfig:
    """How clips are laid one after another.

    Attributes:
        pause_s: Shortest and longest stretch of hiss on either side of a clip.
        level_db: Lowest and highest RMS of the speech in a clip, against full scale.
        hiss_db: RMS of the hiss that is never absent, against full scale.
        seed: Of all that is drawn.
    """

    pause_s: tuple[float, float] = (0.4, 1.2)
    level_db: tuple[float, float] = (-35.0, -18.0)
    hiss_db: float = -70.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, pair in (("pause_s", self.pause_s), ("level_db", self.level_db)):
            require(len(pair) == 2 and pair[0] <= pair[1], f"{name} must be (lowest, highest), got {pair}")
        require(self.pause_s[0] >= 0, f"pause_s must not be negative, got {self.pause_s}")


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A clip that was read.

    Attributes:
        clip: As the manifest lists it.
        samples: float32 ``[n]`` at the model's rate.
        reference: The words of its text that the model is to give.
        speech: First sample of its speech and one past the last, by
            :func:`~speechlstm.data.corpus.speech_bounds`.
        ends_in_word: Whether the last word of the text is the last of the reference, so that the end of
            the speech is its end.
    """

    clip: Clip
    samples: np.ndarray
    reference: tuple[str, ...]
    speech: tuple[int, int]
    ends_in_word: bool

    def piece(self, n: int, sample_rate_hz: int, config: ClipStreamConfig) -> "Piece":
        """The ``n``-th piece of a stream: the clip at a level of its own, hiss before, under and after it."""
        rng = np.random.default_rng((config.seed, n))
        before, after = (int(rng.uniform(*config.pause_s) * sample_rate_hz) for _ in range(2))
        gain = 10 ** (rng.uniform(*config.level_db) / 20) / rms(self.samples[slice(*self.speech)])
        x = rng.standard_normal(before + len(self.samples) + after, np.float32)
        x *= np.float32(10 ** (config.hiss_db / 20))
        x[before : before + len(self.samples)] += self.samples * np.float32(gain)
        return Piece(self, np.clip(x, -1, 1), before + self.speech[1])


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of a stream that belongs to one clip.

    Attributes:
        sound: The clip.
        samples: float32 ``[n]``, with the pauses on either side.
        speech_stop: One past the last sample of the speech.
    """

    sound: Sound
    samples: np.ndarray
    speech_stop: int


def read_sounds(
    recognizer: "Recognizer",
    clips: Iterable[Clip],
    failed: Callable[[Clip, AudioError], None] = lambda clip, error: None,
) -> list[Sound]:
    """Read clips at the model's rate.

    Args:
        recognizer: The model.
        clips: The clips.
        failed: Called for each that cannot be read.

    Raises:
        DataError: None could be read, or they hold nothing that the model could be right or wrong about.
    """
    sounds, errors = [], []
    for clip in clips:
        try:
            sounds.append(_read(recognizer, clip))
        except AudioError as error:
            errors.append(str(error))
            failed(clip, error)
    if not sounds:
        raise DataError(f"none of {len(errors)} clips could be read: {'; '.join(errors[:2])}")
    return sounds


def heard_in(lengths: Sequence[int], words: Sequence[Word]) -> list[list[tuple[int, Word]]]:
    """The words recognised in each piece of a stream, each with its number among all words.

    A word belongs to the piece that its middle lies in.

    Args:
        lengths: Samples of each piece.
        words: All words, timed from the first piece on.
    """
    starts = np.cumsum([0, *lengths])[:-1].tolist()
    heard: list[list[tuple[int, Word]]] = [[] for _ in lengths]
    for i, word in enumerate(words):
        middle = (word.start_samples + word.end_samples) / 2
        heard[max(0, bisect_right(starts, middle) - 1)].append((i, word))
    return heard


def errors_of(sound: Sound, words: Iterable[Word]) -> WordErrors:
    """Count the errors of what was recognised in a clip."""
    return WordErrors.of(sound.reference, words_in(word.text for word in words))


def _read(recognizer: "Recognizer", clip: Clip) -> Sound:
    samples = whole_sound(clip.audio, recognizer.sound_rate_hz)
    reference = in_vocabulary(clip.text, recognizer.bundle.vocabulary)
    last = in_vocabulary((clip.text.split() or [""])[-1], recognizer.bundle.vocabulary)
    speech = speech_bounds(samples, recognizer.sound_rate_hz)
    return Sound(clip, samples, tuple(reference), speech, bool(last) and last == reference[-1:])
