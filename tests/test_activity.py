"""The model of a sensor that ships: its sample, its card, and real recordings where there are any."""

import csv
import json
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest
from click.testing import CliRunner

from speechlstm.bundle import Bundle
from speechlstm.cli.main import cli
from speechlstm.data.recordings import read_sensor_manifest
from speechlstm.evaluation import evaluate_recordings
from speechlstm.evaluation.one_answer import check_one_answer
from speechlstm.recognizer import Recognizer

ROOT = Path(__file__).parents[1]
MODEL, WRIST = ROOT / "models" / "activity", ROOT / "samples" / "wrist.csv"


def segments() -> list[dict[str, object]]:
    told = CliRunner().invoke(cli, ["transcribe", "-m", str(MODEL), str(WRIST), "-f", "jsonl"])
    assert (told.exit_code, told.stderr) == (0, "")
    found: list[dict[str, object]] = json.loads(told.stdout)["segments"]
    return found


def truth() -> list[tuple[str, float, float]]:
    """Label, start and end of each activity of the sample."""
    with WRIST.open(newline="") as file:
        rows = [(row["label"], float(row["time_s"])) for row in csv.DictReader(file)]
    groups = [(label, [time_s for _, time_s in group]) for label, group in groupby(rows, lambda r: r[0])]
    return [(label, times[0], times[-1]) for label, times in groups]


def test_it_tells_what_the_simulated_wrist_does() -> None:
    """All activities in their order, and each where it is: half of it at the least."""
    found = segments()
    assert [segment["label"] for segment in found] == [label for label, _, _ in truth()]
    for segment, (_, start, end) in zip(found, truth(), strict=True):
        common = min(float(str(segment["end"])), end) - max(float(str(segment["start"])), start)
        assert common > 0.5 * (end - start)


def test_the_pipe_says_what_the_file_says() -> None:
    command = [sys.executable, "-m", "speechlstm", "listen", "-m", str(MODEL), "--input", "-", "-f", "jsonl"]
    with WRIST.open("rb") as records:
        heard = subprocess.run(command, stdin=records, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in heard.stdout.splitlines()]
    assert [row for row in told if "label" in row] == segments()


def test_the_script_makes_the_sample(tmp_path: Path) -> None:
    made = tmp_path / "wrist.csv"
    subprocess.run([sys.executable, WRIST.parent / "make_wrist.py", made], check=True)
    kept, again = (file.read_text().splitlines() for file in (WRIST, made))
    assert len(kept) == len(again) and kept[0] == again[0]
    for a, b in zip(kept[1:], again[1:], strict=True):
        *numbers, label = a.split(",")
        *others, other = b.split(",")
        assert label == other
        # the last digit is the processor's
        assert [float(n) for n in numbers] == pytest.approx([float(n) for n in others], abs=2e-3)


def test_it_is_small_and_its_card_is_complete() -> None:
    assert sum(file.stat().st_size for file in MODEL.iterdir()) < 2_000_000
    card = Bundle.load(MODEL).card
    assert card["licence"].startswith("CC BY 4.0")
    assert all(data_set["licence_and_source"] for data_set in card["data"].values())
    assert set(card["targets"]) <= set(card["metrics"])
    page = (MODEL / "README.md").read_text(encoding="utf-8")
    for name, figures in card["metrics"].items():
        assert f"| {name} | {figures['n_recordings']} | {100 * figures['frame_accuracy']:.1f} % (" in page


@pytest.mark.parametrize("latency", ["low", "balanced", "high", "offline"])
def test_one_answer(latency: str) -> None:
    recognizer = Recognizer.load(MODEL, latency=latency)
    with recognizer.open(WRIST) as chunks:
        assert check_one_answer(recognizer, next(iter(chunks))).holds


@pytest.mark.data
def test_it_knows_whom_it_was_trained_on(recordings: Path) -> None:
    """No measure of quality: that the recordings are read as they were when it was trained."""
    files = read_sensor_manifest(recordings / "activity-phone-watch")[::10]
    accuracy = evaluate_recordings(Recognizer.load(MODEL), files).frame_accuracy.value
    assert accuracy is not None and accuracy > 0.9
