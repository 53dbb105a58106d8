"""The parts of the benchmark by name, and how they are run."""

import importlib
from collections.abc import Callable, Iterable, Iterator

from speechlstm.bench.figure import Figure, Setup
from speechlstm.errors import MissingDependency

__all__ = ["PARTS", "measure"]

# where each is; imported when it is measured
PARTS = {
    "step": "live_step:against_bare_nodes",
    "keras": "live_step:against_keras",
    "streams": "live_step:streams_together",
    "sensors": "sensor_streams:sensor_streams",
    "transcribe": "start_up:transcribe",
    "listen": "start_up:listen",
    "inspect": "live_picture:live_picture",
    "short-files": "throughput:short_files",
    "long-files": "throughput:long_files",
    "shares": "throughput:shares",
    "librosa": "mfcc:against_librosa",
    "kaldi": "mfcc:against_kaldi",
    "training": "training:training",
}


def measure(names: Iterable[str], setup: Setup) -> Iterator[Figure]:
    """Run parts, one after the other; one that fails or lacks a package stops no other.

    Args:
        names: Keys of :data:`PARTS`.
        setup: What is measured.

    Yields:
        The figures of each, as they are there.
    """
    for name in names:
        try:
            yield from _part(name)(setup)
        except MissingDependency as error:
            yield Figure(name, skipped=str(error))
        except Exception as error:  # whatever it is, the others' figures are worth having
            yield Figure(name, failed=f"{type(error).__name__}: {error}")


def _part(name: str) -> Callable[[Setup], Iterator[Figure]]:
    module, _, function = PARTS[name].partition(":")
    part: Callable[[Setup], Iterator[Figure]] = getattr(
        importlib.import_module(f"speechlstm.bench.{module}"), function
    )
    return part
