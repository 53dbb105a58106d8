"""``speechlstm listen``: words of the live microphone, or of sound that is treated like one."""

import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from speechlstm.cli.adaptation import adaptation_options
from speechlstm.cli.devices import devices
from speechlstm.cli.endpoint import endpoint_options, endpoint_rules
from speechlstm.cli.interrupts import interruptible
from speechlstm.cli.live_oddities import Oddities
from speechlstm.cli.live_request import LiveRequest, check_use
from speechlstm.cli.live_sink import sink_of
from speechlstm.cli.live_source import sound_of, source_of
from speechlstm.cli.live_told import beginning, name_of, summary
from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import (
    columns_option,
    engine_option,
    latency_option,
    model_option,
    record_rate_option,
    sample_rate_option,
    sensitivity_option,
    y_down_option,
)
from speechlstm.errors import DataError

if TYPE_CHECKING:
    from speechlstm.decode.endpoint import EndpointConfig
    from speechlstm.inspection.live import LiveInspector
    from speechlstm.live import Reconnection
    from speechlstm.messages import Gap, Overflow
    from speechlstm.recognizer import Recognizer
    from speechlstm.sources.recording import RecordingWriter
    from speechlstm.sources.samples import Samples
    from speechlstm.sources.source import Source

__all__ = ["listen"]

# how long a WAV may take to say that it is one, where a rate was given
_BRIEFLY_S = 0.3


@click.command()
@model_option
@click.option("-d", "--device", metavar="DEVICE", help="Number, name or part of the name of a device.")
@click.option("--list-devices", is_flag=True, help="List the devices that can be heard, and end.")
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    show_default=True,
    help="Words for a person, or events as JSON lines.",
)
@latency_option
@sensitivity_option
@engine_option
@endpoint_options
@click.option("--no-partials", is_flag=True, help="Give final words only.")
@click.option(
    "--save-audio",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep what is heard, as a WAV at the model's rate.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file of --save-audio.")
@click.option("--input", "input_", metavar="FILE|-", help="Hear a file or standard input, no microphone.")
@sample_rate_option
@record_rate_option
@click.option(
    "--channel", type=click.IntRange(min=0), metavar="N", help="Hear this channel of --input, from 0."
)
@click.option("--real-time", is_flag=True, help="Hear --input no faster than it was spoken.")
@click.option(
    "--reconnect", is_flag=True, help="Wait for a device, a port or a broker that vanishes, and go on."
)
@click.option("--stats", is_flag=True, help="More figures at the end.")
@click.option("--inspect", is_flag=True, help="Draw the network's gates while it hears.")
@click.option("--mqtt", metavar="URL", help="Hear a sensor's records from mqtt://HOST[:PORT]/TOPIC.")
@click.option("--serial", metavar="PORT", help="Hear a sensor's records from a serial port.")
@click.option(
    "--baud", type=click.IntRange(min=1), metavar="N", help="Bits a second of --serial; 115200 otherwise."
)
@columns_option
@adaptation_options
@y_down_option
@click.pass_context
def listen(context: click.Context, /, list_devices: bool, **options: Any) -> None:
    """Write down words as they are spoken.

    Final words go to standard output. What the model believes but may take back is shown in grey on a
    terminal, with the level of the sound; with -f jsonl it is a line {"partial": ...}, a final one is
    {"text": ..., "result": [{"word", "start", "end", "conf"}]}, and a segment of a class is
    {"label", "start", "end", "conf"}.

    With --inspect a terminal shows the spectrum, the posteriors and the gates of the busiest units, ten times
    a second; where drawing is slow there are fewer pictures, and no sound is lost.

    Each final word is given at once. With --endpoint utterances are: a line ends, or with -f jsonl
    {"text", "conf", "result"} comes, when the speaker has stopped; {"partial": ...} is then all that the
    utterance says so far, final words included.

    With --grammar the words of a phrase are given together when it is complete; before that a partial shows
    the likeliest whole phrase, of which the last words may not be said yet. A phrase that does not go on
    within 1.5 s gives nothing. An utterance does not end within a phrase that may still go on.

    Ctrl+C gives the last word and ends with exit code 0. A device, port or broker that vanishes does so with
    1, or is waited for with --reconnect. Sound on standard input (--input -) is a WAV, or raw 16-bit
    little-endian mono with --sample-rate, heard as it comes. Of a model for a sensor it is CSV or JSON lines,
    a record a line; of a model for a pen points x,y,pen, and a blank line after each character or word.

    \b
    Examples:
      speechlstm listen
      speechlstm listen --inspect
      speechlstm listen -d usb --latency low -f jsonl --save-audio heard.wav
      speechlstm listen --input samples/digits.wav --real-time
      speechlstm listen --endpoint short -f jsonl
      cat samples/wrist.csv | speechlstm listen -m activity --input - -f jsonl
      arecord -t raw -f S16_LE -r 16000 | speechlstm listen --input - --sample-rate 16000
    """
    if list_devices:
        context.invoke(devices)
        return
    request = LiveRequest(**options)
    check_use(request)
    with native_stderr_dropped():
        recognizer = request.load()
        endpoint = endpoint_rules(request, recognizer)
        _check_inspect(request, recognizer)
        _listen(recognizer, source_of(request, recognizer), request, endpoint)


def _check_inspect(request: LiveRequest, recognizer: "Recognizer") -> None:
    """Find out before anything is heard whether this model can be looked into."""
    if request.inspect:
        from speechlstm.inspection.inspection import require_inspectable

        require_inspectable(recognizer)


def _listen(
    recognizer: "Recognizer", source: "Source", request: LiveRequest, endpoint: "EndpointConfig | None"
) -> None:
    from speechlstm.live import Reconnection, Reopenable

    waiting = Reconnection(source, _say) if request.reconnect and isinstance(source, Reopenable) else None
    stopped = threading.Event()
    stops = [source.stop, waiting.stop] if waiting else [source.stop]
    with interruptible(stopped.set, *stops), source, _recording(request, recognizer) as recording:
        _await_header(source, request)
        _say(f"{beginning(recognizer, source, request)}\nCtrl+C to stop")
        _run(recognizer, source, request, endpoint, recording, waiting, stopped.is_set)


def _await_header(source: "Source", request: LiveRequest) -> None:
    """What comes down a pipe may be a WAV, whose header tells the rate, and so the delay.

    Without --sample-rate it has to be one, and is waited for.
    """
    from speechlstm.sources.standard_input import StandardInput

    if isinstance(source, StandardInput) and (request.sample_rate is None or source.has_come(_BRIEFLY_S)):
        source.read_header()


def _run(
    recognizer: "Recognizer",
    source: "Source",
    request: LiveRequest,
    endpoint: "EndpointConfig | None",
    recording: "RecordingWriter | None",
    waiting: "Reconnection | None",
    stopped: Callable[[], bool],
) -> None:
    from speechlstm.live import Listener

    listener = None
    name, whole = name_of(source, request), endpoint is not None

    def warn_between(odd: str) -> None:
        sink.close()  # a warning has a line of its own
        _warn(name, odd)

    sound = sound_of(source, request, stopped)
    oddities = Oddities(sound, source, warn_between)
    try:
        # whoever read the words and went away has what they wanted
        with (
            suppress(BrokenPipeError),
            _inspector(request, recognizer) as inspector,
            sink_of(request, recognizer, source, utterances=whole, inspector=inspector) as sink,
        ):
            listener = Listener(
                recognizer,
                # the picture of --inspect has no room for a warning: there they come at the end
                oddities if inspector is None else _overheard(sound, inspector),
                sink,
                partials=not request.no_partials,
                endpoint=endpoint,
                recording=recording,
                on_lost=waiting,
            )
            listener.run()
    finally:
        if listener is not None:
            _say("\n".join(summary(listener.stats, kind=recognizer.kind, full=request.stats)))
        # an error of the records says the same
        if not isinstance(sys.exception(), DataError):
            _warn(name, listener.oddity if listener else None)
            _warn(name, oddities.untold)


def _warn(name: str, odd: str | None) -> None:
    if odd:
        _say(f"Warning: {name}: {odd}")


def _recording(
    request: LiveRequest, recognizer: "Recognizer"
) -> "AbstractContextManager[RecordingWriter | None]":
    if request.save_audio is None:
        return nullcontext()
    from speechlstm.sources.recording import RecordingWriter

    return RecordingWriter(request.save_audio, recognizer.sound_rate_hz)


def _inspector(
    request: LiveRequest, recognizer: "Recognizer"
) -> "AbstractContextManager[LiveInspector | None]":
    if not request.inspect:
        return nullcontext()
    from speechlstm.cli.live_picture import inspecting

    return inspecting(recognizer)


def _overheard(
    sound: "Iterable[Samples | Overflow | Gap]", inspector: "LiveInspector | None"
) -> "Iterable[Samples | Overflow | Gap]":
    if inspector is None:
        return sound
    from speechlstm.inspection.live import Overheard

    return Overheard(sound, inspector)


def _say(message: str) -> None:
    click.echo(message, err=True)
