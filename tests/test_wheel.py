"""The wheel: what is in it, and that it runs alone, away from the checkout."""

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from speechlstm.recognizer import Recognizer

ROOT = Path(__file__).parents[1]
BUNDLES = sorted(path.parent for path in ROOT.glob("models/*/bundle.json"))
WORDS_EN = ROOT / "models" / "words-en"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BUNDLES, reason="models/ holds no bundle, and a wheel without one is not shipped"),
    pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="builds and installs with pip"),
    pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="builds with hatchling: [test]"),
]


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    pip("wheel", ROOT, "--no-deps", "--no-build-isolation", "-w", out)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed, and nothing else."""
    folder = tmp_path_factory.mktemp("installed") / "site"
    pip("install", "--no-deps", "--no-index", "--target", folder, wheel)
    return folder


def run(site: Path, *arguments: object) -> str:
    """Standard output of the installed command, run outside the checkout."""
    environment = {key: value for key, value in os.environ.items() if key != "SPEECHLSTM_MODELS"}
    done = subprocess.run(
        [sys.executable, "-m", "speechlstm", *map(str, arguments)],
        env=environment | {"PYTHONPATH": str(site)},
        cwd=site.parent,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_wheel_holds_the_package_the_models_and_the_licence_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    info = {name for name in names if name.startswith("speechlstm-") and ".dist-info/" in name}
    models = {
        f"speechlstm/_models/{file.relative_to(ROOT / 'models').as_posix()}"
        for folder in BUNDLES
        for file in folder.iterdir()
    }
    kinds = ("py", "css", "js")
    modules = {f.relative_to(ROOT).as_posix() for kind in kinds for f in ROOT.glob(f"speechlstm/**/*.{kind}")}
    assert modules | models | {"speechlstm/py.typed"} == names - info
    assert {name.partition("/")[2] for name in info} >= {"licenses/LICENSE", "METADATA", "entry_points.txt"}


def test_it_finds_its_models_inside_itself(site: Path) -> None:
    rows = json.loads(run(site, "models", "list", "--json"))
    assert [row["folder"] for row in rows] == [
        str(site / "speechlstm" / "_models" / folder.name) for folder in BUNDLES
    ]


@pytest.mark.skipif(not WORDS_EN.joinpath("bundle.json").exists(), reason="models/words-en is not there")
def test_it_transcribes_outside_the_checkout(site: Path) -> None:
    sample = ROOT / "samples" / "digits.wav"
    expected = Recognizer.load(WORDS_EN).transcribe(sample).text
    assert run(site, "transcribe", sample) == expected + "\n"
    assert len(expected.split()) > 1
