from dataclasses import replace
from pathlib import Path

import pytest
from tones import write_recipe, write_tones

from speechlstm.errors import DataError
from speechlstm.training.recipe import read_recipe
from speechlstm.training.words.task import WordsTask


def test_pronunciations_of_other_words_are_refused(tmp_path: Path) -> None:
    data, recipe = write_tones(tmp_path / "data"), read_recipe(write_recipe(tmp_path / "recipe"))
    (data / "said.dict").write_text("tief  T IY F\n")
    with pytest.raises(DataError, match=r"said\.dict lists all words of no recording"):
        WordsTask(replace(recipe, pronunciations="said.dict"), data, tmp_path / "cache")
