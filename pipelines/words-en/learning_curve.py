"""What further speakers would bring: trainings that heard one, two or all four of the speakers not left out.

    python pipelines/words-en/learning_curve.py DATA

Goes on from the runs of ``leave_one_out.py``, in the same folder: of every number of speakers there are five
trainings, each with another speaker of FSDD left out. Words wrong on the one left out and on
``digit-strings``, whom none has heard, go into README.md, drawn in ``learning-curve.svg``.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))
from commands import argument_parser, write_curve
from leave_one_out import HERE, figures_of, speakers_of, train_shared, tune

from speechlstm.evaluation.bootstrap import ratio_interval
from speechlstm.training.shares.curve import CurvePoint, LearningCurve
from speechlstm.training.shares.measure import Measured

N_HEARD = (1, 2, 4)


def main() -> None:
    """Train what is missing, measure, and write."""
    data = argument_parser(__doc__).parse_args().data
    speakers = speakers_of(data)
    shared = train_shared(speakers, data)
    curve = LearningCurve("words-en", "speakers", tuple(points(speakers, shared, data)))
    write_curve(HERE, "learning curve", curve)


def points(speakers: Sequence[str], shared: Path, data: Path) -> Iterator[CurvePoint]:
    """The errors by every number of speakers heard."""
    for n_heard in N_HEARD:
        models = {speaker: hearing(speaker, speakers, n_heard, shared, data) for speaker in speakers}
        left_out = [figures_of(models[s], data / "fsdd", "--speaker", s) for s in speakers]
        strings = [figures_of(model, data / "digit-strings") for model in models.values()]
        measured = {"FSDD, a speaker left out": pooled(left_out), "digit strings": pooled(strings)}
        yield CurvePoint(n_heard / N_HEARD[-1], n_heard, measured)


def hearing(speaker: str, speakers: Sequence[str], n_heard: int, shared: Path, data: Path) -> Path:
    """The bundle of a training that heard so many speakers, those that follow the one left out."""
    place = speakers.index(speaker)
    others = [*speakers[place + 1 :], *speakers[:place]]
    name = speaker if n_heard == len(others) else f"{speaker}-hearing-{n_heard}"
    return tune(name, [speaker, *others[n_heard:]], shared, data)


def pooled(found: Sequence[dict[str, Any]]) -> Measured:
    """Words wrong of several trainings together, with the interval that the people measured on leave."""
    wrong, words = Counter[str](), Counter[str]()
    for figures in found:
        for speaker, one in figures["speakers"].items():
            words[speaker] += one["n_words"]
            wrong[speaker] += round(one["wer"] * one["n_words"])
    n_wrong, n_words = ([count[speaker] for speaker in words] for count in (wrong, words))
    error, interval = sum(n_wrong) / sum(n_words), ratio_interval(n_wrong, n_words)
    return Measured("words wrong", error, interval, sum(n_words))


if __name__ == "__main__":
    main()
