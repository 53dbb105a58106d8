"""What goes wrong in the world while a model is trained."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from disks import Disk
from faults import COMMAND, NO_SPACE, error_of, fill
from heard import posix
from tones import write_recipe, write_tones

from speechlstm.bundle import Bundle
from speechlstm.cli.main import cli


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tones(tmp_path_factory.mktemp("tones"))


@pytest.fixture
def train(tones: Path, tmp_path: Path) -> Callable[..., list[str]]:
    """Arguments of a run of two steps; where it writes may be given."""
    recipe = write_recipe(tmp_path / "recipe", n_steps=2, dial=[[6, 5]])

    def arguments(*more: object, run: Path = tmp_path / "run", out: Path = tmp_path / "bundle") -> list[str]:
        return ["train", *map(str, [recipe, "--data", tones, "--run", run, "-o", out, *more])]

    return arguments


def _environment(cache: Path) -> dict[str, str]:
    return {"SPEECHLSTM_CACHE": str(cache), "CUDA_VISIBLE_DEVICES": ""}


def _succeed(arguments: list[str], cache: Path) -> str:
    result = CliRunner().invoke(cli, arguments, env=_environment(cache))
    assert result.exit_code == 0, result.stderr
    return result.stderr


@pytest.mark.train
@pytest.mark.slow
def test_training_into_folders_that_cannot_be_written(
    train: Callable[..., list[str]], tones: Path, unwritable: Path
) -> None:
    error = error_of(*train(run=unwritable / "run"), env=_environment(tones / "cache"))
    assert f"cannot write {unwritable / 'run'}: " in error and "; choose a folder" in error
    error = error_of(*train(), env=_environment(unwritable))
    assert f"cannot write {unwritable / 'speechlstm'}: " in error and "; choose a folder" in error


@pytest.mark.train
@pytest.mark.slow
def test_a_full_disk_under_a_run_leaves_its_checkpoint(
    train: Callable[..., list[str]], tones: Path, disk: Disk
) -> None:
    cache, run = tones / "cache", disk(512) / "run"
    _succeed(train(run=run), cache)
    before = (run / "last.npz").read_bytes()
    kept = run / "recipe.json"  # as if it had been killed half way
    kept.write_text(kept.read_text().replace('"n_steps": 2', '"n_steps": 4'))
    (run / "log.csv").write_text("")  # so that the next validation is the best
    on = train("--resume", "--set", "training.n_steps=4", run=run)
    for n_left_kb, name in ((0, "tensorboard"), (16, "best.npz")):
        fill(run.parent, n_left_kb=n_left_kb)
        error = error_of(*on, env=_environment(cache))
        assert f"cannot write {run / name}: {NO_SPACE}; " in error
        assert (run / "last.npz").read_bytes() == before
        assert not [path for path in run.iterdir() if path.name.endswith((".tmp", ".part"))]
        (run.parent / "filler").unlink()
    assert "step 4/4" in _succeed(on, cache)
    with np.load(run / "last.npz") as saved:
        assert int(saved["step"]) == 4


@pytest.mark.train
@pytest.mark.slow
def test_a_bundle_that_finds_no_place_is_written_without_training_again(
    train: Callable[..., list[str]], tones: Path, tmp_path: Path, disk: Disk
) -> None:
    out = disk(16) / "bundle"
    error = error_of(*train(out=out), env=_environment(tones / "cache"))
    assert f"cannot write {out}: {NO_SPACE}; free some space there or choose another folder" in error
    assert os.listdir(out) == []
    assert "step" not in _succeed(train("--resume"), tones / "cache")
    assert Bundle.load(tmp_path / "bundle").name == "tones"


@pytest.mark.train
@pytest.mark.slow
def test_training_on_corrupt_sound(train: Callable[..., list[str]], tones: Path, tmp_path: Path) -> None:
    data = shutil.copytree(tones, tmp_path / "data")
    (data / "low0.wav").write_bytes(b"RIFF but no sound")
    error = error_of(*train("--data", data), env=_environment(tmp_path / "cache"))
    assert f"{data / 'low0.wav'}: " in error


@pytest.mark.train
@pytest.mark.slow
@posix
def test_training_that_is_interrupted(train: Callable[..., list[str]], tones: Path, tmp_path: Path) -> None:
    arguments = train("--set", "training.n_steps=100000")
    with subprocess.Popen(
        [*COMMAND, *arguments],
        env=os.environ | _environment(tones / "cache"),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        until_s = time.monotonic() + 120
        while not (tmp_path / "run" / "last.npz").exists() and time.monotonic() < until_s:
            time.sleep(0.05)
        time.sleep(1)  # the worker is ahead, and waits to be asked
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told, told[told.index("Traceback") :]


@pytest.mark.train
def test_a_training_that_cannot_begin_leaves_no_folder(tmp_path: Path, tones: Path) -> None:
    recipe, out = write_recipe(tmp_path / "recipe", n_steps=2), tmp_path / "a" / "b" / "model"
    (tmp_path / "nothing").mkdir()
    places = ["--data", tmp_path / "nothing", "--run", tmp_path / "run", "-o", out]
    assert error_of("train", *map(str, [recipe, *places]), env=_environment(tones / "cache"))
    assert not (tmp_path / "a").exists() and not (tmp_path / "run").exists()
    # what was there stays
    out.parent.mkdir(parents=True)
    assert error_of("train", *map(str, [recipe, *places]), env=_environment(tones / "cache"))
    assert out.parent.exists() and not out.exists()
    # nor where there is no model to begin with
    places[1] = tones
    unknown = [recipe, *places, "--set", "start_from=nowhere"]
    assert "no model 'nowhere'" in error_of("train", *map(str, unknown), env=_environment(tones / "cache"))
    assert not (tmp_path / "run").exists()
