"""From samples of handwriting to a model of characters, or of words."""

from pathlib import Path

import numpy as np
import pytest
from handwriting import write_pen, write_pen_recipe

from speechlstm.data.strokes import read_strokes
from speechlstm.errors import ConfigError, DataError
from speechlstm.evaluation import evaluate_strokes
from speechlstm.recognizer import Recognizer
from speechlstm.training.kinds import make_task
from speechlstm.training.recipe import read_recipe
from speechlstm.training.strokes.corpus import load_samples


@pytest.fixture(scope="module", params=[False, True], ids=["characters", "words"])
def spelt(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def data(spelt: bool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pen(tmp_path_factory.mktemp("data") / "pen", spelt=spelt, n=120).parents[1]


def test_batches_follow_from_their_seeds(data: Path, spelt: bool, tmp_path: Path) -> None:
    task = make_task(read_recipe(write_pen_recipe(tmp_path, spelt=spelt)), data, tmp_path / "cache")
    maker = task.maker(task.front_end())
    batch, again = maker.make(range(8)), maker.join([maker.make(range(4)), maker.make(range(4, 8))])
    assert batch.x.shape == (8, 60, 11)
    assert batch.labels.shape == (8, 3 if spelt else 1)
    for a, b in zip(batch, again, strict=True):
        np.testing.assert_array_equal(a, b)
    for x, n in zip(batch.x, batch.n_frames, strict=True):
        assert x[:n].any(axis=1).all() and not x[n:].any()


def test_tokens_are_classes_or_characters(data: Path, spelt: bool, tmp_path: Path) -> None:
    recipe = read_recipe(write_pen_recipe(tmp_path, spelt=spelt))
    loaded = load_samples(recipe.data, data, recipe.vocabulary, spelt=spelt)
    labels = [sample.label for sample in read_strokes(data / "pen" / "strokes.jsonl", split="train")]
    first = int(spelt)
    assert ["".join(recipe.vocabulary[t - first] for t in s.tokens) for s in loaded] == labels


def test_a_writer_can_be_left_out(data: Path, spelt: bool, tmp_path: Path) -> None:
    recipe = read_recipe(write_pen_recipe(tmp_path, spelt=spelt), ['data.pen.exclude_speakers=["w1", "w2"]'])
    assert len(load_samples(recipe.data, data, recipe.vocabulary, spelt=spelt)) == 60


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (['vocabulary=["i", "o"]'], DataError, "'z' in the vocabulary"),
        (['data.pen.role="words"'], ConfigError, "role must be strokes, got 'words'"),
        (['data.pen.split="tests"'], DataError, "has no split 'tests'; it has train, validation"),
    ],
)
def test_what_cannot_be_trained(
    data: Path, spelt: bool, tmp_path: Path, settings: list[str], error: type[Exception], message: str
) -> None:
    recipe = read_recipe(write_pen_recipe(tmp_path, spelt=spelt), settings)
    with pytest.raises(error, match=message):
        make_task(recipe, data, tmp_path / "cache")


def test_samples_that_do_not_fit_are_told(data: Path, spelt: bool, tmp_path: Path) -> None:
    recipe = read_recipe(
        write_pen_recipe(tmp_path, spelt=spelt), ["pen.n_frames=2", "training.time_mask_frames=0"]
    )
    task = make_task(recipe, data, tmp_path / "cache")
    with pytest.raises(DataError, match=r"none fits into 2 frames; raise pen\.n_frames"):
        task.maker(task.front_end()).make(range(1))


@pytest.mark.train
@pytest.mark.slow
def test_training_learns_to_read(data: Path, spelt: bool, tmp_path: Path) -> None:
    from speechlstm.training.trainer import Places, train

    recipe = read_recipe(write_pen_recipe(tmp_path / "recipe", spelt=spelt, n_steps=150 if spelt else 30))
    bundle = train(recipe, Places(data, tmp_path / "run", tmp_path / "bundle", tmp_path / "cache"))
    samples = read_strokes(data / "pen" / "strokes.jsonl", split="validation")
    figures = evaluate_strokes(Recognizer.load(bundle), samples).to_json()
    assert figures["cer"] < 0.2
    assert "pen.cer" in (tmp_path / "run" / "log.csv").read_text().splitlines()[0]
