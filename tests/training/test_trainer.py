"""Training runs on tones: small, real, killed and resumed."""

import csv
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tones import write_recipe, write_tones

from speechlstm.bundle import Bundle
from speechlstm.recognizer import Recognizer

pytestmark = [pytest.mark.train, pytest.mark.slow]


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tones(tmp_path_factory.mktemp("tones"))


def _train(recipe: Path, tones: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "speechlstm", "train", str(recipe), "--data", str(tones)]
    command += ["-o", str(out / "bundle"), "--run", str(out / "run"), *options]
    environment = os.environ | {"SPEECHLSTM_CACHE": str(tones / "cache"), "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )


def _finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return out, err


def test_a_run_ends_with_a_bundle_that_runs_and_a_log(tones: Path, tmp_path: Path) -> None:
    out, err = _finish(_train(write_recipe(tmp_path / "recipe"), tones, tmp_path))
    assert out.strip() == str(tmp_path / "bundle")
    assert "left" in err and "words exact" in err
    bundle = Bundle.load(tmp_path / "bundle")
    assert bundle.card["data"]["words"]["licence_and_source"] == "made by a test"
    assert (tmp_path / "bundle" / "README.md").read_text().startswith("# tones")
    transcript = Recognizer(bundle).transcribe(tones / "phrase.wav")
    assert transcript.n_samples == 7200
    with (tmp_path / "run" / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2", "4"]
    assert all(np.isfinite(float(row["total"])) for row in rows)
    assert list((tmp_path / "run" / "tensorboard").iterdir())
    assert (tmp_path / "run" / "best.npz").exists()


def test_phones_that_are_learnt_are_kept_by_their_names(tones: Path, tmp_path: Path) -> None:
    spelled = ("low  L OW", "mid  M IH D", "high  HH AY", "other  AH DH ER")
    (tones / "said.dict").write_text("\n".join(spelled) + "\n")
    _finish(_train(write_recipe(tmp_path / "recipe"), tones, tmp_path, "--set", "pronunciations=said.dict"))
    bundle = Bundle.load(tmp_path / "bundle")
    assert bundle.config.phones == ("AH", "AY", "D", "DH", "ER", "HH", "IH", "L", "M", "OW")
    phones = Recognizer(bundle).trace(tones / "phrase.wav").phones
    assert phones.shape == (30, 11)
    np.testing.assert_allclose(np.exp(phones).sum(axis=1), 1, rtol=1e-5)


def test_a_killed_run_goes_on_to_the_weights_of_an_unbroken_one(tones: Path, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "recipe", n_steps=8)
    _finish(_train(recipe, tones, tmp_path / "unbroken"))

    killed = _train(recipe, tones, tmp_path / "killed")
    checkpoint, deadline = tmp_path / "killed" / "run" / "last.npz", time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline and killed.poll() is None:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=30)  # returns once the workers, who hold the pipe too, are gone
    assert not (tmp_path / "killed" / "bundle" / "bundle.json").exists()

    again = _train(recipe, tones, tmp_path / "killed")
    _, err = again.communicate(timeout=120)
    assert again.returncode == 1
    assert "holds a run already; go on with it (--resume)" in err
    again = _train(recipe, tones, tmp_path / "killed", "--resume", "--set", "training.n_steps=9")
    _, err = again.communicate(timeout=120)
    assert again.returncode == 1
    assert "is a run of another recipe: training.n_steps was 8 and is 9" in err
    _finish(_train(recipe, tones, tmp_path / "killed", "--resume"))

    with np.load(tmp_path / "unbroken/run/last.npz") as one, np.load(checkpoint) as two:
        assert int(one["step"]) == int(two["step"]) == 8
        assert {"carried.1.c", "dropout.1", "optimizer.0"} < set(one.files) == set(two.files)
        for name in one.files:
            np.testing.assert_allclose(two[name], one[name], atol=1e-4, err_msg=name)


def test_a_damaged_checkpoint_is_named(tones: Path, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "recipe")
    _finish(_train(recipe, tones, tmp_path))
    (tmp_path / "run" / "last.npz").write_bytes(b"PK\x03\x04 half a file")
    process = _train(recipe, tones, tmp_path, "--resume")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "is no checkpoint of this recipe" in err
    assert "Traceback" not in err


def test_a_bundle_of_the_best_checkpoint(tones: Path, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "recipe")
    _finish(_train(recipe, tones, tmp_path))
    run, bundle = tmp_path / "run", tmp_path / "bundle"
    of_last = (bundle / "model.onnx").read_bytes()
    with np.load(run / "best.npz") as best:
        changed = {name: best[name] for name in best.files} | {"tokens.bias": best["tokens.bias"] + 1}
    np.savez(run / "best.npz", **changed)
    _, err = _finish(_train(recipe, tones, tmp_path, "--resume", "--from", "best"))
    assert "step" not in err
    assert (bundle / "model.onnx").read_bytes() != of_last
    _finish(_train(recipe, tones, tmp_path, "--resume"))
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
    recipe = write_recipe(
        tmp_path / "recipe", n_steps=80, batch_size=8, validate_every=20, learning_rate=0.01, n_warmup=5
    )
    # words one by one, without noise: fluent ones take longer to learn
    easy = [f"compose.{key}=0" for key in ("p_fluent", "p_noise", "p_reverb")]
    _finish(_train(recipe, tones, tmp_path, *(option for key in easy for option in ("--set", key))))
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
