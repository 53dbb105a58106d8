"""From recordings of a sensor to a model of classes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from wrist import write_wrist, write_wrist_recipe

from speechlstm.data.recordings import read_sensor_manifest
from speechlstm.errors import ConfigError, DataError
from speechlstm.evaluation import evaluate_recordings
from speechlstm.recognizer import Recognizer
from speechlstm.training.frames.corpus import UNLABELLED, load_recordings
from speechlstm.training.frames.examples import ExampleMaker, classes_of_frames
from speechlstm.training.kinds import make_task
from speechlstm.training.recipe import read_recipe


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wrist(tmp_path_factory.mktemp("data") / "wrist").parent


def test_a_frame_has_the_class_of_its_middle() -> None:
    classes = np.array([0] * 5 + [1] * 5 + [UNLABELLED] * 3, np.int32)
    assert classes_of_frames(classes, 4).tolist() == [0, 1, UNLABELLED, UNLABELLED]
    assert classes_of_frames(classes[:9], 4).tolist() == [0, 1, 1]
    assert classes_of_frames(classes[:0], 4).tolist() == []


def test_batches_follow_from_their_seeds(data: Path, tmp_path: Path) -> None:
    task = make_task(read_recipe(write_wrist_recipe(tmp_path)), data, tmp_path / "cache")
    maker = task.maker(task.front_end())
    batch, again = maker.make(range(6)), maker.join([maker.make(range(3)), maker.make(range(3, 6))])
    assert (batch.x.shape, batch.classes.shape) == ((6, 40, 8), (6, 40))
    for a, b in zip(batch, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert set(np.unique(batch.classes)) == {0, 1, 2}
    # the four samples of a frame differ where the wrist shakes fast
    moving = batch.x[..., ::2].std(axis=-1)
    assert moving[batch.classes == 2].mean() > 3 * moving[batch.classes == 0].mean()


def test_recordings_are_drawn_by_the_weight_of_their_set(data: Path, tmp_path: Path) -> None:
    recipe = read_recipe(write_wrist_recipe(tmp_path))
    sets = {"seldom": replace(recipe.data["wrist"], weight=1e-4), "often": recipe.data["wrist"]}
    recipe = replace(recipe, data=sets, sources=dict.fromkeys(sets, "made by a test"))
    recordings = load_recordings(recipe.data, data, recipe.features, recipe.vocabulary)  # type: ignore[arg-type]
    assert sorted({r.weight for r in recordings}) == [1e-4, 1.0]
    told = [replace(r, classes=np.full_like(r.classes, r.weight == 1)) for r in recordings]
    front_end = make_task(recipe, data, tmp_path / "cache").front_end()
    assert set(np.unique(ExampleMaker(recipe, told, front_end).make(range(8)).classes)) == {1}


def test_a_subject_can_be_left_out(data: Path, tmp_path: Path) -> None:
    recipe = read_recipe(write_wrist_recipe(tmp_path), ['data.wrist.exclude_speakers=["s1"]'])
    recordings = load_recordings(recipe.data, data, recipe.features, recipe.vocabulary)  # type: ignore[arg-type]
    assert {r.subject for r in recordings} == {"s2"}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (['vocabulary=["still", "slow", "quick"]'], DataError, "'fast' in the vocabulary"),
        (['data.wrist.role="words"'], ConfigError, "role must be recordings, got 'words'"),
        (['features={kind="mfcc"}'], ConfigError, "told from a sensor; the features are of kind 'mfcc'"),
        (['features.channels=["x", "z"]'], DataError, "has no column z"),
    ],
)
def test_what_cannot_be_trained(
    data: Path, tmp_path: Path, settings: list[str], error: type[Exception], message: str
) -> None:
    recipe = read_recipe(write_wrist_recipe(tmp_path), settings)
    with pytest.raises(error, match=message):
        make_task(recipe, data, tmp_path / "cache")


def test_columns_that_are_not_there_are_told_before_training(tmp_path: Path) -> None:
    message = r"augment.triples names column \[2\]; expected 0 to 1, which are x, y"
    with pytest.raises(ConfigError, match=message):
        read_recipe(write_wrist_recipe(tmp_path), ["augment.triples=[[0, 1, 2]]"])


@pytest.mark.train
@pytest.mark.slow
def test_training_learns_to_tell_them_apart(data: Path, tmp_path: Path) -> None:
    from speechlstm.training.trainer import Places, train

    recipe = read_recipe(write_wrist_recipe(tmp_path / "recipe", n_steps=60))
    bundle = train(recipe, Places(data, tmp_path / "run", tmp_path / "bundle", tmp_path / "cache"))
    files = read_sensor_manifest(data / "wrist", split="validation")
    figures = evaluate_recordings(Recognizer.load(bundle), files).to_json()
    assert figures["frame_accuracy"] > 0.8
    assert "wrist.accuracy" in (tmp_path / "run" / "log.csv").read_text().splitlines()[0]


@pytest.mark.train
def test_a_model_that_is_there_is_not_replaced_unasked(data: Path, tmp_path: Path) -> None:
    from speechlstm.training.trainer import Places, train

    places = Places(data, tmp_path / "run", tmp_path / "bundle", tmp_path / "cache")
    places.bundle_dir.mkdir()
    (places.bundle_dir / "bundle.json").touch()
    recipe = read_recipe(write_wrist_recipe(tmp_path / "recipe"))
    with pytest.raises(ConfigError, match=r"bundle holds a model already; replace it \(--overwrite\)"):
        train(recipe, places)
    assert not places.run_dir.exists()


@pytest.mark.train
def test_a_stopped_run_leaves_a_checkpoint_of_all_steps_done(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from speechlstm.training.trainer import Places, train

    n_asked = 0

    def stop_before_the_fourth() -> None:
        nonlocal n_asked
        n_asked += 1
        if n_asked == 4:
            raise KeyboardInterrupt

    places = Places(data, tmp_path / "run", tmp_path / "bundle", tmp_path / "cache")
    recipe = read_recipe(write_wrist_recipe(tmp_path / "recipe", n_steps=40))
    with pytest.raises(KeyboardInterrupt):
        train(recipe, places, before_step=stop_before_the_fourth)
    with np.load(places.run_dir / "last.npz") as saved:
        assert int(saved["step"]) == 3
    assert "stopped after step 3/40; go on with --resume" in capsys.readouterr().err


@pytest.mark.train
@pytest.mark.slow
def test_a_step_that_served_another_run_trains_the_same_weights(data: Path, tmp_path: Path) -> None:
    """Neither weights nor moments, dropout or carried states of the run before are left."""
    from speechlstm.bundle import Bundle
    from speechlstm.training.step import TrainStep
    from speechlstm.training.trainer import Places, train

    def run(name: str, seed: int, step: TrainStep | None = None) -> bytes:
        places = Places(data, tmp_path / name, tmp_path / name / "bundle", tmp_path / "cache")
        settings = [f"seed={seed}", "training.dropout=0.2", "training.p_carry=1.0"]
        recipe = read_recipe(write_wrist_recipe(tmp_path / "recipe"), settings)
        return Bundle.load(train(recipe, places, step=step)).model

    recipe = read_recipe(write_wrist_recipe(tmp_path / "recipe"), ["training.dropout=0.2"])
    task = make_task(recipe, data, tmp_path / "cache")
    step = TrainStep(recipe.network_config, recipe.training, task.losses)
    first, second = run("first", 1, step), run("second", 2, step)
    assert run("alone", 2) == second != first
