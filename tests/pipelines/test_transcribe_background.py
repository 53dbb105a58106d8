"""What ``transcribe_background.py`` makes of the lines that a recogniser heard."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

PIPELINES = Path(__file__).parents[2] / "pipelines"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(PIPELINES / "words-en")
    for name in ("transcribe_background", "make_speech"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import transcribe_background

    return transcribe_background


def cut(script: ModuleType, *lines: tuple[float, float, str], length_s: float = 10.0) -> list[object]:
    found = script.phrases([script.Line(*line) for line in lines], length_s)
    return [(line.text, round(start_s, 3), round(stop_s, 3)) for line, start_s, stop_s in found]


def test_a_phrase_keeps_a_little_of_the_pause_around_it(script: ModuleType) -> None:
    assert cut(script, (1.0, 2.0, "One."), (3.1, 2.0, "Two."), (8.0, 2.0, "Go.")) == [
        ("One.", 0.85, 3.05),
        ("Two.", 3.05, 5.25),
        ("Go.", 7.85, 10.0),
    ]


@pytest.mark.parametrize("slip", [(0.0, 0.2, "You"), (0.0, 0.5, "Two, two.")])
def test_a_line_that_is_begun_twice_is_heard_once(script: ModuleType, slip: tuple[float, float, str]) -> None:
    assert cut(script, slip, (0.1, 1.5, "Chapter three.")) == [("Chapter three.", 0.05, 1.75)]


def test_lines_that_touch_are_parted_in_the_middle(script: ModuleType) -> None:
    assert cut(script, (0.0, 2.0, "Snow white."), (1.8, 2.0, "Rose red."), length_s=4.0) == [
        ("Snow white.", 0.0, 1.9),
        ("Rose red.", 1.9, 3.9),
    ]


def test_figures_and_silence_are_no_phrases(script: ModuleType) -> None:
    assert cut(script, (0.0, 2.0, "In 1805 it was."), (3.0, 2.0, "..."), (6.0, 1.0, "Yes")) == [
        ("Yes", 5.85, 7.15)
    ]


def test_a_line_under_the_one_before_it_leaves_nothing_that_is_too_short(script: ModuleType) -> None:
    assert [text for text, *_ in cut(script, (0.0, 3.0, "All of it."), (2.5, 0.45, "it"))] == ["All of it."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mrs. Lynde's well-kept TWENTY-ONE!", "mrs lynde's well kept twenty one"),
        ("Don\u2019t go", "don't go"),
        ("...", ""),
    ],
)
def test_words_are_spelt_as_transcripts_are(script: ModuleType, text: str, expected: str) -> None:
    assert script.spelt(text) == expected


def test_clips_that_were_heard_are_not_heard_again(script: ModuleType, tmp_path: Path) -> None:
    notes = tmp_path / "lines.jsonl"
    notes.write_text(json.dumps({"audio": "a.ogg", "lines": [[0.0, 1.0, "Yes"]]}) + "\n\n")
    # no recogniser is installed where the tests run: were it asked for, this would fail
    found = list(script.heard(tmp_path, [{"audio": "a.ogg"}], notes))
    assert found == [({"audio": "a.ogg"}, [script.Line(0.0, 1.0, "Yes")])]


def test_neural_speakers_are_drawn_alike_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PIPELINES / "words-en")
    import make_neural_speech as script

    names = ["af_one", "am_two", "bm_three", "hf_four", "zm_five"]
    jobs = script.words(names) + script.strings(names) + script.sentences(names, ["we call it bear"])
    again = script.words(names) + script.strings(names) + script.sentences(names, ["we call it bear"])
    assert jobs == again
    assert len({job.name for job in jobs}) == len(jobs)
    for job in jobs:
        assert sum(share for _, share in job.speaker.voices) == pytest.approx(1)
        assert job.spoken.replace(",", "").split() == job.text.split()
