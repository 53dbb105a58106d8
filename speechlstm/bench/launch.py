"""Run a command and print what it cost, as JSON; a program of its own, of the standard library alone.

Linux counts the memory of the process that starts a program to the program's peak. So the one that starts
it must be small, which the benchmark with its libraries is not.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

__all__ = ["main"]


def main(command: list[str]) -> None:
    """Run ``command`` and print a JSON object.

    Its keys: ``first_s``, seconds to the first line on standard output (or its end); ``whole_s``;
    ``peak_bytes``, most memory resident, null where the system does not tell; ``code``, the exit code;
    ``errors``, the end of standard error.
    """
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        first_s = _read(child, began)
        peak_bytes = _wait(child)
        whole_s = time.perf_counter() - began
        errors.seek(0)
        told = errors.read().decode(errors="replace")[-2000:]
    cost = {"first_s": first_s, "whole_s": whole_s, "peak_bytes": peak_bytes}
    print(json.dumps(cost | {"code": child.returncode, "errors": told}))


def _read(child: "subprocess.Popen[bytes]", began: float) -> float:
    """Read all there is; seconds to the first line."""
    if child.stdout is None:
        return 0.0
    with child.stdout as lines:
        lines.readline()
        first_s = time.perf_counter() - began
        while lines.read(1 << 20):
            pass
    return first_s


def _wait(child: "subprocess.Popen[bytes]") -> int | None:
    if not hasattr(os, "wait4"):
        child.wait()
        return None
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return int(usage.ru_maxrss) * unit


if __name__ == "__main__":
    main(sys.argv[1:])
