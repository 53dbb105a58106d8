"""``transcribe`` of many files from the shell, and where its time goes."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speechlstm.bench.figure import Figure, Setup
from speechlstm.bench.shell import run_command
from speechlstm.bench.sound import write_sounds
from speechlstm.recognizer import Recognizer
from speechlstm.sources.files import AudioFile
from speechlstm.stage import Chain, Stage, run

__all__ = ["long_files", "shares", "short_files"]

_LEAST = 800.0
_STAGES = ("features", "network", "decoding")


def short_files(setup: Setup) -> Iterator[Figure]:
    """Many files of two seconds, end to end."""
    yield _throughput(setup, n_files=100 if setup.quick else 1000, length_s=2)


def long_files(setup: Setup) -> Iterator[Figure]:
    """A few files of half an hour, end to end."""
    n_files, length_s = (2, 180) if setup.quick else (10, 1800)
    yield _throughput(setup, n_files=n_files, length_s=length_s)


def shares(setup: Setup) -> Iterator[Figure]:
    """Shares of the time of one long file on one thread."""
    seconds = _seconds_by_stage(setup, length_s=60 if setup.quick else 600)
    whole_s = sum(seconds.values())
    for name, stage_s in seconds.items():
        yield Figure(f"transcribe, share of {name}, 1 thread", "%", 100 * stage_s / whole_s)


def _throughput(setup: Setup, *, n_files: int, length_s: float) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        write_sounds(Path(folder), n_files=n_files, length_s=length_s)
        cost = run_command("transcribe", folder, "-m", setup.model, "-f", "jsonl")
    sound_s = n_files * length_s
    return Figure(
        f"transcribe of {n_files:,} files of {length_s:g} s / real time, all cores",
        "x",
        sound_s / cost.whole_s,
        at_least=_LEAST,
        seconds={"sound": sound_s, "command": cost.whole_s},
    )


def _seconds_by_stage(setup: Setup, *, length_s: float) -> dict[str, float]:
    recognizer = Recognizer.load(setup.model)
    stages = [_Timed(stage) for stage in recognizer.chain.stages]
    with tempfile.TemporaryDirectory() as folder:
        (sound,) = write_sounds(Path(folder), n_files=1, length_s=length_s)
        began = time.perf_counter()
        with AudioFile(sound, recognizer.sound_rate_hz) as chunks:
            for _ in run(Chain(stages), chunks):
                pass
        whole_s = time.perf_counter() - began
    seconds = {name: stage.seconds for name, stage in zip(_STAGES, stages, strict=True)}
    return {"reading": whole_s - sum(seconds.values())} | seconds


class _Timed(Stage[Any]):
    """A stage that counts the seconds it takes."""

    def __init__(self, stage: Stage[Any]) -> None:
        self._stage, self.latency, self.rate = stage, stage.latency, stage.rate
        self.seconds = 0.0

    def initial_state(self) -> Any:
        return self._stage.initial_state()

    def step(self, x: Any, state: Any) -> tuple[Any, Any]:
        began = time.perf_counter()
        answer = self._stage.step(x, state)
        self.seconds += time.perf_counter() - began
        return answer

    def flush(self, state: Any) -> Any:
        began = time.perf_counter()
        owed = self._stage.flush(state)
        self.seconds += time.perf_counter() - began
        return owed
