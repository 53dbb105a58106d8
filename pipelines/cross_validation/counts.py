"""Right answers of the model and its baselines, counted by subject."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cross_validation.study import Study
from cross_validation.takes import Take, in_random_order, inner_classes, windows_of
from speechlstm.bundle import Bundle
from speechlstm.recognizer import Recognizer
from speechlstm.stage import concatenate, run
from speechlstm.training.frames.corpus import UNLABELLED
from speechlstm.training.frames.examples import ExampleMaker, classes_of_frames
from speechlstm.training.kinds import make_task
from speechlstm.training.recipe import Recipe

__all__ = ["Counts", "count_lstm", "count_model", "count_regressions", "share"]

# right answers and all, of each subject, of each way to answer
Counts = dict[str, dict[str, list[int]]]


def count_model(found: Counts, study: Study, recognizer: Recognizer, takes: Sequence[Take]) -> None:
    """The model's segments, at one setting of the dial."""
    latency, hop = recognizer.latency, study.hop
    answers = recognizer.posteriors_batch([take.samples for take in takes])
    for take, answer in zip(takes, answers, strict=True):
        labels = recognizer.labels(answer)
        count_parts(found, study, latency, take, labels)
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
        count_parts(found, study, "one-way LSTM", take, labels)


def count_regressions(found: Counts, study: Study, rest: Sequence[Take], takes: Sequence[Take]) -> None:
    """Logistic regression of frames and, where they are asked for, of windows."""
    from cross_validation.baselines import FrameRegression, WindowRegression

    hop, n, allowed = study.hop, study.window_samples, study.places(study.plan.window_classes)
    regression = FrameRegression([(t.samples, t.classes) for t in rest], n, hop)
    for take in takes:
        count_parts(found, study, "logistic regression", take, regression.classes(take.samples))
    if not allowed:
        return
    known = [(t.samples[i : i + n], c) for t in rest for i, c in windows_of(t, allowed, n)]
    whole = WindowRegression(np.stack([w for w, _ in known]), np.array([c for _, c in known]))
    for take in takes:
        asked = [(take.samples[i : i + n], c) for i, c in windows_of(take, allowed, n)]
        if asked:
            answered = whole.classes(np.stack([w for w, _ in asked]))
            count(found, "logistic regression, windows", take, answered, np.array([c for _, c in asked]))


def count_parts(found: Counts, study: Study, name: str, take: Take, labels: np.ndarray) -> None:
    """A take's frames: all of them, those of its device, and those of the classes that are told apart."""
    truth = classes_of_frames(take.classes, study.hop)
    count(found, name, take, labels, truth)
    if take.device:
        count(found, f"{name}, {take.device}", take, labels, truth)
    for part, names in study.plan.parts.items():
        inside = np.isin(truth, study.places(names))
        count(found, f"{name}, {part}", take, labels, np.where(inside, truth, UNLABELLED))


def count(found: Counts, name: str, take: Take, labels: np.ndarray, truth: np.ndarray) -> None:
    """Add a take's frames, or windows, that have a class."""
    known = truth >= 0
    of_subject = found.setdefault(name, {}).setdefault(take.subject, [0, 0])
    of_subject[0] += int((labels[known] == truth[known]).sum())
    of_subject[1] += int(known.sum())


def share(found: Mapping[str, Sequence[int]], subjects: Sequence[str]) -> float:
    """Right answers of all, over some subjects."""
    right, n = np.sum([found[s] for s in subjects if s in found], axis=0)
    return float(right / n)
