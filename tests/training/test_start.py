"""Training that begins with the weights of another model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny import make_tiny_bundle
from tones import write_recipe
from wrist import LABELS, make_wrist_bundle, write_wrist_recipe

from speechlstm.bundle import Bundle
from speechlstm.engine.weights import read_weights
from speechlstm.errors import ConfigError
from speechlstm.export.onnx_graph import build_graph
from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sound import SoundFrontEnd
from speechlstm.training.recipe import read_recipe

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return Bundle.load(make_wrist_bundle(tmp_path_factory.mktemp("models") / "wrist"))


def test_words_that_both_know_keep_their_weights(bundle: Bundle, tmp_path: Path) -> None:
    from speechlstm.model.network import Network
    from speechlstm.training.start import begin_with

    settings = ["network.units=6", 'vocabulary=["fast", "new", "still"]']
    recipe = read_recipe(write_wrist_recipe(tmp_path), settings)
    network = Network(recipe.network_config, seed=3)
    before = network.weights_by_name()
    begin_with(bundle, network, recipe)
    theirs, ours = read_weights(bundle.model), network.weights_by_name()
    np.testing.assert_array_equal(
        ours["encoder.0.backward.recurrent"], theirs["encoder.0.backward.recurrent"]
    )
    for name in ("tokens.kernel", "tokens.bias"):
        for i, label in ((0, "fast"), (2, "still")):
            np.testing.assert_array_equal(ours[name][..., i], theirs[name][..., LABELS.index(label)])
        np.testing.assert_array_equal(ours[name][..., 1], before[name][..., 1])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ([], "wrist and wrist differ in units 6 and 12; write the recipe's as the model's"),
        (["network.units=6", "features.sample_rate_hz=50"], "differ in the settings of features"),
    ],
)
def test_another_network_is_refused(
    bundle: Bundle, tmp_path: Path, settings: list[str], message: str
) -> None:
    from speechlstm.training.start import require_alike

    recipe = read_recipe(write_wrist_recipe(tmp_path), settings)
    with pytest.raises(ConfigError, match=message):
        require_alike(bundle, recipe.network_config, recipe)


def test_silence_may_begin_elsewhere(bundle: Bundle, tmp_path: Path) -> None:
    from speechlstm.training.start import front_end_of, require_alike

    recipe = read_recipe(write_wrist_recipe(tmp_path), ["network.units=6", "features.floor=1e-9"])
    assert recipe.features != bundle.config.features
    require_alike(bundle, recipe.network_config, recipe)
    taken = front_end_of(bundle, recipe)
    assert taken.config == recipe.features
    np.testing.assert_array_equal(taken.numbers()["mean"], bundle.front_end.numbers()["mean"])


def test_silence_before_and_behind_may_differ(tmp_path: Path) -> None:
    from speechlstm.training.start import front_end_of, require_alike

    theirs = Bundle.load(make_tiny_bundle(tmp_path / "tiny"))
    assert isinstance(theirs.config.features, MfccConfig)
    features = replace(theirs.config.features, lead_frames=4, tail_frames=2)
    recipe = replace(read_recipe(write_recipe(tmp_path / "recipe")), features=features)
    require_alike(theirs, theirs.config.network, recipe)
    taken = front_end_of(theirs, recipe)
    assert isinstance(taken, SoundFrontEnd)
    assert len(taken.silence()) == 3


def test_a_network_may_begin_to_hear_phones_but_not_forget_them(bundle: Bundle, tmp_path: Path) -> None:
    from speechlstm.model.network import Network
    from speechlstm.training.start import begin_with, require_alike

    recipe = read_recipe(write_wrist_recipe(tmp_path), ["network.units=6"])
    hearing = Network(replace(recipe.network_config, n_phones=3))
    told = hearing.weights_by_name()["phones.kernel"]
    require_alike(bundle, hearing.config, recipe)
    begin_with(bundle, hearing, recipe)
    taken = hearing.weights_by_name()
    np.testing.assert_array_equal(taken["phones.kernel"], told)
    np.testing.assert_array_equal(taken["tokens.kernel"], read_weights(bundle.model)["tokens.kernel"])
    network = replace(bundle.config.network, n_phones=3)
    theirs = replace(
        bundle, config=replace(bundle.config, network=network), model=build_graph(network, taken)
    )
    require_alike(theirs, network, recipe)
    with pytest.raises(ConfigError, match="differ in n_phones 3 and 0"):
        require_alike(theirs, recipe.network_config, recipe)
