"""Commands run as a user runs them in a terminal of its own, and what they write and show."""

import os
import struct
import subprocess
import sys
import tempfile

from speechlstm.errors import MissingDependency, SpeechLSTMError

__all__ = ["run_in_terminal"]

_LINES, _COLUMNS = 40, 100
# what would make a program draw otherwise than in the terminal at hand
_HIDDEN = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES")


def run_in_terminal(*arguments: str) -> tuple[str, str]:
    """Run ``speechlstm`` with these arguments, its standard error in a terminal of 100 by 40 characters.

    Returns:
        What it wrote to standard output, and all that the terminal was sent.

    Raises:
        MissingDependency: This system has no pseudo-terminals.
        SpeechLSTMError: It ended with an exit code other than 0.
    """
    try:
        import fcntl
        import pty
        import termios
    except ImportError as error:
        raise MissingDependency(f"this system has no pseudo-terminals ({error}); use a POSIX one") from error
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, _COLUMNS, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in _HIDDEN}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "speechlstm", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=there,
            env=environment | {"TERM": "xterm-256color"},
        )
        os.close(there)
        shown = _read(here)
        code = process.wait()
        out.seek(0)
        written = out.read()
    if code:
        raise SpeechLSTMError(
            f"speechlstm {' '.join(arguments)} ended with exit code {code}, expected 0: {shown[-2000:]}"
        )
    return written, shown


def _read(terminal: int) -> str:
    """All that comes, until nobody can write there any more."""
    shown = b""
    with open(terminal, "rb", buffering=0) as file:
        while True:
            try:
                data = file.read(1 << 16)
            except OSError:  # Linux's way of saying that the other end is closed
                break
            if not data:
                break
            shown += data
    return shown.decode(errors="replace")
