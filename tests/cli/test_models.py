import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from handwriting import make_pen_bundle
from tides import make_tides_bundle
from wrist import make_wrist_bundle

from speechlstm.cli.main import cli
from speechlstm.recognizer import Recognizer


@pytest.fixture
def folder(tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models with ``tiny`` in it, and no other models to be found."""
    shutil.copytree(tiny_bundle, tmp_path / "models" / "tiny")
    monkeypatch.setenv("SPEECHLSTM_MODELS", str(tmp_path / "models"))
    elsewhere = tmp_path / "checkout" / "package" / "bundle" / "places.py"
    monkeypatch.setattr("speechlstm.bundle.places.__file__", str(elsewhere))
    return tmp_path / "models"


@pytest.fixture
def damaged(folder: Path) -> Path:
    shutil.copytree(folder / "tiny", folder / "damaged")
    (folder / "damaged" / "card.json").write_text("{}")
    return folder / "damaged"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["models", *arguments])


@pytest.mark.parametrize("arguments", [[], ["list"]])
def test_list(folder: Path, arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    header, line = result.stdout.splitlines()
    assert header.split() == ["name", "knows", "size", "delay", "(ms)", "folder"]
    assert line.split()[:5] == ["tiny", "5", "words", "0.0", "MB"]
    assert line.endswith(str(folder / "tiny"))


def test_the_list_as_json_with_and_without_its_name(folder: Path) -> None:
    result = run("--json")
    assert (result.exit_code, result.stdout) == (0, run("list", "--json").stdout)
    assert [row["name"] for row in json.loads(result.stdout)] == ["tiny"]
    refused = run("--json", "show", "tiny")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--json before show is for the list alone; write it after the command" in refused.stderr


def test_no_line_of_the_help_is_cut(folder: Path) -> None:
    listed = run("-h").stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == ["list", "show", "verify"]
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)


def test_delays_are_those_of_the_recognizer(folder: Path) -> None:
    (row,) = json.loads(run("list", "--json").stdout)
    assert list(row["delay_ms"]) == ["low", "balanced", "high", "offline"]
    for name, delay_ms in row["delay_ms"].items():
        recognizer = Recognizer.load(folder / "tiny", latency=name)
        assert delay_ms == pytest.approx(
            1000 * recognizer.latency_samples / recognizer.sample_rate_hz, abs=0.6
        )
    assert row["words"] == ["yes", "no", "up", "down", "stop"]


def test_a_model_is_described_with_one_network(folder: Path, networks: list[str]) -> None:
    assert run("show", "tiny").exit_code == 0
    assert networks == ["onnx"]


def test_who_waits_for_nothing_has_no_delay(folder: Path) -> None:
    pen = make_pen_bundle(folder / "pen")
    _, line, _ = run("list").stdout.splitlines()
    assert line.startswith("pen ") and line.split()[-2:] == ["none", str(pen)]


def test_list_names_a_damaged_model_and_shows_the_rest(damaged: Path) -> None:
    result = run("list")
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["name", "tiny"]
    assert result.stderr.startswith(f"Error: {damaged / 'card.json'} was altered or damaged")


def test_list_of_nothing(folder: Path) -> None:
    shutil.rmtree(folder)
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("no models; put one into a folder")
    assert run("list", "--json").stdout == "[]\n"


def test_show(folder: Path) -> None:
    result = run("show", "tiny")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "words           yes, no, up, down, stop\n" in result.stdout
    card = (folder / "tiny" / "README.md").read_text()
    assert card.startswith("# tiny\n")
    assert result.stdout.endswith(f"\n\n{card}")
    (folder / "tiny" / "README.md").write_text("# tiny\n\nAltered, and not hashed.\n")
    assert run("show", "tiny").stdout.endswith(f"\n\n{card}")
    assert json.loads(run("show", "tiny", "--json").stdout)["card"] == {"name": "tiny", "seed": 0}


def test_what_a_model_knows_is_called_what_it_is(folder: Path) -> None:
    make_pen_bundle(folder / "spelt", spelt=True)
    make_pen_bundle(folder / "whole", spelt=False)
    make_tides_bundle(folder / "tides")
    rows = json.loads(run("list", "--json").stdout)
    assert [row["knows"] for row in rows] == ["characters", "channels", "words", "classes"]
    make_wrist_bundle(folder / "wrist")
    assert "\nchannels        x (g), y (g)\n" in run("show", "wrist").stdout
    assert "\ncharacters      i, o, z\n" in run("show", str(folder / "spelt")).stdout


def test_show_of_an_unknown_model(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # not where `models/words-en` lies
    result = run("show")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: no model 'words-en': neither a folder with a bundle.json nor a known name (known: tiny); "
        "give the model's folder, or name the folder that holds it in $SPEECHLSTM_MODELS\n"
    )


def test_verify(folder: Path) -> None:
    expected = f"tiny: whole ({folder / 'tiny'})\n"
    for arguments in ([], ["tiny"], [str(folder / "tiny")]):
        result = run("verify", *arguments)
        assert (result.exit_code, result.stdout, result.stderr) == (0, expected, "")


def test_verify_finds_what_was_altered(damaged: Path) -> None:
    result = run("verify")
    assert (result.exit_code, result.stdout) == (1, f"tiny: whole ({damaged.parent / 'tiny'})\n")
    assert result.stderr.startswith(f"Error: {damaged / 'card.json'} was altered or damaged: its SHA-256 is ")
    assert run("verify", "tiny").exit_code == 0
    assert run("verify", "nothing").exit_code == 1
