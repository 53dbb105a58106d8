"""How the recipe of a survey begins."""

import shlex
from collections.abc import Iterable

from speechlstm.survey.kind import Target
from speechlstm.survey.toml import quoted, quoted_list

__all__ = ["opening"]


def opening(target: Target, what: str, description: str, vocabulary: Iterable[str]) -> str:
    """Name, description, licence, vocabulary and seed, under a line that says what it does and how to run it.

    Args:
        target: Name and folder of the recipe.
        what: What it does, in a few words.
        description: What its card is to say.
        vocabulary: Its words or classes.
    """
    return f"""\
# {target.name}: {what}. Run with: speechlstm train {shlex.quote(target.called(target.folder))}
name = {quoted(target.name)}
description = {quoted(description)}
licence = "not stated; write here under which licence the model may be used"
vocabulary = {quoted_list(vocabulary)}
seed = 1
"""
