"""The split of data that name one, and a proposal for data that do not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speechlstm.errors import DataError
from speechlstm.survey.kind import Ask, SplitBy, Unit
from speechlstm.survey.split import propose_split, shared_between

__all__ = ["Item", "SplitFound", "split_items"]

_NEEDED = {"train", "validation"}
_MOST_NAMED = 5
_WHY_BY_FILE = (
    "recordings of one person are alike, so figures of such a split flatter: they say how well the model "
    "does on the people it was trained on, and nothing of others"
)


@dataclass(frozen=True, slots=True)
class Item:
    """A file, or part of one, as far as the split goes.

    Attributes:
        name: Its name.
        seconds: Of each class.
        subject: Of whom it is; empty where unknown.
        split: The split that the data name; empty where there is none.
    """

    name: str
    seconds: Mapping[str, float]
    subject: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True)
class SplitFound:
    """A split.

    Attributes:
        by: What it keeps whole; ``given`` where the data name it.
        splits: Of every item.
        units: What is kept whole.
        warnings: What is to be said of it.
    """

    by: SplitBy
    splits: tuple[str, ...]
    units: tuple[Unit, ...]
    warnings: tuple[str, ...]


def split_items(items: Sequence[Item], ask: Ask, *, parts: SplitBy = "file") -> SplitFound:
    """The split that the data name, if it keeps subjects apart; else a proposal, by subject where known.

    What the data set apart as neither ``train`` nor ``validation`` (as ``test``) stays there.

    Args:
        items: Files or parts of them.
        ask: What the user says.
        parts: What an item is, where subjects are not known: ``file`` or ``stretch``.

    Raises:
        DataError: One subject only, or nothing that could be spared.
    """
    known = all(item.subject for item in items)
    given = {item.split for item in items}
    warnings: list[str] = []
    if given >= _NEEDED:
        units = _units(items, by_subject=known)
        on_both = shared_between([u for u in units if u.split in _NEEDED]) if known else []
        if not on_both:
            return SplitFound("given", tuple(item.split for item in items), units, _unmeasured(units))
        warnings.append(
            f"the split that the data name has {', '.join(on_both[:5])} on both sides; another is proposed"
        )
    free = [item for item in items if item.split in ("", *_NEEDED)]
    by: SplitBy = "subject" if known and not ask.by_file else parts
    units, splits = _proposed(free or items, by, ask)
    if by != "subject":
        warnings.append(_by_file_warning(by, known=known))
    warnings += _unmeasured(units, why=", as all of it is needed to train")
    apart = [item for item in items if item not in free] if free else []
    if apart:
        warnings.append(
            f"{len(apart):,} files stay set apart, as the data ask: neither trained nor validated on"
        )
    sides = tuple(item.split if item in apart else splits[_key(item, by)] for item in items)
    return SplitFound(by, sides, units, tuple(warnings))


def _proposed(items: Sequence[Item], by: SplitBy, ask: Ask) -> tuple[tuple[Unit, ...], dict[str, str]]:
    bare = [Item(item.name, item.seconds, item.subject) for item in items]
    if by != "subject":
        bare = [Item(item.name, item.seconds, item.name) for item in bare]
    units = _units(bare, by_subject=True)
    if by == "subject" and len(units) == 1:
        raise DataError(
            f"all of it is of one subject, {units[0].name!r}, so none is left to validate with; add "
            f"recordings of another person, or split by file (--by-file): {_WHY_BY_FILE}"
        )
    try:
        units = propose_split(units, share=ask.share, what=by)
    except DataError as error:
        who = ", ".join([unit.name for unit in units][:_MOST_NAMED]) + (
            ", ..." if len(units) > _MOST_NAMED else ""
        )
        cure = (
            f" (subjects are {who}); record more, or split by file (--by-file)"
            if by == "subject"
            else "; record more"
        )
        raise DataError(f"{error}{cure}") from error
    return units, {unit.name: unit.split for unit in units}


def _units(items: Sequence[Item], *, by_subject: bool) -> tuple[Unit, ...]:
    sums: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for item in items:
        sums_of_one = sums[item.subject if by_subject else item.name, item.split]
        for label, seconds in item.seconds.items():
            sums_of_one[label] += seconds
    return tuple(Unit(name, dict(seconds), split) for (name, split), seconds in sorted(sums.items()))


def _unmeasured(units: Sequence[Unit], *, why: str = "") -> tuple[str, ...]:
    """What is to be said of classes that nothing of is left to validate with."""
    labels = {label for unit in units for label in unit.seconds if label}
    aside = {label for u in units if u.split == "validation" for label, s in u.seconds.items() if s > 0}
    alone = sorted(labels - aside)
    return (f"not to be measured{why}: {', '.join(alone)}",) if alone else ()


def _key(item: Item, by: SplitBy) -> str:
    return item.subject if by == "subject" else item.name


def _by_file_warning(by: SplitBy, *, known: bool) -> str:
    who = "as asked" if known else "it is not known of whom they are"
    cure = "" if known else "; put them into a sub-folder a person, or name a column (--subject)"
    return f"the split is by {by}, {who}: {_WHY_BY_FILE}{cure}"
