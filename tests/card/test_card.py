from pathlib import Path

import pytest

from speechlstm.bundle import Bundle, record
from speechlstm.card import headlines, measured, put, readme
from speechlstm.data.manifest import Clip
from speechlstm.errors import ConfigError
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.words import ClipResult, WordErrors


def _figures() -> dict[str, object]:
    right = ClipResult(Clip(Path("a.wav"), "yes"), "yes", "yes", WordErrors(1), 8000)
    wrong = ClipResult(Clip(Path("b.wav"), "no"), "no", "up", WordErrors(1, substitutions=1), 8000)
    return Evaluation.from_results([right, wrong], sample_rate_hz=8000, processing_s=0.1).summary()


def test_figures_are_recorded_in_card_and_page(tiny_bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in tiny_bundle.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    record(folder, "two clips, balanced", _figures())
    record(folder, "two clips, balanced", _figures())
    bundle = Bundle.load(folder)
    assert list(bundle.card["metrics"]) == ["two clips, balanced"]
    assert bundle.model == Bundle.load(tiny_bundle).model
    page = (folder / "README.md").read_text()
    assert "| two clips, balanced | 2 | 2 | 50.0 % (" in page


def test_a_card_that_says_little_makes_a_short_page() -> None:
    page = readme({"name": "mine"})
    assert page.startswith("# mine\n")
    assert "Measured" not in page and "Trained" not in page


def test_how_a_model_came_about_is_on_its_page() -> None:
    assert "Begun twice." in readme({"name": "mine", "history": "Begun twice."}).splitlines()


@pytest.mark.parametrize(
    ("seconds", "told"), [(61, "1 minute, "), (40 * 60, "40 minutes, "), (9, "0 minutes, ")]
)
def test_how_long_it_took(seconds: int, told: str) -> None:
    trained = {"seconds": seconds, "date": "2026-01-02", "versions": {"keras": "3"}}
    assert f"Seed 7; {told}2026-01-02; keras 3." in readme({"name": "m", "seed": 7, "trained": trained})


def test_what_stands_between_marks_is_replaced() -> None:
    text = "a\n<!-- x -->\nold\n<!-- end of x -->\nb"
    assert put(text, "x", "new\nlines") == "a\n<!-- x -->\nnew\nlines\n<!-- end of x -->\nb"
    with pytest.raises(ConfigError, match="lacks the marks <!-- y -->"):
        put(text, "y", "new")


def test_a_goal_stands_beside_the_bound() -> None:
    targets = {
        "clips": {"metric": "exact", "bound": 0.5, "goal": 0.75},
        "others": {"metric": "wer", "bound": 0.5},
    }
    card = {"name": "mine", "metrics": dict.fromkeys(targets, _figures()), "targets": targets}
    clips, others = headlines(card)
    assert clips.endswith("| exact at least 50 %: met; goal 75 %: **missed** |")
    assert others.endswith("| word errors at most 50 %: met |")
    assert "exact at least 50 %: met; goal 75 %: **missed** |" in readme(card)


def test_few_speakers_are_told() -> None:
    clip = Clip(Path("a.wav"), "yes", "ann")
    right = ClipResult(clip, "yes", "yes", WordErrors(1), 8000)
    metrics = Evaluation.from_results([right, right], sample_rate_hz=8000, processing_s=0.1).summary()
    assert "| clips | 2 of 1 speakers | 2 | " in readme({"name": "mine", "metrics": {"clips": metrics}})


@pytest.mark.parametrize(("misses", "verdict"), [(0.04, "met"), (0.06, "**missed**"), (None, "**missed**")])
def test_false_words_and_what_fewer_cost(misses: float | None, verdict: str) -> None:
    alarms = {"n_alarms": 3, "hours": 0.5, "alarms_per_hour": 6.0, "alarms_per_hour_ci95": [1.2, 17.5]}
    few = {"n_words": 9, "misses_at_half": misses, "misses_at_half_ci95": misses and [0.01, 0.25]}
    targets = {"radio": {"metric": "misses_at_half", "bound": 0.05}}
    page = readme({"name": "mine", "metrics": {"radio": alarms | few}, "targets": targets})
    shown = "-" if misses is None else f"{100 * misses:.1f} % (1.0 to 25.0)"
    assert f"| radio | 0.50 | 6 (1 to 18) | 9 | {shown} | words missed at most 5 %: {verdict} |" in page


def test_every_sensitivity_is_in_the_page() -> None:
    at = {
        "alarms_per_hour": 6.0,
        "alarms_per_hour_ci95": [1.2, 17.5],
        "misses": 0.25,
        "misses_ci95": [0.1, 0.4],
    }
    music = at | {"sensitivity": 1.0, "misses": None, "misses_ci95": None}
    radio = {"n_alarms": 3, "hours": 0.5, "n_words": 9, "curve": [at | {"sensitivity": 0.5}, music]} | at
    page = readme({"name": "mine", "metrics": {"radio": radio | {"drawing": "radio.svg"}}})
    assert "radio, by `--sensitivity`:" in page
    assert "| 0.5 | 6 (1 to 18) | 25.0 % (10.0 to 40.0) |" in page
    assert "| 1 | 6 (1 to 18) | - |" in page
    assert "![radio](radio.svg)" in page


def test_what_figures_are_of_is_said_once() -> None:
    noted = [_figures() | {"how": {"note": note}} for note in ("by strangers", "by friends", "by strangers")]
    page = readme({"name": "mine", "metrics": dict(zip("abc", noted, strict=True))})
    assert "a; c: by strangers.\n\nb: by friends." in page


def _in_noise(times: float | None) -> dict[str, object]:
    score = {"kind": "noise", "name": "10 dB", "wer": 0.1, "wer_ci95": None, "exact": 0.9, "exact_ci95": None}
    score |= {"times_clean": times, "times_clean_ci95": times and [1.5, 3.25]}
    clean = score | {"kind": "clean", "name": "clean"}
    at_10_db = {"times_clean_10_db": times, "times_clean_10_db_ci95": times and [1.5, 3.25]}
    return {
        "n_heard": 9,
        "n_words": 9,
        "n_noises": 3,
        "noises": "x",
        "clean": clean,
        "scores": [score],
        **at_10_db,
    }


@pytest.mark.parametrize(
    ("times", "shown", "verdict"),
    [
        (2.25, "2.2 times (1.5 to 3.2)", "met"),
        (2.75, "2.8 times (1.5 to 3.2)", "**missed**"),
        # clips without errors tell nothing of how many times more there are
        (None, "unknown", "**missed**"),
    ],
)
def test_errors_in_noise_are_held_against_their_target(times: float | None, shown: str, verdict: str) -> None:
    target = {"metric": "times_clean_10_db", "bound": 2.5}
    card = {"name": "mine", "metrics": {"In noise": _in_noise(times)}, "targets": {"In noise": target}}
    aim = f"errors at 10 dB against clean at most 2.5 times: {verdict}"
    assert f"At 10 dB {shown} the errors; {aim}." in readme(card).splitlines()
    (row,) = headlines(card)
    assert row == f"| mine | In noise | errors at 10 dB against clean {shown} | {aim} |"


def test_bounds_of_words_are_a_table_with_intervals() -> None:
    known = {"median_s": 0.024, "median_ci95": [0.022, 0.027], "p90_s": 0.091, "p90_ci95": [0.075, 0.113]}
    unknown = {"median_s": None, "median_ci95": None, "p90_s": None, "p90_ci95": None}
    metrics = {"clips": {"n_timed": 7, "start": known, "end": unknown, "bounds": known | {"p90_ci95": None}}}
    lines = list(measured({"metrics": metrics}))
    assert "| clips, starts | 7 | 24 (22 to 27) | 91 (75 to 113) |" in lines
    assert "| clips, ends | 7 | unknown | unknown |" in lines
    assert "| clips, both | 7 | 24 (22 to 27) | 91 |" in lines
