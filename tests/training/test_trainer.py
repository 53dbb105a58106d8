"""Training runs on tones: small, real, killed and resumed."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from faults import error_line
from tones import write_recipe, write_tones

from speechlstm.bundle import Bundle
from speechlstm.cli.main import cli
from speechlstm.recognizer import Recognizer

pytestmark = [pytest.mark.train, pytest.mark.slow]


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tones(tmp_path_factory.mktemp("tones"))


def _arguments(recipe: Path, tones: Path, out: Path, *options: str) -> list[str]:
    places = ["--data", tones, "-o", out / "bundle", "--run", out / "run"]
    return ["train", *map(str, [recipe, *places]), *options]


def _environment(tones: Path) -> dict[str, str]:
    return {"SPEECHLSTM_CACHE": str(tones / "cache"), "CUDA_VISIBLE_DEVICES": ""}


def _train(recipe: Path, tones: Path, out: Path, *options: str) -> Result:
    """Run the command in this process, which has loaded TensorFlow."""
    return CliRunner().invoke(cli, _arguments(recipe, tones, out, *options), env=_environment(tones))


def _succeed(recipe: Path, tones: Path, out: Path, *options: str) -> Result:
    result = _train(recipe, tones, out, *options)
    assert result.exit_code == 0, result.stderr
    return result


@dataclass(frozen=True)
class Ended:
    """A run of four steps that came to its end, in a folder that other tests copy."""

    recipe: Path
    folder: Path
    told: Result


@pytest.fixture(scope="module")
def ended(tones: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    folder = tmp_path_factory.mktemp("ended")
    recipe = write_recipe(folder / "recipe")
    return Ended(recipe, folder, _succeed(recipe, tones, folder))


def test_a_run_ends_with_a_bundle_that_runs_and_a_log(ended: Ended, tones: Path) -> None:
    bundle_dir, run_dir = ended.folder / "bundle", ended.folder / "run"
    assert ended.told.stdout.strip() == str(bundle_dir)
    assert "left" in ended.told.stderr and "words exact" in ended.told.stderr
    bundle = Bundle.load(bundle_dir)
    assert bundle.card["data"]["words"]["licence_and_source"] == "made by a test"
    assert (bundle_dir / "README.md").read_text().startswith("# tones")
    transcript = Recognizer(bundle).transcribe(tones / "phrase.wav")
    assert transcript.n_samples == 7200
    with (run_dir / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2", "4"]
    assert all(np.isfinite(float(row["total"])) for row in rows)
    assert list((run_dir / "tensorboard").iterdir())
    assert (run_dir / "best.npz").exists()


def test_phones_that_are_learnt_are_kept_by_their_names(tones: Path, tmp_path: Path) -> None:
    spelled = ("low  L OW", "mid  M IH D", "high  HH AY", "other  AH DH ER")
    (tones / "said.dict").write_text("\n".join(spelled) + "\n")
    recipe = write_recipe(tmp_path / "recipe", n_steps=2, dial=[[6, 5]])
    _succeed(recipe, tones, tmp_path, "--set", "pronunciations=said.dict")
    bundle = Bundle.load(tmp_path / "bundle")
    assert bundle.config.phones == ("AH", "AY", "D", "DH", "ER", "HH", "IH", "L", "M", "OW")
    phones = Recognizer(bundle).trace(tones / "phrase.wav").phones
    assert phones.shape == (30, 11)
    np.testing.assert_allclose(np.exp(phones).sum(axis=1), 1, rtol=1e-5)


def test_a_killed_run_goes_on_to_the_weights_of_an_unbroken_one(tones: Path, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "recipe", n_steps=8)
    _succeed(recipe, tones, tmp_path / "unbroken")

    checkpoint = tmp_path / "killed" / "run" / "last.npz"
    command = [sys.executable, "-m", "speechlstm", *_arguments(recipe, tones, tmp_path / "killed")]
    environment = os.environ | _environment(tones)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as killed:
        until_s = time.monotonic() + 120
        while not checkpoint.exists() and time.monotonic() < until_s and killed.poll() is None:
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=30)  # returns once the workers, who hold the pipe too, are gone
    assert not (tmp_path / "killed" / "bundle" / "bundle.json").exists()

    again = _train(recipe, tones, tmp_path / "killed")
    assert again.exit_code == 1
    assert "holds a run already; go on with it (--resume)" in again.stderr
    again = _train(recipe, tones, tmp_path / "killed", "--resume", "--set", "training.n_steps=9")
    assert again.exit_code == 1
    assert "is a run of another recipe: training.n_steps was 8 and is 9" in again.stderr
    _succeed(recipe, tones, tmp_path / "killed", "--resume")

    with np.load(tmp_path / "unbroken/run/last.npz") as one, np.load(checkpoint) as two:
        assert int(one["step"]) == int(two["step"]) == 8
        assert {"carried.1.c", "dropout.1", "optimizer.0"} < set(one.files) == set(two.files)
        for name in one.files:
            np.testing.assert_allclose(two[name], one[name], atol=1e-4, err_msg=name)


def test_a_damaged_checkpoint_is_named(ended: Ended, tones: Path, tmp_path: Path) -> None:
    shutil.copytree(ended.folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "run" / "last.npz").write_bytes(b"PK\x03\x04 half a file")
    result = _train(ended.recipe, tones, tmp_path, "--resume")
    assert "is no checkpoint of this recipe" in error_line(result.exit_code, result.stderr)


def test_a_bundle_of_the_best_checkpoint(ended: Ended, tones: Path, tmp_path: Path) -> None:
    shutil.copytree(ended.folder, tmp_path, dirs_exist_ok=True)
    run, bundle = tmp_path / "run", tmp_path / "bundle"
    of_last = (bundle / "model.onnx").read_bytes()
    with np.load(run / "best.npz") as best:
        changed = {name: best[name] for name in best.files} | {"tokens.bias": best["tokens.bias"] + 1}
    np.savez(run / "best.npz", **changed)
    result = _succeed(ended.recipe, tones, tmp_path, "--resume", "--from", "best")
    assert "step" not in result.stderr
    assert (bundle / "model.onnx").read_bytes() != of_last
    _succeed(ended.recipe, tones, tmp_path, "--resume")
    assert (bundle / "model.onnx").read_bytes() == of_last


def test_the_best_needs_validation(tmp_path: Path) -> None:
    from speechlstm.errors import ConfigError
    from speechlstm.training.recipe import read_recipe
    from speechlstm.training.trainer import Places, RunOptions
    from speechlstm.training.trainer import train as run_training

    recipe = replace(read_recipe(write_recipe(tmp_path)), validation={})
    with pytest.raises(ConfigError, match="without validation sets no checkpoint is the best"):
        run_training(recipe, Places(*[tmp_path] * 4), RunOptions(bundle_from="best"))


def test_a_word_is_learnt(tones: Path, tmp_path: Path) -> None:
    """Eighty steps are enough to tell the words apart, and for every term to fall."""
    settings = {"n_steps": 80, "batch_size": 8, "validate_every": 20, "learning_rate": 0.01, "n_warmup": 5}
    recipe = write_recipe(tmp_path / "recipe", **settings, dial=[[6, 5]])
    # words one by one, without noise: fluent ones take longer to learn
    easy = [f"compose.{key}=0" for key in ("p_fluent", "p_noise", "p_reverb")]
    _succeed(recipe, tones, tmp_path, *(option for key in easy for option in ("--set", key)))
    with (tmp_path / "run" / "log.csv").open(newline="") as file:
        first, *_, last = csv.DictReader(file)
    fall = {name: float(last[name]) / float(first[name]) for name in ("total", "ctc", "pooled", "extent")}
    assert fall["total"] < 0.65
    assert fall["pooled"] < 0.3
    assert max(fall.values()) < 1


_MIRRORED = """
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2)
import numpy as np
from speechlstm.errors import ConfigError
from speechlstm.model.config import NetworkConfig
from speechlstm.training.settings import TrainingConfig
from speechlstm.training.step import TrainStep, strategy_for
from speechlstm.training.words.examples import Batch
from speechlstm.training.words.losses import losses
def terms(outputs, batch):
    return losses(outputs, batch, TrainingConfig())._asdict()
rng = np.random.default_rng(0)
batch = Batch(rng.normal(size=(4, 12, 6)).astype("f"), np.tile(np.int32([[1, 2]]), (4, 1)),
              np.tile(np.int32([[[0, 6], [5, 12]]]), (4, 1, 1)),
              np.tile(np.float32([[[0, 4], [5, 9]]]), (4, 1, 1)), np.tile(np.int32([[1, 2, 3]]), (4, 1)),
              np.tile(np.int32([[[0, 12]] * 3]), (4, 1, 1)), np.zeros((4, 12), bool))
for strategy in (None, strategy_for(["CPU:0", "CPU:1"])):
    config = TrainingConfig(dropout=0.0, n_warmup=1)
    step = TrainStep(NetworkConfig(6, 4, 1, 8, n_phones=3), config, terms, strategy=strategy)
    totals = [step(batch, chunk=4, lookahead=2, carry=False)["total"] for _ in range(4)]
    print(step.strategy.num_replicas_in_sync, *totals)
try:
    step(Batch(*(array[:3] for array in batch)), chunk=4, lookahead=2, carry=False)
except ConfigError as error:
    print(error)
"""


def test_two_mirrored_devices_learn_what_one_does() -> None:
    done = subprocess.run([sys.executable, "-c", _MIRRORED], capture_output=True, text=True, check=True)
    *lines, refusal = done.stdout.splitlines()
    one, two = ([float(v) for v in line.split()] for line in lines)
    assert (one[0], two[0]) == (1, 2)
    assert two[1:] == pytest.approx(one[1:], rel=1e-3)
    assert one[-1] < one[1]
    assert refusal.startswith("a batch of 3 cannot be shared out among 2 devices")
    assert refusal.endswith("--set training.batch_size=4")


def test_mixed_precision_learns_what_single_does() -> None:
    """Where a GPU is seen; here a CPU computes what it would, for one is said to be there."""
    head, _, rest = _MIRRORED.partition("for strategy in")
    assert rest
    script = (
        head
        + """
seen = tf.config.list_physical_devices
tf.config.list_physical_devices = lambda kind=None: ["a GPU"] if kind == "GPU" else seen(kind)
for half in (False, True):
    config = TrainingConfig(dropout=0.0, n_warmup=1, mixed_precision=half)
    step = TrainStep(NetworkConfig(6, 4, 1, 8, n_phones=3), config, terms)
    scales = hasattr(step.optimizer, "dynamic_scale")
    print(int(scales), *[step(batch, chunk=4, lookahead=2, carry=False)["total"] for _ in range(4)])
"""
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    single, half = ([float(v) for v in line.split()] for line in done.stdout.splitlines())
    assert (single[0], half[0]) == (0, 1)
    assert half[1:] == pytest.approx(single[1:], rel=1e-3)
    assert half[1:] != single[1:]
    assert half[-1] < half[1]
