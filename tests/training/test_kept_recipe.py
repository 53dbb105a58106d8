import json
from dataclasses import replace
from pathlib import Path

import pytest
from tones import write_recipe

from speechlstm.errors import ConfigError, DataError
from speechlstm.training.kept_recipe import check_data, check_recipe, keep_recipe
from speechlstm.training.recipe import read_recipe
from speechlstm.training.settings import TrainingConfig


def test_the_same_recipe_may_go_on_and_another_is_named(tmp_path: Path) -> None:
    folder, file = write_recipe(tmp_path / "recipe"), tmp_path / "recipe.json"
    keep_recipe(file, read_recipe(folder))
    check_recipe(file, read_recipe(folder))
    other = read_recipe(folder, ["training.n_steps=9", "features.n_mfcc=12", "training.validate_every=1"])
    with pytest.raises(ConfigError, match="another recipe") as caught:
        check_recipe(file, other)
    message = str(caught.value)
    assert "features.n_mfcc was 20 and is 12, training.n_steps was 4 and is 9;" in message
    assert "validate_every" not in message


def test_a_setting_that_there_was_not_yet_is_taken_as_not_named(tmp_path: Path) -> None:
    folder, file = write_recipe(tmp_path / "recipe"), tmp_path / "recipe.json"
    keep_recipe(file, read_recipe(folder))
    kept = json.loads(file.read_text())
    del kept["training"]["dropout"]
    file.write_text(json.dumps(kept))
    usual = TrainingConfig().dropout
    check_recipe(file, read_recipe(folder, [f"training.dropout={usual}"]))
    with pytest.raises(ConfigError, match=rf"training.dropout was {usual} and is 0.7;"):
        check_recipe(file, read_recipe(folder, ["training.dropout=0.7"]))
    # and one that there is no longer is another recipe
    file.write_text(json.dumps(kept | {"warp": 3}))
    with pytest.raises(ConfigError, match="warp was 3 and is None"):
        check_recipe(file, read_recipe(folder))


def test_data_pace_and_what_the_card_says_may_differ(tmp_path: Path) -> None:
    folder, file = write_recipe(tmp_path / "recipe"), tmp_path / "recipe.json"
    keep_recipe(file, read_recipe(folder))
    settings = ['data.words.exclude_speakers=["speaker1"]', "training.n_workers=3", "description=other"]
    other = read_recipe(folder, settings)
    check_recipe(file, replace(other, data={"words": other.data["words"]}))


def test_a_run_that_learnt_from_others_is_told(tmp_path: Path) -> None:
    folder, file = write_recipe(tmp_path / "recipe"), tmp_path / "recipe.json"
    keep_recipe(file, read_recipe(folder))
    check_data(file, read_recipe(folder, ["training.n_steps=9"]))
    with pytest.raises(ConfigError, match="learnt from other recordings, or left out other speakers"):
        check_data(file, read_recipe(folder, ['data.words.exclude_speakers=["speaker1"]']))


@pytest.mark.parametrize("text", [None, "{"])
def test_a_recipe_that_is_gone_or_damaged_says_how_to_mend_it(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "recipe.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(DataError, match=r"recipe\.json cannot be read .*; remove its folder"):
        check_recipe(file, read_recipe(write_recipe(tmp_path / "recipe")))
