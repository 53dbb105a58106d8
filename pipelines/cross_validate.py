"""Cross-validation by subject of a recipe for recordings of a sensor, with baselines on the same splits.

    python pipelines/cross_validate.py pipelines/activity DATA

Reads ``cross-validation.toml`` of the recipe's folder: folds, seeds, targets. Every subject is measured by
models that never met it, live path and all; the figures go to ``cross-validation.json`` there and into its
README.md. Runs go to ``runs/NAME-cross-validation``; what is there is not done again.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from commands import RUNS, argument_parser, write_tables
from cross_validation.counts import Counts, count_lstm, count_model, count_regressions, share
from cross_validation.study import Study
from cross_validation.table import table

from speechlstm.bundle import LATENCIES, find, record
from speechlstm.errors import SpeechLSTMError
from speechlstm.evaluation import SegmentEvaluation, SegmentResult, evaluate_recordings, ratio_interval
from speechlstm.recognizer import Recognizer
from speechlstm.sinks.atomic import write_atomically


def main() -> None:
    """Train, measure, and write the figures."""
    parser = argument_parser(__doc__, data=False)
    parser.add_argument("recipe", type=Path, help="folder of the recipe")
    parser.add_argument("data", type=Path, help="folder of the recordings, as for speechlstm train --data")
    parser.add_argument("--runs", type=Path, default=RUNS, help="where runs go (default: the repository's)")
    parser.add_argument("--seeds", type=int, metavar="N", help="only the first N seeds of the plan")
    parser.add_argument(
        "--card", metavar="MODEL", help="write the figures of segments into this model's card"
    )
    given = parser.parse_args()
    try:
        study = Study(given.recipe, given.data, given.runs)
        study.plan = replace(study.plan, seeds=study.plan.seeds[: given.seeds])
        result = measured(study)
        write_atomically(study.folder / "cross-validation.json", json.dumps(result, indent=2) + "\n")
        write_tables(study.folder / "README.md", {"figures": table(result, study.plan.targets)})
        if given.card:
            into_card(find(given.card), result)
    except SpeechLSTMError as error:
        sys.exit(f"error: {error}")


def measured(study: Study) -> dict[str, Any]:
    """All figures, after the trainings that are missing."""
    by_seed = [
        merged(counts(study, seed, fold) for fold in range(study.n_folds)) for seed in study.plan.seeds
    ]
    return {
        "subjects": study.subjects,
        "n_folds": study.n_folds,
        "seeds": study.plan.seeds,
        "chosen_on": study.plan.chosen_on,
        "delay_s": delays(study),
        "frame_accuracy": figures(study, by_seed),
        "segments": dict(pair for latency in LATENCIES for pair in segments(study, latency)),
    }


def counts(study: Study, seed: int, fold: int) -> Counts:
    """Of one fold, by one training; kept in its run, with what was counted."""
    bundle, counted = study.trained(seed, fold), study.plan.counted
    file = bundle.parent / "counts.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if kept.get("plan") != counted:
        out = set(study.left_out(fold))
        rest = [take for take in study.takes if take.subject not in out]
        takes = [take for take in study.takes if take.subject in out]
        found: Counts = {}
        for latency in LATENCIES:
            count_model(found, study, Recognizer.load(bundle, latency=latency), takes)
        if seed == study.plan.seeds[0]:
            count_lstm(found, study.recipe_of(seed, fold), bundle, study, takes)
            count_regressions(found, study, rest, takes)
        kept = {"plan": counted, "counts": found}
        write_atomically(file, json.dumps(kept) + "\n")
        told = {name: round(100 * share(by, list(by)), 1) for name, by in found.items()}
        print(f"seed {seed}, fold {fold}: {told}", file=sys.stderr, flush=True)
    of_fold: Counts = kept["counts"]
    return of_fold


def merged(folds: Iterator[Counts]) -> Counts:
    """The folds' counts together; no subject is in two of them."""
    found: Counts = {}
    for fold in folds:
        for name, of_subjects in fold.items():
            found.setdefault(name, {}).update(of_subjects)
    return found


def figures(study: Study, by_seed: Sequence[Counts]) -> dict[str, dict[str, Any]]:
    """Of every way to answer: mean and spread over the seeds, interval over the subjects."""
    unseen = [s for s in study.subjects if s not in study.plan.chosen_on]
    made = {}
    for name in by_seed[0]:
        trainings = [found[name] for found in by_seed if name in found]
        shares = [share(found, study.subjects) for found in trainings]
        totals = {s: np.sum([found[s] for found in trainings if s in found], axis=0) for s in trainings[0]}
        made[name] = {
            "mean": float(np.mean(shares)),
            "spread": float(np.std(shares, ddof=1)) if len(shares) > 1 else None,
            "ci95": ratio_interval(
                [int(k) for k, _ in totals.values()], [int(n) for _, n in totals.values()]
            ),
            "never_chosen_on": float(np.mean([share(found, unseen) for found in trainings])),
            "n_seeds": len(trainings),
            "by_subject": {s: float(k / n) for s, (k, n) in totals.items() if n},
        }
    return made


def segments(study: Study, latency: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Figures over all folds and seeds, and by device; a subject is one unit whatever the seed."""
    devices = sorted({file.device for file in study.files})
    results = {device: list(segment_results(study, latency, device)) for device in devices}
    every = [result for of_device in results.values() for result in of_device]
    kinds = {latency: every} | {f"{latency}, {device}": found for device, found in results.items() if device}
    for name, found in kinds.items():
        labels, rate_hz = study.recipe.vocabulary, study.recipe.features.sample_rate_hz
        figures = SegmentEvaluation.from_results(found, labels=labels, sample_rate_hz=rate_hz).summary()
        yield name, figures | {"n_recordings": len(found) // len(study.plan.seeds)}


def segment_results(study: Study, latency: str, device: str) -> Iterator[SegmentResult]:
    """Of every seed and fold."""
    for seed in study.plan.seeds:
        for fold in range(study.n_folds):
            out = study.left_out(fold)
            files = [file for file in study.files if file.subject in out and file.device == device]
            recognizer = Recognizer.load(study.trained(seed, fold), latency=latency)
            yield from evaluate_recordings(recognizer, files).results


def into_card(model: Path, result: Mapping[str, Any]) -> None:
    """Write the figures of segments into a model's card."""
    how = {key: result[key] for key in ("n_folds", "seeds")}
    how["note"] = "by models that never met the subject, trained like this one, which has met all"
    for name, found in result["segments"].items():
        latency, _, device = name.partition(", ")
        kept = [part for part in (device, latency if latency != "balanced" else "") if part]
        unseen = {"never_chosen_on": result["frame_accuracy"][name]["never_chosen_on"]}
        told = found | unseen | {"how": how | {"latency": latency, "chosen_on": result["chosen_on"]}}
        record(model, ", ".join(["Subjects left out", *kept]), told)


def delays(study: Study) -> dict[str, float]:
    """Algorithmic delay of each way to answer, in seconds."""
    bundle, rate_hz = study.trained(study.plan.seeds[0], 0), study.recipe.features.sample_rate_hz
    found = {name: Recognizer.load(bundle, latency=name).latency_samples / rate_hz for name in LATENCIES}
    frame = Recognizer.load(bundle).features.latency / rate_hz
    return found | {"one-way LSTM": frame, "logistic regression": study.plan.window_s / 2}


if __name__ == "__main__":
    main()
