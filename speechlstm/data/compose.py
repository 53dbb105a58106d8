"""Live sound is not clips: streams composed out of clips, and where each word lies in them."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from speechlstm.data.augment import change_speed, change_tempo, colour, draw_room, gain_curve, rms
from speechlstm.data.compose_config import ComposeConfig
from speechlstm.data.corpus import Corpus, Item
from speechlstm.data.item_pool import ItemPool
from speechlstm.data.texts import entries_in
from speechlstm.errors import DataError

__all__ = ["Composer", "Composition", "Label", "Said"]


class Label(NamedTuple):
    """A word in a stream.

    Attributes:
        token: Its token; 1 is the vocabulary's first word.
        start: First sample of the time it may be answered in.
        stop: One past the last.
        aligned: Whether these are the word's own bounds, or those of a phrase around it.
    """

    token: int
    start: int
    stop: int
    aligned: bool


class Said(NamedTuple):
    """A stretch of speech in a stream.

    Attributes:
        text: All that is said in it; empty where that is not known.
        start: First sample.
        stop: One past the last.
    """

    text: str
    start: int
    stop: int


@dataclass(slots=True)
class Composition:
    """A stream being composed; ``samples`` float32 ``[n]``, its labels and all speech, in order."""

    samples: np.ndarray
    labels: list[Label] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)


class Composer:
    """Composes streams; the same seed gives the same streams.

    Args:
        corpus: The clips.
        vocabulary: Words of the tokens 1, 2, ...
        config: Proportions.

    Raises:
        DataError: A word of the vocabulary without a clip.
    """

    def __init__(self, corpus: Corpus, vocabulary: tuple[str, ...], config: ComposeConfig) -> None:
        self.corpus, self.config = corpus, config
        self._vocabulary = vocabulary
        self._token = {word: i + 1 for i, word in enumerate(vocabulary)}
        self._said: dict[str, tuple[str, ...]] = {}
        self._of_word = {
            w: ItemPool([i for i in corpus.items if i.role == "words" and self._entries(i) == (w,)])
            for w in vocabulary
        }
        missing = [w for w, pool in self._of_word.items() if not pool.items]
        if missing:
            raise DataError(
                f"no clip of {', '.join(missing)}; add recordings, or take them from the vocabulary"
            )
        phrases = [i for i in corpus.items if i.role == "phrases" and i.stop - i.start <= self._n_samples]
        self._pools = {
            # phrases with more words of the vocabulary tell more
            "target": ItemPool([i for i in phrases for _ in self._tokens(i)]),
            "filler": ItemPool([i for i in phrases if not self._tokens(i)]),
            "other": ItemPool([i for i in corpus.items if i.role == "words" and not self._entries(i)]),
            "speech": ItemPool([i for i in corpus.items if i.role == "speech"]),
            "noise": ItemPool([i for i in corpus.items if i.role == "noise"]),
        }

    def compose(self, seed: int) -> Composition:
        """One stream of ``length_s``."""
        rng = np.random.default_rng(seed)
        stream = Composition(np.zeros(self._n_samples, np.float32))
        at = int(rng.uniform(0, 0.6) * self.corpus.sample_rate_hz)
        while at < self._n_samples:
            at = self._add_item(stream, at, rng)
        stream.samples = self._environment(stream.samples, rng)
        return stream

    @property
    def _n_samples(self) -> int:
        return int(self.config.length_s * self.corpus.sample_rate_hz)

    def _add_item(self, stream: Composition, at: int, rng: np.random.Generator) -> int:
        c = self.config
        kinds = ("run", "phrase", "other", "speech", "silence")
        shares = np.cumsum([c.p_run, c.p_phrase, c.p_other, c.p_speech])
        kind = kinds[int(np.searchsorted(shares, rng.random(), side="right"))]
        if kind == "silence":
            return at + self._samples(rng.uniform(0.2, 1.5))
        if kind == "run":
            at = self._add_run(stream, at, rng)
        elif kind == "phrase":
            name = "target" if rng.random() < 0.5 and self._pools["target"].items else "filler"
            at = self._add_clip(stream, at, self._pools[name].draw(rng), rng)
        elif kind == "other":
            at = self._add_clip(stream, at, self._pools["other"].draw(rng), rng)
        else:
            at = self._add_excerpt(stream, at, rng)
        return at + self._samples(rng.uniform(0.05, 0.6))

    def _add_run(self, stream: Composition, at: int, rng: np.random.Generator) -> int:
        """Words one after the other, at about one level and speed; most runs by one speaker if they can."""
        manner = _manner(self.config, rng)
        speaker, same_speaker = "", rng.random() < 0.6
        for _ in range(int(rng.integers(1, self.config.max_run + 1))):
            pool = self._of_word[self._vocabulary[int(rng.integers(len(self._vocabulary)))]]
            item = pool.draw(rng, speaker if same_speaker else "")
            speaker = item.speaker if item else ""
            at = self._add_clip(stream, at, item, rng, manner=manner)
            at += self._samples(_between(rng, manner.gap_s))
        return at

    def _add_clip(
        self,
        stream: Composition,
        at: int,
        item: Item | None,
        rng: np.random.Generator,
        *,
        manner: "_Manner | None" = None,
    ) -> int:
        if item is None:
            return at
        at, rate = max(at, 0), self.corpus.sample_rate_hz
        manner = manner or _Manner(
            rng.uniform(-10, 4), _between(rng, self.config.speed), self._gain_curve(rng)
        )
        speed, tempo = manner.speed * rng.uniform(0.95, 1.05), manner.tempo * rng.uniform(0.9, 1.1)
        before = min(item.speech_start - item.start, self._samples(rng.uniform(0, manner.margin_s)))
        after = min(item.stop - item.speech_stop, self._samples(rng.uniform(0, manner.margin_s)))
        x = change_speed(self.corpus.sound(item.speech_start - before, item.speech_stop + after), speed)
        if manner.tempo != 1:
            n_before, x = len(x), change_tempo(x, tempo, sample_rate_hz=rate)
            speed *= n_before / len(x)
        x = colour(x, manner.gain_db)
        start, stop = at + int(before / speed), at + len(x) - int(after / speed)
        if stop > self._n_samples:
            return self._n_samples
        self._mix(stream, at, x, manner.level_db + rng.normal(0, 1.5))
        stream.said.append(Said(item.text, start, stop))
        aligned = item.role == "words"
        stream.labels += [Label(token, start, stop, aligned) for token in self._tokens(item)]
        return stop

    def _add_excerpt(self, stream: Composition, at: int, rng: np.random.Generator) -> int:
        item = self._pools["speech"].draw(rng)
        n = self._samples(rng.uniform(0.5, 3.5))
        if item is None:
            return at
        start = int(rng.integers(item.start, max(item.start + 1, item.stop - n)))
        x = change_speed(self.corpus.sound(start, min(start + n, item.stop)), float(rng.uniform(0.9, 1.1)))
        self._mix(stream, at, colour(x, self._gain_curve(rng)), rng.uniform(-12, 4))
        stream.said.append(Said("", at, at + len(x)))
        return at + len(x)

    def _gain_curve(self, rng: np.random.Generator) -> np.ndarray:
        """A microphone for each item, or a set's own microphones would tell its words from other speech."""
        return gain_curve(rng, spread_db=self.config.colour_db)

    def _mix(self, stream: Composition, at: int, x: np.ndarray, gain_db: float) -> None:
        """Add ``x`` at a level relative to the stream's, its edges faded over 5 ms."""
        x = x[: self._n_samples - at]
        fade = min(len(x) // 2, self._samples(0.005))
        ramp = np.linspace(0, 1, fade, dtype=np.float32)
        x = x * np.float32(10 ** (gain_db / 20) / rms(x))
        x[:fade] *= ramp
        x[len(x) - fade :] *= ramp[::-1]
        stream.samples[at : at + len(x)] += x

    def _environment(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Room, microphone, noise, level."""
        c = self.config
        room = draw_room(rng, self.corpus.sample_rate_hz) if rng.random() < c.p_reverb else None
        x = colour(x, gain_curve(rng, spread_db=c.colour_db), room=room)
        if rng.random() < c.p_noise and self._pools["noise"].items:
            x += self._noise(rng) * np.float32(10 ** (-_between(rng, c.snr_db) / 20))
        hiss_db = rng.uniform(-60, -25)
        x += rng.standard_normal(len(x), np.float32) * np.float32(10 ** (hiss_db / 20))
        return np.clip(x * np.float32(10 ** (_between(rng, c.level_db) / 20)), -1, 1)

    def _noise(self, rng: np.random.Generator) -> np.ndarray:
        """Recorded noise of RMS 1 and the stream's length, repeated where the recording is shorter."""
        item = self._pools["noise"].draw(rng)
        if item is None:
            return np.zeros(self._n_samples, np.float32)
        start = int(rng.integers(item.start, max(item.start + 1, item.stop - self._n_samples)))
        x = self.corpus.sound(start, min(item.stop, start + self._n_samples))
        return np.resize(x, self._n_samples) / np.float32(max(rms(x), 1e-4))

    def _tokens(self, item: Item) -> list[int]:
        return [self._token[entry] for entry in self._entries(item)]

    def _entries(self, item: Item) -> tuple[str, ...]:
        """Entries of the vocabulary that an item says."""
        if item.role not in ("words", "phrases"):
            return ()
        if item.text not in self._said:
            self._said[item.text] = tuple(entries_in(item.text, self._vocabulary))
        return self._said[item.text]

    def _samples(self, seconds: float) -> int:
        return int(seconds * self.corpus.sample_rate_hz)


class _Manner(NamedTuple):
    """How a run of words is spoken.

    Attributes:
        level_db: Level against the stream's.
        speed: How fast the recordings are played, pitch with it.
        gain_db: The microphone, see :func:`speechlstm.data.augment.gain_curve`.
        tempo: How fast they are spoken beyond that, at the same pitch.
        gap_s: Shortest and longest pause between words; less than 0 lets them overlap.
        margin_s: Longest stretch of the recording's own silence that is kept on either side.
    """

    level_db: float
    speed: float
    gain_db: np.ndarray
    tempo: float = 1.0
    gap_s: tuple[float, ...] = (0.1, 0.8)
    margin_s: float = 0.1


def _manner(config: ComposeConfig, rng: np.random.Generator) -> _Manner:
    """Fluent, with words that run into each other; close; or one by one."""
    level_db, speed, draw = rng.uniform(-8, 4), _between(rng, config.speed), rng.random()
    gain_db = gain_curve(rng, spread_db=config.colour_db)
    if draw < config.p_fluent:
        tempo = _between(rng, config.tempo)
        return _Manner(level_db, speed, gain_db, tempo, (-config.overlap_s, 0.04), 0.02)
    if draw < config.p_fluent + config.p_close:
        return _Manner(level_db, speed, gain_db, 1.0, (-0.02, 0.15))
    return _Manner(level_db, speed, gain_db)


def _between(rng: np.random.Generator, pair: tuple[float, ...]) -> float:
    """A number drawn evenly from ``pair[0]`` to ``pair[1]``."""
    return float(rng.uniform(pair[0], pair[1]))
