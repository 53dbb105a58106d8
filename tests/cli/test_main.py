import errno
import inspect
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

import speechlstm
from speechlstm.cli import main as home
from speechlstm.cli import options
from speechlstm.cli.interrupts import interruptible_steps
from speechlstm.cli.main import cli
from speechlstm.errors import AudioError, BundleError

COMMANDS = [
    "transcribe",
    "listen",
    "new-recipe",
    "forecast",
    "train",
    "evaluate",
    "calibrate",
    "models",
    "devices",
    "inspect",
    "doctor",
    "bench",
]
ENTRY = "from speechlstm.cli.main import main; main()"


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(cli, arguments)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A command ``fail`` that raises the module's ``error``."""
    module = ModuleType("failing")

    @click.command()
    def fail() -> None:
        raise module.error

    module.fail = fail  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "failing", module)
    monkeypatch.setitem(home._COMMANDS, "fail", ("failing:fail", "Fails."))
    monkeypatch.delenv("SPEECHLSTM_DEBUG", raising=False)
    return module


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command(flag: str) -> None:
    result = run(flag)
    assert (result.exit_code, result.stderr) == (0, "")
    listed = result.stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == COMMANDS
    assert all(line.endswith(".") for line in listed)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = run(name, "-h")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"  speechlstm {name}" in result.stdout.partition("Example")[2]


def test_version() -> None:
    assert run("--version").stdout == f"speechlstm, version {speechlstm.__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["sing"], ["transcribe"], ["transcribe", "a.wav", "-f", "pdf"], ["--loud"]]
)
def test_wrong_use_exits_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


@pytest.mark.parametrize("error", [AudioError("a.wav: is empty"), BundleError("no model 'x'")])
def test_an_error_is_one_line(failing: ModuleType, error: Exception) -> None:
    failing.error = error  # type: ignore[attr-defined]
    result = run("fail")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {error}\n")


def test_debug_shows_where_an_error_comes_from(failing: ModuleType) -> None:
    failing.error = AudioError("a.wav: is empty")  # type: ignore[attr-defined]
    assert run("fail", SPEECHLSTM_DEBUG="1").exception is failing.error


def test_a_bug_is_not_hidden(failing: ModuleType) -> None:
    failing.error = ZeroDivisionError()  # type: ignore[attr-defined]
    assert run("fail").exception is failing.error
    failing.error = ModuleNotFoundError("No module named 'speechlstm.lost'", name="speechlstm.lost")  # type: ignore[attr-defined]
    assert run("fail").exception is failing.error


def test_a_missing_extra_names_its_pip_line(failing: ModuleType) -> None:
    failing.error = ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")  # type: ignore[attr-defined]
    result = run("fail")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: this needs tensorflow, which is not installed: pip install 'speechlstm[train]' "
        "(in a checkout: '.[train]')\n"
    )


def test_an_error_of_the_system_names_the_file(failing: ModuleType) -> None:
    failing.error = OSError(errno.EACCES, "Permission denied", "/no/such")  # type: ignore[attr-defined]
    assert run("fail").stderr == "Error: /no/such: Permission denied; check its permissions\n"
    failing.error = OSError(errno.ENOSPC, "No space left on device")  # type: ignore[attr-defined]
    full = "Error: standard output: No space left on device; free some space there or choose another folder\n"
    assert run("fail").stderr == full


def test_an_interrupt_exits_130(failing: ModuleType) -> None:
    failing.error = KeyboardInterrupt()  # type: ignore[attr-defined]
    result = run("fail")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "")


def test_defaults_are_those_of_the_library() -> None:
    from speechlstm.bundle import LATENCIES
    from speechlstm.recognizer import Recognizer

    assert options.LATENCIES == LATENCIES

    @click.command()
    @options.latency_option
    @options.engine_option
    def command() -> None: ...

    signature = inspect.signature(Recognizer.load).parameters
    assert {p.name: p.default for p in command.params} == {
        name: signature[name].default for name in ("latency", "engine")
    }


@pytest.mark.parametrize("arguments", [["-h"], ["transcribe", "-h"], ["models", "-h"], ["doctor", "-h"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, atexit\n"
        "heavy = {'numpy', 'onnxruntime', 'soundfile', 'sounddevice', 'tensorflow', 'librosa', 'rich'}\n"
        "atexit.register(lambda: print('heavy:', sorted(heavy & set(sys.modules))))\n" + ENTRY
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("heavy: []\n")


@pytest.mark.skipif(os.name == "nt", reason="closes a pipe in POSIX's way")
def test_a_reader_that_is_gone_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", f"import time; time.sleep(0.3)\n{ENTRY}", "-h"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    "command",
    [
        ["calibrate", "m", "a.jsonl", "--words-per-hour"],
        ["evaluate", "m", "a.jsonl", "--endless"],
        ["inspect", "m", "a.wav", "--start"],
        ["inspect", "m", "a.wav", "--duration"],
        ["new-recipe", "a", "--from", ".", "--share"],
    ],
)
def test_numbers_that_are_none(command: list[str], number: str) -> None:
    result = CliRunner().invoke(cli, [*command, number])
    assert result.exit_code == 2
    told = f"{float(number)} is not in the range", f"{number} is no finite number."
    assert any(f"Invalid value for '{command[-1]}': {one}" in result.stderr for one in told)


@pytest.mark.skipif(os.name == "nt", reason="closes streams in a POSIX shell's way")
def test_streams_that_are_closed() -> None:
    def run(closed: str, *arguments: str) -> tuple[int, str, str]:
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", ENTRY, *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    unknown = "models", "show", "x"
    assert run("2>&-", *unknown) == run(">&- 2>&-", *unknown) == (1, "", "")
    for closed in (">&-", "<&-"):
        assert run(closed, *unknown)[2].startswith("Error: no model 'x'")
    status, _, told = run(">&-", "models", "list")
    assert status == 1 and told.startswith("Error: standard output: Bad file descriptor")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_waits_for_the_end_of_a_step_but_once(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interruptible_steps() as check, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    with interruptible_steps() as check:
        check()
        signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):
            check()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) == before


@pytest.mark.skipif(not hasattr(click, "NoSuchCommand"), reason="this click suggests no commands")
def test_a_misspelt_command_is_told_what_it_may_be() -> None:
    result = CliRunner().invoke(cli, ["transcrib"])
    assert (
        result.exit_code == 2 and "No such command 'transcrib'. Did you mean 'transcribe'?" in result.stderr
    )


def test_what_is_said_of_odd_sound_is_a_line(tmp_path: Path, tiny_bundle: Path) -> None:
    folder = tmp_path / "clips" / "yes"
    folder.mkdir(parents=True)
    soundfile.write(folder / "a.wav", np.zeros(8000), 8000)
    soundfile.write(folder / "b.wav", np.random.default_rng(0).normal(0, 0.1, 8000), 8000)
    command = [sys.executable, "-m", "speechlstm", "evaluate", str(tiny_bundle), str(tmp_path / "clips")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == f"Warning: {folder / 'a.wav'}: holds only silence\n"
