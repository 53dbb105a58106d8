import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from handwriting import make_pen_bundle
from tiny import make_tiny_bundle, speechlike
from wrist import make_wrist_bundle

from speechlstm.bundle import Bundle, save
from speechlstm.cli import inspect as home
from speechlstm.cli.main import cli
from speechlstm.recognizer import Recognizer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_tiny_bundle(tmp_path / "tiny")
    soundfile.write(tmp_path / "a.wav", speechlike(8000), 8000, subtype="FLOAT")
    monkeypatch.setenv("SPEECHLSTM_MODELS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["inspect", *map(str, arguments)])


def test_a_page_and_nothing_else(folder: Path) -> None:
    before = set(folder.iterdir())
    result = run("tiny", "a.wav")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "wrote inspect.html\n")
    assert set(folder.iterdir()) - before == {folder / "inspect.html"}
    assert (folder / "inspect.html").read_text().startswith("<!doctype html>")


def test_everything_at_once_of_a_part(folder: Path) -> None:
    options = (
        "-o b.html --units 1b3,0f0 --start 0.25 --duration 0.5 --latency low --png p --json - --npz b.npz"
    )
    result = run("tiny", "a.wav", *options.split())
    assert result.exit_code == 0, result.stderr
    assert result.stderr.splitlines() == [
        "wrote b.html",
        f"wrote {Path('p', 'clip.png')}",
        f"wrote {Path('p', 'units.png')}",
        "wrote b.npz",
    ]
    told = json.loads(result.stdout)
    assert (told["latency"], told["start"], told["duration"], told["n_frames"]) == ("low", 0.25, 0.5, 17)
    assert told["drawn"] == ["1b3", "0f0"]
    with np.load(folder / "b.npz") as arrays:
        assert arrays["layer0.forward.forget"].shape == (17, 8)
        np.testing.assert_allclose(arrays["times_s"][:2], [0, 0.03])
    assert "1b3: layer 1 backward, unit 3" in (folder / "b.html").read_text()


@pytest.mark.parametrize("option", ["-o", "--json", "--npz"])
def test_what_cannot_be_written_is_told_before_it_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr(home, "_inspect", lambda *arguments: pytest.fail("it was made"))
    result = run("tiny", "a.wav", option, "nowhere/a.html")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot write nowhere/a.html: No such file or directory; make its folder first" in result.stderr


def test_a_sensor(folder: Path) -> None:
    make_wrist_bundle(folder / "wrist")
    rows = [
        f"{i / 50},{x:.3f},{y:.3f}" for i, (x, y) in enumerate(np.random.default_rng(0).normal(size=(200, 2)))
    ]
    (folder / "w.csv").write_text("\n".join(["time,x,y", *rows]) + "\n")
    result = run("wrist", "w.csv", "--json", "w.json")
    assert result.exit_code == 0, result.stderr
    assert len(json.loads((folder / "w.json").read_text())["units"]) == 12
    assert run("wrist", "w.csv", "--channel", 1).stderr.endswith("hears x, y, not one channel\n")


def test_a_bundle_whose_weights_cannot_be_read(folder: Path) -> None:
    """It runs all the same: its graph holds them by names that say nothing of cells."""
    bundle = Bundle.load(folder / "tiny")
    sealed = re.sub(rb"(encoder\.\d\.\w+)\.R", rb"\1.Q", bundle.model)
    save(folder / "sealed", bundle.config, bundle.front_end, sealed, {})
    sound = folder / "a.wav"
    heard = [Recognizer.load(folder / name).transcribe(sound).text for name in ("tiny", "sealed")]
    assert heard[0] == heard[1] != ""
    result = run("sealed", "a.wav")
    told = "holds no weights of LSTM cells that could be looked into; make the bundle with speechlstm\n"
    assert (result.exit_code, result.stderr.startswith("Error: ")) == (1, True)
    assert result.stderr.endswith(told)
    assert not (folder / "inspect.html").exists()


def test_a_clip_that_is_too_long_to_draw(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "_MOST_FRAMES", 20)
    told = "0.6 s are the most that is drawn (20 frames)"
    result = run("tiny", "a.wav")
    expected = f"Error: a.wav: is too long to draw, {told}; say which part: --start S --duration S\n"
    assert (result.exit_code, result.stderr) == (1, expected)
    assert run("tiny", "a.wav", "--duration", 0.7).stderr == f"Error: --duration 0.7: {told}; take less\n"
    assert run("tiny", "a.wav", "--start", 0.4).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tiny", "gone.wav"], "gone.wav: no such file; check the name"),
        (["tiny", "a.wav", "--start", 9], "a.wav: ends before --start 9; begin earlier"),
        (["tiny", "a.wav", "--units", "0f8"], "there is no unit 0f8: layers are 0 to 1, directions"),
        (["tiny", "a.wav", "--units", "all"], "'all' names no unit; expected a layer, f or b, and a number"),
        (["tiny", "a.wav", "-o", "no/page.html"], "make its folder first"),
        (["pen", "a.wav"], "pen reads a pen; what is drawn are words of sound and segments of a sensor."),
        (["none", "a.wav"], "no model 'none'"),
    ],
)
def test_wrong_use(folder: Path, arguments: list[object], told: str) -> None:
    make_pen_bundle(folder / "pen")
    result = run(*arguments)
    assert result.exit_code == 1
    assert told in result.stderr
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
