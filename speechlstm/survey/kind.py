"""What a kind of data brings to a survey: how it is known, what is found in it, and a recipe for it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from speechlstm.survey.place import Place

__all__ = ["Ask", "Class", "Finding", "Kind", "Proposal", "Survey", "Target", "Unit"]

SplitBy = Literal["subject", "file", "stretch", "given", "time"]


@dataclass(frozen=True, slots=True)
class Ask:
    """What the user says of the data, where it does not say so itself.

    Attributes:
        label: Column of the labels; empty to look for it.
        subject: Column of the subjects; empty to look for it.
        columns: Columns of CSV without a header.
        rate_hz: Records per second where they carry no time; 0 where they do.
        by_file: Whether files may be split though it is known of whom they are.
        share: Share of the data to validate with, above 0 and below 1.
        forecast: Channels of a series to forecast, or ``all``; none where it is no series.
        horizon: Samples to forecast; 0 to choose.
    """

    label: str = ""
    subject: str = ""
    columns: tuple[str, ...] = ()
    rate_hz: int = 0
    by_file: bool = False
    share: float = 0.2
    forecast: tuple[str, ...] = ()
    horizon: int = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """What a split never divides: all of a subject, a file, or a stretch of one.

    Attributes:
        name: Its name.
        seconds: Of each class.
        split: ``train``, ``validation``, or another that the data name.
    """

    name: str
    seconds: Mapping[str, float]
    split: str = ""


@dataclass(frozen=True, slots=True)
class Class:
    """A label and how much of it there is.

    Attributes:
        label: The label; empty for what has none.
        n: Clips, or segments of recordings.
        seconds: All of them.
        n_units: Subjects (or files, where those are not known) that have it.
        validation_s: Seconds to validate with.
    """

    label: str
    n: int
    seconds: float
    n_units: int
    validation_s: float


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found.

    Attributes:
        kind: The kind of data, in words.
        path: Where it lies.
        classes: Labels, in order of name.
        units: What the split does not divide, in order of name.
        split_by: What they are; ``given`` where the data name their split, ``time`` of a series.
        subjects_from: How the subjects are known; empty where they are not.
        n_subjects: How many there are; 0 where that is not known.
        facts: What else there is to say, by name; plain values, lists and dictionaries.
        warnings: What to look at, a sentence each.
        unreadable: Files that cannot be used, and why.
        amount: What ``seconds`` of classes and units count: ``minutes`` of time, or ``pieces`` of writing.
    """

    kind: str
    path: Path
    classes: tuple[Class, ...]
    units: tuple[Unit, ...]
    split_by: SplitBy
    subjects_from: str
    n_subjects: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    amount: Literal["minutes", "pieces"] = "minutes"

    @property
    def imbalance(self) -> float:
        """How many times more there is of the commonest class than of the rarest; 1 where all are even."""
        seconds = [c.seconds for c in self.classes if c.label]
        return max(seconds) / min(seconds) if seconds and min(seconds) > 0 else float("inf")

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        found: dict[str, Any] = asdict(self)
        return found | {"path": str(self.path), "imbalance": round(self.imbalance, 2)}


@dataclass(frozen=True, slots=True)
class Target:
    """The recipe that is to be written.

    Attributes:
        name: Name of the model.
        folder: Where the recipe goes.
    """

    name: str
    folder: Path

    def beside(self, name: str) -> str:
        """What the recipe calls a file that lies beside it."""
        return self.called(self.folder / name)

    def called(self, path: Path) -> str:
        """What the recipe calls a file: relative to the current folder where it lies in that."""
        whole, here = Path(os.path.abspath(path)), Path.cwd()
        return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else str(whole)

    def listed(self, path: Path) -> str:
        """What a list beside the recipe calls a file: relative to it where both lie in the current folder."""
        whole, folder = Path(os.path.abspath(path)), Path(os.path.abspath(self.folder))
        near = whole.is_relative_to(Path.cwd()) and folder.is_relative_to(Path.cwd())
        return Path(os.path.relpath(whole, folder)).as_posix() if near else str(whole)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A recipe.

    Attributes:
        config: The text of ``config.toml``.
        evaluate_on: The list that ``evaluate`` takes, as the recipe calls it.
        advice: What to add or to look at, a paragraph each, for its README.
        files: What lies beside it, by name.
        evaluate_with: The options of ``evaluate`` that choose what to validate with.
    """

    config: str
    evaluate_on: str
    advice: tuple[str, ...]
    files: Mapping[str, bytes]
    evaluate_with: str = "--split validation"


class Finding(Protocol):
    """Data of one kind, looked at."""

    @property
    def survey(self) -> Survey:
        """What was found."""
        ...

    def proposal(self, target: Target) -> Proposal:
        """A recipe that trains on it."""
        ...


class Kind(Protocol):
    """A kind of data.

    Attributes:
        name: What it is called.
        expected: What it looks like, for an error.
    """

    name: str
    expected: str

    def claims(self, place: Place) -> bool:
        """Whether this looks like it."""
        ...

    def examine(self, place: Place, ask: Ask, report: Callable[[Path], None]) -> Finding:
        """Look at all of it, and call ``report`` for every file that was read.

        Raises:
            DataError: There is nothing that a recipe could be made of.
        """
        ...
