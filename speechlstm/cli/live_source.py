"""What ``speechlstm listen`` hears: a microphone, a file, a pipe, a broker or a port."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from speechlstm.cli.live_request import LiveRequest

if TYPE_CHECKING:
    from speechlstm.messages import Gap, Overflow
    from speechlstm.recognizer import Recognizer
    from speechlstm.sources.samples import Samples
    from speechlstm.sources.source import Source

__all__ = ["sound_of", "source_of"]

# a file is heard in pieces of this length, as a microphone would give it
_CHUNK_S = 0.06


def source_of(request: LiveRequest, recognizer: "Recognizer") -> "Source":
    """The source that the options name, not yet open.

    Raises:
        click.UsageError: Options that are of no use to this model.
    """
    if request.y_down and not recognizer.reads_pen:
        raise click.UsageError(f"--y-down is for a pen; {recognizer.bundle.name} reads none")
    if request.record_rate is not None and (recognizer.hears_sound or recognizer.reads_pen):
        raise click.UsageError(f"--record-rate is for a sensor; {recognizer.bundle.name} hears none")
    if recognizer.reads_pen:
        return _pen(request, recognizer)
    if not recognizer.hears_sound:
        return _sensor(request, recognizer)
    if request.mqtt or request.serial or request.columns:
        raise click.UsageError(
            f"--mqtt, --serial and --columns are for a sensor; {recognizer.bundle.name} hears sound"
        )
    rate_hz = recognizer.sound_rate_hz
    if request.input_ is None:
        from speechlstm.sources.microphone import Microphone

        return Microphone(rate_hz, device=request.device)
    if request.input_ == "-":
        from speechlstm.sources.standard_input import StandardInput

        return StandardInput(rate_hz, input_rate_hz=request.sample_rate, channel=request.channel)
    from speechlstm.sources.files import AudioFile

    return AudioFile(request.input_, rate_hz, channel=request.channel, block_s=_CHUNK_S)


def _pen(request: LiveRequest, recognizer: "Recognizer") -> "Source":
    """The points of a pen."""
    name = recognizer.bundle.name
    if request.input_ is None:
        raise click.UsageError(f"{name} reads a pen, not a microphone; give its points with --input")
    if request.save_audio or request.sample_rate or request.channel is not None:
        raise click.UsageError(f"--save-audio, --sample-rate and --channel are for sound; {name} reads a pen")
    if request.mqtt or request.serial:
        raise click.UsageError(f"--mqtt and --serial are for a sensor; {name} reads a pen")
    return recognizer.open(request.input_, columns=request.columns, y_down=request.y_down)


def _sensor(request: LiveRequest, recognizer: "Recognizer") -> "Source":
    """The records of a sensor."""
    if request.save_audio or request.sample_rate or request.channel is not None or request.device:
        raise click.UsageError(
            "--save-audio, --sample-rate, --channel and --device are for sound; "
            f"{recognizer.bundle.name} hears a sensor"
        )
    given = [place for place in (request.input_, request.mqtt, request.serial) if place is not None]
    if len(given) != 1:
        raise click.UsageError(
            f"{recognizer.bundle.name} hears a sensor, not a microphone; "
            "give its records with one of --input, --mqtt and --serial"
        )
    sensor = replace(recognizer.sensor, untimed_rate_hz=request.record_rate)
    if request.mqtt is not None:
        from speechlstm.sources.mqtt import MqttSource

        return MqttSource(request.mqtt, sensor, columns=request.columns)
    if request.serial is not None:
        from speechlstm.sources.serial_port import SerialSource

        baud = {} if request.baud is None else {"baud_rate": request.baud}
        return SerialSource(request.serial, sensor, columns=request.columns, **baud)
    from speechlstm.sources.table import TableSource

    return TableSource(request.input_ or "-", sensor, columns=request.columns)


def sound_of(
    source: "Source", request: LiveRequest, stopped: Callable[[], bool]
) -> "Iterable[Samples | Overflow | Gap]":
    """What a source gives, at the pace of its rate if that is asked for."""
    if not request.real_time:
        return source
    from speechlstm.sources.paced import paced

    return paced(source, source.sample_rate_hz, stopped=stopped)
