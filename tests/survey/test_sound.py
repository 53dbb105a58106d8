import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from kitchen import SPEAKERS, tone, write_words
from tones import PITCH_HZ, RATE_HZ

from speechlstm.errors import DataError
from speechlstm.survey.kind import Ask, Survey, Target
from speechlstm.survey.look import examine
from speechlstm.survey.place import look_around
from speechlstm.survey.sound import SoundFinding


def find(folder: Path, ask: Ask | None = None) -> SoundFinding:
    found = examine(look_around(folder), ask or Ask())
    assert isinstance(found, SoundFinding)
    return found


def survey(folder: Path) -> Survey:
    return find(folder).survey


def test_a_folder_for_each_word(tmp_path: Path) -> None:
    found = find(write_words(tmp_path))
    assert found.facts.words == tuple(sorted(PITCH_HZ))
    assert [(c.label, c.n, c.n_units) for c in found.survey.classes] == [(w, 9, 3) for w in sorted(PITCH_HZ)]
    assert {unit.name for unit in found.survey.units} == set(SPEAKERS)
    assert (found.survey.split_by, found.survey.subjects_from) == ("subject", "file names")
    assert found.survey.facts["sample_rates_hz"] == {RATE_HZ: 27}
    assert found.survey.classes[0].seconds == pytest.approx(9 * 0.5)
    sides = {(clip.speaker, clip.split) for _, clip in found.facts.clips}
    assert len(sides) == 3
    assert [split for _, split in sides].count("validation") == 1


def test_nothing_but_words_is_told(tmp_path: Path) -> None:
    told = " ".join(survey(write_words(tmp_path)).warnings)
    assert "there is no recorded noise" in told
    assert "there is nothing but the words themselves" in told


def test_noise_and_other_words_are_not_learnt(tmp_path: Path) -> None:
    write_words(tmp_path)
    tone(tmp_path / "_background_noise_" / "fan.wav", 50, seconds=3)
    for speaker in SPEAKERS:
        tone(tmp_path / "other" / f"{speaker}_other_0.wav", 3000)
    found = find(tmp_path)
    assert found.facts.words == tuple(sorted(PITCH_HZ))
    assert found.facts.roles == ("words", "noise")
    assert found.facts.has_others
    assert found.survey.facts["words_not_learnt"] == {"other": 3}
    assert found.survey.warnings == ()
    noise = next(clip for role, clip in found.facts.clips if role == "noise")
    assert noise.split == "train"


def test_what_cannot_be_used_is_named_and_left_out(tmp_path: Path) -> None:
    write_words(tmp_path)
    (tmp_path / "low" / "anna_low_8.wav").write_bytes(b"no sound at all")
    soundfile.write(tmp_path / "low" / "anna_low_9.wav", np.zeros(RATE_HZ), RATE_HZ)
    soundfile.write(tmp_path / "mid" / "anna_mid_9.wav", np.full(400, 0.1), RATE_HZ)
    found = find(tmp_path)
    told = sorted(line.removeprefix(f"{tmp_path}/") for line in found.survey.unreadable)
    assert told[0].startswith("low/anna_low_8.wav: holds text or records, no sound")
    assert told[1:] == [
        "low/anna_low_9.wav: is silent",
        "mid/anna_mid_9.wav: is 0.05 s long, too short for a word",
    ]
    assert len(found.facts.clips) == 27


def test_words_of_a_lower_rate_bring_all_to_it(tmp_path: Path) -> None:
    write_words(tmp_path, rate_hz=16000)
    for speaker in SPEAKERS:
        tone(tmp_path / "deep" / f"{speaker}_deep_0.wav", 200, rate_hz=8000)
    found = find(tmp_path)
    assert any("some words come at a lower sample rate" in text for text in found.survey.warnings)
    assert "sample_rate_hz = 8000\n" in found.proposal(Target("a", tmp_path)).config


def test_a_list(tmp_path: Path) -> None:
    write_words(tmp_path / "clips")
    files = sorted((tmp_path / "clips").rglob("*.wav"))
    rows = [
        {"audio": str(f.relative_to(tmp_path)), "text": f.parent.name, "speaker": f.name.split("_")[0]}
        for f in files
    ]
    for row in rows:
        row["split"] = "validation" if row["speaker"] == "ben" else "train"
    rows += [{"audio": rows[0]["audio"], "text": "low mid", "speaker": "anna", "split": "train"}]
    rows += [{"audio": rows[0]["audio"], "text": "", "speaker": "anna", "split": "train"}]
    (tmp_path / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = find(tmp_path)
    assert (found.survey.split_by, found.survey.subjects_from) == ("given", "the list")
    assert found.facts.roles == ("words", "phrases", "speech")
    assert {c.speaker for _, c in found.facts.clips if c.split == "validation"} == {"ben"}


def test_a_folder_for_each_speaker(tmp_path: Path) -> None:
    for i in range(3):
        for word, pitch_hz in PITCH_HZ.items():
            tone(tmp_path / f"speaker{i}" / word / "0.wav", pitch_hz)
    found = find(tmp_path)
    assert found.facts.words == tuple(sorted(PITCH_HZ))
    assert {unit.name for unit in found.survey.units} == {"speaker0", "speaker1", "speaker2"}


def test_a_word_of_two_parts_becomes_one(tmp_path: Path) -> None:
    write_words(tmp_path)
    for speaker in SPEAKERS:
        tone(tmp_path / "turn on" / f"{speaker}_1.wav", 3000)
    assert "turn_on" in find(tmp_path).facts.words


def one_word(folder: Path) -> None:
    tone(folder / "hey" / "anna_1.wav", 400)
    tone(folder / "hey" / "ben_1.wav", 400)


def no_folders(folder: Path) -> None:
    tone(folder / "a.wav", 400)


def phrases_only(folder: Path) -> None:
    tone(folder / "a.wav", 400)
    (folder / "manifest.jsonl").write_text('{"audio": "a.wav", "text": "one two"}\n')


def all_silent(folder: Path) -> None:
    for word in ("a", "b"):
        (folder / word).mkdir()
        soundfile.write(folder / word / "x.wav", np.zeros(8000), 8000)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (one_word, r"holds one word only, 'hey': .* a folder 'other' with clips of other words"),
        (no_folders, r"holds 1 of \.wav, and no folder that names a word; expected a folder for each word"),
        (phrases_only, "has no clips of single words, but 1 of several"),
        (all_silent, r"none of 2 clips can be used: .*x\.wav: is silent"),
    ],
)
def test_what_no_recipe_can_be_made_of(tmp_path: Path, write: object, message: str) -> None:
    write(tmp_path)  # type: ignore[operator]
    with pytest.raises(DataError, match=message):
        find(tmp_path)
