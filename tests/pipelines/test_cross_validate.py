"""The script of cross-validation, on made-up wrists."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from wrist import write_wrist, write_wrist_recipe

SCRIPT = Path(__file__).parents[2] / "pipelines" / "cross_validate.py"


def test_a_label_that_is_no_class_is_named(tmp_path: Path) -> None:
    data = write_wrist(tmp_path / "data" / "wrist", n_files=2).parent
    recipe = write_wrist_recipe(tmp_path / "recipe")
    (recipe / "cross-validation.toml").write_text("n_folds = 2\nseeds = [1]\n")
    file = data / "wrist" / "1.csv"
    file.write_text(file.read_text().rstrip() + "\n99,0,0,swim\n")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(recipe), str(data)], capture_output=True, text=True
    )
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "1.csv: unknown key 'swim' in the vocabulary" in done.stderr


@pytest.mark.train
@pytest.mark.slow
def test_figures_of_subjects_left_out(tmp_path: Path) -> None:
    data = write_wrist(tmp_path / "data" / "wrist").parent
    recipe = write_wrist_recipe(tmp_path / "recipe", n_steps=40)
    text = (
        (recipe / "config.toml")
        .read_text()
        .replace('role = "recordings"\nsplit = "train"', 'role = "recordings"')
    )
    (recipe / "config.toml").write_text(text)
    (recipe / "cross-validation.toml").write_text("""
n_folds = 2
seeds = [1, 2]
chosen_on = ["s0"]
window_s = 1.0
window_classes = ["slow", "fast"]
[postures]
still = ["still", "still"]
slow = ["moving", "moving"]
fast = ["moving", "moving"]
[parts]
moving = ["slow", "fast"]
[targets]
balanced = 0.5
low = 1.01
""")
    (recipe / "README.md").write_text("# wrist\n<!-- figures -->\n<!-- end of figures -->\nthe end\n")
    command = [sys.executable, str(SCRIPT), str(recipe), str(data), "--runs", str(tmp_path / "runs")]
    subprocess.run(command, check=True, capture_output=True)
    result = json.loads((recipe / "cross-validation.json").read_text())
    found = result["frame_accuracy"]
    assert set(found["balanced"]["by_subject"]) == {"s0", "s1", "s2"}
    assert found["balanced"]["mean"] > 0.6 < found["one-way LSTM"]["mean"]
    assert found["logistic regression"]["spread"] is None
    assert found["balanced, windows alone"]["n_seeds"] == 2
    assert found["balanced, spliced"]["mean"] > 0.6 < found["balanced, shuffled"]["mean"]
    readme = (recipe / "README.md").read_text()
    assert "50 %: met" in readme and "101 %: **missed**" in readme and readme.endswith("the end\n")
    again = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "step" not in again.stderr, "what is there is not trained again"
    assert json.loads((recipe / "cross-validation.json").read_text()) == result
    plan = recipe / "cross-validation.toml"
    plan.write_text(plan.read_text().replace("window_s = 1.0", "window_s = 0.8"))
    counted = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "step" not in counted.stderr and "seed 1, fold 0: " in counted.stderr, "counted anew, not trained"
    for change, told in (
        (("n_folds = 2", "n_folds = 3"), "learnt from other recordings, or left out other speakers"),
        (("n_folds = 3", "n_folds = 2"), ""),
        (("n_steps = 40", "n_steps = 41"), "training.n_steps was 40 and is 41"),
    ):
        for file in (plan, recipe / "config.toml"):
            file.write_text(file.read_text().replace(*change))
        other = subprocess.run(command, capture_output=True, text=True)
        assert other.returncode == (1 if told else 0), "a run of another fold or recipe is not this one"
        assert "Traceback" not in other.stderr and told in (other.stderr.splitlines() or [""])[-1]
