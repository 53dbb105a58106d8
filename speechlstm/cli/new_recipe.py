"""``speechlstm new-recipe``: from recordings of one's own to a recipe that trains."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from speechlstm.cli.options import Finite, comma_separated, json_option
from speechlstm.cli.progress import progress

if TYPE_CHECKING:
    from speechlstm.survey.kind import Ask

__all__ = ["new_recipe"]


@click.command()
@click.argument("name")
@click.option(
    "--from",
    "data",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DATA",
    help="Folder or file of recordings; nothing is written there.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder of the recipe.  [default: pipelines/NAME]"
)
@click.option("--overwrite", is_flag=True, help="Replace a recipe that is there already.")
@click.option("--dry-run", is_flag=True, help="Say what is there, and write nothing.")
@json_option("What was found as JSON instead of a table.")
@click.option("--label", default="", metavar="COLUMN", help="Column of the labels, where it is not found.")
@click.option("--subject", default="", metavar="COLUMN", help="Column of the subjects.")
@click.option(
    "--columns", callback=comma_separated, metavar="NAME,...", help="Columns of CSV that has no header."
)
@click.option("--rate", type=click.IntRange(min=1), metavar="HZ", help="Rate of records without time.")
@click.option(
    "--forecast",
    callback=comma_separated,
    metavar="NAME,...",
    help="A series: forecast these columns of its records, or all.",
)
@click.option(
    "--horizon",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of a series: samples to forecast.  [default: its season]",
)
@click.option("--by-file", is_flag=True, help="Split by file, though subjects are known.")
@click.option(
    "--share",
    type=Finite(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of the data to validate with.",
)
def new_recipe(
    name: str,
    data: Path,
    output: Path | None,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Look at recordings, say what they are, and write a recipe NAME that trains on them.

    DATA is a folder for each word with its sound files, files of a sensor's records (CSV, JSON lines,
    Parquet) with a column of labels, a list of either, or samples of handwriting (a strokes.jsonl). Printed
    are rates, channels, labels, minutes of each, subjects, gaps, and what cannot be read. The split keeps
    every subject on one side; lists and, where they are needed, copies of records lie beside the recipe.
    With --forecast DATA is a file of records to be forecast; its last part is kept to validate with.

    \b
    Example:
      speechlstm new-recipe kitchen --from recordings/kitchen
      speechlstm train kitchen
      speechlstm new-recipe power --from power.csv --forecast load --horizon 48
    """
    from speechlstm.survey.kind import Target
    from speechlstm.survey.look import examine
    from speechlstm.survey.place import look_around
    from speechlstm.survey.report import as_text
    from speechlstm.survey.write import claim, write_recipe

    folder = output or Path("pipelines") / name
    _check_name(name)
    ask = _ask(**asked)
    if not dry_run:
        claim(folder, overwrite=overwrite)
    place = look_around(data)
    with progress("files", len(place.files), _nothing) as report:
        finding = examine(place, ask, report)
    survey = finding.survey
    click.echo(json.dumps(survey.to_json(), indent=2, ensure_ascii=False) if as_json else as_text(survey))
    if not dry_run:
        target = Target(name, folder)
        write_recipe(finding, target)
        called = name if output is None else target.called(folder)
        click.echo(f"\nwrote {folder}; train it: speechlstm train {shlex.quote(called)}", err=True)


def _ask(
    *,
    rate: int | None,
    horizon: int | None,
    columns: tuple[str, ...] | None,
    forecast: tuple[str, ...] | None,
    **asked: Any,
) -> "Ask":
    from speechlstm.survey.kind import Ask

    if horizon is not None and not forecast:
        raise click.UsageError("--horizon goes with --forecast, which names the columns of a series")
    return Ask(
        rate_hz=rate or 0, horizon=horizon or 0, columns=columns or (), forecast=forecast or (), **asked
    )


def _check_name(name: str) -> None:
    if not name.strip() or name.startswith((".", "-")) or set(name) & set("/\\\0\n"):
        raise click.BadParameter(f"expected a name without slashes, as kitchen-words, got {name!r}")


def _nothing(_: Path) -> None:
    return None
