"""Everything that is measured of forecast: three seeds, two transformers, a plain LSTM beside them.

    python pipelines/forecast/measure.py DATA [--work DIR]

DATA is the folder that holds ``transformer-temperature``. Every training stops where the error on the
validation months is lowest; the test months are looked at by this script alone. What is measured goes into
``measured.json``, and from there into the tables of README.md. The model of the recipe's own seed becomes
``models/forecast``, with the figures in its card. Trainings that are done already (in DIR) are not repeated.
"""

import json
import sys
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from speechlstm.card import head, row
from speechlstm.sinks.atomic import write_atomically

sys.path.append(str(Path(__file__).parents[1]))
from commands import MODELS, RUNS, argument_parser, evaluate, ship, train, write_tables

HERE = Path(__file__).parent
SEEDS = (1, 2, 3)
# the usual split of the ETT data, in hours
FIT, VALIDATION, TEST = "0:8640", "8640:11520", "11520:14400"
HORIZONS = ("24", "48", "96")
# the values themselves in and out, and a training that suits it: more steps, less dropout
PLAIN = [
    *("features.kind=raw", "features.lags=[]", "features.means=[]", "training.n_steps=120"),
    *("training.learning_rate=4e-3", "training.dropout=0.3", "training.validate_every=15"),
]
# on the validation months of ETTh2 the network does better without hearing the level, on ETTh1 with it
OTHER = [f'{part}.etth1.manifest="transformer-temperature/ETTh2.csv"' for part in ("data", "validation")]
OTHER.append("features.level=false")
SHOWN = ("ETTh1", "ETTh1, level unheard", "ETTh2")
# what each kind of training changes in the recipe, and what it is measured on
KINDS = {
    "ETTh1": ([], "ETTh1"),
    "ETTh1, level unheard": (["features.level=false"], "ETTh1"),
    "ETTh2": (OTHER, "ETTh2"),
    "ETTh1, plain LSTM": (PLAIN, "ETTh1"),
}


def main() -> None:
    """Train what is not there yet, measure, and write."""
    parser = argument_parser(__doc__)
    parser.add_argument("--work", type=Path, default=RUNS / "forecast", help="where trainings go")
    given = parser.parse_args()
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, (settings, series) in KINDS.items():
        file = given.data / "transformer-temperature" / f"{series}.csv"
        models = [train_one(given.data, given.work, kind, seed, settings) for seed in SEEDS]
        found[kind] = [
            {"validation": figures(m, file, VALIDATION), "test": figures(m, file, TEST)} for m in models
        ]
    write_atomically(HERE / "measured.json", json.dumps(found, indent=1) + "\n")
    model = ship(given.work / f"ETTh1-{SEEDS[0]}", HERE, MODELS / "forecast")
    for name, rows in (("ETTh1, test months", TEST), ("ETTh1, validation months", VALIDATION)):
        figures(model, given.data / "transformer-temperature" / "ETTh1.csv", rows, "--card", name)
    write_tables(HERE / "README.md", {"figures": table(found), "skill": skill(found)})


def train_one(data: Path, work: Path, kind: str, seed: int, settings: list[str]) -> Path:
    """The model of one training."""
    name = f"{kind.replace(', ', '-').replace(' ', '-')}-{seed}"
    chosen, run_dir = [f"seed={seed}", *settings], work / f"run-{name}"
    return train(HERE, data, "--from", "best", bundle=work / name, run_dir=run_dir, settings=chosen)


def figures(model: Path, file: Path, rows: str, *options: str) -> dict[str, Any]:
    """What ``evaluate`` says of some rows."""
    horizons = ",".join(HORIZONS)
    found = evaluate(model, file, "--rows", rows, "--fit-rows", FIT, "--horizons", horizons, *options)
    return {str(score["horizon"]): score for score in found["horizons"]}


def table(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Mean square errors of the test months: mean and spread of the seeds, and the baselines."""
    rivals = ("plain LSTM", "NLinear", "seasonal (24 h)", "last value")
    rows = [*head("series", "horizon", "forecast", *rivals, "in the band")]
    for series in SHOWN:
        for horizon in HORIZONS:
            scores = [one["test"][horizon] for one in found[series]]
            plain = [one["test"][horizon] for one in found.get(f"{series}, plain LSTM", [])]
            baselines = [f"{scores[0]['mse'][name]:.4f}" for name in ("NLinear", "seasonal", "last value")]
            cells = [series, horizon, f"**{spread([s['mse']['model'] for s in scores])}**"]
            cells += [spread([s["mse"]["model"] for s in plain]), *baselines]
            cells.append(f"{100 * mean(s['coverage'] for s in scores):.0f} % of 80 %")
            rows.append(row(cells))
    return rows


def skill(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Skill of each seed against NLinear, with its interval."""
    rows = [*head("series", "horizon", *(f"seed {seed}" for seed in SEEDS))]
    for series in SHOWN:
        for horizon in HORIZONS:
            cells = [series, horizon]
            for one in found[series]:
                score = one["test"][horizon]
                low, high = score["skill_ci95"]["NLinear"]
                cells.append(
                    f"{100 * score['skill']['NLinear']:+.1f} % ({100 * low:+.1f} to {100 * high:+.1f})"
                )
            rows.append(row(cells))
    return rows


def spread(values: list[float]) -> str:
    """Mean and standard deviation."""
    return f"{mean(values):.4f} ± {stdev(values):.4f}" if values else "-"


if __name__ == "__main__":
    main()
