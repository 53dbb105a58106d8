"""The latency dial, measured: what each setting costs in accuracy, and how long it makes one wait."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from speechlstm.bundle import LATENCIES
from speechlstm.data.manifest import Clip
from speechlstm.evaluation.bootstrap import statistic_intervals
from speechlstm.evaluation.clip_stream import ClipStreamConfig, read_sounds
from speechlstm.evaluation.delays import Delay, Delays, word_delays
from speechlstm.evaluation.evaluate import evaluate
from speechlstm.evaluation.intervals import Interval, sampling_units
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.table import joined, limits, percent
from speechlstm.evaluation.words import ClipResult

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["Dial", "DialPoint", "sweep_latency"]

# hearing clips 20 ms at a time takes long, and more of them would hardly move a median
_N_TIMED = 100
_PAUSE_S = (0.3, 0.6)


@dataclass(frozen=True, slots=True)
class DialPoint:
    """One setting of the dial.

    Attributes:
        latency: Its name.
        chunk_frames: ``C``.
        lookahead_frames: ``R``, of each layer.
        bound_s: Algorithmic delay: a word is final at most this long after the frame that told it.
        evaluation: Its figures on the clips, each heard alone.
        delays: Its delays in a live stream of the same clips.
        exact_lost: Share of exact clips below that of ``offline``, clip by clip.
        exact_lost_ci95: Its 95 % interval; ``None`` where no clip tells a difference.
    """

    latency: str
    chunk_frames: int
    lookahead_frames: int
    bound_s: float
    evaluation: Evaluation
    delays: Delays
    exact_lost: float
    exact_lost_ci95: Interval | None

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values, without the clips."""
        summary = self.evaluation.summary()
        kept = ("n_clips", "n_words", "wer", "wer_ci95", "exact", "exact_ci95")
        return {
            "latency": self.latency,
            "chunk_frames": self.chunk_frames,
            "lookahead_frames": self.lookahead_frames,
            "bound_s": self.bound_s,
            **{name: summary[name] for name in kept},
            "exact_lost": self.exact_lost,
            "exact_lost_ci95": self.exact_lost_ci95,
            "delays": self.delays.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Dial:
    """All settings of a model's dial.

    Attributes:
        points: The settings, the fastest first.
        asked: The name of the one whose figures stand for the model.
    """

    points: tuple[DialPoint, ...]
    asked: str

    @property
    def point(self) -> DialPoint:
        """The setting that was asked for."""
        return next(point for point in self.points if point.latency == self.asked)

    @property
    def n_failed(self) -> int:
        """Clips that could not be read."""
        return self.point.evaluation.n_failed

    def summary(self) -> dict[str, Any]:
        """What a card keeps: the figures of the setting asked for, and ``dial`` with all settings."""
        return self.point.evaluation.summary() | {"dial": [point.to_json() for point in self.points]}

    def to_json(self) -> dict[str, Any]:
        """All figures as plain values; those of the setting asked for in full."""
        return self.point.evaluation.to_json() | {"dial": [point.to_json() for point in self.points]}

    def as_table(self) -> str:
        """A few lines for a person."""
        return joined([self._accuracy(), self._delays(), _NOTES])

    def _accuracy(self) -> Iterator[str]:
        e = self.point.evaluation
        yield f"{e.n_clips} clips, {e.errors.n_words} words; 95 % intervals take {e.ci95_unit} as independent"
        yield ""
        yield f"{'setting':9} {'exact (95 %)':31} {'word errors (95 %)':31} less exact than offline (95 %)"
        for p in self.points:
            e = p.evaluation
            exact, wer = (_figure(*pair) for pair in ((e.exact, e.exact_ci95), (e.wer, e.wer_ci95)))
            yield f"{p.latency:9} {exact:31} {wer:31} {_figure(p.exact_lost, p.exact_lost_ci95)}"

    def _delays(self) -> Iterator[str]:
        n = self.point.delays.n_words
        yield f"delays of {n} words, median and 95th percentile in ms"
        heads = ("final", "emission", "algorithmic", "compute", "first partial")
        yield f"{'setting':9} {'at most':>8}  " + " ".join(f"{head:>15}" for head in heads)
        for p in self.points:
            d = p.delays
            cells = (d.final, d.emission, d.algorithmic, d.compute, d.first_partial)
            yield f"{p.latency:9} {1000 * p.bound_s:8.0f}  " + " ".join(f"{_ms(c):>15}" for c in cells)


_NOTES = (
    "at most        algorithmic delay: from the frame that told a word to its being final, for sound of the",
    "               model's own rate; resampling adds its own, and `listen` prints the sum",
    "final          from the end of the word, by the clip's energy, to its being final; it consists of",
    "  emission     from the end of the word to the frame that told it, less than 0 before it ended,",
    "  algorithmic  from there to the last sample that was needed,",
    "  compute      and the time the step took, on this machine",
    "first partial  from the end of the word to the first time it was shown, perhaps to be taken back",
)


def sweep_latency(
    recognizer: "Recognizer",
    clips: Sequence[Clip],
    *,
    latencies: Sequence[str] = LATENCIES,
    progress: Callable[[ClipResult], None] | None = None,
) -> Dial:
    """Measure accuracy and delays at every setting of the dial.

    Accuracy is that of :func:`~speechlstm.evaluation.evaluate`, each clip alone. For the delays the clips (of
    more than 100 every second, third ...) are heard as one live stream, fed 20 ms at a time, with pauses of
    faint hiss between them.

    Args:
        recognizer: The model, at the setting whose figures stand for it.
        clips: What to hear.
        latencies: The settings, the fastest first, that one among them; the last is what the others are
            compared with.
        progress: Called after each clip of each setting.

    Raises:
        DataError: No clip can be read.
    """
    config, measured = ClipStreamConfig(pause_s=_PAUSE_S), []
    step = -(-len(clips) // _N_TIMED)
    sounds = read_sounds(recognizer, clips[::step])
    pieces = [s.piece(i, recognizer.sound_rate_hz, config) for i, s in enumerate(sounds)]
    for latency in latencies:
        at = recognizer.at_latency(latency)
        evaluation = evaluate(at, clips, progress=progress)
        measured.append((at, evaluation, Delays.of(word_delays(at, pieces))))
    whole = measured[-1][1]
    return Dial(tuple(_point(*one, whole) for one in measured), recognizer.latency)


def _point(recognizer: "Recognizer", evaluation: Evaluation, delays: Delays, whole: Evaluation) -> DialPoint:
    setting = recognizer.network.setting
    return DialPoint(
        recognizer.latency,
        setting.chunk_frames,
        setting.lookahead_frames,
        recognizer.latency_samples / recognizer.sound_rate_hz,
        evaluation,
        delays,
        *_lost(evaluation, whole),
    )


def _lost(evaluation: Evaluation, whole: Evaluation) -> tuple[float, Interval | None]:
    """By how much fewer clips are exact, and the interval."""
    pairs = [
        (one.exact, other.exact)
        for one, other in zip(evaluation.results, whole.results, strict=True)
        if one.error is None and other.error is None
    ]
    done = [r for r in evaluation.results if r.error is None]
    counts = np.column_stack([np.array(pairs, np.int64), np.ones(len(pairs), np.int64)])
    units = sampling_units([r.clip.speaker for r in done])

    def lost(sums: np.ndarray) -> np.ndarray:
        return np.asarray((sums[:, 1:2] - sums[:, 0:1]) / sums[:, 2:3])

    interval = statistic_intervals(counts, lost, units, share=False)[0]
    return float(lost(counts.sum(axis=0, keepdims=True))[0, 0]), interval


def _figure(share: float | None, interval: Interval | None) -> str:
    return f"{percent(share)} ({limits(interval)})"


def _ms(delay: Delay) -> str:
    if delay.median_s is None or delay.p95_s is None:
        return "unknown"
    return f"{1000 * delay.median_s:z.0f}, {1000 * delay.p95_s:z.0f}"
