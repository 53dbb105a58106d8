import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tones import RATE_HZ, write_tones

from speechlstm.data.corpus import DataSet, load_corpus, speech_bounds
from speechlstm.errors import ConfigError, DataError


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    return write_tones(tmp_path / "data")


def test_clips_lie_end_to_end_and_are_found_again(tones: Path, tmp_path: Path) -> None:
    corpus = load_corpus([DataSet("words.jsonl", "words")], tones, RATE_HZ, tmp_path / "cache")
    assert [item.start for item in corpus.items[1:]] == [item.stop for item in corpus.items[:-1]]
    for item in (corpus.items[0], corpus.items[-1]):
        index = corpus.items.index(item)
        name = f"{item.text}{index % 4}.wav"
        expected, _ = soundfile.read(tones / name, dtype="float32")
        np.testing.assert_allclose(corpus.sound(item.start, item.stop), expected, atol=1 / 32768)


def test_speech_bounds_of_a_tone_in_silence(tones: Path, tmp_path: Path) -> None:
    corpus = load_corpus([DataSet("words.jsonl", "words")], tones, RATE_HZ, tmp_path / "cache")
    item = corpus.items[0]
    assert (item.speech_start - item.start) / RATE_HZ == pytest.approx(0.25, abs=0.03)
    assert (item.speech_stop - item.start) / RATE_HZ == pytest.approx(0.55, abs=0.03)


def test_a_corpus_is_read_once_and_then_mapped(tones: Path, tmp_path: Path) -> None:
    sets, cache = [DataSet("words.jsonl", "words")], tmp_path / "cache"
    first = load_corpus(sets, tones, RATE_HZ, cache)
    files = sorted(cache.iterdir())
    stamps = [file.stat().st_mtime_ns for file in files]
    again = load_corpus(sets, tones, RATE_HZ, cache)
    assert [file.stat().st_mtime_ns for file in sorted(cache.iterdir())] == stamps
    assert again.items == first.items
    assert np.array_equal(again.samples, first.samples)


def test_a_changed_clip_is_read_again(tones: Path, tmp_path: Path) -> None:
    sets, cache = [DataSet("words.jsonl", "words")], tmp_path / "cache"
    before = load_corpus(sets, tones, RATE_HZ, cache)
    soundfile.write(tones / "low0.wav", np.zeros(RATE_HZ), RATE_HZ)
    after = load_corpus(sets, tones, RATE_HZ, cache)
    assert len(after.samples) != len(before.samples)
    stamp = (tones / "low0.wav").stat().st_mtime_ns
    soundfile.write(tones / "low0.wav", np.full(RATE_HZ, 0.5), RATE_HZ)
    os.utime(tones / "low0.wav", ns=(stamp, stamp + 1_000_000_000))
    again = load_corpus(sets, tones, RATE_HZ, cache)
    assert len(again.samples) == len(after.samples)
    assert not np.array_equal(again.samples, after.samples)


def test_speakers_can_be_left_out(tones: Path, tmp_path: Path) -> None:
    data_set = DataSet("words.jsonl", "words", exclude_speakers=("speaker1",))
    corpus = load_corpus([data_set], tones, RATE_HZ, tmp_path / "cache")
    assert {item.speaker for item in corpus.items} == {"words.jsonl:speaker0"}


def test_a_missing_clip_and_an_empty_choice_are_data_errors(tones: Path, tmp_path: Path) -> None:
    everyone = DataSet("words.jsonl", "words", exclude_speakers=("speaker0", "speaker1"))
    with pytest.raises(DataError, match="hold no clips"):
        load_corpus([everyone], tones, RATE_HZ, tmp_path / "cache")
    (tones / "low0.wav").unlink()
    with pytest.raises(DataError, match=r"low0\.wav cannot be read"):
        load_corpus([DataSet("words.jsonl", "words")], tones, RATE_HZ, tmp_path / "cache")


def test_bounds_of_a_clip_where_nothing_stands_out_are_the_clip() -> None:
    assert speech_bounds(np.zeros(500), RATE_HZ) == (0, 500)
    noise = 0.1 * np.random.default_rng(0).standard_normal(RATE_HZ)
    start, stop = speech_bounds(noise, RATE_HZ)
    assert stop - start > 0.9 * RATE_HZ


def test_a_role_or_weight_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match="unknown role 'music'"):
        DataSet("words.jsonl", "music")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="weight must be positive"):
        DataSet("words.jsonl", "words", weight=0)


@pytest.mark.parametrize(
    ("role", "setting", "message"),
    [
        ("series", {"split": "train"}, "a series has no splits, got split = 'train'; give its rows"),
        ("series", {"exclude_speakers": ("ann",)}, "a series is nobody's, got exclude_speakers = .'ann'.;"),
        ("recordings", {"rows": (0, 5)}, "role must be series for forecasts, got 'recordings'; leave rows"),
        ("words", {"rows": (0, 5)}, "role must be series for forecasts, got 'words'; leave rows out"),
    ],
)
def test_a_setting_that_says_nothing_of_a_role_is_refused(
    role: str, setting: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        DataSet("a", role, **setting)  # type: ignore[arg-type]
