"""What is asked of ``speechlstm listen``."""

from dataclasses import dataclass
from pathlib import Path

import click

from speechlstm.cli.model_request import ModelRequest
from speechlstm.timing import Rate

__all__ = ["LiveRequest", "check_use"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRequest(ModelRequest):
    """The options of ``listen``."""

    device: str | None
    format_name: str
    no_partials: bool
    save_audio: Path | None
    overwrite: bool
    input_: str | None
    sample_rate: int | None
    record_rate: Rate | None
    channel: int | None
    real_time: bool
    reconnect: bool
    stats: bool
    mqtt: str | None
    serial: str | None
    baud: int | None
    columns: tuple[str, ...] | None
    y_down: bool
    endpoint: str | None
    endpoint_silence_s: float | None
    endpoint_max_s: float | None
    inspect: bool


def check_use(request: LiveRequest) -> None:
    """Find out what cannot go together, before a model is loaded.

    Raises:
        click.UsageError: Options that do not.
    """
    if request.inspect:
        from speechlstm.cli.live_picture import require_terminal

        require_terminal(request.format_name)
    if request.input_ is None and (request.channel is not None or request.real_time):
        raise click.UsageError("--channel and --real-time are for a file or standard input; give --input")
    if request.input_ is not None and (request.device is not None or request.reconnect):
        raise click.UsageError(
            "--device is for a microphone, --reconnect for one, a broker or a port; leave --input out"
        )
    if request.baud is not None and request.serial is None:
        raise click.UsageError("--baud is for a serial port; give --serial")
    if request.input_ != "-" and request.sample_rate is not None:
        raise click.UsageError("--sample-rate is for raw sound on standard input; give --input -")
    if request.overwrite and request.save_audio is None:
        raise click.UsageError("--overwrite is for --save-audio; give both")
    if request.save_audio is not None:
        _check_recording(request.save_audio, request)


def _check_recording(path: Path, request: LiveRequest) -> None:
    if path.suffix.lower() not in (".wav", ".wave"):
        raise click.UsageError(f"--save-audio {path}: what is kept is a WAV; give a name that ends in .wav")
    if request.input_ and _same_file(path, Path(request.input_)):
        raise click.UsageError("--save-audio would overwrite --input; give another file")
    if not request.overwrite and path.is_file() and path.stat().st_size:
        raise click.UsageError(f"--save-audio {path}: is there already; give another name, or --overwrite")


def _same_file(a: Path, b: Path) -> bool:
    return a.exists() and b.exists() and a.samefile(b)
