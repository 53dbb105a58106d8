"""The sound devices that can be heard, through PortAudio; sounddevice is loaded only when asked."""

from dataclasses import dataclass
from typing import Any

from speechlstm.errors import DeviceError, MissingDependency

__all__ = ["InputDevice", "find_device", "list_devices", "load_sounddevice", "refresh_devices"]


@dataclass(frozen=True, slots=True)
class InputDevice:
    """One device that can be heard.

    Attributes:
        index: Its number in PortAudio; it may change when devices come and go.
        name: Its name.
        host_api: The sound system it belongs to, as ``ALSA``.
        n_channels: Channels it offers.
        sample_rate_hz: Its own rate.
        is_default: Whether it is heard when no device is named.
    """

    index: int
    name: str
    host_api: str
    n_channels: int
    sample_rate_hz: int
    is_default: bool


def list_devices() -> list[InputDevice]:
    """All input devices; an empty list where there is none.

    Raises:
        MissingDependency: sounddevice or the PortAudio library is not installed.
        DeviceError: PortAudio cannot list them.
    """
    sd = load_sounddevice()
    try:
        default = _default_index(sd)
        host_apis = sd.query_hostapis()
        return [
            _describe(index, info, host_apis[info["hostapi"]]["name"], default)
            for index, info in enumerate(sd.query_devices())
            if info["max_input_channels"] > 0
        ]
    except sd.PortAudioError as error:
        raise DeviceError(f"the sound system gives no list of devices: {error}") from error


def find_device(wanted: int | str | None = None, *, host_api: str | None = None) -> InputDevice:
    """Find an input device.

    Args:
        wanted: Its index (a string of digits too), its name or a part of it in any case; None for the
            default.
        host_api: The sound system it belongs to, where several offer it, as Windows' do; None for any.

    Raises:
        DeviceError: There is none, or several fit; the message lists the choices.
        MissingDependency: As for :func:`list_devices`.
    """
    devices = list_devices()
    if not devices:
        raise DeviceError("no sound device can be heard; plug in a microphone, or give a file to --input")
    fitting = [d for d in _fitting(devices, wanted) if host_api in (None, d.host_api)]
    if len(fitting) == 1:
        return fitting[0]
    found = "several devices fit" if fitting else "no device fits"
    choices = "; ".join(f"{d.index}: {d.name} ({d.host_api})" for d in fitting or devices)
    asked = "the default" if wanted is None else repr(wanted)
    raise DeviceError(f"{found} {asked}; give the number of one: {choices}")


def load_sounddevice() -> Any:
    """Import sounddevice.

    Raises:
        MissingDependency: The package, or the PortAudio library that it needs, is not installed.
    """
    try:
        import sounddevice
    except ImportError as error:
        raise MissingDependency(
            "the microphone needs the Python package sounddevice; install it: `pip install sounddevice`"
        ) from error
    except OSError as error:
        raise MissingDependency(
            "the microphone needs the PortAudio library; install it: `sudo apt install libportaudio2` "
            "(Debian, Ubuntu), `sudo dnf install portaudio` (Fedora) or `brew install portaudio` (macOS)"
        ) from error
    return sounddevice


def refresh_devices() -> None:
    """Look for devices again; every open stream must be closed before."""
    # PortAudio makes its list once, when it starts; sounddevice has no public way to start it anew.
    sd = load_sounddevice()
    try:
        sd._terminate()
        sd._initialize()
    except sd.PortAudioError as error:
        raise DeviceError(f"the sound system could not be started again: {error}") from error


def _default_index(sd: Any) -> int:
    try:
        return int(sd.query_devices(kind="input")["index"])
    except (sd.PortAudioError, ValueError):
        # That is how sounddevice says that there is no default input.
        return -1


def _describe(index: int, info: Any, host_api: str, default: int) -> InputDevice:
    return InputDevice(
        index=index,
        name=info["name"],
        host_api=host_api,
        n_channels=info["max_input_channels"],
        sample_rate_hz=round(info["default_samplerate"]),
        is_default=index == default,
    )


def _fitting(devices: list[InputDevice], wanted: int | str | None) -> list[InputDevice]:
    if wanted is None:
        return [d for d in devices if d.is_default]
    if isinstance(wanted, int) or wanted.isdecimal():
        return [d for d in devices if d.index == int(wanted)]
    name = wanted.casefold()
    exact = [d for d in devices if d.name.casefold() == name]
    return exact or [d for d in devices if name in d.name.casefold()]
