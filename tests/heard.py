"""What ``speechlstm listen`` wrote, and when it has come so far."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

__all__ = ["N_START_LINES", "events", "final_words", "posix", "raw", "wait_until"]

posix = pytest.mark.skipif(os.name == "nt", reason="signals and pipes as POSIX has them")
# what it says before it hears: device and model, delay, how to stop
N_START_LINES = 3


def events(lines: str | bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def final_words(lines: str | bytes) -> list[str]:
    return [word for event in events(lines) for word in event.get("text", "").split()]


def raw(path: Path) -> bytes:
    return (soundfile.read(path, dtype="int16")[0]).astype("<i2").tobytes()


def wait_until(is_so: Callable[[], bool], *, most_s: float = 20) -> None:
    """However slow the machine is."""
    until_s = time.monotonic() + most_s
    while not is_so() and time.monotonic() < until_s:
        time.sleep(0.05)
