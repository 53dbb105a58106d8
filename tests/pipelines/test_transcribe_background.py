"""What ``transcribe_background.py`` makes of the lines that a recogniser heard."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import soundfile

from speechlstm.data.manifest import read_manifest

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


def test_half_a_row_that_a_kill_left_is_heard_again(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, whole = tmp_path / "lines.jsonl", json.dumps({"audio": "a.wav", "lines": [[0.0, 1.0, "Yes"]]})
    soundfile.write(tmp_path / "b.wav", np.zeros(160, np.float32), 16000)
    line = SimpleNamespace(start_time=0.5, duration=1.0, text="No")
    answer = SimpleNamespace(transcribe_without_streaming=lambda *sound: SimpleNamespace(lines=[line]))
    monkeypatch.setattr(script, "load", lambda: answer)
    clips = [{"audio": "a.wav"}, {"audio": "b.wav"}]
    for rest in ('{"audio": "b.w', ""):
        notes.write_text(f"{whole}\n{rest}")
        found = [lines for _, lines in script.heard(tmp_path, clips, notes)]
        assert found == [[script.Line(0.0, 1.0, "Yes")], [script.Line(0.5, 1.0, "No")]]
        rows = [json.loads(row) for row in notes.read_text().splitlines()]
        assert [row["audio"] for row in rows] == ["a.wav", "b.wav"]


def test_it_writes_clips_phrases_and_those_without_words(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, made = tmp_path / "background-speech", tmp_path / "background-phrases"
    source.mkdir()
    made.mkdir()
    soundfile.write(source / "a.wav", np.zeros(16000 * 6, np.float32), 16000)
    clip = {"audio": "a.wav", "text": "", "speaker": "7", "split": "validation"}
    (source / "manifest.jsonl").write_text(json.dumps(clip) + "\n")
    lines = [[0.0, 0.2, "2"], [0.1, 2.0, "Chapter one."], [3.0, 2.5, "The Law"]]
    (made / "lines.jsonl").write_text(json.dumps({"audio": "a.wav", "lines": lines}) + "\n")
    monkeypatch.setattr(sys, "argv", ["transcribe_background.py", str(tmp_path)])
    script.main()
    clips, phrases, without = (
        read_manifest(made / f"{name}.jsonl") for name in ("clips", "manifest", "without-words")
    )
    assert [(clip.text, clip.audio.name) for clip in clips] == [("2 chapter one the law", "a.wav")]
    assert [(clip.text, clip.speaker, clip.split) for clip in phrases] == [
        ("chapter one", "7", "validation"),
        ("the law", "7", "validation"),
    ]
    assert [clip.text for clip in without] == ["the law"]
    assert [soundfile.info(clip.audio).duration for clip in phrases] == pytest.approx([2.2, 2.8])


def test_without_recordings_it_says_where_they_belong(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["transcribe_background.py", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        script.main()
    assert ended.value.code == 2
    assert str(tmp_path / "background-speech" / "manifest.jsonl") in capsys.readouterr().err
    assert not (tmp_path / "background-phrases").exists()


def test_false_words_are_counted_where_nobody_says_one(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(PIPELINES)
    for name in ("measure", "commands", "headlines"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import measure

    said = {
        "background-phrases/clips.jsonl": {"a.wav": "chapter one", "b.wav": "in 1805", "c.wav": "the law"},
        "sentences-train/manifest.jsonl": {"d.wav": "turn left", "e.wav": "we call it bear"},
    }
    for name, texts in said.items():
        (tmp_path / name).parent.mkdir()
        rows = [
            {"audio": audio, "text": text, "speaker": "7", "split": split}
            for audio, text in texts.items()
            for split in ("train", "validation")
        ]
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    with measure.speech_without_words(tmp_path) as folder:
        found = {link.name for link in folder.iterdir()}
    assert found == {"background-phrases-c.wav", "sentences-train-e.wav"}
