"""What the scripts of the recipes share: commands run as anyone would, places, and what is written.

Scripts in this folder import it as they are. One in a recipe's folder adds this one to the path first::

    sys.path.append(str(Path(__file__).parents[1]))
    from commands import evaluate
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speechlstm.bundle import Bundle, save
from speechlstm.card import put
from speechlstm.sinks.atomic import write_atomically
from speechlstm.training.recipe import read_recipe

if TYPE_CHECKING:
    from speechlstm.training.shares.curve import LearningCurve

__all__ = [
    "MODELS",
    "ROOT",
    "RUNS",
    "WORDS_EN",
    "argument_parser",
    "evaluate",
    "run",
    "ship",
    "train",
    "write_curve",
    "write_manifest",
    "write_tables",
]

ROOT = Path(__file__).parents[1]
# wherever a script is started, and whatever $SPEECHLSTM_MODELS names
MODELS, RUNS = ROOT / "models", ROOT / "runs"
WORDS_EN = MODELS / "words-en"


def argument_parser(doc: str | None, *, data: bool = True) -> argparse.ArgumentParser:
    """What reads the arguments of a script.

    Args:
        doc: The docstring of the script, which is its help.
        data: Whether its first argument is the folder of the recordings, ``data``.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    if data:
        what = "folder of the recordings, as for speechlstm train --data"
        parser.add_argument("data", type=Path, help=what)
    return parser


def run(*arguments: str | Path) -> str:
    """Run ``speechlstm`` with these arguments; what it says on standard output.

    Where a command fails, the script ends with what it said and with its exit code.
    """
    command = [sys.executable, "-m", "speechlstm", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode:
        print(done.stdout, end="")
        sys.exit(done.returncode)
    return done.stdout


def train(
    recipe: Path,
    data: Path,
    *options: str,
    bundle: Path,
    run_dir: Path,
    settings: Iterable[str] = (),
) -> Path:
    """The bundle of a training, which is begun or gone on with unless the bundle is there.

    Args:
        recipe: The recipe's folder.
        data: Folder of the recordings.
        *options: Further options of ``speechlstm train``.
        bundle: Where the bundle goes.
        run_dir: Where checkpoints and logs go.
        settings: What differs from the recipe, as ``training.n_steps=500``.
    """
    if not (bundle / "bundle.json").exists():
        chosen = [part for setting in settings for part in ("--set", setting)]
        places = ["--data", data, "--run", run_dir, "-o", bundle]
        run("train", recipe, *places, "--resume", *options, *chosen)
    return bundle


def evaluate(model: Path, manifest: Path, *options: str | Path) -> dict[str, Any]:
    """The figures of a model, as ``speechlstm evaluate --json`` gives them."""
    figures: dict[str, Any] = json.loads(run("evaluate", model, manifest, *options, "--json"))
    return figures


def ship(bundle: Path, recipe: Path, model: Path) -> Path:
    """Write a bundle to where models ship, described as in the recipe, with its targets; it may lie there."""
    trained, now = Bundle.load(bundle), read_recipe(recipe)
    targets = {name: asdict(target) for name, target in now.targets.items()}
    card = trained.card | {"description": now.description, "targets": targets}
    save(model, trained.config, trained.front_end, trained.model, card)
    return model


def write_manifest(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as JSON lines, all of them or none."""
    write_atomically(path, "".join(json.dumps(row) + "\n" for row in rows))


def write_curve(recipe: Path, name: str, curve: "LearningCurve") -> None:
    """Draw a learning curve and put its table into the recipe's README.md.

    Args:
        recipe: The recipe's folder.
        name: Between its marks; with hyphens, the name of the drawing.
        curve: The curve.
    """
    write_atomically(recipe / f"{name.replace(' ', '-')}.svg", curve.to_svg() + "\n")
    write_tables(recipe / "README.md", {name: ["```text", curve.as_table(), "```"]})


def write_tables(document: Path, tables: Mapping[str, Iterable[str]]) -> None:
    """Put lines between the marks of a document, by their names: see :func:`speechlstm.card.put`."""
    text = document.read_text(encoding="utf-8")
    for name, lines in tables.items():
        text = put(text, name, "\n".join(lines))
    write_atomically(document, text)
