"""Learning curves of every kind of recipe, tiny, ended and gone on with."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from handwriting import write_pen, write_pen_recipe
from tides import tides, write_tides, write_tides_recipe
from tones import write_recipe, write_tones
from wrist import write_wrist, write_wrist_recipe

from speechlstm.cli.main import cli
from speechlstm.errors import ConfigError
from speechlstm.training.recipe import read_recipe
from speechlstm.training.shares.measure import Measured


@pytest.mark.train
def test_a_curve_as_table_json_and_drawing() -> None:
    from speechlstm.training.shares.curve import CurvePoint, LearningCurve

    def point(fraction: float, amount: int, error: float) -> CurvePoint:
        measured = Measured("clips not exact", error, (error / 1.1, error * 1.1), 100)
        return CurvePoint(fraction, amount, {"validation": measured})

    curve = LearningCurve("m", "speakers", (point(0.5, 10, 0.2), point(1.0, 20, 0.1)))
    lines = curve.as_table().splitlines()
    assert lines[0] == "validation: clips not exact"
    assert lines[2].split() == ["50", "%", "10", "20.0", "%", "(95", "%:", "18.2", "to", "22.0", "%)"]
    assert lines[4].startswith("  Recording more would help: by the law a doubling takes away 50 %")
    told = json.loads(curve.to_json())
    assert told["trends"]["validation"]["gain"] == pytest.approx(0.5)
    assert told["points"][1]["amount"] == 20
    svg = curve.to_svg()
    assert svg.startswith("<svg") and svg.count("<circle") == 2 and "clips not exact" in svg
    assert "validation, by the law, 40 speakers: 0.050" in svg
    alone = LearningCurve("m", "speakers", curve.points[:1])
    assert "There is no law to fit" in alone.as_table()
    assert alone.to_svg().count("<circle") == 1 and "by the law" not in alone.to_svg()


@pytest.mark.train
def test_how_long_the_rest_will_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the longest: the first was found again, and took no time."""
    from speechlstm.training.shares import curve

    clock = iter([0.0, 0.1, 0.1, 300.1, 300.1, 700.0])
    monkeypatch.setattr(curve, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    told = ["share 1 of 3", "share 2 of 3", "share 3 of 3, about 5 min to the end"]
    assert list(curve._counted(3)) == told


def write_sea(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_tides(folder / "tides.csv", tides(700))


KINDS = {
    "words": (write_tones, write_recipe, ""),
    "classes": (write_wrist, write_wrist_recipe, "wrist"),
    "pen": (write_pen, write_pen_recipe, "pen"),
    "series": (write_sea, write_tides_recipe, ""),
}


@pytest.mark.train
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_recipe(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_data, write, folder = KINDS[kind]
    write_data(tmp_path / "data" / folder)
    recipe = write(tmp_path / "recipe", n_steps=2)
    monkeypatch.setenv("SPEECHLSTM_CACHE", str(tmp_path / "cache"))
    arguments = ["train", recipe, "--data", tmp_path / "data", "--run", tmp_path / "run"]
    runner = CliRunner()
    # ended after the smaller share, and gone on with
    first = runner.invoke(cli, [*map(str, arguments), "--fractions", "0.5"])
    assert first.exit_code == 0, first.stderr
    before = json.loads((tmp_path / "run" / "curve.json").read_text())
    again = runner.invoke(cli, [*map(str, arguments), "--fractions", "0.5,1"])
    assert (again.exit_code, "holds a run already" in again.stderr) == (1, True)
    rest = runner.invoke(cli, [*map(str, arguments), "--fractions", "0.5,1", "--resume"])
    assert rest.exit_code == 0, rest.stderr
    assert "step 2/2" in rest.stderr
    curve = json.loads((tmp_path / "run" / "curve.json").read_text())
    assert curve["points"][0] == before["points"][0]
    assert [p["fraction"] for p in curve["points"]] == [0.5, 1.0]
    assert curve["points"][0]["amount"] < curve["points"][1]["amount"]
    (measured,) = curve["points"][1]["measured"].values()
    assert measured["n_items"] > 0 and measured["error"] >= 0
    assert rest.stdout.splitlines()[-1] == str(tmp_path / "run" / "curve.svg")
    if kind == "classes":
        # a share whose run was removed is learnt anew
        shutil.rmtree(tmp_path / "run" / "0.5" / "run")
        anew = runner.invoke(cli, [*map(str, arguments), "--fractions", "0.5,1", "--resume"])
        assert (anew.exit_code, anew.stderr.count("step 2/2")) == (0, 1), anew.stderr


def test_wrong_fractions(tmp_path: Path) -> None:
    for wrong in ("", "0", "1.5", "a", "0.5,"):
        result = CliRunner().invoke(cli, ["train", str(tmp_path), "--fractions", wrong])
        assert (result.exit_code, "expected shares above 0 and at most 1" in result.stderr) == (2, True)
    result = CliRunner().invoke(cli, ["train", str(tmp_path), "--fractions", "1", "-o", "x"])
    assert (result.exit_code, "makes a curve and no model" in result.stderr) == (2, True)


@pytest.mark.train
@pytest.mark.slow
def test_without_validation_some_are_held_out(tmp_path: Path) -> None:
    from dataclasses import replace

    from speechlstm.training.shares.curve import CurvePlaces, learning_curve

    write_wrist(tmp_path / "wrist", n_files=6)
    recipe = read_recipe(write_wrist_recipe(tmp_path / "recipe", n_steps=2))
    data = {name: replace(s, split="") for name, s in recipe.data.items()}
    places = CurvePlaces(tmp_path, tmp_path / "run", tmp_path / "cache")
    curve = learning_curve(replace(recipe, data=data, validation={}), places, [1.0])
    ((name, measured),) = curve.points[0].measured.items()
    # of three subjects one is held out, of whom there are two recordings
    assert (name, curve.points[0].amount, measured.n_items) == (next(iter(data)), 2, 2)


def test_a_series_without_validation(tmp_path: Path) -> None:
    from dataclasses import replace

    from speechlstm.training.shares.share import survey

    recipe = replace(read_recipe(write_tides_recipe(tmp_path)), validation={})
    with pytest.raises(ConfigError, match="a series needs rows to measure on"):
        survey(recipe, tmp_path)
