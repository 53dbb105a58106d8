"""``speechlstm bench``: speed and memory on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from speechlstm.bench.parts import PARTS
from speechlstm.cli.options import model_option

if TYPE_CHECKING:
    from speechlstm.bench.figure import Figure, Setup

__all__ = ["bench"]

_SUFFIXES = (".md", ".json")


@click.command()
@model_option
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(PARTS)),
    help="Only this part; may be given several times.",
)
@click.option("--quick", is_flag=True, help="Fewer and shorter runs: for a look, not for the record.")
@click.option(
    "--data",
    "data_dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the data of pipelines/words-en, which the part training needs.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the figures to FILE too, as its ending says: .md or .json.",
)
@click.pass_context
def bench(
    context: click.Context,
    model: str,
    only: tuple[str, ...],
    quick: bool,
    data_dir: Path | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Measure speed and memory, against targets where there are any.

    Ratios are taken within this run, in turns, so they hold when the machine is shared; seconds hold
    for a machine that does nothing else. What cannot be measured here is listed with the reason. The exit
    code is 1 if a part failed; a target that was missed is no failure.

    \b
    Example:
      speechlstm bench --quick
      speechlstm bench -o figures.md --only step --only keras
    """
    if output is not None and output.suffix not in _SUFFIXES:
        raise click.UsageError(
            f"{output} ends in {output.suffix or 'nothing'}; expected {' or '.join(_SUFFIXES)}"
        )
    from speechlstm.bench import report
    from speechlstm.bench.figure import Setup
    from speechlstm.bench.machine import this_machine
    from speechlstm.bundle import find
    from speechlstm.sinks.atomic import write_atomically

    setup = Setup(str(find(model)), quick=quick, data_dir=data_dir)
    machine = this_machine()
    figures = _measured(only or tuple(PARTS), setup)
    write = {".md": report.as_markdown, ".json": report.as_json}
    click.echo(write[".json" if as_json else ".md"](figures, machine))
    if output is not None:
        write_atomically(output, write[output.suffix](figures, machine) + "\n")
    if any(figure.failed is not None for figure in figures):
        context.exit(1)


def _measured(names: tuple[str, ...], setup: "Setup") -> "list[Figure]":
    from speechlstm.bench.parts import measure

    figures: list[Figure] = []
    for name in names:
        click.echo(f"measuring {name} ...", err=True)
        figures += measure([name], setup)
    return figures
