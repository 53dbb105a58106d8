"""Fit the confidences of words-en on validation speakers.

    python pipelines/words-en/calibrate.py DATA

DATA is the folder of the recordings. ``models/words-en`` is written anew. Measure after it, not before: the
figures in the card are of the settings that it had. The people of ``digit-strings`` and the speakers of FSDD
have no part in this but for one thing: that there is no threshold was decided with their figures in view.
``background-phrases`` is made by ``transcribe_background.py``.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from commands import WORDS_EN, argument_parser, run

SETS = ("speech-commands", "sentences-train", "background-phrases", "noise")
# as many as strings of digits say
WORDS_PER_HOUR = 15000
# of the penalties that `speechlstm calibrate` tries with as many on these sets the one with the
# fewest errors; without its threshold, by which speakers unlike those it is chosen on lose more than they do
BLANK_PENALTY = 1.0


def main() -> None:
    """Run the command that anyone would."""
    data = argument_parser(__doc__).parse_args().data
    manifests = [data / name / "manifest.jsonl" for name in SETS]
    options = ["--split", "validation", "--words-per-hour", str(WORDS_PER_HOUR), "--overwrite"]
    options += ["--blank-penalty", str(BLANK_PENALTY)]
    print(run("calibrate", WORDS_EN, *manifests, *options), end="")


if __name__ == "__main__":
    main()
