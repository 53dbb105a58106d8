"""The README is true: its commands are run, and what it shows is what they print.

In a block fenced ``sh`` every command of speechlstm is run, line by line. Those that need a microphone,
hours, or recordings of the reader's own are only held against the options that their command has; what sets
up Python is run by ``.ci/run``. A block fenced ``text`` that follows is the standard output of the last
line; ``...`` in it stands for anything.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from speechlstm.cli.main import cli

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SET_UP = "python3 -m venv "
# run by .ci/run, by hand, or for hours; and what stands for the reader's own data
NOT_RUN = ("python3", "pip", ".venv/bin/pip", ".venv/bin/pytest", "pytest", "apt", "sudo")
ONLY_CHECKED = ("train", "bench", "recordings")

needs_model = pytest.mark.skipif(
    not (ROOT / "models" / "words-en" / "bundle.json").exists(), reason="models/words-en is not there"
)


@dataclass(frozen=True)
class Line:
    """One line of a ``sh`` block.

    Attributes:
        command: What is run of it: its last command of speechlstm, with what is piped into it.
        shown: What the README says that it prints, if anything.
    """

    command: str
    shown: str | None

    @property
    def is_run(self) -> bool:
        words = shlex.split(self.command)
        is_live = "listen" in words and not {"--input", "--list-devices"} & set(words)
        return not is_live and not any(word in part for part in words for word in ONLY_CHECKED)


def readme() -> str:
    return README.read_text(encoding="utf-8")


def blocks(kind: str) -> Iterator[tuple[str, str | None]]:
    """Blocks fenced ``kind``, each with the ``text`` block that follows it directly."""
    pattern = rf"^```{kind}\n(.*?)^```\n(?:\n?^```text\n(.*?)^```$)?"
    for match in re.finditer(pattern, readme(), re.MULTILINE | re.DOTALL):
        yield match[1], match[2]


def lines() -> Iterator[Line]:
    for block, shown in blocks("sh"):
        written = [line for line in block.splitlines() if line and not line.startswith("#")]
        for i, line in enumerate(written):
            *_, last = line.split(" && ")
            if last.split()[0] not in NOT_RUN:
                yield Line(last.replace(".venv/bin/", ""), shown if i == len(written) - 1 else None)


def matches(shown: str, printed: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, shown.split("..."))), printed, re.DOTALL) is not None


LINES = list(lines())
RUN, CHECKED = [line for line in LINES if line.is_run], [line for line in LINES if not line.is_run]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the reader sees in the checkout, with nothing in it that could be written to; and the command."""
    for name in ("samples", "models", "pipelines"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "speechlstm"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m speechlstm "$@"\n')
    script.chmod(0o755)
    return tmp_path


@needs_model
@pytest.mark.skipif(os.name == "nt", reason="the README's commands are for a POSIX shell")
@pytest.mark.parametrize("line", RUN, ids=lambda line: line.command)
def test_a_command_does_what_the_readme_shows(line: Line, folder: Path) -> None:
    programs = [part.split()[0] for part in line.command.split(" | ")]
    if missing := [name for name in programs if name != "speechlstm" and shutil.which(name) is None]:
        pytest.skip(f"the command needs {', '.join(missing)}")
    path = os.pathsep.join([str(folder / "bin"), os.environ.get("PATH", "")])
    source = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        ["sh", "-c", line.command],
        env=os.environ | {"PATH": path, "PYTHONPATH": source},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    if line.shown is not None:
        assert matches(line.shown, done.stdout), done.stdout


@pytest.mark.parametrize("line", CHECKED, ids=lambda line: line.command)
def test_a_command_that_is_not_run_has_its_options(line: Line) -> None:
    _, _, command = line.command.rpartition("speechlstm ")
    name, *arguments = shlex.split(command)
    result = CliRunner().invoke(cli, [name, "-h"])
    assert result.exit_code == 0, result.stderr
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", result.stdout))
    assert {word.partition("=")[0] for word in arguments if word.startswith("-")} <= known


def test_there_are_commands_of_both_kinds() -> None:
    assert RUN and CHECKED
    assert any(line.shown for line in RUN)
    assert all("speechlstm " in line.command for line in LINES)


def test_ci_runs_the_set_up_commands() -> None:
    written = [line for block, _ in blocks("sh") for line in block.splitlines() if line.startswith(SET_UP)]
    assert len(written) == 2
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace("pip install -q ", "pip install ")
    assert [line for line in ci.splitlines() if line.startswith(SET_UP)] == written


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("took ... s\n", "took 0.3 s\n", True),
        ("(a.b)\n", "(axb)\n", False),
    ],
)
def test_what_is_shown_may_leave_out(shown: str, printed: str, expected: bool) -> None:
    assert matches(shown, printed) is expected
