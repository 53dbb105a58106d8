"""Records that carry no time, and what is said of their rate."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from handwriting import make_pen_bundle
from tides import make_tides_bundle
from wrist import make_wrist_bundle

from speechlstm.cli.main import cli
from speechlstm.errors import ConfigError
from speechlstm.recognizer import Recognizer


@pytest.fixture
def wrist(tmp_path: Path) -> Path:
    return make_wrist_bundle(tmp_path / "wrist")


@pytest.fixture
def files(tmp_path: Path, wrist: Path) -> tuple[Path, Path]:
    """The same records at twice the model's rate, with their times and without."""
    sensor = Recognizer.load(wrist).sensor
    rate_hz, names = 2 * int(sensor.sample_rate_hz), sensor.channels
    rows = [[f"{(i * (k + 3)) % 7 / 7:.4f}" for k in range(len(names))] for i in range(40 * rate_hz)]
    timed, untimed = tmp_path / "timed.csv", tmp_path / "untimed.csv"
    untimed.write_text("\n".join([",".join(names), *map(",".join, rows)]) + "\n")
    lines = [f"{i / rate_hz:.6f},{','.join(row)}" for i, row in enumerate(rows)]
    timed.write_text("\n".join([f"time_s,{','.join(names)}", *lines]) + "\n")
    return timed, untimed


def run(*arguments: Any, **options: Any) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), **options)


def test_transcribe_and_listen(wrist: Path, files: tuple[Path, Path]) -> None:
    timed, untimed = files
    rate = ["--record-rate", 2 * Recognizer.load(wrist).sample_rate_hz]
    expected = run("transcribe", "-m", wrist, "-f", "tsv", timed)
    assert expected.exit_code == 0 and len(expected.stdout.splitlines()) > 1
    found = run("transcribe", "-m", wrist, "-f", "tsv", untimed, *rate)
    assert (found.stdout, found.stderr) == (expected.stdout, "")
    assert run("transcribe", "-m", wrist, "-f", "tsv", untimed).stdout != expected.stdout
    live = run("listen", "-m", wrist, "--input", "-", *rate, input=untimed.read_bytes())
    assert live.exit_code == 0 and "no column of time" not in live.stderr
    assert live.stdout == run("listen", "-m", wrist, "--input", timed).stdout


def test_forecast(tmp_path: Path) -> None:
    tides = make_tides_bundle(tmp_path / "tides")
    recognizer = Recognizer.load(tides)
    names, rate_hz = recognizer.sensor.channels, recognizer.sample_rate_hz
    rows = [",".join(f"{(i + k) % 12}" for k in range(len(names))) for i in range(600)]
    series = tmp_path / "untimed.csv"
    series.write_text("\n".join([",".join(names), *rows]) + "\n")
    timed = tmp_path / "timed.csv"
    lines = [f"{float(i / (2 * rate_hz))},{row}" for i, row in enumerate(rows)]
    timed.write_text("\n".join([f"time_s,{','.join(names)}", *lines]) + "\n")
    expected = run("forecast", tides, timed)
    found = run("forecast", tides, series, "--record-rate", f"{rate_hz * 2}")
    assert (found.exit_code, found.stdout, found.stderr) == (0, expected.stdout, expected.stderr)
    assert "no column of time" in run("forecast", tides, series).stderr


@pytest.mark.parametrize("value", ["0", "-50", "fast", "1/0", "nan", "1e99999999"])
def test_what_is_no_rate(wrist: Path, files: tuple[Path, Path], value: str) -> None:
    result = run("transcribe", "-m", wrist, files[0], "--record-rate", value)
    assert result.exit_code == 2
    assert f"'{value}' is no rate above 0, as 100, 12.5 or 1/60." in result.stderr


def test_a_rate_with_many_digits(wrist: Path, files: tuple[Path, Path]) -> None:
    about = str(2 * Recognizer.load(wrist).sample_rate_hz + 1e-13)
    expected = run("transcribe", "-m", wrist, "-f", "tsv", files[0]).stdout
    found = run("transcribe", "-m", wrist, "-f", "tsv", files[1], "--record-rate", f"{about}00001")
    assert found.stdout == expected


def test_a_pen_has_none(tmp_path: Path) -> None:
    pen = make_pen_bundle(tmp_path / "pen")
    for command in (["transcribe"], ["listen", "--input"]):
        result = run(*command, tmp_path / "a.csv", "-m", pen, "--record-rate", 50)
        assert result.exit_code == 2 and "--record-rate is for a sensor; pen hears none" in result.stderr


@pytest.mark.parametrize("command", [["transcribe"], ["listen", "--input"]])
def test_sound_has_none(tiny_bundle: Path, tmp_path: Path, command: list[str]) -> None:
    result = run(*command, tmp_path / "a.wav", "-m", tiny_bundle, "--record-rate", 50)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2,
        "Error: --record-rate is for a sensor; tiny hears none",
    )
    with pytest.raises(ConfigError, match="record_rate_hz is of a sensor; tiny hears none, leave it out"):
        Recognizer.load(tiny_bundle).open(tmp_path / "a.wav", record_rate_hz=50)
