"""The one line that a command says where something is wrong, and a disk that is full."""

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from speechlstm.cli.main import cli

__all__ = ["COMMAND", "NO_SPACE", "error_line", "error_of", "fill", "process_error_of"]

COMMAND = [sys.executable, "-m", "speechlstm"]
NO_SPACE = "No space left on device"


def error_of(*arguments: object, **options: object) -> str:
    """What the command says at its end, which must be a single line for a person, and exit code 1."""
    result = CliRunner().invoke(cli, [str(part) for part in arguments], **options)
    return error_line(result.exit_code, result.stderr)


def process_error_of(*arguments: object, env: dict[str, str] | None = None) -> str:
    """The same of a process."""
    command = [*COMMAND, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | (env or {}), stdin=subprocess.DEVNULL
    )
    return error_line(done.returncode, done.stderr)


def error_line(code: int, stderr: str) -> str:
    assert code == 1, stderr
    assert "Traceback" not in stderr
    *_, last = stderr.splitlines()
    assert last.startswith("Error: ")
    assert sum(line.startswith("Error: ") for line in stderr.splitlines()) == 1
    return last


def fill(folder: Path, *, n_left_kb: int = 0) -> None:
    """Take all the space of a disk, but for a rest."""
    left = os.statvfs(folder)
    (folder / "filler").write_bytes(bytes(left.f_bavail * left.f_bsize - 1024 * n_left_kb))
