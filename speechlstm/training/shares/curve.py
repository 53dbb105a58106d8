"""Error against amount of data: a recipe learns from nested shares of its people."""

import dataclasses
import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from speechlstm.config import from_dict, require
from speechlstm.errors import DataError
from speechlstm.page import Axis, Line, Point, line_chart, standalone
from speechlstm.sinks.atomic import write_atomically
from speechlstm.training.kept_recipe import check_data, check_recipe
from speechlstm.training.recipe import Recipe
from speechlstm.training.run_folder import RunFolder
from speechlstm.training.shares.measure import Measured, measure
from speechlstm.training.shares.share import Share, Shares, share_of, survey
from speechlstm.training.shares.trend import Trend, trend_of
from speechlstm.training.trainer import Places, RunOptions, train

__all__ = ["CurvePlaces", "CurvePoint", "LearningCurve", "learning_curve"]

_CAVEATS = (
    "Every share was learnt from once, with the same number of steps: that another run would differ is in no "
    "interval. All shares are measured on the same people. A law that falls for ever is the best case."
)
# points that the law is drawn through; it is no straight line where the errors are not on a logarithmic axis
_N_LAW = 30
_NO_LAW = "There is no law to fit: that takes two amounts or more, with errors at each."


@dataclass(frozen=True, slots=True)
class CurvePlaces:
    """Where a learning curve reads and writes.

    Attributes:
        data_dir: Where the recipe's sets lie.
        run_dir: A folder for each share, with its run and bundle; and the curve.
        cache_dir: Where the corpus is kept.
    """

    data_dir: Path
    run_dir: Path
    cache_dir: Path


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What a share of the data taught.

    Attributes:
        fraction: The share.
        amount: People in it; of series samples.
        measured: The error on each validation set.
    """

    fraction: float
    amount: int
    measured: dict[str, Measured]


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Error against amount of data.

    Attributes:
        name: The recipe's name.
        unit: What the amounts count.
        points: From the smallest share to the largest.
    """

    name: str
    unit: str
    points: tuple[CurvePoint, ...]

    def trend(self, name: str) -> Trend | None:
        """The law of one validation set; None where none can be fitted."""
        found = [point.measured[name] for point in self.points]
        return trend_of([p.amount for p in self.points], [m.error for m in found], [m.ci95 for m in found])

    def to_json(self) -> str:
        """One object: ``name``, ``unit``, ``points``, ``trends`` (by validation set), ``caveats``."""
        trends = {name: self.trend(name) for name in self._sets}
        told: dict[str, Any] = {
            "name": self.name,
            "unit": self.unit,
            "points": [dataclasses.asdict(point) for point in self.points],
            "trends": {
                name: trend and dataclasses.asdict(trend) | {"verdict": trend.verdict}
                for name, trend in trends.items()
            },
            "caveats": _CAVEATS,
        }
        return json.dumps(told, indent=2, ensure_ascii=False)

    def as_table(self) -> str:
        """The curve as plain text, and whether recording more would help."""
        return "\n".join(self._lines())

    def to_svg(self) -> str:
        """A drawing that needs no other file: what was measured, and the law, dashed, to twice as much."""
        lines = [Line(name, tuple(self._drawn(name)), tuple(self._law(name))) for name in self._sets]
        amounts = [point.amount for point in self.points]
        drawn = [p for line in lines for p in (*line.points, *line.expected)]
        ends = [end for p in drawn for end in (p.y, *(p.ci95 or ()))]
        (what,) = {m.what for point in self.points for m in point.measured.values()}
        last = round(max(p.x for p in drawn))
        x = Axis(
            self.unit,
            min(amounts),
            last,
            log=max(amounts) > min(amounts),
            marks=tuple((float(n), f"{n:,}") for n in sorted({*amounts, last})),
        )
        y = Axis(what, 0, max(ends) or 1, percent=self.unit != "samples")
        return standalone(line_chart(lines, x=x, y=y, title=f"{self.name}: {what} against {self.unit}"))

    @property
    def _sets(self) -> list[str]:
        return list(self.points[-1].measured)

    def _lines(self) -> Iterator[str]:
        for name in self._sets:
            yield f"{name}: {self.points[-1].measured[name].what}"
            yield f"  {'share':>7} {self.unit:>9}  error"
            for point in self.points:
                shown = _shown(point.measured[name])
                yield f"  {100 * point.fraction:>5.4g} % {point.amount:>9,}  {shown}"
            trend = self.trend(name)
            yield f"  {_NO_LAW if trend is None else trend.verdict}"
        yield _CAVEATS

    def _law(self, name: str) -> Iterator[Point]:
        """The law, from the smallest amount to twice the largest; nothing where there is none."""
        trend = self.trend(name)
        if trend is None:
            return
        amounts = [self.points[0].amount, self.points[-1].amount]
        for amount in np.geomspace(amounts[0], 2 * amounts[1], _N_LAW).tolist():
            told = f"{name}, by the law, {round(amount):,} {self.unit}: {trend.error(amount):.3f}"
            yield Point(amount, trend.error(amount), told=told)

    def _drawn(self, name: str) -> Iterator[Point]:
        for point in self.points:
            m = point.measured[name]
            told = f"{name}, {point.amount:,} {self.unit}: {_shown(m)}"
            yield Point(point.amount, m.error, m.ci95, told)


def learning_curve(
    recipe: Recipe,
    places: CurvePlaces,
    fractions: Sequence[float],
    *,
    resume: bool = False,
    bundle_from: Literal["last", "best"] = "last",
    before_step: Callable[[], None] = lambda: None,
) -> LearningCurve:
    """Train a recipe on shares of its people, and measure each on all of the validation sets.

    Where the recipe has none, a fifth of its people is held out of all shares, and measured on.

    A share is one of speakers, subjects or writers, not of clips: what a further recording is worth depends
    on whether its speaker is known, and the error that counts is on strangers. Every share is learnt from
    with the same number of steps, so that what differs is the data and not the training.

    Args:
        recipe: The recipe.
        places: Where to read and write.
        fractions: The shares, above 0 to 1.
        resume: Whether to go on where an earlier call was ended; what it has measured stands.
        bundle_from: As of :class:`speechlstm.training.trainer.RunOptions`.
        before_step: As of :func:`speechlstm.training.trainer.train`.

    Returns:
        The curve, which is also written to ``curve.json``, ``curve.svg`` and ``curve.txt`` after every share.

    Raises:
        ConfigError: No fractions or wrong ones, nobody is named, a series without validation sets, or a run
            is there already that was not to be gone on with.
        DataError: Data that cannot be used.
        OutputError: Something cannot be written.
    """
    require(len(fractions) > 0, "a learning curve needs fractions, as 0.1,0.25,0.5,1")
    shares = survey(recipe, places.data_dir)
    # each bundle is its run's own, which is not begun anew
    options = RunOptions(resume=resume, overwrite=True, bundle_from=bundle_from)
    points: list[CurvePoint] = []
    wanted = [share_of(recipe, shares, fraction) for fraction in sorted(set(fractions))]
    for share, place in zip(wanted, _counted(len(wanted)), strict=True):
        print(
            f"{place}: learning from {share.amount:,} {shares.unit} ({100 * share.fraction:g} %)",
            file=sys.stderr,
        )
        measured = _learn(share, shares, places, options, before_step)
        points.append(CurvePoint(share.fraction, share.amount, measured))
        curve = LearningCurve(recipe.name, shares.unit, tuple(points))
        write_atomically(places.run_dir / "curve.json", curve.to_json() + "\n")
        write_atomically(places.run_dir / "curve.svg", curve.to_svg() + "\n")
        write_atomically(places.run_dir / "curve.txt", curve.as_table() + "\n")
    return curve


def _counted(n: int) -> Iterator[str]:
    """Which share it is; and how long it and those behind it will take, if each takes as long as the longest.

    All have the same number of steps; those that are found again take no time.
    """
    longest_s = 0.0
    for i in range(n):
        left = f", about {math.ceil(longest_s * (n - i) / 60)} min to the end" if longest_s > 1 else ""
        began = time.perf_counter()
        yield f"share {i + 1} of {n}{left}"
        longest_s = max(longest_s, time.perf_counter() - began)


def _learn(
    share: Share,
    shares: Shares,
    places: CurvePlaces,
    options: RunOptions,
    before_step: Callable[[], None],
) -> dict[str, Measured]:
    """The errors of a share, learnt now or found."""
    folder = places.run_dir / f"{share.fraction:g}"
    run, done = folder / "run", folder / "measured.json"
    kept = run / "recipe.json"
    if kept.exists():
        check_data(kept, share.recipe)
        if options.resume and done.exists():
            check_recipe(kept, share.recipe)
            return {name: from_dict(Measured, m) for name, m in _read(done).items()}
    bundle = train(
        share.recipe,
        Places(places.data_dir, run, folder / "bundle", places.cache_dir),
        # a share that was never begun is no reason to say that there is nothing to go on from
        dataclasses.replace(options, resume=options.resume and RunFolder(run).is_begun),
        before_step=before_step,
    )
    measured = measure(share.recipe, shares, bundle, (places.data_dir, places.cache_dir))
    write_atomically(done, json.dumps({name: dataclasses.asdict(m) for name, m in measured.items()}) + "\n")
    return measured


def _read(file: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file} cannot be read ({error}); remove its folder, and begin that share anew"
        ) from error
    return told


def _shown(measured: Measured) -> str:
    if measured.ci95 is None:
        return f"{measured.error:.3f}"
    low, high = measured.ci95
    return f"{100 * measured.error:.1f} % (95 %: {100 * low:.1f} to {100 * high:.1f} %)"
