"""Where the records of a sensor come from: a file, a pipe, a broker, a serial port."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from speechlstm.cli.options import columns_option, together

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["sensor_options", "sensor_source"]


sensor_options = together(
    click.option("--mqtt", metavar="URL", help="Hear a sensor's records from mqtt://HOST[:PORT]/TOPIC."),
    click.option("--serial", metavar="PORT", help="Hear a sensor's records from a serial port."),
    columns_option,
)


def sensor_source(
    recognizer: "Recognizer",
    *,
    input_: str | Path | None,
    mqtt: str | None,
    serial: str | None,
    columns: Sequence[str] | None,
) -> Any:
    """The source that was asked for.

    Raises:
        click.UsageError: None, or more than one.
    """
    given = [place for place in (input_, mqtt, serial) if place is not None]
    if len(given) != 1:
        raise click.UsageError(
            f"{recognizer.bundle.name} hears a sensor, not a microphone; "
            "give its records with one of --input, --mqtt and --serial"
        )
    if mqtt is not None:
        from speechlstm.sources.mqtt import MqttSource

        return MqttSource(mqtt, recognizer.sensor, columns=columns)
    if serial is not None:
        from speechlstm.sources.serial_port import SerialSource

        return SerialSource(serial, recognizer.sensor, columns=columns)
    from speechlstm.sources.table import TableSource

    return TableSource(input_ or "-", recognizer.sensor, columns=columns)
