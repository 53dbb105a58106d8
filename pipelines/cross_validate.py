"""Cross-validation by subject of a recipe for recordings of a sensor, with baselines on the same splits.

    python pipelines/cross_validate.py pipelines/activity DATA

Reads ``cross-validation.toml`` of the recipe's folder: folds, seeds, targets. Every subject is measured by
models that never met it, live path and all; the figures go to ``cross-validation.json`` there and into its
README.md. Runs go to ``runs/NAME-cross-validation``; what is there is not done again.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from cross_validation.table import table
from cross_validation.takes import Take, in_random_order, inner_classes, read_takes, windows_of

from speechlstm.bundle import LATENCIES, Bundle, find, record
from speechlstm.card import put
from speechlstm.config import from_dict
from speechlstm.data.recordings import read_sensor_manifest
from speechlstm.evaluation import SegmentEvaluation, evaluate_recordings, ratio_interval
from speechlstm.evaluation.segments import SegmentResult
from speechlstm.recognizer import Recognizer
from speechlstm.sinks.atomic import write_atomically
from speechlstm.stage import concatenate, run
from speechlstm.training.frames.corpus import UNLABELLED
from speechlstm.training.frames.examples import ExampleMaker, classes_of_frames
from speechlstm.training.kinds import make_task
from speechlstm.training.recipe import Recipe, read_recipe

# right answers and all, of each subject, of each way to answer
Counts = dict[str, dict[str, list[int]]]


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        n_folds: Groups of subjects, each left out once; as many as subjects leaves out one at a time.
        seeds: One training of every fold each; baselines have the first alone.
        chosen_on: Subjects that settings were chosen on; figures without them are given too.
        parts: Classes whose frames are counted apart, by name.
        window_s: Length of windows of a single class that are classified too, half of each in the next.
        window_classes: The classes of these windows; none leaves them out.
        postures: Of each class, the posture that it begins and ends with.
        away_s: Frames that far from the next border, or splice, are counted apart.
        targets: At least this share, by name of a figure.
    """

    n_folds: int
    seeds: tuple[int, ...]
    chosen_on: tuple[str, ...] = ()
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    window_s: float = 2.56
    window_classes: tuple[str, ...] = ()
    postures: dict[str, tuple[str, ...]] = field(default_factory=dict)
    away_s: float = 1.0
    targets: dict[str, float] = field(default_factory=dict)


class Study:
    """A recipe, its plan, and its recordings.

    Args:
        folder: Of the recipe.
        data_dir: Where its sets lie.
        runs: Where runs go.
    """

    def __init__(self, folder: Path, data_dir: Path, runs: Path) -> None:
        self.folder, self.data_dir = folder, data_dir
        self.recipe = read_recipe(folder)
        self.runs = runs / f"{self.recipe.name}-cross-validation"
        self.plan = from_dict(Plan, tomllib.loads((folder / "cross-validation.toml").read_text()))
        sets = self.recipe.data.values()
        lists = [read_sensor_manifest(data_dir / s.manifest, split=s.split or None) for s in sets]
        self.files = [file for files in lists for file in files]
        self.takes = [take for file in self.files for take in read_takes(self.recipe, file)]
        self.subjects = sorted({take.subject for take in self.takes})
        self._step: Any = None

    @property
    def n_folds(self) -> int:
        """Folds there are."""
        return min(self.plan.n_folds, len(self.subjects))

    def left_out(self, fold: int) -> list[str]:
        """Subjects that a fold is measured on."""
        return self.subjects[fold :: self.n_folds]

    def trained(self, seed: int, fold: int) -> Path:
        """The bundle of a fold, trained unless it is there."""
        run = self.runs / f"seed-{seed}-fold-{fold}"
        if not (run / "bundle" / "bundle.json").exists():
            self._train(self.recipe_of(seed, fold), run)
        return run / "bundle"

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return self.recipe.features.frame_samples

    @property
    def n_away(self) -> int:
        """Samples that count as near to a border."""
        return round(self.plan.away_s * self.recipe.features.sample_rate_hz)

    @property
    def window_samples(self) -> int:
        """Samples in a window, an even number."""
        return 2 * round(self.plan.window_s * self.recipe.features.sample_rate_hz / 2)

    def places(self, names: Sequence[str]) -> list[int]:
        """Classes by their names."""
        return [self.recipe.vocabulary.index(name) for name in names]

    def recipe_of(self, seed: int, fold: int) -> Recipe:
        """The recipe without the subjects of a fold."""
        left_out = tuple(self.left_out(fold))
        sets = {name: replace(s, exclude_speakers=left_out) for name, s in self.recipe.data.items()}
        return replace(self.recipe, seed=seed, data=sets)

    def _train(self, recipe: Recipe, run: Path) -> None:
        from speechlstm.training.frames.losses import losses
        from speechlstm.training.step import TrainStep
        from speechlstm.training.trainer import Places, train

        if self._step is None:
            self._step = TrainStep(
                recipe.network_config, recipe.training, lambda outputs, batch: losses(outputs.logits, batch)
            )
        places = Places(self.data_dir, run, run / "bundle", self.runs / "cache")
        train(recipe, places, resume=run.exists(), step=self._step)


def main() -> None:
    """Train, measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipe", type=Path, help="folder of the recipe")
    parser.add_argument("data", type=Path, help="folder of the recordings, as for speechlstm train --data")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where runs go (default: runs)")
    parser.add_argument("--seeds", type=int, metavar="N", help="only the first N seeds of the plan")
    parser.add_argument(
        "--card", metavar="MODEL", help="write the figures of segments into this model's card"
    )
    given = parser.parse_args()
    study = Study(given.recipe, given.data, given.runs)
    study.plan = replace(study.plan, seeds=study.plan.seeds[: given.seeds])
    by_seed = [
        merged(counts(study, seed, fold) for fold in range(study.n_folds)) for seed in study.plan.seeds
    ]
    result = {
        "subjects": study.subjects,
        "n_folds": study.n_folds,
        "seeds": study.plan.seeds,
        "chosen_on": study.plan.chosen_on,
        "delay_s": delays(study),
        "frame_accuracy": figures(study, by_seed),
        "segments": dict(pair for latency in LATENCIES for pair in segments(study, latency)),
    }
    write_atomically(study.folder / "cross-validation.json", json.dumps(result, indent=2) + "\n")
    readme = study.folder / "README.md"
    write_atomically(
        readme, put(readme.read_text(encoding="utf-8"), "figures", table(result, study.plan.targets))
    )
    if given.card:
        into_card(find(given.card), result)


def counts(study: Study, seed: int, fold: int) -> Counts:
    """Of one fold, by one training; kept beside its run."""
    file = study.runs / f"seed-{seed}-fold-{fold}.json"
    if not file.exists():
        out = set(study.left_out(fold))
        rest = [take for take in study.takes if take.subject not in out]
        takes = [take for take in study.takes if take.subject in out]
        found: Counts = {}
        bundle = study.trained(seed, fold)
        for latency in LATENCIES:
            count_model(found, study, Recognizer.load(bundle, latency=latency), takes)
        if seed == study.plan.seeds[0]:
            count_lstm(found, study.recipe_of(seed, fold), bundle, study, takes)
            count_regressions(found, study, rest, takes)
        write_atomically(file, json.dumps(found) + "\n")
        told = {name: round(100 * share(by, list(by)), 1) for name, by in found.items()}
        print(f"seed {seed}, fold {fold}: {told}", file=sys.stderr, flush=True)
    kept: Counts = json.loads(file.read_text())
    return kept


def count_model(found: Counts, study: Study, recognizer: Recognizer, takes: Sequence[Take]) -> None:
    """The model's segments, at one setting of the dial."""
    latency, plan, hop = recognizer.latency, study.plan, study.hop
    answers = recognizer.posteriors_batch([take.samples for take in takes])
    for take, answer in zip(takes, answers, strict=True):
        labels, truth = recognizer.labels(answer), classes_of_frames(take.classes, hop)
        count(found, latency, take, labels, truth)
        if take.device:
            count(found, f"{latency}, {take.device}", take, labels, truth)
        for part, names in plan.parts.items():
            inside = np.isin(truth, study.places(names))
            count(found, f"{latency}, {part}", take, labels, np.where(inside, truth, UNLABELLED))
        inner = inner_classes(take, study.n_away)
        count(found, f"{latency}, away from borders", take, labels, classes_of_frames(inner, hop))
    count_windows(found, study, recognizer, takes, [answer.log_probs for answer in answers])
    count_shuffled(found, study, recognizer, takes)


def count_windows(
    found: Counts,
    study: Study,
    recognizer: Recognizer,
    takes: Sequence[Take],
    log_probs: Sequence[np.ndarray],
) -> None:
    """Windows of one class, as the stream answered them, and each heard alone from an empty state."""
    n, hop, allowed = study.window_samples, study.hop, study.places(study.plan.window_classes)
    for take, stream in zip(takes, log_probs, strict=True):
        windows = windows_of(take, allowed, n)
        if not windows:
            continue
        truth = np.array([c for _, c in windows])
        inside = [stream[-(-start // hop) : (start + n) // hop] for start, _ in windows]
        alone = recognizer.posteriors_batch([take.samples[start : start + n] for start, _ in windows])
        for name, parts in (("in the stream", inside), ("alone", [a.log_probs for a in alone])):
            voted = [allowed[int(p[:, allowed].sum(axis=0).argmax())] for p in parts]
            count(found, f"{recognizer.latency}, windows {name}", take, np.array(voted), truth)


def count_shuffled(found: Counts, study: Study, recognizer: Recognizer, takes: Sequence[Take]) -> None:
    """All segments in random orders: any, and such as a body can follow."""
    places = {study.places([name])[0]: of_class for name, of_class in study.plan.postures.items()}
    orders = {"spliced": None} | ({"shuffled": places} if places else {})
    for name, postures in orders.items():
        shuffled = list(in_random_order(takes, study.n_away, postures))
        answers = recognizer.posteriors_batch([take.samples for take, _ in shuffled])
        for (take, inner), answer in zip(shuffled, answers, strict=True):
            labels = recognizer.labels(answer)
            truth, away = (classes_of_frames(classes, study.hop) for classes in (take.classes, inner))
            count(found, f"{recognizer.latency}, {name}", take, labels, truth)
            count(found, f"{recognizer.latency}, {name}, away from joins", take, labels, away)


def count_lstm(found: Counts, recipe: Recipe, bundle: Path, study: Study, takes: Sequence[Take]) -> None:
    """A one-way LSTM with the same front end, on the same examples."""
    from cross_validation.baselines import OneWayLstm

    maker = make_task(recipe, study.data_dir, study.runs / "cache").maker(Bundle.load(bundle).front_end)
    assert isinstance(maker, ExampleMaker)
    chain = Recognizer.load(bundle).features
    frames = [concatenate(list(run(chain, [take.samples]))) for take in takes]
    for take, labels in zip(takes, OneWayLstm(recipe, maker).classes(frames), strict=True):
        count(found, "one-way LSTM", take, labels, classes_of_frames(take.classes, study.hop))


def count_regressions(found: Counts, study: Study, rest: Sequence[Take], takes: Sequence[Take]) -> None:
    """Logistic regression of frames and, where they are asked for, of windows."""
    from cross_validation.baselines import FrameRegression, WindowRegression

    hop, n, allowed = study.hop, study.window_samples, study.places(study.plan.window_classes)
    regression = FrameRegression([(t.samples, t.classes) for t in rest], n, hop)
    for take in takes:
        truth = classes_of_frames(take.classes, hop)
        count(found, "logistic regression", take, regression.classes(take.samples), truth)
    if not allowed:
        return
    known = [(t.samples[i : i + n], c) for t in rest for i, c in windows_of(t, allowed, n)]
    whole = WindowRegression(np.stack([w for w, _ in known]), np.array([c for _, c in known]))
    for take in takes:
        asked = [(take.samples[i : i + n], c) for i, c in windows_of(take, allowed, n)]
        if asked:
            answered = whole.classes(np.stack([w for w, _ in asked]))
            count(found, "logistic regression, windows", take, answered, np.array([c for _, c in asked]))


def count(found: Counts, name: str, take: Take, labels: np.ndarray, truth: np.ndarray) -> None:
    """Add a take's frames, or windows, that have a class."""
    known = truth >= 0
    of_subject = found.setdefault(name, {}).setdefault(take.subject, [0, 0])
    of_subject[0] += int((labels[known] == truth[known]).sum())
    of_subject[1] += int(known.sum())


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


def share(found: Mapping[str, Sequence[int]], subjects: Sequence[str]) -> float:
    """Right answers of all, over some subjects."""
    right, n = np.sum([found[s] for s in subjects if s in found], axis=0)
    return float(right / n)


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
