"""What a speaker is expected to say: phrases, words that are likelier, the only words there are."""

from pathlib import Path

import click

from speechlstm.cli.lines import read_lines
from speechlstm.cli.options import together
from speechlstm.errors import ConfigError

__all__ = ["adaptation_options", "read_grammar", "read_hotwords", "read_lexicon"]

adaptation_options = together(
    click.option(
        "--grammar",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The only phrases there are, one a line: digit digit, or go (left | right) count{2}, after "
        "count = one | two; digit is zero to nine. Words of no phrase, or of an incomplete one, are not "
        "given.",
    ),
    click.option(
        "--hotwords",
        metavar="WORD=NATS,...",
        help="Words that are likelier, or less than 0 rarer: go=2,up=-1 makes go e^2 times likelier.",
    ),
    click.option(
        "--lexicon",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The only words there are, one a line; for a model that spells.",
    ),
)


def read_grammar(path: Path | None) -> list[str] | None:
    """The lines of a grammar; None of no file.

    Raises:
        ConfigError: It cannot be read, or is empty.
    """
    if path is None:
        return None
    lines = read_lines(path, "grammar")
    if not lines:
        raise ConfigError(f"the grammar {path} is empty; give a phrase a line, such as: turn (left | right)")
    return lines


def read_hotwords(text: str | None) -> dict[str, float] | None:
    """Weights by word; None where none were given.

    Raises:
        ConfigError: A word without a weight, or with two, or a weight that is no number.

    Example:
        >>> read_hotwords("go=2, up=-1")
        {'go': 2.0, 'up': -1.0}
    """
    if text is None:
        return None
    weights: dict[str, float] = {}
    for pair in text.split(","):
        word, _, weight = (part.strip() for part in pair.partition("="))
        try:
            nats = float(weight)
        except ValueError as error:
            raise ConfigError(
                f"--hotwords: {pair.strip()!r} is no word with its weight in nats; write go=2,up=-1"
            ) from error
        if word in weights:
            raise ConfigError(f"--hotwords: {word!r} has two weights; give it one")
        weights[word] = nats
    return weights


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
