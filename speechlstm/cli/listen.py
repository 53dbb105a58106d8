"""``speechlstm listen``: words of the live microphone, or of sound that is treated like one."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from speechlstm.cli.devices import devices
from speechlstm.cli.interrupts import interruptible
from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import engine_option, latency_option, model_option, sensitivity_option
from speechlstm.cli.pen import lexicon_option, read_lexicon, y_down_option
from speechlstm.cli.phrases import grammar_option, hotwords_option, read_grammar, read_hotwords
from speechlstm.cli.sensor import sensor_options, sensor_source
from speechlstm.timing import Rate, milliseconds, seconds

if TYPE_CHECKING:
    from speechlstm.decode.endpoint import EndpointConfig
    from speechlstm.inspection.live import LiveInspector
    from speechlstm.live import LiveStats, Reconnection
    from speechlstm.messages import Gap, Overflow
    from speechlstm.recognizer import Recognizer
    from speechlstm.sinks.sink import Sink
    from speechlstm.sources.recording import RecordingWriter
    from speechlstm.sources.samples import Samples
    from speechlstm.sources.source import Source

__all__ = ["listen"]

# a file is heard in pieces of this length, as a microphone would give it
_CHUNK_S = 0.06
# without utterances, a pause this long between two words begins a line
_GAP_MS = 1000


@dataclass(frozen=True, slots=True)
class _Request:
    """The options of ``listen``."""

    model: str
    device: str | None
    format_name: str
    latency: str
    sensitivity: float
    engine: str
    no_partials: bool
    save_audio: Path | None
    input_: str | None
    sample_rate: int | None
    channel: int | None
    real_time: bool
    reconnect: bool
    stats: bool
    mqtt: str | None
    serial: str | None
    columns: str | None
    grammar: Path | None
    hotwords: str | None
    lexicon: Path | None
    y_down: bool
    endpoint: str | None
    endpoint_silence_s: float | None
    endpoint_max_s: float | None
    inspect: bool


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
@click.option(
    "--endpoint",
    type=click.Choice(["short", "default", "long"]),
    help="Give utterances: how long a pause ends one. The lengths are the model's.",
)
@click.option(
    "--endpoint-silence-s",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="The pause that ends an utterance.",
)
@click.option(
    "--endpoint-max-s",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Length after which an utterance ends without one.",
)
@click.option("--no-partials", is_flag=True, help="Give final words only.")
@click.option(
    "--save-audio",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep what is heard, as a WAV at the model's rate.",
)
@click.option("--input", "input_", metavar="FILE|-", help="Hear a file or standard input, no microphone.")
@click.option(
    "--sample-rate", type=click.IntRange(min=1), metavar="HZ", help="Rate of raw sound on standard input."
)
@click.option(
    "--channel", type=click.IntRange(min=0), metavar="N", help="Hear this channel of --input, from 0."
)
@click.option("--real-time", is_flag=True, help="Hear --input no faster than it was spoken.")
@click.option("--reconnect", is_flag=True, help="Wait for a device that vanishes, and go on.")
@click.option("--stats", is_flag=True, help="More figures at the end.")
@click.option("--inspect", is_flag=True, help="Draw the network's gates while it hears.")
@sensor_options
@grammar_option
@hotwords_option
@lexicon_option
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

    With --grammar the words of a phrase are given together when it is complete, before that there is no
    partial of them, and a phrase that does not go on within 1.5 s gives nothing.

    Ctrl+C gives the last word and ends with exit code 0. A device that vanishes does so with 1, or is
    waited for with --reconnect. Sound on standard input (--input -) is a WAV, or raw 16-bit
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
    request = _Request(**options)
    _check_use(request)
    from speechlstm.recognizer import Recognizer

    with native_stderr_dropped():
        recognizer = Recognizer.load(
            request.model,
            latency=request.latency,
            sensitivity=request.sensitivity,
            engine=request.engine,
            lexicon=read_lexicon(request.lexicon),
            grammar=read_grammar(request.grammar),
            hotwords=read_hotwords(request.hotwords),
        )
        _listen(recognizer, _source(request, recognizer), request)


def _check_use(request: _Request) -> None:
    if request.inspect:
        from speechlstm.cli.live_picture import require_terminal

        require_terminal(request.format_name)
    if request.input_ is None and (request.channel is not None or request.real_time):
        raise click.UsageError("--channel and --real-time are for a file or standard input; give --input")
    if request.input_ is not None and (request.device is not None or request.reconnect):
        raise click.UsageError("--device and --reconnect are for the microphone; leave --input out")
    if request.input_ != "-" and request.sample_rate is not None:
        raise click.UsageError("--sample-rate is for raw sound on standard input; give --input -")
    if request.input_ and request.save_audio and _same_file(request.save_audio, Path(request.input_)):
        raise click.UsageError("--save-audio would overwrite --input; give another file")


def _same_file(a: Path, b: Path) -> bool:
    return a.exists() and b.exists() and a.samefile(b)


def _source(request: _Request, recognizer: "Recognizer") -> "Source":
    if recognizer.reads_pen:
        return _pen(request, recognizer)
    if request.y_down:
        raise click.UsageError(f"--y-down is for a pen; {recognizer.bundle.name} reads none")
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


def _pen(request: _Request, recognizer: "Recognizer") -> "Source":
    """The points of a pen."""
    name = recognizer.bundle.name
    if request.input_ is None:
        raise click.UsageError(f"{name} reads a pen, not a microphone; give its points with --input")
    if request.save_audio or request.sample_rate or request.channel is not None:
        raise click.UsageError(f"--save-audio, --sample-rate and --channel are for sound; {name} reads a pen")
    if request.mqtt or request.serial:
        raise click.UsageError(f"--mqtt and --serial are for a sensor; {name} reads a pen")
    columns = None if request.columns is None else [name.strip() for name in request.columns.split(",")]
    source: Source = recognizer.open(request.input_, columns=columns, y_down=request.y_down)
    return source


def _sensor(request: _Request, recognizer: "Recognizer") -> "Source":
    """The records of a sensor."""
    if request.save_audio or request.sample_rate or request.channel is not None or request.device:
        raise click.UsageError(
            "--save-audio, --sample-rate, --channel and --device are for sound; "
            f"{recognizer.bundle.name} hears a sensor"
        )
    source: Source = sensor_source(
        recognizer,
        input_=request.input_,
        mqtt=request.mqtt,
        serial=request.serial,
        columns=request.columns,
    )
    return source


def _listen(recognizer: "Recognizer", source: "Source", request: _Request) -> None:
    from speechlstm.live import Reconnection, Reopenable

    waiting = Reconnection(source, _say) if request.reconnect and isinstance(source, Reopenable) else None
    stopped = threading.Event()
    stops = [source.stop, waiting.stop] if waiting else [source.stop]
    with interruptible(stopped.set, *stops), source, _recording(request, recognizer) as recording:
        _await_header(source, request)
        _say(f"{_beginning(recognizer, source, request)}\nCtrl+C to stop")
        _run(recognizer, source, request, recording, waiting, stopped.is_set)
        if source.warning:
            _say(f"Warning: {_name(source, request)}: {source.warning}")


def _await_header(source: "Source", request: _Request) -> None:
    """What comes down a pipe without --sample-rate is a WAV: its header tells the rate, and so the delay."""
    from speechlstm.sources.standard_input import StandardInput

    if isinstance(source, StandardInput) and request.sample_rate is None:
        source.read_header()


def _run(
    recognizer: "Recognizer",
    source: "Source",
    request: _Request,
    recording: "RecordingWriter | None",
    waiting: "Reconnection | None",
    stopped: Callable[[], bool],
) -> None:
    from speechlstm.live import Listener

    endpoint, listener = _endpoint(request, recognizer), None
    try:
        with (
            _inspector(request, recognizer) as inspector,
            _sink(request, recognizer, source, utterances=endpoint is not None, inspector=inspector) as sink,
        ):
            listener = Listener(
                recognizer,
                _overheard(_sound(source, request, stopped), inspector),
                sink,
                partials=not request.no_partials,
                endpoint=endpoint,
                recording=recording,
                on_lost=waiting,
            )
            listener.run()
    except BrokenPipeError:
        pass  # whoever read the words has what they wanted
    finally:
        if listener is not None:
            _say("\n".join(_summary(listener.stats, full=request.stats)))


def _sound(
    source: "Source", request: _Request, stopped: Callable[[], bool]
) -> "Iterable[Samples | Overflow | Gap]":
    if not request.real_time:
        return source
    from speechlstm.sources.paced import paced

    return paced(source, source.sample_rate_hz, stopped=stopped)


def _recording(
    request: _Request, recognizer: "Recognizer"
) -> "AbstractContextManager[RecordingWriter | None]":
    if request.save_audio is None:
        return nullcontext()
    from speechlstm.sources.recording import RecordingWriter

    return RecordingWriter(request.save_audio, recognizer.sound_rate_hz)


def _endpoint(request: _Request, recognizer: "Recognizer") -> "EndpointConfig | None":
    silence_s, max_s = request.endpoint_silence_s, request.endpoint_max_s
    if request.endpoint is None and silence_s is None and max_s is None:
        return None
    return recognizer.endpoint(request.endpoint or "default", silence_s=silence_s, max_s=max_s)


def _inspector(request: _Request, recognizer: "Recognizer") -> "AbstractContextManager[LiveInspector | None]":
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


def _sink(
    request: _Request,
    recognizer: "Recognizer",
    source: "Source",
    *,
    utterances: bool,
    inspector: "LiveInspector | None",
) -> "Sink":
    if inspector is None:
        return _words_sink(request, recognizer, source, utterances=utterances)
    from speechlstm.cli.live_picture import ToldSink

    # the picture has the words where there is but one terminal
    is_drawn = sys.stdout.isatty()
    words = None if is_drawn else _words_sink(request, recognizer, source, utterances=utterances)
    return ToldSink(inspector, words)


def _words_sink(request: _Request, recognizer: "Recognizer", source: "Source", *, utterances: bool) -> "Sink":
    rate_hz = recognizer.sample_rate_hz

    def start_us() -> int | None:
        return getattr(source, "start_us", None)

    if request.format_name == "jsonl":
        from speechlstm.sinks.json_lines import JsonLinesSink

        return JsonLinesSink(
            sys.stdout,
            sample_rate_hz=rate_hz,
            kind=recognizer.kind,
            utterances=utterances,
            partials=not request.no_partials,
            start_us=start_us,
        )
    from speechlstm.sinks.terminal import TerminalSink

    return TerminalSink(
        sample_rate_hz=rate_hz,
        err=StringIO() if request.inspect else None,
        gap_ms=None if utterances else _GAP_MS,
        one_a_line=not recognizer.hears_sound,
        start_us=start_us,
    )


def _beginning(recognizer: "Recognizer", source: Any, request: _Request) -> str:
    is_device = hasattr(source, "device_latency_s")
    rate_hz = _source_rate_hz(source, request)
    at = f" at {rate_hz} Hz" if rate_hz else ""
    return (
        f"listening to {_name(source, request)}{at} "
        f"with {recognizer.bundle.name}, latency {recognizer.latency}\n"
        f"algorithmic delay {_delay(recognizer, rate_hz)}"
        + (f"; the device adds up to {1000 * source.device_latency_s:.0f} ms" if is_device else "")
        + _warm_up(recognizer)
    )


def _warm_up(recognizer: "Recognizer") -> str:
    """When the first forecast is to be expected."""
    n = getattr(recognizer.bundle.config.decoder, "warm_up_frames", 0)
    if recognizer.kind != "forecasts" or n <= 1:
        return ""
    wait_s = float(n / recognizer.sample_rate_hz)
    return f"\nthe first forecast comes after {n} samples without a gap ({wait_s:g} s)"


def _source_rate_hz(source: Any, request: _Request) -> Rate | None:
    if hasattr(source, "device_rate_hz"):
        return int(source.device_rate_hz)
    # records come at the model's rate
    rate_hz: Rate | None = getattr(source, "source_rate_hz", source.sample_rate_hz)
    return rate_hz or request.sample_rate


def _name(source: Any, request: _Request) -> str:
    if request.input_ is None:
        return str(getattr(source, "device_name", None) or source.name)
    return "standard input" if request.input_ == "-" else request.input_


def _delay(recognizer: "Recognizer", source_rate_hz: Rate | None) -> str:
    if recognizer.reads_pen:
        return "none: a character or word is final when it ends, at a blank line or the end of the input"
    from speechlstm.sources.resample import resampling_delay_samples

    rate_hz = recognizer.sample_rate_hz
    model_ms = milliseconds(recognizer.latency_samples - recognizer.wait_samples, rate_hz)
    wait_s = seconds(recognizer.wait_samples, rate_hz)
    waiting = f"; a word waits up to {wait_s:.1f} s for the rest of its phrase" if wait_s else ""
    if source_rate_hz is None:
        return f"{model_ms} ms, and that of resampling to {rate_hz} Hz{waiting}"
    if not recognizer.hears_sound:
        return f"{model_ms} ms"
    resampling_ms = milliseconds(resampling_delay_samples(int(source_rate_hz), int(rate_hz)), rate_hz)
    both = f"{model_ms} ms of the model, {resampling_ms} ms of resampling"
    return f"{model_ms + resampling_ms} ms: {both}{waiting}"


def _summary(stats: "LiveStats", *, full: bool) -> "Iterator[str]":
    rtf = "-" if stats.rtf is None else f"{stats.rtf:.3f}"
    yield (
        f"heard {stats.heard_s:.1f} s: real-time factor {rtf}, overflows {stats.n_overflows}, "
        f"dropped samples {stats.n_dropped_samples}"
    )
    if full:
        yield (
            f"words {stats.n_words}, processing {stats.processing_s:.3f} s, "
            f"longest step {1000 * stats.longest_step_s:.1f} ms, reconnections {stats.n_reconnections}"
        )


def _say(message: str) -> None:
    click.echo(message, err=True)
