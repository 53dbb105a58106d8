"""Commands run as a user runs them, from the shell, and what they cost."""

import json
import subprocess
import sys
from dataclasses import dataclass

from speechlstm.bench import launch
from speechlstm.errors import SpeechLSTMError

__all__ = ["Cost", "run_command"]

_COMMAND = (sys.executable, "-m", "speechlstm")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a command cost.

    Attributes:
        first_s: Seconds to the first line on standard output, or to the end where there was none.
        whole_s: Seconds to the end.
        peak_bytes: Most memory resident; None where the system does not tell.
    """

    first_s: float
    whole_s: float
    peak_bytes: int | None


def run_command(*arguments: str) -> Cost:
    """Run ``speechlstm`` with these arguments.

    Raises:
        SpeechLSTMError: It ended with an exit code other than 0.
    """
    launcher = (sys.executable, "-I", launch.__file__)
    done = subprocess.run([*launcher, *_COMMAND, *arguments], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    if told["code"]:
        raise SpeechLSTMError(
            f"speechlstm {' '.join(arguments)} ended with exit code {told['code']}, expected 0: "
            f"{told['errors'].strip() or '(nothing on standard error)'}"
        )
    return Cost(told["first_s"], told["whole_s"], told["peak_bytes"])
