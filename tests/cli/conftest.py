"""Sound, ``speechlstm transcribe``, and ``listen`` in this process and in one of its own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
from click.testing import CliRunner, Result
from heard import N_START_LINES
from tiny import speechlike

from speechlstm.cli.main import cli
from speechlstm.recognizer import Recognizer


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds at a rate that the model does not have."""
    path = tmp_path_factory.mktemp("sound") / "sound.wav"
    soundfile.write(path, speechlike(8 * 16_000), 16_000)
    return path


@pytest.fixture(scope="module")
def words(tiny_bundle: Path, sound: Path) -> list[str]:
    words = Recognizer.load(tiny_bundle).transcribe(sound).text.split()
    assert len(words) > 10
    return words


@pytest.fixture
def transcribe(tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the command in this process, in the folder of the test."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, **options: Any) -> Result:
        return CliRunner().invoke(
            cli, ["transcribe", "-m", str(tiny_bundle), *map(str, arguments)], **options
        )

    return run


@pytest.fixture
def listen(tiny_bundle: Path) -> Any:
    """Run the command in this process."""

    def run(*arguments: object, **options: Any) -> Result:
        return CliRunner().invoke(cli, ["listen", "-m", str(tiny_bundle), *map(str, arguments)], **options)

    return run


@pytest.fixture
def start(tiny_bundle: Path) -> Iterator[Any]:
    """Run the command in a process of its own; give it once it hears."""
    processes = []

    def run(*arguments: object, **pipes: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "speechlstm", "listen", "-m", tiny_bundle, *arguments]
        both = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen([str(part) for part in command], **(both | pipes))
        processes.append(process)
        started = [process.stderr.readline() for _ in range(N_START_LINES)]
        assert started[-1] == b"Ctrl+C to stop\n", started
        return process

    yield run
    for process in processes:
        with process:
            process.kill()


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder of sound: ``a.wav``, ``b.flac`` and ``more/c.wav``."""
    folder = tmp_path / "clips"
    (folder / "more").mkdir(parents=True)
    soundfile.write(folder / "a.wav", speechlike(12_000, seed=1), 8000)
    soundfile.write(folder / "b.flac", speechlike(24_000, seed=2), 16_000)
    soundfile.write(folder / "more" / "c.wav", speechlike(16_000, seed=3), 8000)
    return folder
