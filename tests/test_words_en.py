"""The model that ships: its samples, its card, and real recordings where there are any."""

import json
from pathlib import Path

import pytest

from speechlstm import Recognizer
from speechlstm.bundle import Bundle
from speechlstm.card import headlines
from speechlstm.data.manifest import read_manifest
from speechlstm.evaluation import evaluate
from speechlstm.evaluation.one_answer import check_one_answer
from speechlstm.sources.files import AudioFile
from speechlstm.sources.resample import resampling_delay_samples

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "models" / "words-en"


@pytest.mark.parametrize("name", ["digits", "commands", "nothing", "mixed"])
def test_it_hears_what_the_samples_say(name: str) -> None:
    texts = {clip.audio.stem: clip.text for clip in read_manifest(ROOT / "samples" / "manifest.jsonl")}
    assert Recognizer.load(MODEL).transcribe(ROOT / "samples" / f"{name}.wav").text == texts[name]


def test_four_digits_need_no_list_of_digits() -> None:
    recognizer = Recognizer.load(MODEL, grammar=["digit digit digit digit"])
    assert recognizer.transcribe(ROOT / "samples" / "digits.wav").text == "three five zero nine"
    assert recognizer.transcribe(ROOT / "samples" / "commands.wav").text == ""


def test_it_is_small_and_its_card_is_complete() -> None:
    assert sum(file.stat().st_size for file in MODEL.iterdir()) < 8_000_000
    card = Bundle.load(MODEL).card
    for name, data_set in card["data"].items():
        assert data_set["licence_and_source"], name
    assert set(card["targets"]) <= set(card["metrics"])
    page = (MODEL / "README.md").read_text(encoding="utf-8")
    for name in card["metrics"]:
        assert name in page


def test_balanced_and_low_keep_their_promised_delay() -> None:
    delay_ms = {
        latency: Recognizer.load(MODEL, latency=latency).latency_samples / 8
        for latency in ("low", "balanced")
    }
    assert delay_ms["low"] <= 240
    rates_hz = (11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000)
    resampling_ms = max(resampling_delay_samples(rate_hz, 8_000) / 8 for rate_hz in rates_hz)
    assert resampling_ms < 119
    assert delay_ms["balanced"] + resampling_ms <= 600


def test_the_readme_shows_the_figures_of_the_cards() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("<!-- figures -->\n")[2].partition("\n<!-- end of figures -->")[0]
    folders = [path.parent for path in (ROOT / "models").glob("*/bundle.json")]
    rows = [row for folder in folders for row in headlines(Bundle.load(folder).card)]
    assert sorted(shown.splitlines()[2:]) == sorted(rows)
    assert len(rows) >= 10


@pytest.mark.data
def test_the_card_tells_the_truth_about_digit_strings(recordings: Path) -> None:
    metrics = json.loads((MODEL / "card.json").read_text())["metrics"]["Digit strings"]
    clips = read_manifest(recordings / "digit-strings" / "manifest.jsonl")
    found = evaluate(Recognizer.load(MODEL), clips)
    assert found.n_clips == metrics["n_clips"]
    assert found.errors.n_words == metrics["n_words"]
    # other processors round otherwise, which may tip a word or two
    assert found.wer == pytest.approx(metrics["wer"], abs=0.01)


@pytest.mark.data
@pytest.mark.parametrize("name", ["fsdd", "speech-commands", "digit-strings"])
def test_real_recordings_have_one_answer(recordings: Path, name: str) -> None:
    recognizer = Recognizer.load(MODEL)
    clip = read_manifest(recordings / name / "manifest.jsonl")[0]
    with AudioFile(clip.audio, recognizer.sample_rate_hz) as chunks:
        answer = check_one_answer(recognizer, next(iter(chunks)))
    assert answer.holds
