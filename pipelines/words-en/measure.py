"""Everything that is measured of words-en, written into its card, and from there into the project's README.

    python pipelines/words-en/measure.py DATA

DATA is the folder of the recordings, with ``digit-strings`` beside the sets that the recipe names. The model
is ``models/words-en``; ``leave_one_out.py`` measures what needs trainings of its own.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from speechlstm.card import put
from speechlstm.recognizer import Recognizer

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "words-en"
NINE = "up,down,left,right,go,zero,one,five,eight"
COMMANDS = "Speech Commands validation, nine words"
SETTINGS = ("low", "balanced", "high", "offline")


def main() -> None:
    """Measure, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the recordings, as for speechlstm train --data")
    data = parser.parse_args().data
    for latency in SETTINGS:
        at = ["--latency", latency]
        named = "" if latency == "balanced" else f", {latency}"
        words = ["--split", "validation", "--words", NINE]
        evaluate(data / "speech-commands", COMMANDS + named, *words, *at)
        evaluate(data / "digit-strings", f"Digit strings{named}", *at)
    evaluate(data / "sentences-train", "Sentences, validation speakers", "--split", "validation")
    background = "LibriSpeech without transcripts, validation speakers"
    evaluate(data / "background-speech", background, "--split", "validation")
    evaluate(ROOT / "samples", "The samples (synthetic)")
    show()


def evaluate(folder: Path, name: str, *options: str) -> None:
    """One figure of the card."""
    command = ["evaluate", str(MODEL), str(folder / "manifest.jsonl"), "--card", name, *options]
    subprocess.run([sys.executable, "-m", "speechlstm", *command], check=True, stdout=subprocess.DEVNULL)


def show() -> None:
    """Write the dial's table, and the headlines of all models, into README.md."""
    card = json.loads((MODEL / "card.json").read_text())
    readme = ROOT / "README.md"
    text = put(readme.read_text(), "latency", dial(card["metrics"]))
    readme.write_text(text)
    subprocess.run([sys.executable, str(ROOT / "pipelines" / "headlines.py")], check=True)


def dial(metrics: dict[str, dict[str, list[float]]]) -> str:
    """A table of the settings of the dial."""
    rows = [
        "| `--latency` | delay of the model | exact, nine Speech Commands words (95 %) |",
        "|---|---|---|",
    ]
    for latency in SETTINGS:
        m = metrics[COMMANDS if latency == "balanced" else f"{COMMANDS}, {latency}"]
        low, high = (100 * end for end in m["exact_ci95"])
        delay = "the whole clip, up to a minute" if latency == "offline" else f"{delay_ms(latency):.0f} ms"
        rows.append(f"| {latency} | {delay} | {100 * m['exact']:.1f} % ({low:.1f} to {high:.1f}) |")
    return "\n".join(rows)


def delay_ms(latency: str) -> float:
    """Algorithmic delay of the model."""
    recognizer = Recognizer.load(MODEL, latency=latency)
    return 1000 * recognizer.latency_samples / recognizer.sample_rate_hz


if __name__ == "__main__":
    main()
