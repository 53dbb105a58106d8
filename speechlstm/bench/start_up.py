"""Two seconds of sound, from the shell: until the words are there, and the memory that takes."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from speechlstm.bench.figure import Figure, Setup
from speechlstm.bench.shell import Cost, run_command
from speechlstm.bench.sound import write_sounds

__all__ = ["listen", "transcribe"]

_MOST_S, _MOST_MB = 1.0, 150.0


def transcribe(setup: Setup) -> Iterator[Figure]:
    """``transcribe`` of two seconds, from the first to the last instruction."""
    costs = _costs(setup, ["transcribe"])
    seconds = min(cost.whole_s for cost in costs)
    yield Figure("transcribe of a 2 s file, from the shell", "s", seconds, at_most=_MOST_S)
    yield _memory("transcribe, resident", costs)


def listen(setup: Setup) -> Iterator[Figure]:
    """``listen`` to a file: the first word or partial comes after it is ready."""
    costs = _costs(setup, ["listen", "-f", "jsonl", "--input"])
    seconds = min(cost.first_s for cost in costs)
    yield Figure("listen to a 2 s file, first output, from the shell", "s", seconds, at_most=_MOST_S)
    yield _memory("listen, resident", costs)


def _costs(setup: Setup, command: list[str]) -> list[Cost]:
    """Several runs, without the first, which finds nothing of the libraries in the disk's cache."""
    n_runs = 2 if setup.quick else 5
    with tempfile.TemporaryDirectory() as folder:
        (sound,) = write_sounds(Path(folder), n_files=1, length_s=2)
        runs = [run_command(*command, str(sound), "-m", setup.model) for _ in range(1 + n_runs)]
    return runs[1:]


def _memory(name: str, costs: list[Cost]) -> Figure:
    peaks = [cost.peak_bytes for cost in costs if cost.peak_bytes is not None]
    if not peaks:
        return Figure(name, skipped="this system does not tell a program's peak of memory")
    return Figure(name, "MB", max(peaks) / 1e6, at_most=_MOST_MB)
