import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import make_front_end, random_weights
from tones import write_recipe, write_tones

from speechlstm.bundle import BundleConfig, save
from speechlstm.data.manifest import read_manifest
from speechlstm.evaluation import evaluate
from speechlstm.export.onnx_graph import build_graph
from speechlstm.features.mfcc import MfccConfig
from speechlstm.recognizer import Recognizer
from speechlstm.training.recipe import Recipe, read_recipe
from speechlstm.training.task import Score
from speechlstm.training.words.validation import WordsValidation


def score(recipe: Recipe, data: Path) -> Score:
    assert isinstance(recipe.features, MfccConfig)
    validation = WordsValidation(recipe, make_front_end(recipe.features), data)
    return validation.scores(recipe.network_config, random_weights(recipe.network_config))["words"]


@pytest.mark.parametrize("lead_frames", [0, 9])
def test_it_scores_what_users_get(tmp_path: Path, lead_frames: int) -> None:
    data, recipe = write_tones(tmp_path / "data"), read_recipe(write_recipe(tmp_path / "recipe"))
    assert isinstance(recipe.features, MfccConfig)
    recipe = replace(
        recipe, features=replace(recipe.features, fmin_hz=40.0, fmax_hz=4000.0, lead_frames=lead_frames)
    )
    network, weights = recipe.network_config, random_weights(recipe.network_config)
    config = BundleConfig(
        "x",
        recipe.vocabulary,
        recipe.features,
        network,
        recipe.latency,
        recipe.decoder,  # type: ignore[arg-type]
    )
    save(tmp_path / "x", config, make_front_end(recipe.features), build_graph(network, weights), {})
    found = evaluate(Recognizer.load(tmp_path / "x"), read_manifest(data / "words.jsonl"))
    assert found.wer
    assert score(recipe, data).figures["wer"] == pytest.approx(found.wer)


def test_entries_of_several_words_are_scored_word_by_word(tmp_path: Path) -> None:
    data, recipe = write_tones(tmp_path / "data"), read_recipe(write_recipe(tmp_path / "recipe"))
    once = score(recipe, data)
    assert 0 < once.figures["exact"] < 1
    twice = {word: f"{word} {word}er" for word in recipe.vocabulary}
    manifest = data / "words.jsonl"
    rows = [json.loads(line) for line in manifest.read_text().splitlines()]
    manifest.write_text(
        "".join(json.dumps(row | {"text": twice.get(row["text"], row["text"])}) + "\n" for row in rows)
    )
    assert score(replace(recipe, vocabulary=tuple(twice.values())), data) == once
