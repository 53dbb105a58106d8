"""How far the work on many files has come: a bar on a terminal, and a line for whatever went wrong."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar

import click

__all__ = ["is_terminal", "progress", "tell_failed"]

T = TypeVar("T")


@contextmanager
def progress(
    unit: str, n: int, tell: Callable[[T], str | None], *, with_bar: bool = True
) -> Iterator[Callable[[T], None]]:
    """Report results on standard error as they come, above a bar where that is a terminal.

    Args:
        unit: What is counted, as ``files``.
        n: How many results will come; a single one has no bar.
        tell: The line for a result, or None where there is nothing to say of it.
        with_bar: Whether a bar disturbs nothing.

    Yields:
        To be called with every result.
    """
    if n == 1 or not with_bar or not is_terminal(sys.stderr):
        yield lambda result: _say(tell(result), lambda line: click.echo(line, err=True))
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(unit, total=n)

        def report(result: T) -> None:
            say = bar.console.print
            _say(tell(result), lambda line: say(line, markup=False, highlight=False, soft_wrap=True))
            bar.advance(task)

        yield report


def tell_failed(errors: Iterable[object]) -> None:
    """Say on standard error, a line each, what went wrong where the rest went on."""
    for error in errors:
        click.echo(f"Error: {error}", err=True)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at what is written there."""
    return stream.isatty()


def _say(line: str | None, write: Callable[[str], None]) -> None:
    if line is not None:
        write(line)
