"""What the scripts of the recipes share, and that every one of them starts."""

import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from speechlstm.bundle import Bundle
from speechlstm.errors import ConfigError

PIPELINES = Path(__file__).parents[2] / "pipelines"
SCRIPTS = [path for path in sorted(PIPELINES.rglob("*.py")) if "def main()" in path.read_text()]


@pytest.fixture
def as_started(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """What a script puts on the path, and takes from there, is gone afterwards."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield monkeypatch
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(PIPELINES)):
            del sys.modules[name]


@pytest.fixture
def commands(as_started: pytest.MonkeyPatch) -> ModuleType:
    as_started.syspath_prepend(PIPELINES)
    import commands

    return commands


def test_there_are_scripts() -> None:
    assert len(SCRIPTS) > 8


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(PIPELINES)))
def test_every_script_says_what_it_takes(
    script: Path, as_started: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_started.syspath_prepend(script.parent)
    as_started.setattr(sys, "argv", [str(script), "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(script), run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: {script.name}")


def test_a_script_in_a_folder_of_its_own_starts_from_anywhere(tmp_path: Path) -> None:
    command = [sys.executable, str(PIPELINES / "words-en" / "measure.py"), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_command_that_fails_ends_the_script_with_its_exit_code(
    commands: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "words-en" in commands.run("models", "list")
    with pytest.raises(SystemExit) as ended:
        commands.run("models", "show", tmp_path / "nowhere")
    assert ended.value.code == 1
    assert "nowhere" in capfd.readouterr().err


def test_figures_are_those_of_the_command(commands: ModuleType, tiny_bundle: Path) -> None:
    samples = PIPELINES.parent / "samples" / "manifest.jsonl"
    figures = commands.evaluate(tiny_bundle, samples, "--limit", "1")
    assert figures["n_clips"] == 1


def test_what_is_there_is_not_trained_again(
    commands: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[Any, ...]] = []
    monkeypatch.setattr(commands, "run", lambda *arguments: ran.append(arguments))
    places = {"bundle": tmp_path / "bundle", "run_dir": tmp_path / "run"}
    settings = ["seed=3", "training.n_steps=5"]
    assert commands.train(Path("mine"), Path("data"), "--from", "best", settings=settings, **places) == (
        tmp_path / "bundle"
    )
    (arguments,) = ran
    assert list(map(str, arguments)) == [
        *("train", "mine", "--data", "data", "--run", str(tmp_path / "run"), "-o", str(tmp_path / "bundle")),
        *("--resume", "--from", "best", "--set", "seed=3", "--set", "training.n_steps=5"),
    ]
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").touch()
    commands.train(Path("mine"), Path("data"), **places)
    assert len(ran) == 1


def test_a_bundle_ships_described_as_the_recipe_is_now(
    commands: ModuleType, tiny_bundle: Path, tmp_path: Path
) -> None:
    model = commands.ship(tiny_bundle, PIPELINES / "words-en", tmp_path / "model")
    before, after = Bundle.load(tiny_bundle), Bundle.load(model)
    assert after.model == before.model
    assert after.card["targets"]["Digit strings"]["metric"] == "wer"
    assert after.card["description"].startswith("Connected English words")
    now = ("targets", "description")
    assert {k: v for k, v in after.card.items() if k not in now} == {
        k: v for k, v in before.card.items() if k not in now
    }
    assert commands.ship(model, PIPELINES / "words-en", model) == model


def test_a_manifest_is_written_whole_or_not_at_all(commands: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    commands.write_manifest(path, [{"audio": "a", "text": "ä"}, {"audio": "b"}])
    assert path.read_text() == '{"audio": "a", "text": "\\u00e4"}\n{"audio": "b"}\n'
    with pytest.raises(TypeError):
        commands.write_manifest(path, [{"audio": "c"}, {"audio": path}])
    assert path.read_text().endswith('{"audio": "b"}\n') and list(tmp_path.iterdir()) == [path]


def test_a_curve_is_drawn_and_told_under_its_name(commands: ModuleType, tmp_path: Path) -> None:
    curve = SimpleNamespace(to_svg=lambda: "<svg/>", as_table=lambda: "a table")
    (page := tmp_path / "README.md").write_text("<!-- the curve -->\n<!-- end of the curve -->\n")
    commands.write_curve(tmp_path, "the curve", curve)
    assert (tmp_path / "the-curve.svg").read_text() == "<svg/>\n"
    assert page.read_text() == "<!-- the curve -->\n```text\na table\n```\n<!-- end of the curve -->\n"


def test_speakers_are_left_out_of_the_model_and_the_runs_of_the_repository(
    as_started: pytest.MonkeyPatch, tmp_path: Path, tiny_bundle: Path
) -> None:
    as_started.syspath_prepend(PIPELINES / "words-en")
    import leave_one_out

    data = tmp_path / "data" / "fsdd"
    data.mkdir(parents=True)
    rows = [json.dumps({"audio": "a.wav", "text": "one", "speaker": name}) for name in ("bo", "al", "bo")]
    (data / "manifest.jsonl").write_text("\n\n".join(rows))
    assert leave_one_out.speakers_of(tmp_path / "data") == ["al", "bo"]
    shutil.copytree(tiny_bundle, tmp_path / "models" / "words-en")
    as_started.setenv("SPEECHLSTM_MODELS", str(tmp_path / "models"))
    as_started.chdir(tmp_path)
    seen: list[Any] = []
    as_started.setattr(leave_one_out, "train", lambda *recipe, **places: places)
    as_started.setattr(leave_one_out, "evaluate", lambda model, *given: seen.append(Bundle.load(model)) or {})
    root = PIPELINES.parent
    assert leave_one_out.train_shared(["al"], data)["run_dir"] == root / "runs" / "words-en-without-fsdd"
    leave_one_out.figures_of(tiny_bundle, data)
    theirs, ours = (Bundle.load(path).config for path in (tiny_bundle, root / "models" / "words-en"))
    assert seen[0].config.decoder == ours.decoder != theirs.decoder


def test_tables_go_between_their_marks(commands: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("a\n<!-- b -->\nold\n<!-- end of b -->\n<!-- c -->\n<!-- end of c -->\nd\n")
    commands.write_tables(page, {"b": ["1", "2"], "c": (line for line in "3")})
    assert page.read_text() == (
        "a\n<!-- b -->\n1\n2\n<!-- end of b -->\n<!-- c -->\n3\n<!-- end of c -->\nd\n"
    )
    with pytest.raises(ConfigError, match="the document lacks the marks <!-- e -->"):
        commands.write_tables(page, {"e": []})
    assert "3" in page.read_text()
