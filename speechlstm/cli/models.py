"""``speechlstm models``: what can be run, what is known of it, and whether it is whole."""

import json
from typing import TYPE_CHECKING, Any

import click

from speechlstm.cli.options import MODEL, json_option
from speechlstm.cli.progress import tell_failed
from speechlstm.errors import BundleError
from speechlstm.timing import Rate, milliseconds

if TYPE_CHECKING:
    from speechlstm.bundle import Bundle
    from speechlstm.recognizer import Recognizer

__all__ = ["models"]


@click.group(invoke_without_command=True)
@json_option("The list as JSON instead of a table.")
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """List, show and verify models; without a command, list them.

    Models are found by name in $SPEECHLSTM_MODELS, in the package, and in models/ of a checkout.

    \b
    Examples:
      speechlstm models
      speechlstm models show words-en
      speechlstm models verify
    """
    if context.invoked_subcommand is None:
        context.invoke(list_models, as_json=as_json)
    elif as_json:
        raise click.UsageError(
            f"--json before {context.invoked_subcommand} is for the list alone; write it after the command"
        )


@models.command("list", short_help="List all models that can be named.")
@json_option("As JSON instead of a table.")
@click.pass_context
def list_models(context: click.Context, as_json: bool = False) -> None:
    """List all models that can be named: what they know, size, delay in ms, folder.

    \b
    Example:
      speechlstm models list
    """
    from speechlstm.bundle import Bundle, available

    rows, n_wrong = [], 0
    for path in available():
        try:
            rows.append(_description(Bundle.load(path)))
        except BundleError as error:
            n_wrong += 1
            tell_failed([error])
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif rows:
        click.echo(_table(rows))
    if not rows and not n_wrong:
        click.echo("no models; put one into a folder and name that folder in $SPEECHLSTM_MODELS", err=True)
    context.exit(0 if rows and not n_wrong else 1)


@models.command(short_help="Show the settings and the card of a model.")
@click.argument("model", default=MODEL)
@json_option("Settings and card as JSON.")
def show(model: str, as_json: bool) -> None:
    """Show the settings and the card of MODEL, a name or a folder.

    \b
    Example:
      speechlstm models show words-en
    """
    from speechlstm.bundle import Bundle, find
    from speechlstm.card import readme

    bundle = Bundle.load(find(model))
    if as_json:
        click.echo(json.dumps({**_description(bundle), "card": bundle.card}, indent=2, ensure_ascii=False))
        return
    described = _description(bundle)
    named = {described.pop("knows"): described.pop("words")}
    for key, value in ({"name": described.pop("name")} | named | described).items():
        click.echo(f"{key:16}{_plain(value)}")
    click.echo(f"\n{readme(bundle.card).rstrip()}")


@models.command(short_help="Check what models run on against its hashes.")
@click.argument("chosen", metavar="[MODEL]...", nargs=-1)
@click.pass_context
def verify(context: click.Context, chosen: tuple[str, ...]) -> None:
    """Check all that each MODEL (or every one) runs on, its card too, against its hashes.

    The exit code is 1 if a file was altered. README.md and LICENSE, which are for people, are not checked.

    \b
    Example:
      speechlstm models verify words-en
    """
    from speechlstm.bundle import Bundle, available, find

    n_wrong = 0
    for model in chosen or [str(path) for path in available()]:
        try:
            bundle = Bundle.load(find(model))
            click.echo(f"{bundle.name}: whole ({bundle.path})")
        except BundleError as error:
            n_wrong += 1
            tell_failed([error])
    context.exit(1 if n_wrong else 0)


def _description(bundle: "Bundle") -> dict[str, Any]:
    from speechlstm.bundle import LATENCIES
    from speechlstm.recognizer import Recognizer

    network, one = bundle.config.network, Recognizer(bundle)
    n_bytes = sum(file.stat().st_size for file in bundle.path.iterdir() if file.is_file())
    return {
        "name": bundle.name,
        "knows": bundle.config.knows,
        "words": list(bundle.vocabulary),
        **_channels(bundle),
        "sample_rate_hz": _plain_rate(bundle.config.features.sample_rate_hz),
        "layers": network.n_layers,
        "units": network.units,
        "size_bytes": n_bytes,
        "delay_ms": {name: _delay_ms(one.at_latency(name)) for name in LATENCIES},
        "folder": str(bundle.path),
    }


def _channels(bundle: "Bundle") -> dict[str, Any]:
    """The columns of a sensor's records, with their units."""
    from speechlstm.features.sensor_config import SensorConfig

    features = bundle.config.features
    if not isinstance(features, SensorConfig):
        return {}
    named = zip(features.channels, features.units, strict=True)
    return {"channels": [f"{name} ({unit})" for name, unit in named]}


def _delay_ms(recognizer: "Recognizer") -> int:
    return milliseconds(recognizer.latency_samples, recognizer.sample_rate_hz)


def _plain_rate(rate: Rate) -> int | str:
    """A rate as JSON has it, and a recipe: ``1/3600`` as text."""
    return rate if isinstance(rate, int) else str(rate)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [("name", "knows", "size", "delay (ms)", "folder")]
    for row in rows:
        knows, size = f"{len(row['words'])} {row['knows']}", f"{row['size_bytes'] / 1e6:.1f} MB"
        # what a pen wrote is final when it ends, and a forecast comes with its sample
        delays = _plain(row["delay_ms"]) if any(row["delay_ms"].values()) else "none"
        lines.append((row["name"], knows, size, delays, row["folder"]))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)
