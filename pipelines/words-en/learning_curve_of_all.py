"""What further speakers of everything would bring: trainings on shares of all speakers.

    python pipelines/words-en/learning_curve_of_all.py DATA

DATA is the folder of the recordings, as for ``measure.py``. A share has that part of the speakers of every
set, of recordings and of synthetic ones; noise stays whole. What the targets of the recipe are measured on
goes into README.md, drawn in ``learning-curve-of-all.svg``; ``learning_curve.py`` has the other one, FSDD.
Runs go to ``runs/words-en-curve``, and are gone on with.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))
from commands import RUNS, argument_parser, run, write_curve
from leave_one_out import HERE, figures_of
from measure import DIGITS, OF_NINE, speech_without_words

from speechlstm.training.recipe import read_recipe
from speechlstm.training.shares.curve import CurvePoint, LearningCurve
from speechlstm.training.shares.measure import Measured
from speechlstm.training.shares.share import share_of, survey

SHARES = (0.25, 0.5, 1.0)
# a sixth of what the model that ships has behind it
N_STEPS = 1500
OF_SHARES = RUNS / "words-en-curve"
_WHAT = "words wrong"


def main() -> None:
    """Train what is missing, measure, and write."""
    data = argument_parser(__doc__).parse_args().data
    shares = ",".join(f"{share:g}" for share in SHARES)
    steps = f"training.n_steps={N_STEPS}"
    options = ["--data", data, "--run", OF_SHARES, "--fractions", shares, "--set", steps]
    run("train", HERE, *options, *(["--resume"] if OF_SHARES.exists() else []))
    curve = LearningCurve("words-en", "speakers", tuple(points(data)))
    write_curve(HERE, "learning curve of all", curve)


def points(data: Path) -> Iterator[CurvePoint]:
    """The errors by every share."""
    recipe = read_recipe(HERE)
    people = survey(recipe, data)
    with speech_without_words(data) as wordless:
        for share in SHARES:
            measured = measure(OF_SHARES / f"{share:g}" / "bundle", data, wordless)
            yield CurvePoint(share, share_of(recipe, people, share).amount, measured)


def measure(bundle: Path, data: Path, wordless: Path) -> dict[str, Measured]:
    """The errors that the targets are about."""
    commands, sentences = data / "speech-commands", data / "sentences-train"
    digits = ["--split", "validation", "--words", DIGITS]
    in_noise = figures_of(bundle, commands, *OF_NINE, "--robustness", "--noise", str(data / "noise"))
    at_10_db = next(s for s in in_noise["scores"] if s["kind"] == "noise" and s["value"] == 10)
    beside = figures_of(bundle, commands, *OF_NINE, "--false-alarms", str(wordless))
    rare = beside["rare"]
    return {
        "Speech Commands, nine words": word_errors(figures_of(bundle, commands, *OF_NINE)),
        "the same, noise at 10 dB": word_errors(at_10_db | {"n_words": in_noise["n_words"]}),
        "the same, missed at half a false word an hour": Measured(
            _WHAT, rare["misses"], (rare["misses_ci95"][0], rare["misses_ci95"][1]), beside["n_words"]
        ),
        "digit strings": word_errors(figures_of(bundle, data / "digit-strings")),
        "digit strings in sentences": word_errors(figures_of(bundle, sentences, *digits)),
    }


def word_errors(figures: dict[str, Any]) -> Measured:
    """The word error rate of some figures, with its interval."""
    low, high = figures["wer_ci95"]
    return Measured(_WHAT, figures["wer"], (low, high), figures["n_words"])


if __name__ == "__main__":
    main()
