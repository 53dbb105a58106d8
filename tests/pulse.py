"""A private PulseAudio daemon whose default source hears what is played: a microphone for tests."""

import contextlib
import ctypes.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ALSA_CONFIG = Path("/usr/share/alsa/alsa.conf")
PROGRAMS = ("pulseaudio", "pactl", "paplay", "parec")


class PulseMicrophone:
    """What is given to :meth:`play` is heard by any PortAudio program that is run with ``env``.

    Attributes:
        env: The environment for subprocesses; the test's own process does not hear this microphone.
    """

    def __init__(self, folder: Path) -> None:
        self.env = os.environ | {
            "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
            "PULSE_COOKIE": str(folder / "cookie"),
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_SERVER": f"unix:{folder / 'native'}",
            "PULSE_STATE_PATH": str(folder),
        }
        self._script = folder / "script.pa"
        self._script.write_text(
            "load-module module-native-protocol-unix auth-anonymous=1 auth-cookie-enabled=0 "
            f"socket={folder / 'native'}\n"
            "load-module module-null-sink sink_name=played rate=48000 channels=1\n"
            "set-default-sink played\n"
            "set-default-source played.monitor\n"
        )
        # PortAudio speaks ALSA; ALSA's default device is made to be PulseAudio's.
        (folder / "asound.conf").write_text(
            f"<{ALSA_CONFIG}>\npcm.!default {{ type pulse }}\nctl.!default {{ type pulse }}\n"
        )
        self._log = folder / "log"
        self._heard = folder / "heard"
        self._daemon: subprocess.Popen[bytes] | None = None
        self._reader: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the daemon, the first time or again after :meth:`unplug`."""
        command = ["pulseaudio", "--daemonize=no", "--system=false", "--exit-idle-time=-1", "-n"]
        command += ["--use-pid-file=no", "--disable-shm=yes", "--realtime=no", "--high-priority=no"]
        with self._log.open("ab") as log:
            self._daemon = subprocess.Popen(
                [*command, "-F", self._script], env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait("start", self._answers)
        self._keep_awake()

    def play(self, path: str | Path) -> None:
        """Play a sound file to the microphone, to its end."""
        subprocess.run(["paplay", str(path)], env=self.env, check=True, timeout=120, capture_output=True)

    def unplug(self) -> None:
        """Take the microphone away, without a word to those who hear it."""
        for process in (self._daemon, self._reader):
            if process is not None:
                process.kill()
                process.wait()
        self._daemon = self._reader = None

    def _keep_awake(self) -> None:
        # Unless somebody wants it faster, a null sink makes sound in lumps of two seconds, and a reader that
        # comes between two of them waits: measured, 1.8 s. A sound card does not do that.
        command = ["parec", "--latency-msec=10", "--rate=8000", "--channels=1"]
        with self._heard.open("wb") as heard:
            self._reader = subprocess.Popen(command, env=self.env, stdout=heard, stderr=subprocess.DEVNULL)
        self._wait("hear", lambda: self._heard.stat().st_size > 0)

    def _answers(self) -> bool:
        return subprocess.run(["pactl", "info"], env=self.env, capture_output=True).returncode == 0

    def _wait(self, what: str, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + 10
        while not is_so():
            if time.monotonic() > until:
                raise RuntimeError(f"pulseaudio did not {what}:\n{self._log.read_text()}")
            time.sleep(0.05)


def why_not() -> str | None:
    """Why this machine cannot have the microphone; None if it can."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed (apt install pulseaudio pulseaudio-utils)"
    if not ALSA_CONFIG.exists() or ctypes.util.find_library("portaudio") is None:
        return "ALSA or PortAudio not installed (apt install libportaudio2 libasound2-plugins)"
    return None


@contextlib.contextmanager
def pulse_microphone() -> Iterator[PulseMicrophone]:
    """Run the daemon; end it and remove its files afterwards."""
    with tempfile.TemporaryDirectory(prefix="pulse-") as folder:
        microphone = PulseMicrophone(Path(folder))
        try:
            microphone.start()
            yield microphone
        finally:
            microphone.unplug()
