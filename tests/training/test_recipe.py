from pathlib import Path

import pytest
from tones import write_recipe

from speechlstm.errors import ConfigError
from speechlstm.training.recipe import read_recipe
from speechlstm.training.settings import Target

RECIPES = sorted(Path(__file__).parents[2].glob("pipelines/*/config.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.parent.name)
def test_every_recipe_of_the_repository_can_be_read(path: Path) -> None:
    recipe = read_recipe(path.parent)
    assert recipe.name == path.parent.name


@pytest.mark.parametrize(("metric", "goal"), [("exact", 0.9), ("exact", 0.95), ("wer", 0.97), ("wer", 0.95)])
def test_a_goal_is_harder_than_the_bound(metric: str, goal: float) -> None:
    with pytest.raises(
        ConfigError, match=rf"the goal of {metric} must be (more|less) than its bound of 0.95"
    ):
        Target(metric, 0.95, goal)  # type: ignore[arg-type]
    assert Target("exact", 0.95, 0.97).goal == 0.97


def test_there_are_recipes() -> None:
    assert "words-en" in [path.parent.name for path in RECIPES]


def test_settings_override_and_strings_need_no_quotes(tmp_path: Path) -> None:
    folder = write_recipe(tmp_path)
    recipe = read_recipe(
        folder, ["training.n_steps=7", "name=mine", 'data.words.exclude_speakers=["speaker1"]']
    )
    assert recipe.training.n_steps == 7
    assert recipe.name == "mine"
    assert recipe.data["words"].exclude_speakers == ("speaker1",)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.n_stesp=7", "unknown key 'n_stesp' in training; did you mean 'n_steps'"),
        ("training.n_steps=many", "training.n_steps must be int, got 'many'"),
        ("training.n_steps", "expected key=value"),
        ("training.dial=[[1]]", "dial must be a list of"),
        ("name.first=1", "unknown key 'name.first'"),
        ("training.learning_rate=-1", "learning_rate must be positive"),
        ("vocabulary=[]", "vocabulary must hold distinct words"),
        ("training.validate_every=0", "validate_every must be at least 1, got 0"),
        ("training.dropout=1.0", "dropout must be at least 0 and below 1"),
        ("training.n_workers=-1", "n_workers must not be negative"),
        ("training.p_carry=9", "p_carry must be from 0 to 1, got 9"),
        ("training.band_mask=33", "training.band_mask must be at most 32"),
        ("training.time_mask_frames=67", "training.time_mask_frames must be at most 66"),
        ("compose.max_run=0", "max_run must be at least 1"),
        ("compose.p_close=0.9", "p_fluent and p_close must add up to at most 1"),
        ("compose.p_noise=2", "p_noise must be from 0 to 1"),
        ("compose.tempo=[0, 1]", "tempo must be positive"),
        ("features.n_stack=0", "n_stack must be at least 1"),
        ("network.units=0", "at least one layer and unit"),
        ("seed=-1", "seed must be at least 0 and below"),
    ],
)
def test_a_setting_that_cannot_be_says_how_to_mend_it(tmp_path: Path, setting: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_recipe(write_recipe(tmp_path), [setting])


def test_no_recipe_and_no_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml cannot be read"):
        read_recipe(tmp_path)
    (tmp_path / "config.toml").write_text("name = ")
    with pytest.raises(ConfigError, match="is not TOML"):
        read_recipe(tmp_path)


def test_a_set_without_licence_and_source_is_refused(tmp_path: Path) -> None:
    folder = write_recipe(tmp_path)
    text = (folder / "config.toml").read_text().replace('noise = "made by a test"\n', "")
    (folder / "config.toml").write_text(text)
    with pytest.raises(ConfigError, match="licence and source of noise"):
        read_recipe(folder)
