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
from typing import Any, NamedTuple

import numpy as np

from speechlstm.bundle import LATENCIES, Bundle
from speechlstm.config import from_dict
from speechlstm.data.recordings import SensorFile, read_recording, read_sensor_manifest
from speechlstm.evaluation import SegmentEvaluation, evaluate_recordings, ratio_interval
from speechlstm.evaluation.segments import SegmentResult
from speechlstm.recognizer import Recognizer
from speechlstm.sinks.atomic import write_atomically
from speechlstm.stage import concatenate, run
from speechlstm.training.frames.corpus import sensor_of
from speechlstm.training.frames.examples import ExampleMaker, classes_of_frames
from speechlstm.training.recipe import Recipe, read_recipe
from speechlstm.training.task import make_task

# right answers and all, of each subject, of each way to answer
Counts = dict[str, dict[str, list[int]]]


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        n_folds: Groups of subjects, each left out once; as many as subjects leaves out one at a time.
        seeds: One training of every fold each.
        chosen_on: Subjects that settings were chosen on; figures without them are given too.
        parts: Classes whose frames are counted apart, by name.
        window_s: Length of windows of a single class that are classified too, half of each in the next.
        window_classes: The classes of these windows; none leaves them out.
        away_s: Frames that far from the next border, or splice, are counted apart.
        targets: At least this share, by name of a figure.
    """

    n_folds: int
    seeds: tuple[int, ...]
    chosen_on: tuple[str, ...] = ()
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    window_s: float = 2.56
    window_classes: tuple[str, ...] = ()
    away_s: float = 1.0
    targets: dict[str, float] = field(default_factory=dict)


class Take(NamedTuple):
    """A recording without a gap: samples ``[n, n_channels]``, a class for each, -1 for none."""

    samples: np.ndarray
    classes: np.ndarray
    subject: str
    device: str


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
        self.takes = [take for file in self.files for take in self._takes(file)]
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

    def _takes(self, file: SensorFile) -> Iterator[Take]:
        known = {"": -1} | {label: i for i, label in enumerate(self.recipe.vocabulary)}
        for r in read_recording(file.data, sensor_of(self.recipe.features), subject=file.subject):
            classes = np.array([known[label] for label in r.labels], np.int32)
            yield Take(r.samples, classes, file.subject, file.device)


def main() -> None:
    """Train, measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipe", type=Path, help="folder of the recipe")
    parser.add_argument("data", type=Path, help="folder of the recordings, as for speechlstm train --data")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where runs go (default: runs)")
    given = parser.parse_args()
    study = Study(given.recipe, given.data, given.runs)
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
        "segments": {latency: segments(study, latency) for latency in LATENCIES},
    }
    write_atomically(study.folder / "cross-validation.json", json.dumps(result, indent=2) + "\n")
    readme = study.folder / "README.md"
    write_atomically(readme, put(readme.read_text(encoding="utf-8"), "figures", table(study, result)))


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
        count_lstm(found, study.recipe_of(seed, fold), bundle, study, takes)
        if seed == study.plan.seeds[0]:
            count_regressions(found, study, rest, takes)
        write_atomically(file, json.dumps(found) + "\n")
        print(f"seed {seed}, fold {fold}: {said(found)}", file=sys.stderr, flush=True)
    kept: Counts = json.loads(file.read_text())
    return kept


def count_model(found: Counts, study: Study, recognizer: Recognizer, takes: Sequence[Take]) -> None:
    """The model's segments, at one setting of the dial."""
    latency, plan, hop = recognizer.latency, study.plan, study.recipe.features.frame_samples
    n_away = round(plan.away_s * study.recipe.features.sample_rate_hz)
    for take, labels in zip(takes, answered(recognizer, takes), strict=True):
        truth = classes_of_frames(take.classes, hop)
        inner = classes_of_frames(inner_classes(take, n_away), hop)
        count(found, f"{latency}, away from borders", take, labels, inner)
        count(found, latency, take, labels, truth)
        if take.device:
            count(found, f"{latency}, {take.device}", take, labels, truth)
        for part, names in plan.parts.items():
            inside = np.isin(truth, [study.recipe.vocabulary.index(name) for name in names])
            count(found, f"{latency}, {part}", take, labels, np.where(inside, truth, -1))
    shuffled = list(spliced(takes, n_away))
    answers = answered(recognizer, [take for take, _ in shuffled])
    for (take, inner), labels in zip(shuffled, answers, strict=True):
        count(found, f"{latency}, spliced", take, labels, classes_of_frames(take.classes, hop))
        away = classes_of_frames(inner, hop)
        count(found, f"{latency}, spliced, away from joins", take, labels, away)
    for take, windows, classes in windows_of(study, takes):
        alone = [a.log_probs for a in recognizer.posteriors_batch(list(windows))]
        count(found, f"{latency}, windows", take, voted(study, alone), classes)


def count_lstm(found: Counts, recipe: Recipe, bundle: Path, study: Study, takes: Sequence[Take]) -> None:
    """A one-way LSTM with the same front end, on the same examples."""
    from baselines import OneWayLstm

    maker = make_task(recipe, study.data_dir, study.runs / "cache").maker(Bundle.load(bundle).front_end)
    assert isinstance(maker, ExampleMaker)
    chain, hop = Recognizer.load(bundle).features, recipe.features.frame_samples
    frames = [concatenate(list(run(chain, [take.samples]))) for take in takes]
    for take, labels in zip(takes, OneWayLstm(recipe, maker).classes(frames), strict=True):
        count(found, "one-way LSTM", take, labels, classes_of_frames(take.classes, hop))


def count_regressions(found: Counts, study: Study, rest: Sequence[Take], takes: Sequence[Take]) -> None:
    """Logistic regression of frames and, where they are asked for, of windows."""
    from baselines import FrameRegression, WindowRegression

    hop = study.recipe.features.frame_samples
    regression = FrameRegression([(t.samples, t.classes) for t in rest], window_samples(study), hop)
    for take in takes:
        truth = classes_of_frames(take.classes, hop)
        count(found, "logistic regression", take, regression.classes(take.samples), truth)
    known = list(windows_of(study, rest))
    if known:
        whole = WindowRegression(
            np.concatenate([w for _, w, _ in known]), np.concatenate([c for *_, c in known])
        )
        for take, windows, classes in windows_of(study, takes):
            count(found, "logistic regression, windows", take, whole.classes(windows), classes)


def count(found: Counts, name: str, take: Take, labels: np.ndarray, truth: np.ndarray) -> None:
    """Add a take's frames, or windows, that have a class."""
    known = truth >= 0
    of_subject = found.setdefault(name, {}).setdefault(take.subject, [0, 0])
    of_subject[0] += int((labels[known] == truth[known]).sum())
    of_subject[1] += int(known.sum())


def answered(recognizer: Recognizer, takes: Sequence[Take]) -> list[np.ndarray]:
    """The class of the segment that each frame lies in."""
    return [recognizer.labels(a) for a in recognizer.posteriors_batch([take.samples for take in takes])]


def spliced(takes: Sequence[Take], n_away: int) -> Iterator[tuple[Take, np.ndarray]]:
    """Of each subject, all segments that have a class, in random order; and :func:`inner_classes`."""
    rng = np.random.default_rng(0)
    for subject in sorted({take.subject for take in takes}):
        parts = [part for take in takes if take.subject == subject for part in pieces(take)]
        order = [parts[i] for i in rng.permutation(len(parts))]
        samples, classes = (np.concatenate([p[i] for p in order]) for i in range(2))
        yield Take(samples, classes, subject, ""), np.concatenate([inner_classes(p, n_away) for p in order])


def pieces(take: Take) -> Iterator[Take]:
    """The parts of a take that have one class each."""
    starts = np.flatnonzero(np.diff(take.classes, prepend=-2))
    for start, end in zip(starts, [*starts[1:], len(take.classes)], strict=True):
        if take.classes[start] >= 0:
            yield take._replace(samples=take.samples[start:end], classes=take.classes[start:end])


def inner_classes(take: Take, n_away: int) -> np.ndarray:
    """Its classes, without ``n_away`` samples at either end of every segment."""
    inner = np.full_like(take.classes, -1)
    starts = np.flatnonzero(np.diff(take.classes, prepend=-2))
    for start, end in zip(starts, [*starts[1:], len(inner)], strict=True):
        inner[start + n_away : max(start + n_away, end - n_away)] = take.classes[start]
    return inner


def windows_of(study: Study, takes: Sequence[Take]) -> Iterator[tuple[Take, np.ndarray, np.ndarray]]:
    """Of each take, windows ``[n, window, n_channels]`` of one class, and their classes ``[n]``."""
    wanted = [study.recipe.vocabulary.index(name) for name in study.plan.window_classes]
    n = window_samples(study)
    for take in takes:
        parts = [p for p in pieces(take) if p.classes[0] in wanted and len(p.classes) >= n]
        cut = [
            (p.samples[i : i + n], p.classes[0])
            for p in parts
            for i in range(0, len(p.classes) - n + 1, n // 2)
        ]
        if cut:
            yield take, np.stack([w for w, _ in cut]), np.array([c for _, c in cut])


def window_samples(study: Study) -> int:
    """Samples in a window, an even number."""
    return 2 * round(study.plan.window_s * study.recipe.features.sample_rate_hz / 2)


def voted(study: Study, log_probs: Sequence[np.ndarray]) -> np.ndarray:
    """Of each window, heard alone, the class of those allowed that is likeliest over all its frames."""
    allowed = [study.recipe.vocabulary.index(name) for name in study.plan.window_classes]
    return np.array([allowed[int(p[:, allowed].sum(axis=0).argmax())] for p in log_probs])


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


def segments(study: Study, latency: str) -> dict[str, Any]:
    """Figures of segments over all folds and seeds, a subject being one unit whatever the seed."""
    results: list[SegmentResult] = []
    for seed in study.plan.seeds:
        for fold in range(study.n_folds):
            recognizer = Recognizer.load(study.trained(seed, fold), latency=latency)
            files = [file for file in study.files if file.subject in study.left_out(fold)]
            results += evaluate_recordings(recognizer, files).results
    labels, rate_hz = study.recipe.vocabulary, study.recipe.features.sample_rate_hz
    return SegmentEvaluation.from_results(results, labels=labels, sample_rate_hz=rate_hz).summary()


def delays(study: Study) -> dict[str, float]:
    """Algorithmic delay of each way to answer, in seconds."""
    bundle, rate_hz = study.trained(study.plan.seeds[0], 0), study.recipe.features.sample_rate_hz
    found = {name: Recognizer.load(bundle, latency=name).latency_samples / rate_hz for name in LATENCIES}
    frame = Recognizer.load(bundle).features.latency / rate_hz
    return found | {"one-way LSTM": frame, "logistic regression": study.plan.window_s / 2}


def table(study: Study, result: Mapping[str, Any]) -> str:
    """The figures as Markdown."""
    n_seeds, plan = len(study.plan.seeds), study.plan
    how = f"{len(study.subjects)} subjects, {len(study.left_out(0))} left out at a time, {n_seeds} seeds"
    looked_at = ", ".join(plan.chosen_on) or "nobody"
    lines = [
        f"{how}: mean and spread (standard deviation) over the seeds, 95 % interval over the subjects. "
        f"The next column leaves out {looked_at}, whom settings were chosen on; a target is met where "
        "both columns meet it.",
        "",
        "| frames that come right | delay | accuracy | of subjects never looked at | target |",
        "|---|---|---|---|---|",
    ]
    for name, f in result["frame_accuracy"].items():
        delay = result["delay_s"].get(name.partition(", ")[0])
        told = "the window" if name.endswith("windows") else f"{delay:.1f} s"
        cells = [
            name,
            told,
            accuracy(f),
            f"{100 * f['never_chosen_on']:.1f} %",
            target(plan.targets.get(name), f),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    columns = "segments | macro F1 | segment F1 at 50 % overlap | onset delay, median and 95 %"
    lines += ["", f"| {columns} | false segments an hour |", "|---|---|---|---|---|"]
    for latency, s in result["segments"].items():
        false = "-" if s["false_per_hour"] is None else f"{s['false_per_hour']:.0f}"
        onset = f"{s['onset_delay_median_s']:.1f} s, {s['onset_delay_p95_s']:.1f} s"
        cells = [latency, interval(s, "macro_f1"), interval(s, "segment_f1"), onset, false]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def accuracy(f: Mapping[str, Any]) -> str:
    """Mean, spread and interval."""
    spread = "" if f["spread"] is None else f" ± {100 * f['spread']:.1f}"
    low, high = f["ci95"]
    return f"{100 * f['mean']:.1f}{spread} % ({100 * low:.1f} to {100 * high:.1f})"


def target(bound: float | None, f: Mapping[str, Any]) -> str:
    """Whether the mean is there."""
    if bound is None:
        return "-"
    return f"{100 * bound:g} %: {'met' if min(f['mean'], f['never_chosen_on']) >= bound else '**missed**'}"


def interval(s: Mapping[str, Any], name: str) -> str:
    """A share with its interval."""
    low, high = s[f"{name}_ci95"]
    return f"{100 * s[name]:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def said(found: Counts) -> str:
    """Each share, in short."""
    return ", ".join(f"{name} {100 * share(by, list(by)):.1f}" for name, by in found.items())


def put(text: str, name: str, content: str) -> str:
    """Replace what stands between two marks."""
    before, _, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->")
    if not end:
        raise SystemExit(f"README.md lacks the marks of {name}")
    return f"{before}<!-- {name} -->\n{content}\n{end}{after}"


if __name__ == "__main__":
    main()
