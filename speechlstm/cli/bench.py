"""``speechlstm bench``: speed and memory on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from speechlstm.bench.parts import PARTS
from speechlstm.cli.options import MODEL, json_option, latency_option

if TYPE_CHECKING:
    from speechlstm.bench.figure import Figure, Setup

__all__ = ["bench"]

_SUFFIXES = (".md", ".json")


@click.command()
@click.option(
    "-m", "model", default=MODEL, show_default=True, metavar="MODEL", help="Name or folder of the model."
)
@click.option(
    "--model",
    "counted",
    is_flag=False,
    flag_value="",
    metavar="[MODEL]",
    help="Instead: what each part of MODEL (that of -m, if not named) costs, counted and measured.",
)
@latency_option
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
@json_option("JSON instead of a table.")
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
    counted: str | None,
    latency: str,
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

    With --model, counts what each part of one model does (front end, each direction of each layer, heads,
    decoder): numbers it holds, multiply-adds and bytes a second of sound or of a sensor's time (of a pen, a
    frame), at the setting of --latency. Beside them stands the time of one thread, and how near that comes
    to the machine's limit, a product of large matrices.

    \b
    Example:
      speechlstm bench --quick
      speechlstm bench -o figures.md --only step --only keras
      speechlstm bench --model words-en --latency low
    """
    if output is not None and output.suffix not in _SUFFIXES:
        raise click.UsageError(
            f"{output} ends in {output.suffix or 'nothing'}; expected {' or '.join(_SUFFIXES)}"
        )
    if counted is not None:
        if only or data_dir is not None:
            raise click.UsageError("--model counts one model's parts; --only and --data go with -m")
        _count_parts(counted or model, latency, quick=quick, as_json=as_json, output=output)
        return
    if context.get_parameter_source("latency") is not ParameterSource.DEFAULT:
        raise click.UsageError("--latency goes with --model; the benchmark is measured at balanced")
    from speechlstm.bench import report
    from speechlstm.bench.figure import Setup
    from speechlstm.bench.machine import this_machine
    from speechlstm.bundle import find

    setup = Setup(str(find(model)), quick=quick, data_dir=data_dir)
    machine = this_machine()
    figures = _measured(only or tuple(PARTS), setup)
    texts = {".md": report.as_markdown(figures, machine), ".json": report.as_json(figures, machine)}
    _tell(texts, as_json=as_json, output=output)
    if any(figure.failed is not None for figure in figures):
        context.exit(1)


def _count_parts(model: str, latency: str, *, quick: bool, as_json: bool, output: Path | None) -> None:
    from speechlstm.bench.figure import Setup
    from speechlstm.bench.machine import this_machine
    from speechlstm.bench.model_report import measure_model
    from speechlstm.bundle import Bundle, find

    machine = this_machine()
    setup = Setup(str(find(model)), quick=quick)
    found = measure_model(Bundle.load(setup.model), latency, measure_s=setup.measure_s)
    _tell(
        {".md": found.to_markdown(machine), ".json": found.to_json(machine)}, as_json=as_json, output=output
    )


def _tell(texts: Mapping[str, str], *, as_json: bool, output: Path | None) -> None:
    """Print the text that was asked for, and write the one that a file's ending asks for."""
    from speechlstm.sinks.atomic import write_atomically

    click.echo(texts[".json" if as_json else ".md"])
    if output is not None:
        write_atomically(output, texts[output.suffix] + "\n")


def _measured(names: tuple[str, ...], setup: "Setup") -> "list[Figure]":
    from speechlstm.bench.parts import measure

    figures: list[Figure] = []
    for name in names:
        click.echo(f"measuring {name} ...", err=True)
        figures += measure([name], setup)
    return figures
