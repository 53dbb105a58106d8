"""``speechlstm doctor``: whether everything is there and works, and whether a model has one answer."""

import dataclasses
import json
import math
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import click

import speechlstm
from speechlstm.cli.devices import device_lines
from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import engine_option, json_option, latency_option
from speechlstm.config import to_dict
from speechlstm.errors import BundleError, SpeechLSTMError, missing_extra

if TYPE_CHECKING:
    import numpy as np

    from speechlstm.evaluation.one_answer import OneAnswer

__all__ = ["Check", "doctor"]

_NEEDED = ("click", "jiwer", "numpy", "onnxruntime", "rich", "sounddevice", "soundfile", "soxr")
# by extra, and what each is needed for
_OPTIONAL = {
    "train": dict.fromkeys(("librosa", "onnx", "tensorboard", "tensorflow"), "training needs"),
    "plot": {"matplotlib": "a picture as PNG needs"},
    "sensors": {
        "paho-mqtt": "hearing an MQTT broker needs",
        "pyarrow": "Parquet needs",
        "pyserial": "hearing a serial port needs",
    },
    "notebooks": dict.fromkeys(("ipykernel", "nbclient", "nbformat"), "running the notebooks needs"),
}
_LISTEN_S = 1
# chunks of one sample take as long as the sound
_MOST_S = 20
# which of a slow sensor would be nothing
_LEAST_SAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What it is.
        state: ``ok``, ``absent`` (and can be done without) or ``wrong``.
        detail: What was found, and the cure.
    """

    name: str
    state: str
    detail: str


@click.command()
@click.argument("model", required=False)
@click.argument("file", required=False)
@latency_option
@engine_option
@json_option("As JSON instead of lines.")
@click.pass_context
def doctor(
    context: click.Context, model: str | None, file: str | None, latency: str, engine: str, as_json: bool
) -> None:
    """Check the installation; with MODEL and FILE, that the model has one answer for the file.

    Alone: versions, extras, sound devices, the level of the default microphone, and every model's hashes.
    The exit code is 1 where something that is needed is missing or damaged.

    With MODEL and FILE: the first 20 seconds of the file in one piece, in chunks of 1, 37, 160 and 4000
    samples, and in a batch; of a pen each character or word by itself. The exit code is 1 if any posterior
    differs by more than 1e-4, or any word.

    \b
    Examples:
      speechlstm doctor
      speechlstm doctor words-en samples/digits.wav
    """
    if model is None:
        with native_stderr_dropped():
            checks = list(_installation())
        click.echo(_as_json(checks) if as_json else "\n".join(map(_line, checks)))
        context.exit(1 if any(check.state == "wrong" for check in checks) else 0)
    if file is None:
        raise click.UsageError("a FILE is needed beside MODEL; give a sound file, as samples/digits.wav")
    with native_stderr_dropped():
        found, file_s = _one_answer(model, file, latency, engine)
    write = _answer_as_json if as_json else _answer_text
    click.echo(write(found, file_s))
    context.exit(0 if found.holds else 1)


def _installation() -> Iterator[Check]:
    yield Check("speechlstm", "ok", speechlstm.__version__)
    yield Check("python", "ok", f"{platform.python_version()} on {platform.platform(terse=True)}")
    for package in _NEEDED:
        yield _package(package, "wrong", f"not installed; install it: `pip install {package}`")
    for extra, packages in _OPTIONAL.items():
        for package, use in packages.items():
            yield _package(package, "absent", str(missing_extra(f"{use} {package}", extra)))
    yield from _sound()
    yield from _models()


def _package(name: str, state_if_absent: str, cure: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, state_if_absent, cure)


def _sound() -> Iterator[Check]:
    from speechlstm.sources.devices import list_devices, load_sounddevice

    try:
        yield Check("portaudio", "ok", str(load_sounddevice().get_portaudio_version()[1]))
        found = list_devices()
    except SpeechLSTMError as error:
        yield Check("sound devices", "absent", str(error))
        return
    if not found:
        yield Check("sound devices", "absent", "none can be heard; plug in a microphone, or transcribe files")
    for line in device_lines(found):
        yield Check("sound device", "ok", line)
    if any(device.is_default for device in found):
        yield _level()


def _level() -> Check:
    from speechlstm.sinks.level import meter

    try:
        rms_dbfs, peak_dbfs = meter(_heard())
    except SpeechLSTMError as error:
        return Check("microphone", "wrong", str(error))
    hint = "; only silence: is it muted?" if peak_dbfs <= -90 else ""
    return Check("microphone", "ok", f"level {rms_dbfs:.0f} dBFS, peak {peak_dbfs:.0f} dBFS over 1 s{hint}")


def _heard() -> "np.ndarray":
    import numpy as np

    from speechlstm.sources.microphone import Microphone

    rate_hz = 16_000
    chunks: list[np.ndarray] = []
    with Microphone(rate_hz) as sound:
        for chunk in sound:
            if isinstance(chunk, np.ndarray):
                chunks.append(chunk)
            if sum(map(len, chunks)) >= _LISTEN_S * rate_hz:
                break
    return np.concatenate([*chunks, np.zeros(0, np.float32)])


def _models() -> Iterator[Check]:
    from speechlstm.bundle import Bundle, available

    paths = available()
    if not paths:
        yield Check("models", "absent", "none found; name their folder in $SPEECHLSTM_MODELS")
    for path in paths:
        try:
            bundle = Bundle.load(path)
            known = f"{len(bundle.vocabulary)} {bundle.config.knows}"
            yield Check("model", "ok", f"{bundle.name}: whole, {known} ({path})")
        except BundleError as error:
            yield Check("model", "wrong", str(error))


def _one_answer(model: str, file: str, latency: str, engine: str) -> "tuple[OneAnswer, float | None]":
    """What was found, and the length of the file in seconds, where it says."""
    import numpy as np

    from speechlstm.evaluation.one_answer import check_pieces
    from speechlstm.recognizer import Recognizer

    recognizer = Recognizer.load(model, latency=latency, engine=engine)
    n_left, pieces = int(_MOST_S * recognizer.sample_rate_hz), list[list[np.ndarray]]([[]])
    if not recognizer.hears_sound:
        n_left = max(n_left, _LEAST_SAMPLES)
    with recognizer.open(file) as source:
        for chunk in source:
            if isinstance(chunk, np.ndarray):
                pieces[-1].append(chunk[:n_left])
                n_left -= len(pieces[-1][-1])
            else:
                pieces.append([])
            if not n_left:
                break
    heard = [np.concatenate(chunks) for chunks in pieces if sum(map(len, chunks))]
    found = check_pieces(recognizer, heard)
    return found, _seconds(found) if n_left else getattr(source, "duration_s", None)


def _seconds(found: "OneAnswer") -> float:
    return float(found.n_samples / found.sample_rate_hz)


def _line(check: Check) -> str:
    return f"{check.state:7} {check.name:14} {check.detail}"


def _as_json(checks: list[Check]) -> str:
    return json.dumps([dataclasses.asdict(check) for check in checks], indent=2, ensure_ascii=False)


def _answer_text(found: "OneAnswer", file_s: float | None) -> str:
    return "\n".join(_answer_lines(found, file_s))


def _answer_lines(found: "OneAnswer", file_s: float | None) -> Iterator[str]:
    from speechlstm.evaluation.one_answer import TOLERANCE

    checked_s = _seconds(found)
    if checked_s >= _MOST_S and file_s != checked_s:
        yield f"checked the first {checked_s:.1f}{'' if file_s is None else f' of {file_s:.1f}'} s"
    yield f"in one piece                    {found.text or '(no words)'}"
    for way in found.ways:
        words = "same answer" if way.same_words else "ANOTHER ANSWER"
        yield f"{way.name:31} largest difference {way.largest_difference:.1e}, {words}"
    verdict = "one answer" if found.holds else "NOT one answer"
    yield f"{verdict}: largest difference {found.largest_difference:.1e}, allowed {TOLERANCE:.0e}"


def _answer_as_json(found: "OneAnswer", file_s: float | None) -> str:
    summary = {"file_s": file_s, "largest_difference": found.largest_difference, "holds": found.holds}
    told = to_dict(found) | summary
    for one in (told, *told["ways"]):
        # JSON has no NaN
        if not math.isfinite(one["largest_difference"]):
            one["largest_difference"] = None
    return json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False)
