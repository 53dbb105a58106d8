"""A recipe's folder: the settings, what lies beside them, and a README."""

import shlex
import tomllib
from pathlib import Path

from speechlstm.config import from_dict
from speechlstm.errors import ConfigError
from speechlstm.sinks.atomic import atomic_file, write_atomically, writing
from speechlstm.survey.kind import Finding, Proposal, Survey, Target
from speechlstm.survey.report import as_text
from speechlstm.training.recipe import Recipe

__all__ = ["claim", "write_recipe"]


def claim(folder: Path, *, overwrite: bool) -> None:
    """Find out before reading the data, not after, whether the recipe may be written.

    Raises:
        ConfigError: There is something already.
    """
    if (folder / "config.toml").exists() and not overwrite:
        raise ConfigError(f"{folder} holds a recipe already; replace it (--overwrite), or give another name")
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file; give another name, or another folder (-o)")


def write_recipe(finding: Finding, target: Target) -> Recipe:
    """Write the recipe that a finding proposes; ``config.toml`` comes last, when all it names is there.

    Returns:
        The recipe, as training will read it.

    Raises:
        ConfigError: The data ask for what no recipe can be.
        OutputError: The folder cannot be written.
    """
    proposal = finding.proposal(target)
    recipe = from_dict(Recipe, tomllib.loads(proposal.config))
    with writing(target.folder):
        target.folder.mkdir(parents=True, exist_ok=True)
    for name, content in proposal.files.items():
        file = target.folder / name
        with writing(file.parent):
            file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(file) as out:
            out.write(content)
    write_atomically(target.folder / "README.md", _readme(finding.survey, proposal, target))
    write_atomically(target.folder / "config.toml", proposal.config)
    return recipe


def _readme(survey: Survey, proposal: Proposal, target: Target) -> str:
    advice = "".join(f"- {text}\n" for text in proposal.advice)
    recipe, model = shlex.quote(target.called(target.folder)), shlex.quote(f"models/{target.name}")
    return f"""\
# {target.name}

Made by `speechlstm new-recipe` from what it found. All settings are in `config.toml`, with their reasons.

## Data

```
{as_text(survey)}
```

## Train and measure

    speechlstm train {recipe}
    speechlstm evaluate {model} {shlex.quote(proposal.evaluate_on)} {proposal.evaluate_with}

Run them in the folder that the recipe was made in; from another, give the recipe's whole path. What is looked
at while settings are chosen is validation data: for a figure to be trusted, keep recordings of other people
apart and measure on them once, at the end.

## To do

{advice}- Write licence and source of the data into `config.toml`: they go into the model's card.
"""
