from pathlib import Path

import pytest
from tones import write_recipe, write_tones

from speechlstm.bench.figure import Setup
from speechlstm.bench.parts import measure


def test_needs_data(tiny_bundle: Path) -> None:
    (figure,) = measure(["training"], Setup(str(tiny_bundle)))
    assert figure.skipped == "it needs the recipe's data; give its folder with --data DIR"


def test_needs_a_model_of_the_recipe(tiny_bundle: Path, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path)
    with (recipe / "config.toml").open("a") as file:
        file.write("[features]\nn_mfcc = 13\n")
    (figure,) = measure(["training"], Setup(str(tiny_bundle), data_dir=tmp_path, recipe=recipe))
    assert f"the model's front end is not that of {recipe}; give a model" in (figure.failed or "")


@pytest.mark.train
@pytest.mark.slow
def test_share_and_rate(tiny_bundle: Path, tmp_path: Path) -> None:
    data_dir, recipe = write_tones(tmp_path / "tones"), write_recipe(tmp_path)
    with (recipe / "config.toml").open("a") as file:
        file.write("[features]\nfmin_hz = 40.0\nfmax_hz = 4000.0\n")  # as the tiny bundle has them
    setup = Setup(str(tiny_bundle), quick=True, data_dir=data_dir, recipe=recipe)
    share, rate = measure(["training"], setup)
    assert (share.unit, rate.unit) == ("%", "frames/s")
    step_s, network_s = share.seconds["a step"], share.seconds["its network"]
    assert share.value == max(0, 100 * (1 - network_s / step_s))
    # four streams of two seconds in frames of 30 ms
    assert rate.value == pytest.approx(4 * 2 / 0.03 / step_s)
