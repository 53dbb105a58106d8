"""What is odd in records is told by all that reads them, not by transcribe alone."""

import gzip
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tides import make_tides_bundle
from wrist import make_wrist_bundle, write_wrist, write_wrist_recipe

from speechlstm.cli.main import cli
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.recognizer import Recognizer
from speechlstm.training.frames.corpus import load_recordings
from speechlstm.training.recipe import DataSet


@pytest.fixture
def wrist(tmp_path: Path) -> Path:
    return make_wrist_bundle(tmp_path / "wrist-model")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Six recordings; 0.csv has a gap and a word for a number, 1.csv a gap."""
    folder = write_wrist(tmp_path / "records" / "wrist")
    for i, n_dropped in enumerate((1, 0)):
        header, *lines = (folder / f"{i}.csv").read_text().splitlines()
        lines = lines[:30] + lines[60:]
        lines[3:3] = ["0.15,none,0,still"] * n_dropped
        (folder / f"{i}.csv").write_text("\n".join([header, *lines, ""]))
    return folder


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)))


def test_evaluate_tells_of_the_first_and_how_many(wrist: Path, records: Path) -> None:
    result = run("evaluate", wrist, records)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1] == (
        f"Warning: 2 of 6 files are odd; the first: {records / '0.csv'}: "
        "1 of 273 records dropped: 1 not a number (the first: line 5, x is 'none'); 1 gap"
    )
    assert run("evaluate", wrist, records / "5.csv").stderr == ""


def test_training_does_too(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = {"wrist": DataSet("wrist/manifest.jsonl", "recordings")}
    config = SensorConfig(("x", "y"), ("g", "g"), kind="raw", sample_rate_hz=20)
    load_recordings(sets, records.parent, config, ("still", "slow", "fast"))
    assert "Warning: 2 of 6 files are odd; the first: " in capsys.readouterr().err


def test_evaluate_of_a_forecast(tmp_path: Path) -> None:
    tides = make_tides_bundle(tmp_path / "tides")
    recognizer = Recognizer.load(tides)
    names, rate_hz = recognizer.sensor.channels, recognizer.sample_rate_hz
    rows = [
        f"{float(i / rate_hz)}," + ",".join(f"{(i * (k + 3)) % 11}" for k in range(len(names)))
        for i in range(900)
    ]
    series = tmp_path / "series.csv"
    series.write_text("\n".join([f"time_s,{','.join(names)}", *rows]) + "\n")
    assert run("evaluate", tides, series).stderr == ""
    rows[100] = rows[100].rpartition(",")[0] + ",high tide"
    series.write_text("\n".join([f"time_s,{','.join(names)}", *rows]) + "\n")
    result = run("evaluate", tides, series)
    assert result.exit_code == 0
    assert f"Warning: {series}: 1 of 900 records dropped" in result.stderr


def test_a_file_that_is_cut_short_ends_with_1(wrist: Path, records: Path) -> None:
    whole = gzip.compress((records / "5.csv").read_bytes() * 40)
    for n_cut, exit_code in ((0, 0), (len(whole) // 2, 1)):
        path = records / "cut.csv.gz"
        path.write_bytes(whole[: len(whole) - n_cut])
        result = run("transcribe", "-m", wrist, path)
        assert result.exit_code == exit_code
        assert ("the gzip is cut short" in result.stderr) == bool(n_cut)


@pytest.mark.parametrize("format_name", ["text", "jsonl"])
def test_listen_tells_while_it_goes_on(
    wrist: Path, records: Path, monkeypatch: pytest.MonkeyPatch, format_name: str
) -> None:
    command = ["listen", "-m", str(wrist), "--input", "-", "-f", format_name]
    sound = (records / "0.csv").read_bytes()
    at_the_end = CliRunner().invoke(cli, command, input=sound)
    assert [line[:7] for line in at_the_end.stderr.splitlines()][-2:] == ["heard 1", "Warning"]
    monkeypatch.setattr("speechlstm.cli.live_oddities._FIRST_AFTER_S", 0.0)
    result = CliRunner().invoke(cli, command, input=sound)
    assert result.exit_code == 0 and result.stdout == at_the_end.stdout
    lines = [line for line in result.stderr.splitlines() if line.startswith(("Warning", "heard"))]
    assert lines[0].startswith("Warning: standard input: 1 of ")
    assert [line for line in lines if line.startswith("heard")] == [lines[1]]


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_listen_waits_for_a_port(wrist: Path, records: Path, tmp_path: Path, start: Any) -> None:
    pytest.importorskip("serial", reason="pyserial is not installed")
    port, boards = tmp_path / "usb", [os.openpty() for _ in range(2)]
    header, *lines = (records / "5.csv").read_text().splitlines()
    port.symlink_to(os.ttyname(boards[0][1]))
    listening = start("-m", wrist, "--serial", port, "--reconnect", "-f", "jsonl")
    rescue = threading.Timer(60, listening.kill)
    rescue.start()
    os.write(boards[0][0], "\n".join([header, *lines[:60], ""]).encode())
    assert listening.stdout.readline()
    for end in boards[0]:
        os.close(end)
    assert listening.stderr.readline() == b"device lost, waiting for it\n"
    port.unlink()
    port.symlink_to(os.ttyname(boards[1][1]))
    assert listening.stderr.readline() == f"hearing {str(port)!r} again\n".encode()
    os.write(boards[1][0], "\n".join(["the end of a line", *lines[60:180], ""]).encode())
    assert listening.stdout.readline()
    listening.send_signal(signal.SIGINT)
    _, told = listening.communicate(timeout=30)
    rescue.cancel()
    assert listening.returncode == 0 and b"heard" in told and b"dropped:" not in told
    for end in boards[1]:
        os.close(end)


@pytest.mark.train
def test_train_tells_once(records: Path, tmp_path: Path) -> None:
    recipe = write_wrist_recipe(tmp_path / "recipe", n_steps=2)
    places = ["--data", records.parent, "--run", tmp_path / "run", "-o", tmp_path / "model"]
    command = [sys.executable, "-m", "speechlstm", "train", recipe, *places]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=300)
    told = [line.partition(":")[2] for line in done.stderr.splitlines() if line.startswith("Warning: ")]
    # of what is learnt from and of what it is validated on; the workers, which load it all again, are silent
    assert [line[: line.index("odd")] for line in told] == [" 1 of 4 files is ", " 1 of 2 files is "]
