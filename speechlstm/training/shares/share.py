"""A recipe with a share of its speakers, subjects or writers, or of its series."""

import hashlib
import math
from dataclasses import dataclass, replace
from pathlib import Path

from speechlstm.config import require
from speechlstm.data.corpus import DataSet
from speechlstm.data.manifest import read_manifest
from speechlstm.data.recordings import read_recording, read_sensor_manifest
from speechlstm.data.strokes import read_strokes
from speechlstm.errors import ConfigError
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.sources.sensor import Sensor
from speechlstm.training.recipe import Recipe
from speechlstm.training.sensors import sensor_of

__all__ = ["TOLD", "Share", "Shares", "share_of", "survey"]


# roles whose labels can be measured on, and the part of their people that is
TOLD = ("words", "phrases", "recordings", "strokes")
_HELD_OUT = 0.2


@dataclass(frozen=True, slots=True)
class Share:
    """A recipe with a part of its data.

    Attributes:
        fraction: What part, above 0 to 1.
        recipe: The recipe that learns from it.
        amount: People in it; of series the samples.
    """

    fraction: float
    recipe: Recipe
    amount: int


@dataclass(frozen=True, slots=True)
class Shares:
    """What a recipe's data can be divided by.

    Attributes:
        unit: ``speakers``, ``subjects`` or ``writers``; ``samples`` of series.
        people: Names in each set, in the order in which they are taken; none of a set that is always whole.
        rows: Of each series the samples ``(first, stop)`` there are to learn from.
        held_out: Names in each set that no share has, to measure on; nobody where the recipe has validation
            sets.
    """

    unit: str
    people: dict[str, tuple[str, ...]]
    rows: dict[str, tuple[int, int]]
    held_out: dict[str, tuple[str, ...]]


def survey(recipe: Recipe, data_dir: Path) -> Shares:
    """Who is in each set of a recipe, in the order in which shares take them.

    The order is that of a hash of their names: the same in every set, and the same when the set has grown. Of
    a recipe without validation sets the last fifth of the people is held out.

    Raises:
        ConfigError: Nobody is named, so that there is nothing to take shares of; or a series without rows to
            validate with.
        DataError: A set that cannot be read.
    """
    if recipe.network.head == "forecast":
        require(
            bool(recipe.validation), "a series needs rows to measure on; give the recipe a validation set"
        )
        return Shares("samples", {}, _rows(recipe, data_dir), {})
    people = {name: _people_of(data_set, data_dir) for name, data_set in recipe.data.items()}
    require(
        any(len(names) > 1 for names in people.values()),
        f"no set of {recipe.name} names two people or more, so there are no shares of them to learn from; "
        "say in the manifests who speaks, wears the sensor or writes. Shares of clips would tell less: a "
        "voice that is known makes its further clips worth little, and a stranger's all the more",
    )
    roles = {data_set.role for data_set in recipe.data.values()}
    unit = {"recordings": "subjects", "strokes": "writers"}.get(next(iter(roles)), "speakers")
    held: set[str] = set() if recipe.validation else _held_out(recipe, people)
    free, held_out = (
        {
            name: tuple(person for person in names if (person in held) == is_held)
            for name, names in people.items()
        }
        for is_held in (False, True)
    )
    return Shares(unit, free, {}, held_out)


def share_of(recipe: Recipe, shares: Shares, fraction: float) -> Share:
    """A recipe that learns from a part of the people; a smaller part lies within a larger one.

    Of every set that names people the part is taken by itself, at least one person of each; sets that name
    nobody (noise) stay whole. Of a series it is the newest part, as if recording had begun later.

    Args:
        recipe: The recipe.
        shares: What :func:`survey` told of it.
        fraction: The part, above 0 to 1.

    Raises:
        ConfigError: A fraction out of range.
    """
    require(0 < fraction <= 1, f"fractions must be above 0 and at most 1, got {fraction:g}")
    if shares.rows:
        rows = {name: _newest(rows, fraction) for name, rows in shares.rows.items()}
        data = {name: replace(recipe.data[name], rows=rows[name]) for name in recipe.data}
        return Share(fraction, replace(recipe, data=data), sum(b - a for a, b in rows.values()))
    taken = {name: names[: math.ceil(fraction * len(names) - 1e-9)] for name, names in shares.people.items()}
    data = {
        name: _less(recipe.data[name], (*names[len(taken[name]) :], *shares.held_out[name]))
        for name, names in shares.people.items()
    }
    everyone = {person for names in taken.values() for person in names}
    return Share(fraction, replace(recipe, data=data), len(everyone))


def _people_of(data_set: DataSet, data_dir: Path) -> tuple[str, ...]:
    """Who is named in a set, those that the recipe leaves out not among them, by the hash of their names."""
    path, split = data_dir / data_set.manifest, data_set.split or None
    if data_set.role == "noise":
        return ()
    if data_set.role == "recordings":
        names = {file.subject for file in read_sensor_manifest(path, split=split)}
    elif data_set.role == "strokes":
        names = {sample.writer for sample in read_strokes(path, split=split)}
    else:
        names = {clip.speaker for clip in read_manifest(path, split=split)}
    return tuple(sorted(names - {"", *data_set.exclude_speakers}, key=_place))


def _place(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _less(data_set: DataSet, left_out: tuple[str, ...]) -> DataSet:
    return replace(data_set, exclude_speakers=(*data_set.exclude_speakers, *left_out))


def _held_out(recipe: Recipe, people: dict[str, tuple[str, ...]]) -> set[str]:
    """The last people of every set that has several and labels; they are in no set's shares."""
    told = [names for name, names in people.items() if recipe.data[name].role in TOLD and len(names) > 1]
    return {person for names in told for person in names[-math.ceil(_HELD_OUT * len(names)) :]}


def _rows(recipe: Recipe, data_dir: Path) -> dict[str, tuple[int, int]]:
    if not isinstance(recipe.features, SensorConfig):
        raise ConfigError(f"a series is a sensor's; the features are of kind {recipe.features.kind!r}")
    sensor = sensor_of(recipe.features)
    return {name: _all_rows(data_set, data_dir, sensor) for name, data_set in recipe.data.items()}


def _all_rows(data_set: DataSet, data_dir: Path, sensor: Sensor) -> tuple[int, int]:
    if data_set.rows:
        return data_set.rows[0], data_set.rows[1]
    last = read_recording(data_dir / data_set.manifest, sensor)[-1]
    return 0, last.start_samples + len(last.samples)


def _newest(rows: tuple[int, int], fraction: float) -> tuple[int, int]:
    first, stop = rows
    return stop - math.ceil(fraction * (stop - first) - 1e-9), stop
