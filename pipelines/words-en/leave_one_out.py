"""The honest measure on FSDD: five trainings, each without one speaker, tested on that speaker.

    python pipelines/words-en/leave_one_out.py DATA

To save time the five share their beginning, which hears no speaker of FSDD at all: they go on from its
checkpoint, each with four speakers. Writes the exact clips of each speaker with their 95 % interval, and the
mean of the five, to ``leave-one-out.json`` beside this file and into the card of ``words-en``. Runs and
bundles go to ``runs/words-en-without-SPEAKER``; what is there is not done again.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from speechlstm.bundle import find, record

HERE = Path(__file__).parent
NAME = "FSDD, one speaker left out"
N_SHARED, N_STEPS = 1000, 1600


def main() -> None:
    """Train, measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the recordings, as for speechlstm train --data")
    data = parser.parse_args().data
    manifest = data / "fsdd" / "manifest.jsonl"
    speakers = sorted({json.loads(row)["speaker"] for row in manifest.read_text().splitlines()})
    shared = share(speakers, data)
    figures = {speaker: measure(speaker, shared, data) for speaker in speakers}
    result = {
        **{name: sum(found[name] for found in figures.values()) for name in ("n_clips", "n_words")},
        **{name: sum(found[name] for found in figures.values()) / len(figures) for name in ("wer", "exact")},
        # five speakers are too few for an interval of their mean; each speaker has one
        "wer_ci95": None,
        "exact_ci95": None,
        "by_speaker": figures,
        "how": {
            "steps": {"without FSDD": N_SHARED, "with four speakers": N_STEPS - N_SHARED},
            "latency": "balanced",
            "note": "the words of sentence-words were cut by a model that had heard all five",
        },
    }
    (HERE / "leave-one-out.json").write_text(json.dumps(result, indent=2) + "\n")
    record(find("words-en"), NAME, result)
    print(json.dumps(result, indent=2))


def share(speakers: list[str], data: Path) -> Path:
    """Train the shared beginning, without any of the speakers; returns its run."""
    run = Path("runs/words-en-without-fsdd")
    checkpoint = run / "last.npz"
    if not checkpoint.exists():
        command = [*TRAIN, *options(run, data, speakers), "--set", f"training.validate_every={N_SHARED}"]
        training = subprocess.Popen(command)
        # there is but one checkpoint, at the step wanted; what comes after it is not
        while training.poll() is None and not checkpoint.exists():
            time.sleep(1)
        training.kill()
        training.wait()
    return run


def measure(speaker: str, shared: Path, data: Path) -> dict[str, Any]:
    """Exact clips of a speaker that training has not heard."""
    run = Path(f"runs/words-en-without-{speaker}")
    bundle = run / "bundle"
    if not run.exists():
        run.mkdir(parents=True)
        for name in ("last.npz", "frontend.npz", "recipe.json"):
            shutil.copy(shared / name, run / name)
    if not (bundle / "bundle.json").exists():
        subprocess.run([*TRAIN, *options(run, data, [speaker]), "--resume"], check=True)
    manifest = data / "fsdd" / "manifest.jsonl"
    command = [*COMMAND, "evaluate", str(bundle), str(manifest), "--speaker", speaker, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)
    kept = ("n_clips", "n_words", "wer", "wer_ci95", "exact", "exact_ci95")
    return {name: found[name] for name in kept}


def options(run: Path, data: Path, without: list[str]) -> list[str]:
    """Options of a training that hears all speakers but some."""
    left_out = f"data.fsdd.exclude_speakers={json.dumps(without)}"
    places = ["--data", str(data), "--run", str(run), "-o", str(run / "bundle")]
    return [*places, "--set", left_out, "--set", f"training.n_steps={N_STEPS}"]


COMMAND = [sys.executable, "-m", "speechlstm"]
TRAIN = [*COMMAND, "train", str(HERE)]

if __name__ == "__main__":
    main()
