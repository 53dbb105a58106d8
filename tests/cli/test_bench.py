import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from speechlstm.bench import parts
from speechlstm.bench.figure import Figure
from speechlstm.cli.main import cli

FIGURES = {
    "step": Figure("step", "x", 2.0, at_most=1.5),
    "kaldi": Figure("kaldi", skipped="not installed"),
    "training": Figure("training", failed="ValueError: no"),
}


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was measured, and nothing is."""
    asked: list[Any] = []

    def measure(names: list[str], setup: Any) -> list[Figure]:
        asked.append((*names, setup))
        return [FIGURES.get(name, Figure(name, "s", 1.0)) for name in names]

    monkeypatch.setattr(parts, "measure", measure)
    return asked


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["bench", *map(str, arguments)])


def test_table_on_stdout_and_progress_on_stderr(measured: list[Any], tiny_bundle: Path) -> None:
    result = run("-m", tiny_bundle, "--only", "kaldi", "--only", "step")
    assert result.exit_code == 0
    assert result.stderr == "measuring kaldi ...\nmeasuring step ...\n"
    assert [line.split()[1] for line in result.stdout.splitlines()[5:]] == ["step", "kaldi"]
    setup = measured[0][1]
    assert (setup.model, setup.quick, setup.data_dir) == (str(tiny_bundle), False, None)


def test_all_parts_as_json(measured: list[Any], tiny_bundle: Path, tmp_path: Path) -> None:
    result = run("-m", tiny_bundle, "--json", "--quick", "--data", tmp_path)
    assert [name for name, _ in measured] == list(parts.PARTS)
    assert (measured[0][1].quick, measured[0][1].data_dir) == (True, tmp_path)
    figures = {figure["name"]: figure for figure in json.loads(result.stdout)["figures"]}
    assert figures.keys() == parts.PARTS.keys()
    assert figures["step"]["met"] is False


@pytest.mark.parametrize(("name", "code"), [("step", 0), ("kaldi", 0), ("training", 1)])
def test_only_a_part_that_fails_is_a_failure(
    name: str, code: int, measured: list[Any], tiny_bundle: Path
) -> None:
    assert run("-m", tiny_bundle, "--only", name).exit_code == code


def test_output_as_its_ending_says(measured: list[Any], tiny_bundle: Path, tmp_path: Path) -> None:
    table, figures = tmp_path / "t.md", tmp_path / "f.json"
    shown = run("-m", tiny_bundle, "--only", "step", "--json", "-o", table).stdout
    assert table.read_text(encoding="utf-8").splitlines()[3].startswith("| what ")
    run("-m", tiny_bundle, "--only", "step", "-o", figures)
    assert json.loads(figures.read_text(encoding="utf-8"))["figures"] == json.loads(shown)["figures"]


def test_wrong_ending_before_anything_is_measured(
    measured: list[Any], tiny_bundle: Path, tmp_path: Path
) -> None:
    result = run("-m", tiny_bundle, "-o", tmp_path / "t.csv")
    assert result.exit_code == 2
    assert "t.csv ends in .csv; expected .md or .json" in result.stderr
    assert measured == []


def test_unwritable_output_still_shows_the_figures(
    measured: list[Any], tiny_bundle: Path, tmp_path: Path
) -> None:
    result = run("-m", tiny_bundle, "--only", "step", "-o", tmp_path / "none" / "t.md")
    assert result.exit_code == 1
    assert "| step " in result.stdout
    assert "make its folder first" in result.stderr


def test_no_such_model(measured: list[Any]) -> None:
    result = run("-m", "nonesuch")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: no model 'nonesuch'")
    assert measured == []


def test_a_part_for_real(tiny_bundle: Path) -> None:
    result = run("-m", tiny_bundle, "--quick", "--only", "step", "--json")
    assert result.exit_code == 0
    (figure,) = json.loads(result.stdout)["figures"]
    assert figure["name"] == "live step / bare LSTM nodes, 1 thread"
    assert figure["value"] > 1


def test_the_parts_of_a_model(tiny_bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "cost.json"
    for named in (["--model", tiny_bundle], ["-m", tiny_bundle, "--model"]):
        result = run(*named, "--quick", "--latency", "low", "-o", file)
        assert result.exit_code == 0, result.output
        assert "tiny at low, live, one stream" in result.stdout
        told = json.loads(file.read_text())
        assert (told["model"], told["latency"]) == ("tiny", "low")
        assert told["parts"][0]["name"] == "front end"


def test_options_that_say_nothing(tiny_bundle: Path) -> None:
    result = run("--model", tiny_bundle, "--only", "step")
    assert (result.exit_code, "--only and --data go with -m" in result.stderr) == (2, True)
    result = run("-m", tiny_bundle, "--latency", "low")
    assert (result.exit_code, "--latency goes with --model" in result.stderr) == (2, True)
    result = run("--model", "gone")
    assert (result.exit_code, "no model 'gone'" in result.stderr) == (1, True)
