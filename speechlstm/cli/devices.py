"""``speechlstm devices``: what can be heard."""

import dataclasses
import json
from typing import TYPE_CHECKING

import click

from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import json_option

if TYPE_CHECKING:
    from speechlstm.sources.devices import InputDevice

__all__ = ["device_lines", "devices"]


@click.command()
@json_option("As JSON instead of a table.")
@click.pass_context
def devices(context: click.Context, as_json: bool) -> None:
    """List the sound devices that can be heard; * is the default.

    The number or a part of the name goes to `speechlstm listen -d`. The exit code is 1 where there is none.

    \b
    Example:
      speechlstm devices
    """
    from speechlstm.sources.devices import list_devices

    with native_stderr_dropped():
        found = list_devices()
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(device) for device in found], indent=2, ensure_ascii=False))
    elif found:
        click.echo("\n".join(device_lines(found)))
    if not found:
        click.echo("no sound device can be heard; plug in a microphone, or transcribe files", err=True)
        context.exit(1)


def device_lines(found: "list[InputDevice]") -> list[str]:
    """One line a device: number, name, sound system, channels and rate, the default marked with a star."""
    return [
        f"{'*' if d.is_default else ' '} {d.index:3}  {d.name}  "
        f"({d.host_api}, {d.n_channels} channel{'s' * (d.n_channels > 1)}, {d.sample_rate_hz} Hz)"
        for d in found
    ]
