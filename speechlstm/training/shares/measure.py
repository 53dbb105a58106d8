"""How wrong a trained model is on the validation sets of its recipe, with intervals."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from speechlstm.data.corpus import DataSet
from speechlstm.data.manifest import read_manifest
from speechlstm.data.recordings import read_sensor_manifest
from speechlstm.data.strokes import read_strokes
from speechlstm.errors import DataError
from speechlstm.evaluation import evaluate, evaluate_recordings, evaluate_strokes
from speechlstm.evaluation.intervals import Interval
from speechlstm.recognizer import Recognizer
from speechlstm.training.kinds import make_task
from speechlstm.training.recipe import Recipe
from speechlstm.training.settings import ValidationSet
from speechlstm.training.shares.share import TOLD, Shares

__all__ = ["Measured", "measure"]


@dataclass(frozen=True, slots=True)
class Measured:
    """The error on a validation set at ``balanced``.

    Attributes:
        what: Which error: ``clips not exact``, ``frames wrong``, ``samples not exact``, ``characters wrong``,
            or ``square error over that of the last value``.
        error: The error.
        ci95: Its 95 % interval; None where there is none.
        n_items: Clips, recordings, samples or series that were measured.
    """

    what: str
    error: float
    ci95: Interval | None
    n_items: int


def measure(recipe: Recipe, shares: Shares, bundle: Path, places: tuple[Path, Path]) -> dict[str, Measured]:
    """The error on each validation set of a recipe, or on the people held out, by the path that users run.

    Args:
        recipe: The recipe.
        shares: Who is held out, where it has no validation sets.
        bundle: What it learnt.
        places: The folder of the data, and that of the cache.

    Raises:
        DataError: A set that cannot be read, or in which nothing can be measured.
    """
    recognizer = Recognizer.load(bundle)
    if recognizer.kind == "forecasts":
        return _of_series(recipe, recognizer, places)
    return {
        name: _of_people(recognizer, found, places[0], shares.held_out.get(name))
        for name, found in _sets(recipe, shares).items()
    }


def _sets(recipe: Recipe, shares: Shares) -> Mapping[str, ValidationSet | DataSet]:
    if recipe.validation:
        return recipe.validation
    return {name: s for name, s in recipe.data.items() if s.role in TOLD and shares.held_out[name]}


def _of_people(
    recognizer: Recognizer, found: ValidationSet | DataSet, data_dir: Path, people: Collection[str] | None
) -> Measured:
    """The error on a set, or on some people of it."""
    path, split = data_dir / found.manifest, found.split or None

    def wanted(name: str) -> bool:
        return not people or name in people

    if recognizer.hears_sound:
        clips = [clip for clip in read_manifest(path, split=split) if wanted(clip.speaker)]
        heard = evaluate(recognizer, clips)
        return _one_less("clips not exact", heard.exact, heard.exact_ci95, heard.n_clips)
    if recognizer.reads_pen:
        samples = [sample for sample in read_strokes(path, split=split) if wanted(sample.writer)]
        read = evaluate_strokes(recognizer, samples).counted
        if recognizer.bundle.config.network.head == "words":
            return Measured("characters wrong", read.wer or 0.0, read.wer_ci95, read.n_clips)
        return _one_less("samples not exact", read.exact, read.exact_ci95, read.n_clips)
    files = [file for file in read_sensor_manifest(path, split=split) if wanted(file.subject)]
    told = evaluate_recordings(recognizer, files)
    return _one_less("frames wrong", *told.frame_accuracy, told.n_recordings)


def _of_series(recipe: Recipe, recognizer: Recognizer, places: tuple[Path, Path]) -> dict[str, Measured]:
    bundle = recognizer.bundle
    validation = make_task(recipe, *places).validation(bundle.front_end)
    scores = validation.scores(bundle.config.network, bundle.weights())
    what = "square error over that of the last value"
    return {name: Measured(what, score.error, None, score.n_items) for name, score in scores.items()}


def _one_less(what: str, right: float | None, ci95: Interval | None, n_items: int) -> Measured:
    """An error, of a share that is right."""
    if right is None:
        raise DataError("a validation set holds nothing that can be read and has a label; mend its manifest")
    return Measured(what, 1 - right, None if ci95 is None else (1 - ci95[1], 1 - ci95[0]), n_items)
