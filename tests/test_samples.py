"""The spoken samples that ship: what the manifest says of them, and that the script makes them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

SAMPLES = Path(__file__).parent.parent / "samples"
DIGITS = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
COMMANDS = {"up", "down", "left", "right", "go"}
ROWS = [json.loads(line) for line in (SAMPLES / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_manifest_lists_every_sample():
    assert [row["audio"] for row in ROWS] == ["digits.wav", "commands.wav", "mixed.wav", "nothing.wav"]
    assert {row["audio"] for row in ROWS} == {path.name for path in SAMPLES.glob("*.wav")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["audio"])
def test_a_sample_is_small_and_of_the_stated_kind(row):
    path = SAMPLES / row["audio"]
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.subtype) == (16_000, 1, "PCM_16")
    assert path.stat().st_size < 200_000
    sound = soundfile.read(path)[0]
    assert np.max(np.abs(sound)) == pytest.approx(0.5, abs=0.02)
    assert set(row) == {"audio", "text", "speaker", "split"}
    assert set(row["text"].split()) <= DIGITS | COMMANDS


def test_the_script_makes_them(tmp_path):
    missing = [tool for tool in ("espeak-ng", "sox", "soxi") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"making the samples needs {', '.join(missing)}")
    subprocess.run(["sh", SAMPLES / "make_samples.sh", tmp_path], check=True)
    for row in ROWS:
        made, rate = soundfile.read(tmp_path / row["audio"])
        kept, _ = soundfile.read(SAMPLES / row["audio"])
        assert rate == 16_000
        # other versions of espeak-ng speak a little differently; the bytes are not promised, the words are
        assert len(made) == pytest.approx(len(kept), rel=0.05)
        assert np.corrcoef(loudness(made), loudness(kept))[0, 1] > 0.9


def loudness(sound: np.ndarray) -> list[float]:
    """Of each hundredth of a sound, as a share of it: another text has another course."""
    return [float(np.sqrt(np.mean(part**2))) for part in np.array_split(sound, 100)]


def test_the_transformer_is_what_its_script_makes():
    script = SAMPLES / "make_transformer.py"
    made = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout
    assert made == (SAMPLES / "transformer.csv").read_text(encoding="utf-8")
