"""Train and measure the recipes pen-digits, pen-letters and pen-words: seeds, baselines, card and README.

    python pipelines/measure_pen.py pen-digits DATA --seeds 1 2 3

DATA is the folder of the recordings, as for speechlstm train --data. Trainings go to --runs and are not
done again where they are there. The model of the first seed becomes models/RECIPE, whatever its figures;
the others show how much chance there is in them. Beside them stand two baselines: a one-way LSTM (the same
network, trained and run with one frame at a time and nothing ahead) and the nearest neighbour of the
strokes as 32 points.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from commands import MODELS, ROOT, RUNS, argument_parser, evaluate, ship, train, write_tables

from speechlstm.bundle import LATENCIES, Bundle
from speechlstm.card import head, measured, percent, row
from speechlstm.data.strokes import StrokeSample, read_strokes
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.strokes import scored
from speechlstm.sinks.atomic import write_atomically

NAME = "Validation writers"
ONE_WAY = {"chunk_frames": 1, "lookahead_frames": 0}
N_POINTS = 32
BLOCK = 512


def main() -> None:
    """Train what is missing, measure, and write."""
    parser = argument_parser(__doc__, data=False)
    parser.add_argument("recipe", choices=["pen-digits", "pen-letters", "pen-words"])
    parser.add_argument("data", type=Path, help="folder of the recordings, as for speechlstm train --data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--runs", type=Path, default=RUNS, help="where trainings go")
    parser.add_argument("--no-one-way", action="store_true", help="leave the training of that baseline out")
    given = parser.parse_args()
    samples = given.data / given.recipe / "strokes.jsonl.gz"
    bundles = [train_one(given, f"seed{seed}", f"seed={seed}") for seed in given.seeds]
    lexicons = write_lexicons(samples, given.runs) if given.recipe == "pen-words" else {}
    model = ship(bundles[0], ROOT / "pipelines" / given.recipe, MODELS / given.recipe)
    for latency in LATENCIES:
        name = NAME if latency == "balanced" else f"{NAME}, {latency}"
        of_writers(model, samples, "--latency", latency, "--card", name)
    for words, file in lexicons.items():
        of_writers(model, samples, "--lexicon", str(file), "--card", f"{NAME}, {words}")
    asked: dict[str, tuple[str, ...]] = {"": ()}
    asked |= {f", {words}": ("--lexicon", str(file)) for words, file in lexicons.items()}
    rows = [seed_line(bundles, samples, given.seeds, options, named) for named, options in asked.items()]
    if not given.no_one_way:
        settings = ["training.dial=[[1, 0]]"]
        settings += [f"latency.{name}.{key}={value}" for name in LATENCIES for key, value in ONE_WAY.items()]
        plain = train_one(given, "one-way", f"seed={given.seeds[0]}", *settings)
        for named, options in asked.items():
            found = of_writers(plain, samples, *options)
            rows.append(line(f"one-way LSTM, as large{named}", str(given.seeds[0]), [found]))
    rows.append(line(f"nearest neighbour, {N_POINTS} points", "-", [nearest(samples)]))
    show(given.recipe, model, rows)


def train_one(given: argparse.Namespace, name: str, *settings: str) -> Path:
    """The bundle of a training, done if it is not there."""
    folder: Path = given.runs / f"{given.recipe}-{name}"
    recipe = ROOT / "pipelines" / given.recipe
    return train(recipe, given.data, bundle=folder / "bundle", run_dir=folder / "run", settings=settings)


def of_writers(model: Path, samples: Path, *options: str) -> dict[str, Any]:
    """The figures of a model on the validation writers."""
    return evaluate(model, samples, "--split", "validation", *options)


def write_lexicons(samples: Path, runs: Path) -> dict[str, Path]:
    """Lists of words: all of the set, and those of the validation writers alone."""
    files = {}
    for name, split in (("lexicon of all words", None), ("lexicon of their words", "validation")):
        words = sorted({sample.label for sample in read_strokes(samples, split=split)})
        files[name] = runs / f"{name.replace(' ', '-')}-{len(words)}.txt"
        write_atomically(files[name], "\n".join([*words, ""]))
    return files


def nearest(samples: Path) -> dict[str, Any]:
    """The label of the nearest training sample, as figures."""
    known, asked = (read_strokes(samples, split=split) for split in ("train", "validation"))
    theirs = np.stack([points_of(sample) for sample in known])
    lengths, found = (theirs**2).sum(axis=1), []
    for i in range(0, len(asked), BLOCK):
        block = np.stack([points_of(sample) for sample in asked[i : i + BLOCK]])
        found += [known[j].label for j in (lengths - 2 * block @ theirs.T).argmin(axis=1)]
    results = [scored(sample, text) for sample, text in zip(asked, found, strict=True)]
    figures = Evaluation.from_results(results, sample_rate_hz=1, processing_s=0.0)
    return {
        "exact": figures.exact,
        "exact_ci95": figures.exact_ci95,
        "cer": figures.wer,
        "cer_ci95": figures.wer_ci95,
    }


def points_of(sample: StrokeSample) -> np.ndarray:
    """Points evenly spaced along all strokes, centred and scaled, float32 ``[2 * N_POINTS]``."""
    path = np.concatenate(sample.strokes).astype(np.float64)
    way = np.append(0, np.cumsum(np.hypot(*np.diff(path, axis=0).T)))
    at = np.linspace(0, way[-1], N_POINTS)
    even = np.stack([np.interp(at, way, path[:, k]) for k in range(2)], axis=1)
    even -= even.mean(axis=0)
    return (even / (np.abs(even).max() or 1)).astype(np.float32).ravel()


def seed_line(
    bundles: Sequence[Path], samples: Path, seeds: Sequence[int], options: Sequence[str], named: str
) -> str:
    """The line of the streaming network."""
    found = [of_writers(bundle, samples, *options) for bundle in bundles]
    return line(f"streaming bidirectional LSTM{named}", ", ".join(map(str, seeds)), found)


def line(name: str, seeds: str, found: Sequence[dict[str, Any]]) -> str:
    """A line of the table: the figure with its interval, or mean and spread of several."""
    return row([name, seeds, cell(found, "exact"), cell(found, "cer")])


def cell(found: Sequence[dict[str, Any]], key: str) -> str:
    """One figure of a line."""
    values = 100 * np.array([figures[key] for figures in found])
    if len(values) == 1:
        return percent(found[0][key], found[0][f"{key}_ci95"])
    return f"{values.mean():.1f} % ± {values.std(ddof=1):.1f} ({values.min():.1f} to {values.max():.1f})"


def show(recipe: str, model: Path, rows: Sequence[str]) -> None:
    """Write the tables into the recipe's README."""
    bundle = Bundle.load(model)
    seeds = [*head("what", "seeds", "exact", "character errors"), *rows]
    figures = "\n".join(measured(bundle.card)).strip()
    tables = {"seeds": seeds, "figures": [figures], "delay": delays(bundle)}
    write_tables(ROOT / "pipelines" / recipe / "README.md", tables)


def delays(bundle: Bundle) -> Iterator[str]:
    """What is believed before the end lags by a length of path."""
    config = bundle.config
    yield from head("`--latency`", "a partial answer lags by, at most")
    for name in LATENCIES:
        setting = config.latency[name]
        n_frames = setting.chunk_frames + config.network.n_layers * setting.lookahead_frames
        way = n_frames * config.features.n_stack * getattr(config.features, "step", 0.0)
        yield row([name, f"{n_frames} frames: {way:.1f} sizes of path"])


if __name__ == "__main__":
    main()
