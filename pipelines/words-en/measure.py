"""Everything that is measured of words-en, written into its card, and from there into the project's README.

    python pipelines/words-en/measure.py DATA

DATA is the folder of the recordings, with ``digit-strings`` beside the sets that the recipe names. The model
is ``models/words-en``; ``leave_one_out.py`` measures what needs trainings of its own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from speechlstm.bundle import Bundle, save
from speechlstm.card import put
from speechlstm.data.manifest import read_manifest
from speechlstm.data.texts import in_vocabulary
from speechlstm.training.recipe import read_recipe

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODEL = ROOT / "models" / "words-en"
NINE = "up,down,left,right,go,zero,one,five,eight"
DIGITS = "zero,one,two,three,four,five,six,seven,eight,nine"
COMMANDS = "Speech Commands validation, nine words"
N_HOURS = 1


def main() -> None:
    """Measure, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the recordings, as for speechlstm train --data")
    data = parser.parse_args().data
    aim()
    nine = ["--split", "validation", "--words", NINE]
    evaluate(data / "speech-commands", COMMANDS, *nine, "--sweep-latency", "--plot", str(HERE / "dial.svg"))
    evaluate(data / "digit-strings", "Digit strings", "--sweep-latency")
    noise = ["--robustness", "--noise", str(data / "noise")]
    evaluate(
        data / "speech-commands",
        f"{COMMANDS}, in noise",
        *nine,
        *noise,
        *("--plot", str(HERE / "robustness.svg")),
    )
    evaluate(data / "digit-strings", "Digit strings, in noise", "--split", "validation", *noise)
    evaluate(data / "speech-commands", f"{COMMANDS}, endless", *nine, "--endless", str(N_HOURS))
    evaluate(data / "sentences-train", "Sentences, validation speakers", "--split", "validation")
    strings = ["--split", "validation", "--words", DIGITS]
    evaluate(data / "sentences-train", "Digit strings in sentences, validation speakers", *strings)
    with speech_without_words(data) as folder:
        beside = f"{COMMANDS}, beside speech without words"
        evaluate(data / "speech-commands", beside, *nine, "--false-alarms", str(folder))
    background = "LibriSpeech without transcripts, validation speakers"
    evaluate(data / "background-speech", background, "--split", "validation")
    # what a grammar brings, where it is known what is said
    for file, what in (("digits.txt", "digits"), ("ten-digits.txt", "ten digits")):
        name = f"Digit strings, a grammar of {what}"
        evaluate(data / "digit-strings", name, "--grammar", str(HERE / file))
    evaluate(data / "speech-commands", "Starts and ends of words", "--split", "validation", "--word-times")
    evaluate(ROOT / "samples", "The samples (synthetic)")
    show()


def aim() -> None:
    """Put the recipe's targets into the card, which may be of an earlier one."""
    bundle, recipe = Bundle.load(MODEL), read_recipe(HERE)
    targets = {name: asdict(target) for name, target in recipe.targets.items()}
    save(MODEL, bundle.config, bundle.front_end, bundle.model, bundle.card | {"targets": targets})


@contextmanager
def speech_without_words(data: Path) -> Iterator[Path]:
    """A folder of links to what validation speakers say without a word of the vocabulary."""
    vocabulary = Bundle.load(MODEL).vocabulary
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "validation" / "speech-without-words"
        folder.mkdir(parents=True)
        for name in ("background-speech", "sentences-train"):
            for clip in read_manifest(data / name / "manifest.jsonl", split="validation"):
                if not in_vocabulary(clip.text, vocabulary):
                    (folder / f"{name}-{clip.audio.name}").symlink_to(clip.audio.resolve())
        yield folder


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


def dial(metrics: dict[str, dict[str, Any]]) -> str:
    """A table of the settings of the dial."""
    rows = [
        "| `--latency` | delay of the model | final after the end of a word: median, 95th percentile "
        "| exact, nine Speech Commands words (95 %) |",
        "|---|---|---|---|",
    ]
    for point in metrics[COMMANDS]["dial"]:
        low, high = (100 * end for end in point["exact_ci95"])
        is_whole = point["latency"] == "offline"
        delay = "the whole clip, up to a minute" if is_whole else f"{1000 * point['bound_s']:.0f} ms"
        exact = f"{100 * point['exact']:.1f} % ({low:.1f} to {high:.1f})"
        final = "at its end" if is_whole else final_ms(point["delays"])
        rows.append(f"| {point['latency']} | {delay} | {final} | {exact} |")
    return "\n".join(rows)


def final_ms(delays: dict[str, Any]) -> str:
    """Median and 95th percentile of what passes after the end of a word."""
    median_s, p95_s = (delays["final"][key] for key in ("median_s", "p95_s"))
    return "-" if median_s is None else f"{1000 * median_s:.0f}, {1000 * p95_s:.0f} ms"


if __name__ == "__main__":
    main()
