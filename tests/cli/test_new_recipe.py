import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from handwriting import write_pen
from kitchen import write_records, write_words

from speechlstm.cli.main import cli
from speechlstm.data.corpus import DataSet
from speechlstm.data.manifest import read_manifest
from speechlstm.data.recordings import read_sensor_manifest
from speechlstm.data.strokes import read_strokes
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.training.frames.corpus import load_recordings
from speechlstm.training.recipe import read_recipe


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["new-recipe", *arguments])


def listing(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def write_sensor(folder: Path) -> Path:
    for i in range(6):
        write_records(folder / f"s{i % 3}_{i}.csv", i)
    return folder


def test_words(here: Path) -> None:
    before = listing(write_words(here / "kitchen"))
    result = run("kitchen", "--from", "kitchen")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("found             sound of words in kitchen\nclips             27\n")
    assert "subjects          3, from file names; split by subject: 1 to validate with (" in result.stdout
    assert result.stderr == "\nwrote pipelines/kitchen; train it: speechlstm train kitchen\n"
    assert listing(here / "kitchen") == before, "nothing is written into the data"
    recipe = read_recipe("pipelines/kitchen")
    assert recipe.vocabulary == ("high", "low", "mid")
    clips = read_manifest(recipe.data["words"].manifest)
    assert all(clip.audio.is_file() for clip in clips)
    by_split = {split: {c.speaker for c in clips if c.split == split} for split in ("train", "validation")}
    assert len(by_split["train"]) == 2 and len(by_split["validation"]) == 1
    assert not by_split["train"] & by_split["validation"]
    readme = Path("pipelines/kitchen/README.md").read_text()
    assert "speechlstm evaluate models/kitchen pipelines/kitchen/words.jsonl --split validation" in readme
    assert "There is nothing to reject" in readme


def test_a_sensor(here: Path) -> None:
    write_sensor(here / "data")
    result = run("wrist", "--from", "data", "-o", "mine")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == "\nwrote mine; train it: speechlstm train mine\n"
    recipe = read_recipe("mine")
    assert recipe.vocabulary == ("fast", "slow", "still")
    files = read_sensor_manifest(recipe.data["wrist"].manifest)
    assert {os.path.relpath(file.data) for file in files} == {f"data/s{i % 3}_{i}.csv" for i in range(6)}


def test_data_elsewhere_are_named_by_their_whole_path(
    here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = write_sensor(tmp_path_factory.mktemp("elsewhere"))
    assert run("wrist", "--from", str(elsewhere)).exit_code == 0
    files = read_sensor_manifest(read_recipe("pipelines/wrist").data["wrist"].manifest)
    assert all(file.data.is_absolute() and file.data.is_file() for file in files)


def test_json_and_nothing_written(here: Path) -> None:
    write_sensor(here / "data")
    result = run("wrist", "--from", "data", "--json", "--dry-run")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert found["kind"] == "recordings of a sensor"
    assert [c["label"] for c in found["classes"]] == ["fast", "slow", "still"]
    assert {unit["split"] for unit in found["units"]} == {"train", "validation"}
    assert found["facts"]["model_rate_hz"] == 25
    assert not Path("pipelines").exists()


def test_a_recipe_that_is_there(here: Path) -> None:
    write_sensor(here / "data")
    assert run("wrist", "--from", "data").exit_code == 0
    result = run("wrist", "--from", "data")
    assert (result.exit_code, result.stdout) == (1, "")
    assert (
        "pipelines/wrist holds a recipe already; replace it (--overwrite), or give another" in result.stderr
    )
    assert run("wrist", "--from", "data", "--overwrite").exit_code == 0


def test_nothing_there(here: Path) -> None:
    (here / "empty").mkdir()
    for data, message in (("empty", "empty holds no files"), ("none", "there is nothing at none")):
        result = run("a", "--from", data)
        assert (result.exit_code, result.stdout) == (1, "")
        assert message in result.stderr


def test_what_is_of_no_kind(here: Path) -> None:
    (here / "data").mkdir()
    (here / "data" / "a.pdf").write_bytes(b"%PDF")
    result = run("a", "--from", "data")
    assert result.exit_code == 1
    assert "data holds 1 of .pdf; a recipe can be made for sound of words: a folder for each" in result.stderr


@pytest.mark.parametrize("name", ["a/b", ".a", "", " "])
def test_a_name_that_is_none(name: str) -> None:
    result = run(name, "--from", ".")
    assert result.exit_code == 2
    assert "expected a name without slashes" in result.stderr


def test_a_name_of_quotes_and_labels_of_quotes(here: Path) -> None:
    for i in range(4):
        file = write_records(here / "data" / f"s{i}.csv", i)
        file.write_text(file.read_text().replace("slow", 'the ""slow"" \\ one').replace("fast", "schnell ü"))
    result = run('my "model"', "--from", "data")
    assert (result.exit_code, result.stderr[-25:]) == (0, "speechlstm train 'my \"model\"'\n"[-25:])
    commands = [line.strip() for line in Path('pipelines/my "model"/README.md').read_text().splitlines()]
    assert "speechlstm train 'pipelines/my \"model\"'" in commands
    listed = "'models/my \"model\"' 'pipelines/my \"model\"/manifest.jsonl'"
    assert f"speechlstm evaluate {listed} --split validation" in commands
    recipe = read_recipe('pipelines/my "model"')
    assert recipe.name == 'my "model"'
    assert "schnell ü" in recipe.vocabulary


def subjects_in_a_column(folder: Path) -> None:
    parts = [write_records(folder / "x", i, user=f"u{i % 3}").read_text().splitlines() for i in range(6)]
    (folder / "x").unlink()
    lines = [parts[0][0].replace("label", "activity"), *(line for part in parts for line in part[1:])]
    (folder / "all.csv").write_text("\n".join([*lines, ""]))


def nobody(folder: Path) -> None:
    write_records(folder / "all.csv", 3)


def labels_of_folders(folder: Path) -> None:
    for i in range(4):
        file = write_records(folder / ("sit down", "walk")[i % 2] / f"s{i // 2}.csv", i)
        file.write_text("".join(f"{line.rpartition(',')[0]}\n" for line in file.read_text().splitlines()))


def json_lines(folder: Path) -> None:
    for i in range(4):
        write_records(folder / f"s{i}" / f"{i}.jsonl", i, form="jsonl")


@pytest.mark.parametrize("write", [subjects_in_a_column, nobody, labels_of_folders, json_lines])
def test_what_is_proposed_can_be_read(here: Path, write: Callable[[Path], None]) -> None:
    write(here / "data")
    before = listing(here / "data")
    result = run("mine", "--from", "data", "--json")
    assert result.exit_code == 0, result.stderr
    assert listing(here / "data") == before
    survey, recipe = json.loads(result.stdout), read_recipe("pipelines/mine")
    assert isinstance(recipe.features, SensorConfig)
    trained = load_recordings(recipe.data, Path(), recipe.features, recipe.vocabulary)
    watched = {name: DataSet(s.manifest, "recordings", s.split) for name, s in recipe.validation.items()}
    watched_on = load_recordings(watched, Path(), recipe.features, recipe.vocabulary)
    assert not {r.subject for r in trained if r.subject} & {r.subject for r in watched_on}
    for recordings, side in ((trained, "train"), (watched_on, "validation")):
        seconds = sum(sum(unit["seconds"].values()) for unit in survey["units"] if unit["split"] == side)
        n_samples = sum(len(r.samples) for r in recordings)
        assert n_samples / recipe.features.sample_rate_hz == pytest.approx(seconds, rel=0.05)
    assert {i for r in trained for i in r.classes.tolist()} == set(range(len(recipe.vocabulary)))


@pytest.mark.train
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["words", "sensor"])
def test_it_trains_as_written(here: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (write_words if kind == "words" else write_sensor)(here / "mine")
    monkeypatch.setenv("SPEECHLSTM_CACHE", str(here / "cache"))
    assert run("mine", "--from", "mine").exit_code == 0
    settings = ["training.n_steps=2", "training.batch_size=2", "training.n_workers=1"]
    # the data have the recipe's name, and are no recipe
    result = CliRunner().invoke(cli, ["train", "mine", *(part for s in settings for part in ("--set", s))])
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "models/mine\n"
    listed = "words.jsonl" if kind == "words" else "manifest.jsonl"
    command = ["evaluate", "models/mine", f"pipelines/mine/{listed}", "--split", "validation", "--json"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)


def test_handwriting(here: Path) -> None:
    write_pen(here / "data")
    result = run("mine", "--from", "data")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("found             samples of handwriting, each one of a few, in data/")
    recipe = read_recipe("pipelines/mine")
    assert len(read_strokes(recipe.data["strokes"].manifest, split="train")) == 50


def test_lists_of_a_recipe_made_elsewhere_are_found(
    here: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from speechlstm.cli.train import _data_dir

    write_pen(here / "data")
    assert run("mine", "--from", "data").exit_code == 0
    folder = here / "pipelines" / "mine"
    recipe = read_recipe(folder)
    assert _data_dir(recipe, Path("pipelines/mine")) == Path()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert _data_dir(recipe, folder) == here
    # where they are nowhere, the error names them as ever
    (folder / "strokes.jsonl.gz").unlink()
    assert _data_dir(recipe, folder) == Path()
