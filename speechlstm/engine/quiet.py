"""TensorFlow without its account of itself."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["quiet_tensorflow"]

# absl's lines of information and warning, and what it says of lines that come before it is set up
_CHATTER = re.compile(rb"[IW]\d{4} \d\d:\d\d:|WARNING: All log messages before absl::InitializeLog")
# an error only where there is a card
_NO_CARD, _DRIVER = b"failed call to cuInit", Path("/proc/driver/nvidia")


def quiet_tensorflow() -> None:
    """Import TensorFlow, if it is there, and keep its account of itself off standard error; errors stay.

    TensorFlow 2.21 tells of its settings and of cards that it did not find before it heeds
    ``TF_CPP_MIN_LOG_LEVEL``. That is set to 2 (errors) if it is not set; where it is 0 or 1 nothing is held
    back. To be called before TensorFlow is imported.
    """
    level = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if level in ("0", "1") or "tensorflow" in sys.modules:
        return
    with _sifted(), suppress(ImportError):
        import tensorflow

        # else it tells of the cards at its first step
        tensorflow.config.list_physical_devices("GPU")


@contextmanager
def _sifted() -> Iterator[None]:
    """Hold back what is written to standard error, and then pass on what is no chatter."""
    ours = os.dup(2)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(ours, 2)
            os.close(ours)
            kept.seek(0)
            for line in filter(_is_told, kept):
                os.write(2, line)


def _is_told(line: bytes) -> bool:
    return not (_CHATTER.match(line) or (_NO_CARD in line and not _DRIVER.exists()))
