import os
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from tiny import speechlike

from speechlstm.cli.live_picture import picture_text
from speechlstm.cli.main import cli
from speechlstm.inspection.live import Picture
from speechlstm.inspection.units import UnitName
from speechlstm.model.cell import Gates
from speechlstm.recognizer import Recognizer

pty = pytest.importorskip("pty", reason="pseudo-terminals are a thing of POSIX")
fcntl = pytest.importorskip("fcntl", reason="pseudo-terminals are a thing of POSIX")
termios = pytest.importorskip("termios", reason="pseudo-terminals are a thing of POSIX")


def picture(n_frames: int = 50) -> Picture:
    ramp = np.linspace(0, 1, n_frames)
    return Picture(
        strip=np.tile(ramp, (32, 1)),
        posteriors={"left": ramp, "right": 1 - ramp, "a-very-long-word": 0 * ramp},
        units={UnitName(1, "backward", 7): Gates(ramp, 1 - ramp, ramp, ramp, 100 * ramp - 50, ramp)},
        believed=("two", "words"),
        n_left_out=2,
        n_lost=1,
    )


@pytest.mark.parametrize("n_frames", [0, 1, 50, 400])
@pytest.mark.parametrize("width", [20, 80, 200])
def test_a_picture_fits_its_terminal(width: int, n_frames: int) -> None:
    lines = picture_text(picture(n_frames), width).plain.split("\n")
    assert len(lines) == 8 + 3 + 5 + 1
    assert all(len(line) < width for line in lines[:11])


def test_the_newest_frame_is_on_the_right() -> None:
    lines = picture_text(picture(), 80).plain.split("\n")
    assert lines[8].endswith("█") and lines[8].startswith("         left  ")
    assert lines[9].startswith("        right █") and lines[9].endswith(" ")
    assert lines[10].startswith("a-very-long-w ")
    assert lines[11] == "          1b7 layer 1 backward, unit 7"
    assert lines[16] == "     believed two words  sound lost 1 times  left out of the picture 2 times"


def test_a_terminal_that_has_ascii_only() -> None:
    text = picture_text(picture(), 80, ascii_only=True)
    assert text.plain.isascii()
    assert text.plain.split("\n")[8].endswith("#")


def in_terminal(tmp_path: Path, model: Path, *arguments: str, out: Any = None) -> tuple[int, str]:
    """Run ``listen --inspect`` in a pseudo-terminal of 100 by 40; its exit code and what it showed."""
    soundfile.write(tmp_path / "a.wav", speechlike(16_000), 8000, subtype="FLOAT")
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    command = [sys.executable, "-m", "speechlstm", "listen", "--inspect", "-m", str(model)]
    command += ["--input", str(tmp_path / "a.wav"), *arguments]
    hidden = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    process = subprocess.Popen(
        command,
        stdout=there if out is None else out,
        stderr=there,
        env=environment | {"TERM": "xterm-256color"},
    )
    os.close(there)
    shown = b""
    while True:
        try:
            data = os.read(here, 65_536)
        except OSError:  # Linux's way of saying that the other end is closed
            break
        if not data:
            break
        shown += data
    os.close(here)
    return process.wait(), shown.decode()


def test_listening_in_a_terminal(tmp_path: Path, tiny_bundle: Path) -> None:
    code, shown = in_terminal(tmp_path, tiny_bundle)
    assert code == 0
    assert "forget" in shown and "believed" in shown and "▀" in shown
    assert "heard 2.0 s: real-time factor" in shown.rpartition("believed")[2]
    words = [word.text for word in Recognizer.load(tiny_bundle).transcribe(speechlike(16_000)).words]
    assert len(words) > 5
    # above the picture, a line for what became final together; every line of the picture is indented
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "\n").split("\n")
    told = [line for line in lines if line and not line.startswith(" ") and set(line.split()) <= {*words}]
    assert " ".join(told).split() == words


def test_words_to_a_pipe_are_the_usual_ones(tmp_path: Path, tiny_bundle: Path) -> None:
    with (tmp_path / "words").open("wb") as out:
        code, shown = in_terminal(tmp_path, tiny_bundle, out=out)
    words = [word.text for word in Recognizer.load(tiny_bundle).transcribe(speechlike(16_000)).words]
    assert code == 0
    assert (tmp_path / "words").read_text().split() == words
    assert "forget" in shown


def test_json_lines_need_a_place_of_their_own(tmp_path: Path, tiny_bundle: Path) -> None:
    code, shown = in_terminal(tmp_path, tiny_bundle, "-f", "jsonl")
    assert code == 2
    assert "--inspect draws where the JSON lines would go; send them elsewhere, as > words.jsonl" in shown


def test_without_a_terminal(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["listen", "--inspect", "--input", "a.wav"])
    assert result.exit_code == 2
    assert "--inspect draws on a terminal, and standard error is none that can be drawn on" in result.stderr
