"""Looking inside while a recogniser hears live, without costing it its time.

The live loop hands on a copy of what it hears, and that is all it does for the picture. A thread of its own
traces the sound cell by cell and draws what is new, at most ten times a second. Where drawing is slow there
are fewer pictures; where the thread falls seconds behind it leaves sound out and begins afresh. The
recogniser knows nothing of it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from speechlstm.engine.engine import Answer
from speechlstm.features.mfcc import MfccConfig, dct_matrix
from speechlstm.inspection.inspection import require_inspectable
from speechlstm.inspection.units import UnitName
from speechlstm.messages import Event, Final, Gap, Overflow, Partial
from speechlstm.model.cell import Gates
from speechlstm.recognizer import Recognizer
from speechlstm.sources.samples import Samples
from speechlstm.trace import TracingStage

__all__ = ["LiveInspector", "Overheard", "Picture"]

_EVERY_S = 0.1
# sound that waits to be looked at, and frames that a picture may show
_MOST_WAITING_S, _N_KEPT = 3.0, 400
# those who were busiest stay in the picture so long
_STAY_S = 1.5


@dataclass(frozen=True, slots=True)
class Picture:
    """What there is to draw now; all arrays end with the same frame.

    Attributes:
        strip: ``[bands, frames]``, 0 to 1, low bands first: the spectrum of sound, the features of a sensor.
        posteriors: ``[frames]`` of every word or class, the blank left out.
        units: The gates ``[frames]`` of the busiest units, the busiest first.
        believed: Words that are not final yet.
        n_left_out: Times at which sound was left out of the pictures, never of the recognition.
        n_lost: Times at which the source lost sound.
    """

    strip: np.ndarray
    posteriors: Mapping[str, np.ndarray]
    units: Mapping[UnitName, Gates]
    believed: tuple[str, ...] = ()
    n_left_out: int = 0
    n_lost: int = 0


class LiveInspector:
    """Traces what is heard, in a thread of its own, and draws it; a context manager.

    Args:
        recognizer: The model.
        draw: Takes a picture, and the final words since the last one; called in the thread, once more at the
            end.
        n_units: How many units are shown.
        every_s: Seconds between two pictures, at least.

    Raises:
        ConfigError: The model forecasts, or reads a pen.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        draw: Callable[[Picture, tuple[str, ...]], None],
        *,
        n_units: int = 3,
        every_s: float = _EVERY_S,
    ) -> None:
        require_inspectable(recognizer)
        self._draw, self._every_s = draw, every_s
        self._tracer = _Tracer(recognizer, n_units)
        self._most_waiting = int(_MOST_WAITING_S * recognizer.sample_rate_hz)
        self._lock, self._woken = threading.Lock(), threading.Event()
        self._waiting: deque[Samples | Gap] = deque()
        self._n_waiting = self._n_left_out = self._n_lost = 0
        self._final: list[str] = []
        self._believed: tuple[str, ...] = ()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="inspect", daemon=True)
        self._error: Exception | None = None
        self.n_pictures = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Draw what is left. What drawing failed with is raised here, unless something else was."""
        with self._lock:
            self._is_over = True
        self._woken.set()
        self._thread.join()
        if self._error is not None and error is None:
            raise self._error

    def hear(self, item: Samples | Overflow | Gap) -> None:
        """Take what the recogniser hears; returns at once."""
        with self._lock:
            if isinstance(item, Overflow):
                self._n_lost += 1
            elif self._error is None:
                self._keep(item)
        self._woken.set()

    def tell(self, event: Event) -> None:
        """Take what the recogniser says; returns at once."""
        with self._lock:
            if isinstance(event, Final):
                self._final += [word.text for word in event.words]
                self._believed = ()
            elif isinstance(event, Partial):
                self._believed = tuple(word.text for word in event.words)

    def _keep(self, item: Samples | Gap) -> None:
        if self._n_waiting > self._most_waiting:
            # what was left out lies between what comes and what was traced
            self._waiting.clear()
            self._waiting.append(Gap(self._n_waiting))
            self._n_waiting, self._n_left_out = 0, self._n_left_out + 1
        self._waiting.append(item if isinstance(item, Gap) else item.copy())
        self._n_waiting += 0 if isinstance(item, Gap) else len(item)

    def _run(self) -> None:
        due_s = time.monotonic()
        try:
            while not self._is_over:
                self._woken.wait()
                time.sleep(max(0.0, due_s - time.monotonic()))
                self._woken.clear()
                due_s = time.monotonic() + self._every_s
                self._look()
            self._look(is_last=True)
        except Exception as error:  # whatever drawing fails with must not end the listening
            self._error = error

    def _look(self, *, is_last: bool = False) -> None:
        """Trace what waits, and draw."""
        with self._lock:
            waiting, self._waiting, self._n_waiting = self._waiting, deque(), 0
            final, self._final = tuple(self._final), []
            counted = self._believed, self._n_left_out, self._n_lost
        for item in waiting:
            self._tracer.take(item)
        if is_last:
            self._tracer.finish()
        self._draw(self._tracer.picture(*counted), final)
        self.n_pictures += 1


class Overheard:
    """What a source gives, of which an inspector gets a copy; iterated anew where the source is.

    Args:
        source: Chunks, and what was lost or missing.
        inspector: Who gets the copy.
    """

    def __init__(self, source: Iterable[Samples | Overflow | Gap], inspector: LiveInspector) -> None:
        self._source, self._inspector = source, inspector
        self._is_begun = False

    def __iter__(self) -> Iterator[Samples | Overflow | Gap]:
        if self._is_begun:  # the source is there again, and the recogniser begins anew
            self._inspector.hear(Gap(0))
        self._is_begun = True
        for item in self._source:
            self._inspector.hear(item)
            yield item


class _Track:
    """The last rows of something that goes on for ever, counted from its beginning.

    Args:
        width: Of a row.
        n_early: Rows that come before the first that counts.
    """

    def __init__(self, width: int, *, n_early: int = 0) -> None:
        self._rows, self.n_rows = np.zeros((0, width), np.float32), -n_early

    def append(self, rows: np.ndarray) -> None:
        self._rows = np.concatenate([self._rows, rows])[-_N_KEPT:]
        self.n_rows += len(rows)

    def until(self, end: int, n: int) -> np.ndarray:
        """The ``n`` rows before the row ``end``; at the beginning there are fewer."""
        first = self.n_rows - len(self._rows)
        return self._rows[max(0, end - n - first, -first) : max(0, end - first)]


class _Tracer:
    """Traces one stream, and keeps what a picture needs of it."""

    def __init__(self, recognizer: Recognizer, n_units: int) -> None:
        self._recognizer, self._n_units = recognizer, n_units
        self._weights = recognizer.bundle.weights()
        self._chosen: tuple[UnitName, ...] = ()
        self._chosen_at_s = -_STAY_S
        self._begin()

    def _begin(self) -> None:
        config = self._recognizer.bundle.config
        network, setting = config.network, config.latency[self._recognizer.latency]
        self._stage = TracingStage(self._weights, network, setting, self._recognizer.lead)
        self._state: Any = (self._recognizer.features.initial_state(), self._stage.initial_state())
        self._frames = _Track(network.n_features, n_early=self._stage.n_onset)
        self._answers = _Track(network.n_outputs)
        self._cells = {
            (layer, direction): _Track(
                len(Gates._fields) * network.units,
                n_early=self._stage.n_before + (layer + 1) * setting.lookahead_frames,
            )
            for layer in range(network.n_layers)
            for direction in ("forward", "backward")
        }

    def take(self, item: Samples | Gap) -> None:
        """Hear more of the stream; after a gap it begins afresh."""
        if isinstance(item, Gap):
            self._begin()
            return
        frames, of_features = self._recognizer.features.step(item, self._state[0])
        self._frames.append(frames)
        answer, of_network = self._stage.step(frames, self._state[1])
        self._state = of_features, of_network
        self._keep(answer)

    def finish(self) -> None:
        """Trace what is still owed at the end of the stream."""
        frames = self._recognizer.features.flush(self._state[0])
        self._frames.append(frames)
        answer, of_network = self._stage.step(frames, self._state[1])
        self._keep(answer)
        self._keep(self._stage.flush(of_network))

    def _keep(self, answer: Answer) -> None:
        self._answers.append(answer.log_probs)
        for step in self._stage.steps:
            for (layer, direction), track in self._cells.items():
                track.append(np.concatenate(getattr(step.layers[layer], direction), axis=-1))
        self._stage.steps.clear()

    def picture(self, believed: tuple[str, ...], n_left_out: int, n_lost: int) -> Picture:
        """What is to be seen up to the last frame that was answered."""
        end = self._answers.n_rows
        posteriors = np.exp(self._answers.until(end, _N_KEPT)).T
        has_blank = self._recognizer.bundle.config.network.head == "words"
        named = dict(zip(self._recognizer.bundle.vocabulary, posteriors[has_blank:], strict=True))
        strip = _strip(self._recognizer, self._frames.until(end, _N_KEPT))
        return Picture(strip, named, self._busiest(end), believed, n_left_out, n_lost)

    def _busiest(self, end: int) -> dict[UnitName, Gates]:
        """Those whose hidden state moved most of late; they stay a while, that one can read them."""
        cells = {place: self._gates(track.until(end, _N_KEPT)) for place, track in self._cells.items()}
        if time.monotonic() - self._chosen_at_s > _STAY_S:
            self._chosen_at_s = time.monotonic()
            moved = {
                UnitName(layer, direction, number): float(change)  # type: ignore[arg-type]
                for (layer, direction), gates in cells.items()
                for number, change in enumerate(np.abs(np.diff(gates.hidden, axis=0)).sum(axis=0))
            }
            self._chosen = tuple(sorted(moved, key=lambda name: -moved[name])[: self._n_units])
        return {
            name: Gates(*(part[:, name.number] for part in cells[name.layer, name.direction]))
            for name in self._chosen
        }

    def _gates(self, rows: np.ndarray) -> Gates:
        return Gates(*np.split(rows, len(Gates._fields), axis=1))


def _strip(recognizer: Recognizer, frames: np.ndarray) -> np.ndarray:
    """What the front end heard ``[bands, frames]``, 0 to 1: of an MFCC the spectrum that it stands for."""
    config, front_end = recognizer.bundle.config.features, recognizer.bundle.front_end
    if not isinstance(config, MfccConfig):
        return np.asarray(np.clip(0.5 + frames.T / 5, 0, 1))
    mfcc = frames.reshape(len(frames), config.n_stack, config.n_mfcc).mean(axis=1)
    mfcc = mfcc * front_end.std + front_end.mean  # type: ignore[union-attr]
    level_db = mfcc @ dct_matrix(config.n_mels)[:, : config.n_mfcc].T
    floor_db = 10 * np.log10(config.floor)
    return np.asarray(np.clip((level_db - floor_db) / 70, 0, 1).T)
