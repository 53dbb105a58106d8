"""The honest measure on FSDD: train five times, each time without one speaker, and test on that speaker.

    python pipelines/words-en/leave_one_out.py DATA [--set training.n_steps=1000]

writes ``leave-one-out.json`` beside this file: exact clips of each speaker with 95 % interval (Wilson), and
their mean. Runs and bundles go to ``runs/words-en-without-SPEAKER``; a run that is there is not done again.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def main() -> None:
    """Train, measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the recordings, as for speechlstm train --data")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    arguments = parser.parse_args()
    manifest = arguments.data / "fsdd" / "manifest.jsonl"
    speakers = sorted({json.loads(row)["speaker"] for row in manifest.read_text().splitlines()})
    figures = {speaker: measure(speaker, arguments.data, arguments.settings) for speaker in speakers}
    result = {
        "settings": arguments.settings,
        "mean_exact": sum(f["exact"] for f in figures.values()) / len(figures),
        "speakers": figures,
    }
    (HERE / "leave-one-out.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def measure(speaker: str, data: Path, settings: list[str]) -> dict[str, Any]:
    """Exact clips of a speaker that training has not heard."""
    run = Path("runs") / f"words-en-without-{speaker}"
    bundle = run / "bundle"
    if not (bundle / "bundle.json").exists():
        without = f'data.fsdd.exclude_speakers=["{speaker}"]'
        command = ["train", str(HERE), "--data", str(data), "-o", str(bundle), "--run", str(run), "--resume"]
        for setting in [*settings, without]:
            command += ["--set", setting]
        speechlstm(*command)
    manifest = str(data / "fsdd" / "manifest.jsonl")
    found = json.loads(speechlstm("evaluate", str(bundle), manifest, "--speaker", speaker, "--json"))
    return {name: found[name] for name in ("n_clips", "exact", "exact_ci95", "wer", "wer_ci95")}


def speechlstm(*arguments: str) -> str:
    """Run a command of the package; returns what it printed."""
    command = [sys.executable, "-m", "speechlstm", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
