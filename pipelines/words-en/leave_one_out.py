"""The honest measure on FSDD: five trainings, each without one speaker, tested on that speaker.

    python pipelines/words-en/leave_one_out.py DATA

To save time the five begin with the weights of one training that hears no speaker of FSDD at all, and go on
from there, each with four speakers, as the model that ships does with five. They are measured at the
operating point of that one.
Writes the exact clips of each speaker with their 95 % interval, and the mean of the five, to
``leave-one-out.json`` beside this file and into the card of ``words-en``. Runs and bundles go to
``runs/words-en-without-SPEAKER``; what is there is not done again. ``--shared`` measures the one training
alone, on all five.
"""

import json
import sys
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))
from commands import RUNS, WORDS_EN, argument_parser, evaluate, train

from speechlstm.bundle import Bundle, record, save
from speechlstm.data.manifest import read_manifest
from speechlstm.evaluation.bootstrap import clip_ratio_interval
from speechlstm.evaluation.intervals import Interval
from speechlstm.sinks.atomic import write_atomically

HERE = Path(__file__).parent
NAME = "FSDD, one speaker left out"
OF_SHARED = "FSDD, by a training that heard none of its speakers"
N_SHARED, N_EACH = 8000, 560
# as the last step of the model that ships
OF_EACH = ("training.learning_rate=1.5e-3",)
KEPT = ("n_clips", "n_speakers", "n_words", "wer", "wer_ci95", "exact", "exact_ci95")


def main() -> None:
    """Train, measure, and write the figures."""
    parser = argument_parser(__doc__)
    parser.add_argument("--shared", action="store_true", help="only the training without any of the speakers")
    arguments = parser.parse_args()
    data = arguments.data
    speakers = speakers_of(data)
    shared = train_shared(speakers, data)
    record(WORDS_EN, OF_SHARED, on_fsdd(shared, data) | {"how": how(N_SHARED)})
    if arguments.shared:
        return
    figures = {speaker: measure(speaker, shared, data) for speaker in speakers}
    result = {
        "n_speakers": len(figures),
        **{name: sum(found[name] for found in figures.values()) for name in ("n_clips", "n_words")},
        **{name: sum(found[name] for found in figures.values()) / len(figures) for name in ("wer", "exact")},
        "wer_ci95": interval_of(figures.values(), "wer", "n_words"),
        "exact_ci95": interval_of(figures.values(), "exact", "n_clips"),
        "by_speaker": figures,
        "how": how(N_SHARED, N_EACH),
    }
    write_atomically(HERE / "leave-one-out.json", json.dumps(result, indent=2) + "\n")
    record(WORDS_EN, NAME, result)
    print(json.dumps(result, indent=2))


def interval_of(figures: Collection[dict[str, Any]], rate: str, total: str) -> Interval | None:
    """95 % interval of a rate among what all speakers say, by bootstrap over them, who are few."""
    counts = [round(found[rate] * found[total]) for found in figures]
    return clip_ratio_interval(counts, [found[total] for found in figures], None)


def speakers_of(data: Path) -> list[str]:
    """The speakers of FSDD."""
    return sorted({clip.speaker for clip in read_manifest(data / "fsdd" / "manifest.jsonl")})


def train_shared(speakers: list[str], data: Path) -> Path:
    """Train without any of the speakers; returns the bundle."""
    return without("fsdd", data, speakers, f"training.n_steps={N_SHARED}", "training.learning_rate=2.5e-3")


def measure(speaker: str, shared: Path, data: Path) -> dict[str, Any]:
    """Exact clips of a speaker that training has not heard."""
    return on_fsdd(tune(speaker, [speaker], shared, data), data, "--speaker", speaker)


def on_fsdd(bundle: Path, data: Path, *options: str) -> dict[str, Any]:
    """What is kept of the figures of a model on FSDD."""
    found = figures_of(bundle, data / "fsdd", *options)
    return {name: found[name] for name in KEPT}


def tune(name: str, left_out: list[str], shared: Path, data: Path) -> Path:
    """The bundle of a training that goes on from the shared one and hears all speakers but some."""
    return without(name, data, left_out, f"start_from={shared}", f"training.n_steps={N_EACH}", *OF_EACH)


def figures_of(bundle: Path, folder: Path, *options: str) -> dict[str, Any]:
    """Figures of a model on a set, at the operating point of the model that ships."""
    one, decoder = Bundle.load(bundle), Bundle.load(WORDS_EN).config.decoder
    with tempfile.TemporaryDirectory() as made:
        model = Path(made) / "words-en"
        save(model, replace(one.config, decoder=decoder), one.front_end, one.model, one.card)
        return evaluate(model, folder / "manifest.jsonl", *options)


def how(*steps: int) -> dict[str, Any]:
    """What the figures are of."""
    note = (
        "the words of sentence-words were cut by a model that had heard all five; the silence before the "
        "sound was found on these speakers, after the trainings, of which it is no part"
    )
    return {"steps": list(steps), "latency": "balanced", "note": note}


def without(name: str, data: Path, left_out: list[str], *settings: str) -> Path:
    """The bundle of a training that hears all speakers but some, unless it is done."""
    run = RUNS / f"words-en-without-{name}"
    chosen = (f"data.fsdd.exclude_speakers={json.dumps(left_out)}", *settings)
    return train(HERE, data, bundle=run / "bundle", run_dir=run, settings=chosen)


if __name__ == "__main__":
    main()
