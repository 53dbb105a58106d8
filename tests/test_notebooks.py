"""Every notebook runs, shows what it was committed with, and is fit to be read on a code host."""

import ast
import hashlib
import importlib
import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
REFRESH = ROOT / "notebooks" / "refresh.py"
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OF_TRAINING = ("03-inside-the-cell", "04-train-your-own")
MARKS = (pytest.mark.train, pytest.mark.slow)
RUNS = [pytest.param(p, id=p.stem, marks=MARKS if p.stem in OF_TRAINING else ()) for p in PATHS]
EACH = [pytest.param(p, id=p.stem) for p in PATHS]
# names with an underscore that are public: of a class, and of a named tuple
OF_EVERYONE = ("__name__", "_asdict", "_fields", "_replace")
# of the machine that a notebook was run on
MACHINE = re.compile(r"/(home|root|tmp|usr|work|var|opt|Users)/|site-packages|Warning\b|0x[0-9a-f]{6}")


def read(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def code_of(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def texts(notebook: dict[str, Any]) -> list[str]:
    """What each cell tells in words."""
    return [
        "".join("".join(output.get("text", "")) for output in cell["outputs"]) for cell in code_of(notebook)
    ]


def is_quick(notebook: dict[str, Any]) -> bool:
    return "quick" in notebook["metadata"].get("speechlstm", {})


def run(path: Path, folder: Path, **environment: str) -> dict[str, Any]:
    command = [sys.executable, str(REFRESH), "--quick", "-o", str(folder), path.stem]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
    assert done.returncode == 0, done.stderr
    return read(folder / path.name)


def test_there_are_notebooks() -> None:
    assert PATHS


@pytest.mark.parametrize("path", RUNS)
def test_a_notebook_runs_and_says_what_it_shows(path: Path, tmp_path: Path) -> None:
    """With small settings it says something else."""
    kept, made = read(path), run(path, tmp_path)
    for cell in code_of(made):
        assert not [output for output in cell["outputs"] if output.get("name") == "stderr"]
    if not is_quick(kept):
        assert texts(made) == texts(kept), "run notebooks/refresh.py"
    assert n_figures(made) == n_figures(kept)


def n_figures(notebook: dict[str, Any]) -> int:
    outputs = [output for cell in code_of(notebook) for output in cell["outputs"]]
    return sum("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.train
@pytest.mark.slow
def test_without_a_synthesiser_words_are_cut_out_of_the_samples(tmp_path: Path) -> None:
    told = "".join(texts(run(ROOT / "notebooks" / "04-train-your-own.ipynb", tmp_path, PATH=str(tmp_path))))
    assert '"text": "up", "speaker": "train 1.' in told
    assert "4 steps of 16 streams" in told


def test_what_was_trained_in_a_notebook_knows_voices_that_it_never_heard() -> None:
    told = "".join(texts(read(ROOT / "notebooks" / "04-train-your-own.ipynb")))
    shares = re.findall(r"rightly.*: +(\d+) %", told)
    assert len(shares) == 2 and min(map(int, shares)) >= 75


@pytest.mark.parametrize("path", EACH)
def test_a_notebook_is_committed_as_it_ran_from_top_to_bottom(path: Path) -> None:
    cells = code_of(read(path))
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert not [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"]


@pytest.mark.parametrize("path", EACH)
def test_a_notebook_shows_the_models_that_ship(path: Path) -> None:
    models = read(path)["metadata"]["speechlstm"]["models"]
    for name, kept in models.items():
        now = hashlib.sha256((ROOT / "models" / name / "bundle.json").read_bytes()).hexdigest()
        assert now.startswith(kept), f"{name} has changed; run notebooks/refresh.py {path.stem}"


@pytest.mark.parametrize("path", EACH)
def test_a_notebook_is_small_and_knows_no_machine(path: Path) -> None:
    assert path.stat().st_size < 600_000
    for text in texts(read(path)):
        assert not MACHINE.search(text), text


@pytest.mark.parametrize("path", EACH)
def test_a_notebook_is_prose_with_code_in_it(path: Path) -> None:
    """It has a title, says something before every cell of code, and ends with questions."""
    cells = read(path)["cells"]
    kinds = [cell["cell_type"] for cell in cells]
    assert "".join(cells[0]["source"]).startswith("# ")
    assert ("code", "code") not in pairwise(kinds)
    assert "\n## Questions to try\n" in "".join(cells[-1]["source"])


@pytest.mark.parametrize("path", EACH)
def test_a_notebook_uses_the_public_api_alone(path: Path) -> None:
    for cell in code_of(read(path)):
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("speechlstm"):
                public = importlib.import_module(str(node.module)).__all__
                assert {alias.name for alias in node.names} <= set(public)
            if isinstance(node, ast.Attribute):
                assert not node.attr.startswith("_") or node.attr in OF_EVERYONE, node.attr


def test_quick_settings_do_not_replace_what_is_read() -> None:
    done = subprocess.run([sys.executable, str(REFRESH), "--quick"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "give another folder with -o" in done.stderr


def test_a_notebook_that_is_not_there() -> None:
    done = subprocess.run([sys.executable, str(REFRESH), "99"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "no notebook 99.ipynb" in done.stderr
