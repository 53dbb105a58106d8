"""What is asked of handwriting: which way y grows, and which words there are."""

from pathlib import Path
from typing import Any

import click

from speechlstm.cli.lines import read_lines
from speechlstm.errors import ConfigError

__all__ = ["lexicon_option", "read_lexicon", "y_down_option"]


def lexicon_option(command: Any) -> Any:
    """``--lexicon FILE``: the only words there are."""
    return click.option(
        "--lexicon",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The only words there are, one a line; for a model that spells.",
    )(command)


def y_down_option(command: Any) -> Any:
    """``--y-down``: coordinates of a screen."""
    return click.option(
        "--y-down", is_flag=True, help="Of a pen's points, y grows downwards, as on a screen."
    )(command)


def read_lexicon(path: Path | None) -> list[str] | None:
    """The words of a file, one a line, blank lines left out; None of no file.

    Raises:
        ConfigError: It cannot be read, or holds no word.
    """
    if path is None:
        return None
    words = [line.strip() for line in read_lines(path, "lexicon") if line.strip()]
    if not words:
        raise ConfigError(f"the lexicon {path} holds no words; give one a line")
    return words
