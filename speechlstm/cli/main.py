"""The ``speechlstm`` command: its sub-commands, loaded when they are run, and how it fails."""

import importlib
import io
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import click

import speechlstm
from speechlstm.errors import SoundWarning, SpeechLSTMError, cure, missing_extra

__all__ = ["LazyGroup", "cli", "main"]

# name: where it is, and its line in the list of commands
_COMMANDS = {
    "transcribe": (
        "speechlstm.cli.transcribe:transcribe",
        "Words, segments or characters of files, folders or a pipe.",
    ),
    "listen": ("speechlstm.cli.listen:listen", "The same of a microphone, a sensor or a pen, live."),
    "new-recipe": ("speechlstm.cli.new_recipe:new_recipe", "Make a recipe for recordings of one's own."),
    "forecast": ("speechlstm.cli.forecast:forecast", "How a series goes on, from a file or a pipe."),
    "train": ("speechlstm.cli.train:train", "Train a model from a recipe."),
    "evaluate": ("speechlstm.cli.evaluate:evaluate", "Measure how well a model does on labelled data."),
    "calibrate": (
        "speechlstm.cli.calibrate:calibrate",
        "Fit confidences, and choose what is given at all.",
    ),
    "models": ("speechlstm.cli.models:models", "List, show and verify models."),
    "devices": ("speechlstm.cli.devices:devices", "List the sound devices that can be heard."),
    "inspect": (
        "speechlstm.cli.inspect:inspect",
        "Look into a model while it hears: its gates, unit by unit.",
    ),
    "doctor": ("speechlstm.cli.doctor:doctor", "Check the installation, or that a model has one answer."),
    "bench": ("speechlstm.cli.bench:bench", "Measure speed and memory on this machine."),
}
_EXTRAS = {"tensorflow": "train", "keras": "train", "librosa": "train", "jax": "train"}
_INTERRUPTED = 130
_STDOUT, _STDERR = 1, 2


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run, and whose errors are one line."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # the names alone, for click to say which of them a misspelt one may be
        self.commands = {name: click.Command(name) for name in _COMMANDS}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a user's mistake becomes ``Error: ...`` and exit code 1, without a traceback."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(_INTERRUPTED)
        except (SpeechLSTMError, ModuleNotFoundError, OSError) as error:
            message = _explain(error)
            if message is None or os.environ.get("SPEECHLSTM_DEBUG"):
                raise
            raise click.ClickException(message) from error


def _show_version(context: click.Context, option: click.Parameter, is_asked: bool) -> None:
    if is_asked and not context.resilient_parsing:
        click.echo(f"speechlstm, version {speechlstm.__version__}")
        context.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Streaming recognition of closed vocabularies: the same answer from a file, a pipe and a microphone.

    Results on standard output are UTF-8 where it is no terminal.

    SPEECHLSTM_DEBUG=1 shows where an error comes from.

    \b
    Example:
      speechlstm transcribe samples/digits.wav -f tsv
    """


def _show_warning(others: Callable[..., None]) -> Callable[..., None]:
    """What is said of odd sound is a line for a person; all other warnings are for who wrote the program."""

    def show(message: Warning | str, category: type[Warning], *where: Any, **how: Any) -> None:
        if issubclass(category, SoundWarning):
            click.echo(f"Warning: {message}", err=True)
        else:
            others(message, category, *where, **how)

    return show


def main() -> None:
    """Run the command line and leave with its exit code."""
    # to be said before NumPy is loaded: the commands have threads of their own, and those of OpenBLAS wait by
    # spinning on their cores, which on a busy machine was measured to take `inspect` forty times as long
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _reopen_streams()
    _settle_output()
    warnings.showwarning = _show_warning(warnings.showwarning)
    try:
        cli.main(prog_name="speechlstm")
    except SystemExit:
        _close_output()
        raise


def _settle_output() -> None:
    """Results go to files and pipes as UTF-8, in every locale; what an encoding has not becomes ``?``."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="replace")


def _explain(error: SpeechLSTMError | ModuleNotFoundError | OSError) -> str | None:
    """What to tell the user; None where it is no mistake of theirs."""
    if isinstance(error, SpeechLSTMError):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        return str(missing_extra(f"this needs {package}", _EXTRAS[package])) if package in _EXTRAS else None
    if isinstance(error, BrokenPipeError):
        return None
    return f"{error.filename or 'standard output'}: {error.strerror or error}; {cure(error)}"


def _reopen_streams() -> None:
    """Take the place of streams that are closed, as after ``>&-``: the next file to be opened would do so."""
    if sys.stderr is None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDERR)
        sys.stderr = os.fdopen(_STDERR, "w")
    if sys.stdout is None:  # to be read alone: what writes there is told that it cannot
        os.dup2(os.open(os.devnull, os.O_RDONLY), _STDOUT)
        sys.stdout = os.fdopen(_STDOUT, "w")


def _close_output() -> None:
    """Flush what is left; a reader that is gone is no error, and must not become one while Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
