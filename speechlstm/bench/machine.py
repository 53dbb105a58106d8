"""The machine that figures hold for."""

import datetime
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from speechlstm.machine import n_cores

__all__ = ["Machine", "this_machine"]

_PACKAGES = (
    "speechlstm",
    "numpy",
    "onnxruntime",
    "soundfile",
    "soxr",
    "librosa",
    "kaldi-native-fbank",
    "tensorflow",
)


@dataclass(frozen=True, slots=True)
class Machine:
    """What a speed depends on.

    Attributes:
        date: Day of the run, in UTC.
        cpu: The processor's name.
        n_cores: Cores that this process may use.
        load: Processes that wanted a core in the minute before the run, on average; None if not known.
        system: Operating system.
        python: Version of Python.
        packages: Versions of the packages that are installed.
    """

    date: str
    cpu: str
    n_cores: int
    load: float | None
    system: str
    python: str
    packages: dict[str, str]


def this_machine() -> Machine:
    """The machine, now."""
    return Machine(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        cpu=_cpu(),
        n_cores=n_cores(),
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        system=platform.platform(terse=True),
        python=platform.python_version(),
        packages=dict(_packages()),
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # no Linux
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _packages() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
