import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tides import tides, write_tides

from speechlstm.cli.main import cli
from speechlstm.config import from_dict
from speechlstm.errors import ConfigError, DataError
from speechlstm.survey.kind import Ask, Target
from speechlstm.survey.look import examine
from speechlstm.survey.place import look_around
from speechlstm.survey.report import as_text
from speechlstm.survey.series import SeriesFinding, period_of
from speechlstm.training.forecast.series import load_series
from speechlstm.training.recipe import Recipe, read_recipe


def find(path: Path, **asked: object) -> SeriesFinding:
    ask = Ask(**({"forecast": ("all",)} | asked))  # type: ignore[arg-type]
    found = examine(look_around(path), ask)
    assert isinstance(found, SeriesFinding)
    return found


@pytest.fixture
def series(tmp_path: Path) -> Path:
    return write_tides(tmp_path / "tides.csv", tides(900))


def test_what_is_found(series: Path) -> None:
    found = find(series)
    facts = found.facts
    assert (facts.channels, facts.targets) == (("east", "west"), ("east", "west"))
    assert (facts.rate_hz, facts.period, facts.horizon) == (Fraction(1, 3600), 24, 24)
    assert (facts.n_samples, facts.n_train) == (900, 720)
    told = as_text(found.survey)
    assert "to validate       the last 180 samples" in told
    assert "subjects" not in told and "imbalance" not in told


def test_a_gap_begins_a_stretch_and_its_rows_count(tmp_path: Path) -> None:
    gone = dict.fromkeys(range(400, 420), "")
    facts = find(write_tides(tmp_path / "tides.csv", tides(900), left_out=gone)).facts
    assert (facts.n_samples, facts.n_longest) == (900, 480)


def test_the_recipe_trains_on_what_comes_first(series: Path, tmp_path: Path) -> None:
    proposal = find(series, forecast=("west",), horizon=6, share=0.1).proposal(Target("t", tmp_path / "t"))
    recipe = from_dict(Recipe, tomllib.loads(proposal.config))
    assert recipe.vocabulary == ("west",)
    assert recipe.network_config.n_outputs == 6 * 4
    assert (recipe.data["series"].rows, recipe.validation["series"].rows) == ((0, 810), (810, 900))
    assert recipe.n_stream_frames == 32
    (part,) = load_series(recipe.data, tmp_path, recipe.features)  # type: ignore[arg-type]
    assert len(part.samples) == 810
    assert proposal.evaluate_with == "--rows 810:900 --fit-rows 0:810 --period 24"


def test_a_day_of_two_rushes_is_no_half_day() -> None:
    hours, rng = np.arange(2880), np.random.default_rng(2)
    for other in (0.7, 0.8, 0.9):
        day = sum(h * np.exp(-(((hours % 24 - at) / 2) ** 2)) for h, at in ((1, 7), (other, 19)))
        series = (day + 0.05 * rng.normal(size=2880))[:, None]
        assert period_of(series, likely=(24, 168)) == 24


@pytest.mark.parametrize("other", [0.0, 0.2])
def test_a_day_is_no_two_days(other: float) -> None:
    """Chance, or every second day, makes 48 the highest peak."""
    rng = np.random.default_rng(4)
    day, two_days = (np.tile(rng.normal(size=n), 1000 // n + 1)[:1000] for n in (24, 48))
    for _ in range(20):
        series = (day + other * two_days + 0.3 * rng.normal(size=1000))[:, None]
        assert period_of(series, likely=(24, 168)) == 24
    assert period_of((day + 2 * two_days)[:, None], likely=(24, 168)) == 48


def test_periods() -> None:
    rng, t = np.random.default_rng(0), np.arange(2000)
    walk = np.cumsum(rng.normal(size=(2000, 2)), axis=0)
    assert period_of(walk) == 0
    for period in (7, 24, 168):
        shape = np.tile(rng.normal(size=period), 2000 // period + 1)[:2000, None]
        assert period_of(shape + 0.1 * walk) == period
    assert period_of(np.sin(2 * np.pi * t / 1500)[:, None]) == 0
    assert period_of(np.zeros((100, 1))) == period_of(walk[:5]) == 0


def test_faster_than_a_sample_a_second(tmp_path: Path) -> None:
    file = tmp_path / "power.csv"
    rows = [f"{i / 20:.3f},{np.sin(i / 5):.4f}" for i in range(600)]
    file.write_text("\n".join(["time_s,power", *rows, ""]))
    facts = find(file).facts
    assert (facts.rate_hz, facts.max_gap_s) == (20, 0.3)


def test_what_is_no_series(series: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'wst' in the channels of .*did you mean 'west'"):
        find(series, forecast=("wst",))
    with pytest.raises(
        DataError, match=r"300 steps ahead need .*record more, or look less far \(--horizon\)"
    ):
        find(series, horizon=300)
    write_tides(tmp_path / "more.csv", tides(50))
    with pytest.raises(DataError, match="holds 2 files of records; expected one"):
        find(tmp_path)
    with pytest.raises(DataError, match=r"it may be forecast \(--forecast all"):
        examine(look_around(series), Ask())


def test_the_command(series: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["new-recipe", "sea", "--from", "tides.csv"]
    result = CliRunner().invoke(cli, [*command, "--forecast", "west,east", "--horizon", "6"])
    assert result.exit_code == 0, result.stderr
    recipe = read_recipe("pipelines/sea")
    assert (recipe.vocabulary, recipe.data["series"].manifest) == (("west", "east"), "tides.csv")
    readme = (tmp_path / "pipelines/sea/README.md").read_text()
    assert "speechlstm evaluate models/sea tides.csv --rows 720:900 --fit-rows 0:720 --period 24" in readme
    wrong = CliRunner().invoke(cli, [*command, "--horizon", "6"])
    assert (wrong.exit_code, "--horizon goes with --forecast" in wrong.stderr) == (2, True)
