"""What a run says of itself: lines on standard error, a CSV file, and TensorBoard's events."""

import csv
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import tensorflow as tf

from speechlstm.errors import OutputError
from speechlstm.sinks.atomic import write_atomically, writing
from speechlstm.training.task import Score

__all__ = ["Log", "Progress"]

_N_RECENT = 25


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands.

    Attributes:
        step: Steps done.
        n_steps: Steps in all.
        seconds: Time the run has taken, earlier starts included.
        losses: Terms of the loss, ``total`` among them; means over the last 25 steps.
        scores: How well the network does on each validation set; empty between validations.
    """

    step: int
    n_steps: int
    seconds: float
    losses: Mapping[str, float]
    scores: Mapping[str, Score]


class Log:
    """The log of one run; a resumed run appends.

    Args:
        run_dir: Where ``log.csv`` and ``tensorboard/`` go.
        n_steps: Steps in all.
        first_step: Steps done before this start.
        out: Where lines go.
        tell: Gets the progress in place of the lines, if given.

    Raises:
        OutputError: Here and in :meth:`validated`: the log cannot be written.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        n_steps: int,
        first_step: int,
        out: TextIO,
        tell: Callable[[Progress], None] | None = None,
    ) -> None:
        self._csv = run_dir / "log.csv"
        self._events_dir = run_dir / "tensorboard"
        with _writing_events(self._events_dir):
            self._events = tf.summary.create_file_writer(str(self._events_dir))
        self._n_steps, self._first_step, self._out, self._tell = n_steps, first_step, out, tell
        self._began, self._before_s = time.perf_counter(), 0.0
        self._best = float("inf")
        self._recall(first_step)

    @property
    def seconds(self) -> float:
        """Time the run has taken, earlier starts included."""
        return self._before_s + time.perf_counter() - self._began

    def progress(self, step: int, since: Sequence[Mapping[str, float]]) -> None:
        """A line between validations; ``since`` holds the terms of the loss of each step."""
        total = _mean(since[-_N_RECENT:])["total"]
        self._show(f"step {step}/{self._n_steps}  loss {total:.3f}  {self._left(step)}", step, since, {})

    def validated(
        self,
        step: int,
        since: Sequence[Mapping[str, float]],
        scores: Mapping[str, Score],
        *,
        frames_per_s: float,
        share_waiting: float,
    ) -> None:
        """A line, a row and events at a validation."""
        mean = _mean(since)
        row: dict[str, float] = {"step": step, "seconds": self.seconds, **mean}
        row |= {"frames_per_s": frames_per_s, "share_waiting": share_waiting}
        for name, score in scores.items():
            row |= {f"{name}.error": score.error} | {f"{name}.{key}": v for key, v in score.figures.items()}
        self._append(row)
        with _writing_events(self._events_dir), self._events.as_default(step):
            for name, value in row.items():
                tf.summary.scalar(name, value)
            self._events.flush()
        terms = ", ".join(f"{name} {value:.3f}" for name, value in mean.items() if name != "total")
        rates = "  ".join(f"{name} {_foremost(score)}" for name, score in scores.items())
        line = (
            f"step {step}/{self._n_steps}  loss {mean['total']:.3f} ({terms})  {rates}  "
            f"{frames_per_s:.0f} frames/s, {100 * share_waiting:.0f} % waiting  {self._left(step)}"
        )
        self._show(line, step, since, scores)

    def stopped(self, step: int) -> None:
        """A line on a run that was stopped, and how to go on with it."""
        self._say(f"stopped after step {step}/{self._n_steps}; go on with --resume")

    def is_best(self, scores: Mapping[str, Score]) -> bool:
        """Whether the mean error is the lowest so far; NaN, of a network that diverged, never is."""
        error = sum(score.error for score in scores.values())
        is_best = error < self._best
        self._best = error if is_best else self._best
        return is_best

    def _left(self, step: int) -> str:
        pace = (time.perf_counter() - self._began) / max(1, step - self._first_step)
        minutes, seconds = divmod(round(pace * (self._n_steps - step)), 60)
        return f"{minutes}:{seconds:02d} left"

    def _append(self, row: Mapping[str, float]) -> None:
        new = not self._csv.exists() or self._csv.stat().st_size == 0
        with writing(self._csv), self._csv.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(row))
            if new:
                writer.writeheader()
            writer.writerow(row)

    def _recall(self, first_step: int) -> None:
        """Drop rows beyond the checkpoint that is gone on from, and take up time and best score."""
        if not self._csv.exists():
            return
        with self._csv.open(newline="", encoding="utf-8") as file:
            # a full disk may have cut the last row
            whole = [row for row in csv.DictReader(file) if None not in row.values()]
        rows = [row for row in whole if float(row["step"]) <= first_step]
        # with no row left, the file is as good as new: the header comes with the first
        text = io.StringIO()
        if rows:
            writer = csv.DictWriter(text, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        write_atomically(self._csv, text.getvalue())
        for row in rows:
            self._before_s = float(row["seconds"])
            # of NaN the minimum is the best so far, in this order
            self._best = min(self._best, sum(float(v) for k, v in row.items() if k.endswith(".error")))

    def _show(
        self, line: str, step: int, since: Sequence[Mapping[str, float]], scores: Mapping[str, Score]
    ) -> None:
        if self._tell is None:
            self._say(line)
        else:
            self._tell(Progress(step, self._n_steps, self.seconds, _mean(since[-_N_RECENT:]), scores))

    def _say(self, line: str) -> None:
        print(line, file=self._out, flush=True)


@contextmanager
def _writing_events(folder: Path) -> Iterator[None]:
    try:
        yield
    except tf.errors.OpError as error:
        # "PATH; No space left on device [Op:...] name: ...", and more lines
        reason = error.message.partition("\n")[0].rpartition("; ")[2].partition(" [Op:")[0]
        raise OutputError(
            f"cannot write {folder}: {reason}; check the folder, and the space that is left on its disk"
        ) from error


def _mean(since: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([terms[name] for terms in since])) for name in since[0]}


def _foremost(score: Score) -> str:
    name, value = next(iter(score.figures.items()))
    return f"{name} {100 * value:.1f} %"
