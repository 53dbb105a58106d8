"""Streams that never end: whether errors, memory or the carried state grow with the hours."""

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from speechlstm.config import require
from speechlstm.engine.stage import NetworkState
from speechlstm.evaluation.bootstrap import clip_ratio_interval, statistic_intervals
from speechlstm.evaluation.clip_stream import ClipStreamConfig, Piece, Sound, errors_of, heard_in
from speechlstm.evaluation.endless.report import Endless, PolicyScore, Stretch
from speechlstm.evaluation.endless.state_policy import POLICIES, StatePolicy, following
from speechlstm.evaluation.intervals import Interval, sampling_units
from speechlstm.evaluation.words import WordErrors
from speechlstm.messages import Word, later
from speechlstm.stage import run

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["endless"]

_STRETCH_S = 600
# clips that the policies are compared on
_N_COMPARED = 500
# its place in a chain
_NETWORK = 1


def endless(
    recognizer: "Recognizer",
    sounds: Sequence[Sound],
    *,
    hours: float,
    seed: int = 0,
    failed: Sequence[str] = (),
    progress: Callable[[Stretch], None] = lambda stretch: None,
) -> Endless:
    """Hear clips, drawn again and again, as one stream of hours, and compare rules for the carried state.

    Args:
        recognizer: The model.
        sounds: The clips, as :func:`~speechlstm.evaluation.clip_stream.read_sounds` gives them.
        hours: Length of the stream; it ends with its first ten minutes again (with its first third, where it
            is shorter than half an hour).
        seed: Of order, levels and pauses.
        failed: Clips that could not be read, and why.
        progress: Called after each stretch.

    Raises:
        ConfigError: Not more than 0 hours, or clips that say no word of the model.
    """
    require(hours > 0, f"hours must be more than 0, got {hours:g}")
    require(
        any(sound.reference for sound in sounds),
        f"none of {len(sounds)} clips says a word of the model, so there is no error rate; give others",
    )
    pieces = _Pieces(sounds, recognizer.sound_rate_hz, ClipStreamConfig(seed=seed))
    stream = _Stream(recognizer, pieces)
    stretches, rows = [], []
    for numbers in pieces.stretches(hours * 3600):
        stretch, errors = stream.hear(numbers)
        stretches.append(stretch)
        rows.append((numbers, errors))
        progress(stretch)
    (first, before), (_, after) = rows[0], rows[-1]
    gained, interval = _gained(after, before, pieces.units(first))
    memory = [s.resident_mb for s in stretches if s.resident_mb is not None]
    return Endless(
        hours=stream.n_samples / recognizer.sound_rate_hz / 3600,
        n_clips=len(sounds),
        ci95_unit=pieces.ci95_unit,
        stretches=tuple(stretches),
        wer_gained=gained,
        wer_gained_ci95=interval,
        resident_mb_gained=memory[-1] - memory[0] if memory else None,
        is_finite=all(np.isfinite(s.largest_state) for s in stretches),
        n_compared=_n_compared(pieces),
        policies=tuple(_policies(recognizer, pieces)),
        failed=tuple(failed),
    )


class _Pieces:
    """Clips in an order drawn at random, again and again: the pieces of a stream by their numbers."""

    def __init__(self, sounds: Sequence[Sound], sample_rate_hz: int, config: ClipStreamConfig) -> None:
        self.sounds, self._rate_hz, self._config = sounds, sample_rate_hz, config
        units = sampling_units([sound.clip.speaker for sound in sounds])
        self.ci95_unit = "clips" if units is None else "speakers"
        # a clip that comes again is no news, so clips are no units of their own each time
        self._units = np.arange(len(sounds)) if units is None else units
        self._order = np.random.default_rng(config.seed).permutation(len(sounds)).tolist()

    def sound(self, n: int) -> Sound:
        """The clip of the ``n``-th piece."""
        return self.sounds[self._clip(n)]

    def piece(self, n: int) -> Piece:
        """The ``n``-th piece; a clip that comes again has another level and other pauses."""
        return self.sound(n).piece(n, self._rate_hz, self._config)

    def units(self, numbers: Sequence[int]) -> np.ndarray:
        """The independent unit of each piece."""
        return np.unique(self._units[[self._clip(n) for n in numbers]], return_inverse=True)[1]

    def stretches(self, length_s: float) -> Iterator[list[int]]:
        """Numbers of the pieces of each stretch of a stream that is about ``length_s`` long."""
        stretch_s, numbers = min(_STRETCH_S, length_s / 3), count()
        first, taken_s = self._stretch(stretch_s, numbers)
        yield first
        left_s = length_s - 2 * taken_s
        while left_s > 0:
            found, taken_s = self._stretch(min(stretch_s, left_s), numbers)
            yield found
            left_s -= taken_s
        yield first

    def _stretch(self, length_s: float, numbers: Iterator[int]) -> tuple[list[int], float]:
        found, n_samples = [], 0
        while n_samples < length_s * self._rate_hz:
            found.append(next(numbers))
            n_samples += len(self.piece(found[-1]).samples)
        return found, n_samples / self._rate_hz

    def _clip(self, n: int) -> int:
        return int(self._order[n % len(self._order)])


class _Stream:
    """The long stream while it is heard."""

    def __init__(self, recognizer: "Recognizer", pieces: _Pieces) -> None:
        self._recognizer, self._pieces = recognizer, pieces
        self._chain = recognizer.chain
        self._state: Any = self._chain.initial_state()
        self.n_samples = 0

    def hear(self, numbers: Sequence[int]) -> tuple[Stretch, list[WordErrors]]:
        """The next pieces. What is not final at their end is taken as it is believed then."""
        start, words, lengths = self.n_samples, list[Word](), []
        for n in numbers:
            x = self._pieces.piece(n).samples
            told, self._state = self._chain.step(x, self._state)
            words += told
            lengths.append(len(x))
            self.n_samples += len(x)
        words += self._chain.flush(self._state)
        own = [later(word, -start) for word in words if word.end_samples > start]
        errors = [
            errors_of(self._pieces.sound(n), (word for _, word in heard))
            for n, heard in zip(numbers, heard_in(lengths, own), strict=True)
        ]
        return self._stretch(start, errors, self._pieces.units(numbers)), errors

    def _stretch(self, start: int, errors: Sequence[WordErrors], units: np.ndarray) -> Stretch:
        together = sum(errors, WordErrors())
        return Stretch(
            start_s=start / self._recognizer.sound_rate_hz,
            n_clips=len(errors),
            errors=together,
            wer=together.wer,
            wer_ci95=clip_ratio_interval([e.total for e in errors], [e.n_words for e in errors], units),
            resident_mb=_resident_mb(),
            largest_state=_largest(self._state[_NETWORK]),
        )


def _n_compared(pieces: _Pieces) -> int:
    return min(_N_COMPARED, len(pieces.sounds))


def _policies(recognizer: "Recognizer", pieces: _Pieces) -> Iterator[PolicyScore]:
    numbers = range(_n_compared(pieces))
    units = pieces.units(numbers)
    kept = _under(recognizer, pieces, numbers, POLICIES[0])
    alone = [
        errors_of(pieces.sound(n), recognizer.transcribe(pieces.piece(n).samples).words) for n in numbers
    ]
    yield _policy_score("every clip a stream of its own", alone, kept, units)
    yield _policy_score(POLICIES[0].name, kept, kept, units)
    for policy in POLICIES[1:]:
        yield _policy_score(policy.name, _under(recognizer, pieces, numbers, policy), kept, units)


def _under(
    recognizer: "Recognizer", pieces: _Pieces, numbers: Sequence[int], policy: StatePolicy
) -> list[WordErrors]:
    """Errors of the clips, heard as one stream under a policy."""
    lengths = []

    def sound() -> Iterator[np.ndarray]:
        for n in numbers:
            x = pieces.piece(n).samples
            lengths.append(len(x))
            yield x

    words = [word for told in run(following(recognizer, policy), sound()) for word in told]
    return [
        errors_of(pieces.sound(n), (word for _, word in heard))
        for n, heard in zip(numbers, heard_in(lengths, words), strict=True)
    ]


def _policy_score(
    name: str, errors: Sequence[WordErrors], kept: Sequence[WordErrors], units: np.ndarray
) -> PolicyScore:
    wer = sum(errors, WordErrors()).wer
    interval = clip_ratio_interval([e.total for e in errors], [e.n_words for e in errors], units)
    return PolicyScore(name, wer, interval, *_gained(errors, kept, units))


def _gained(
    errors: Sequence[WordErrors], before: Sequence[WordErrors], units: np.ndarray
) -> tuple[float | None, Interval | None]:
    """Word error rate above that of the same clips before, and its interval."""
    pairs = zip(errors, before, strict=True)
    counts = np.array([(one.total, other.total, one.n_words) for one, other in pairs], np.int64)

    def gained(sums: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((sums[:, :1] - sums[:, 1:2]) / sums[:, 2:])

    rate = float(gained(counts.sum(axis=0, keepdims=True))[0, 0])
    return (rate if np.isfinite(rate) else None), statistic_intervals(counts, gained, units, share=False)[0]


def _largest(state: NetworkState) -> float:
    """Largest magnitude of what the layers carry; NaN if one is none."""
    return float(max(np.abs(part).max() for layer in state.layers for part in (layer.h, layer.c)))


def _resident_mb() -> float | None:
    """Memory of this process, where Linux tells it."""
    try:
        n_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return n_pages * os.sysconf("SC_PAGE_SIZE") / 1e6
