"""The models for pens that ship: their samples, their cards, and real handwriting where there is any."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from speechlstm.bundle import Bundle
from speechlstm.card import measured
from speechlstm.data.strokes import read_strokes
from speechlstm.evaluation import evaluate_strokes
from speechlstm.evaluation.one_answer import check_one_answer
from speechlstm.features.strokes import pen_points
from speechlstm.recognizer import Recognizer

ROOT = Path(__file__).parents[1]
WRITTEN = {
    "pen-digits": "0 1 2 3 4 5 6 7 8 9",
    "pen-letters": "a c e l n o s t v w z",
    "pen-words": "not see lose cat tone ocean",
}
SUFFIX = {"pen-digits": ".csv", "pen-letters": ".csv", "pen-words": ".jsonl"}
MODELS = [name for name in WRITTEN if (ROOT / "models" / name / "bundle.json").exists()]


def test_they_are_there() -> None:
    assert list(WRITTEN) == MODELS


@pytest.mark.parametrize("name", MODELS)
def test_it_reads_what_the_samples_say(name: str) -> None:
    sample = ROOT / "samples" / f"{name}{SUFFIX[name]}"
    assert Recognizer.load(ROOT / "models" / name).transcribe(sample).text == WRITTEN[name]


def test_the_script_makes_the_samples(tmp_path: Path) -> None:
    script = ROOT / "samples" / "make_pen_samples.py"
    subprocess.run([sys.executable, script, tmp_path], check=True)
    for name, suffix in SUFFIX.items():
        file = f"{name}{suffix}"
        assert (tmp_path / file).read_bytes() == (ROOT / "samples" / file).read_bytes()


@pytest.mark.parametrize("name", MODELS)
def test_it_is_small_and_its_card_is_complete(name: str) -> None:
    model = ROOT / "models" / name
    assert sum(file.stat().st_size for file in model.iterdir()) < 1_600_000
    card = Bundle.load(model).card
    assert card["data"]["unipen"]["split"] == "train"
    assert card["licence"].startswith("CC BY 4.0")
    assert set(card["targets"]) <= set(card["metrics"])
    assert {m["how"]["split"] for m in card["metrics"].values()} == {"validation"}


@pytest.mark.parametrize("name", MODELS)
def test_the_recipes_readme_shows_the_figures_of_the_card(name: str) -> None:
    readme = (ROOT / "pipelines" / name / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("<!-- figures -->\n")[2].partition("\n<!-- end of figures -->")[0]
    assert shown == "\n".join(measured(Bundle.load(ROOT / "models" / name).card)).strip()


@pytest.mark.data
@pytest.mark.parametrize("name", MODELS)
def test_the_card_tells_the_truth(recordings: Path, name: str) -> None:
    metrics = json.loads((ROOT / "models" / name / "card.json").read_text())["metrics"]["Validation writers"]
    samples = read_strokes(recordings / name, split="validation")
    found = evaluate_strokes(Recognizer.load(ROOT / "models" / name), samples).summary()
    assert found["n_samples"] == metrics["n_samples"]
    # other processors round otherwise, which may tip a sample or two
    assert found["cer"] == pytest.approx(metrics["cer"], abs=0.003)


@pytest.mark.data
@pytest.mark.parametrize("name", MODELS)
def test_real_handwriting_has_one_answer(recordings: Path, name: str) -> None:
    sample = read_strokes(recordings / name, split="validation")[0]
    recognizer = Recognizer.load(ROOT / "models" / name)
    assert check_one_answer(recognizer, pen_points(sample.strokes)).holds
