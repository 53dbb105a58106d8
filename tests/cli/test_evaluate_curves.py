"""``speechlstm evaluate`` with ``--sweep-latency``, ``--robustness`` and ``--endless``."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from tiny import SETTINGS, make_tiny_bundle, speechlike

from speechlstm.bundle import Bundle
from speechlstm.cli.main import cli
from speechlstm.recognizer import Recognizer


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bundle(tmp_path_factory.mktemp("curves") / "tiny", latency=SETTINGS)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, bundle: Path) -> Path:
    folder, recognizer, rows = tmp_path_factory.mktemp("clips"), Recognizer.load(bundle), []
    for i in range(3):
        soundfile.write(folder / f"{i}.wav", speechlike(8000, seed=i), 8000)
        text = recognizer.transcribe(folder / f"{i}.wav").text
        rows.append({"audio": f"{i}.wav", "text": text, "speaker": f"s{i}", "split": "validation"})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    folder = tmp_path / "noise"
    folder.mkdir()
    for name in ("hum", "rain"):
        soundfile.write(folder / f"{name}.wav", speechlike(9000, seed=len(name)), 8000)
    rows = [
        {"audio": "hum.wav", "text": "", "split": "validation"},
        {"audio": "rain.wav", "text": "", "split": "train"},
    ]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)])


def test_the_dial_as_a_table_a_drawing_and_in_the_card(bundle: Path, data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "copy")
    plot = copy / "dial.svg"
    result = run(copy, data, "--sweep-latency", "--card", "Clips", "--plot", plot)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "less exact than offline" in result.stdout and "first partial" in result.stdout
    assert plot.read_text().startswith("<svg")
    metrics = Bundle.load(copy).card["metrics"]["Clips"]
    assert [point["latency"] for point in metrics["dial"]] == list(SETTINGS)
    assert metrics["n_clips"] == 3
    # no option that was left off, and none that says nothing of words
    given = {"manifest", "sweep_latency", "sensitivity", "latency", "engine"}
    assert metrics["how"].keys() == given
    page = (copy / "README.md").read_text()
    assert "| Clips | 3 of 3 speakers |" in page
    assert "Clips, by `--latency`:" in page and "| offline |" in page
    assert "![Clips](dial.svg)" in page
    # a drawing elsewhere is no part of the card
    run(copy, data, "--sweep-latency", "--card", "Clips", "--plot", tmp_path / "dial.svg")
    assert "![Clips]" not in (copy / "README.md").read_text()


def test_the_card_tells_of_a_sensitivity_of_nothing(bundle: Path, data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "copy")
    assert run(copy, data, "--sensitivity", "0", "--card", "Clips").exit_code == 0
    assert Bundle.load(copy).card["metrics"]["Clips"]["how"]["sensitivity"] == 0


def test_the_dial_in_json(bundle: Path, data: Path) -> None:
    figures = json.loads(run(bundle, data, "--sweep-latency", "--json", "--latency", "low").stdout)
    assert figures["exact"] == figures["dial"][0]["exact"]
    assert {"final", "emission", "algorithmic", "compute", "first_partial"} < set(
        figures["dial"][0]["delays"]
    )


def test_a_clip_that_cannot_be_read_is_named_once(bundle: Path, data: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(data, tmp_path / "clips")
    (folder / "1.wav").unlink()
    result = run(bundle, folder, "--sweep-latency")
    assert result.exit_code == 1
    assert result.stderr.count("no such file") == 1 and "1 of 3 clips failed" in result.stderr


def test_robustness_takes_the_noises_of_the_split(
    bundle: Path, data: Path, noise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, plot = shutil.copytree(bundle, tmp_path / "copy"), tmp_path / "noise.svg"
    command = (copy, data, "--robustness", "--noise", noise, "--split", "validation", "--limit", 1)
    result = run(*command, "--card", "In noise", "--plot", plot)
    assert result.exit_code == 0 and "all mixed in" not in result.stderr
    assert "1 noises: of" in result.stdout and "telephone" in result.stdout
    assert "speech to noise" in plot.read_text()
    metrics = Bundle.load(copy).card["metrics"]["In noise"]
    assert metrics["times_clean_10_db"] is None and metrics["n_noises"] == 1
    page = (copy / "README.md").read_text()
    assert "| In noise | 1 |" not in page
    assert "In noise (1 clips" in page and "| noise, 10 dB |" in page


def test_noises_of_all_splits_are_told_of(bundle: Path, data: Path, noise: Path) -> None:
    result = run(bundle, data, "--robustness", "--noise", noise, "--limit", 2)
    assert result.exit_code == 0
    assert "has noises of the splits train, validation, all mixed in" in result.stderr


def test_an_endless_stream(bundle: Path, data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "copy")
    plot = copy / "endless.svg"
    command = (copy, data, "--endless", "0.01")
    result = run(*command, "--plot", plot, "--card", "Endless")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "states: all finite" in result.stdout and plot.read_text().startswith("<svg")
    figures = json.loads(run(*command, "--json").stdout)
    assert len(figures["stretches"]) == 3 and figures["failed"] == []
    page = (copy / "README.md").read_text()
    assert "Endless: a stream of 0.01 hours" in page and "| never reset |" in page
    assert "![Endless](endless.svg)" in page


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--sweep-latency", "--robustness"], "--sweep-latency and --robustness measure different things"),
        (["--endless", "1", "--sweep-latency"], "give one of them at a time"),
        (["--noise", "."], "--noise is mixed in by --robustness; give both"),
        (["--endless", "0"], "--endless"),
        (["--endless", "long"], "--endless"),
        (["--robustness", "--noise", "nowhere"], "'nowhere' does not exist"),
        (["--sweep-latency", "--plot", "a.png"], "ends in .png; expected .svg"),
        (["--plot", "a.svg"], "--plot draws recordings of a sensor, or what"),
    ],
)
def test_options_that_cannot_be(bundle: Path, data: Path, options: list[str], told: str) -> None:
    result = run(bundle, data, *options)
    assert (result.exit_code, told in result.stderr) == (2, True), result.stderr


def test_noise_that_is_none(bundle: Path, data: Path, noise: Path, tmp_path: Path) -> None:
    empty, silent = tmp_path / "empty", tmp_path / "silent"
    for folder in (empty, silent):
        folder.mkdir()
    soundfile.write(silent / "s.wav", np.zeros(8000), 8000)
    for folder, told in (
        (empty, f"{empty}: is a folder without sound files, expected some in it"),
        (silent, "s.wav hold only silence, which is no noise; take them out"),
    ):
        result = run(bundle, data, "--robustness", "--noise", folder)
        assert (result.exit_code, told in result.stderr) == (1, True), result.stderr
    result = run(bundle, data, "--robustness", "--noise", noise, "--split", "validation")
    assert result.exit_code == 0
    other = noise / "manifest.jsonl"
    other.write_text(other.read_text().replace("validation", "test"))
    result = run(bundle, data, "--robustness", "--noise", noise, "--split", "validation")
    assert (result.exit_code, "has no split 'validation'; it has test, train" in result.stderr) == (1, True)


def test_a_folder_without_clips(bundle: Path, tmp_path: Path) -> None:
    for option in (["--sweep-latency"], ["--robustness"], ["--endless", "1"]):
        result = run(bundle, tmp_path, *option)
        assert (result.exit_code, "holds neither a manifest.jsonl nor" in result.stderr) == (1, True)


def test_a_plot_that_cannot_be_written_is_told_before_anything_is_measured(
    bundle: Path, data: Path, tmp_path: Path
) -> None:
    result = run(bundle, data, "--endless", "100", "--plot", tmp_path / "no" / "a.svg")
    assert result.exit_code == 1 and "a.svg" in result.stderr
