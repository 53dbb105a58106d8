"""Who a recording is of, as names of folders and files tell it."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

__all__ = ["are_people", "subjects_of"]

_PEOPLE = "s|p|u|sub|subj|subject|participant|person|proband|patient|user|speaker|spk|wearer"
_PERSON = re.compile(rf"(?:^|[_\-. ])((?:{_PEOPLE})[_-]?\d+)(?=$|[_\-. ])", re.IGNORECASE)
_BETWEEN = re.compile(r"[_\-. ]+")
# a file in so many may be named otherwise; it must not cost all the others their people
_ONE_IN = 10


def subjects_of(names: Sequence[PurePath], labels: Sequence[str]) -> tuple[list[str], str]:
    """The subject of each file, and how that is known.

    In this order: sub-folders that are no labels; a part of the name as ``s01`` or ``user-3``; what stands
    before ``_nohash_`` (as in Speech Commands); the first part of the name that holds a letter, is no label
    nor one with a number behind it, and is not in all names, if it comes back in several files and is none
    that nine files of ten have. Of the second and the third nine
    names in ten are enough; a file that tells nobody is then somebody of its own.

    Args:
        names: Paths relative to the data's folder.
        labels: What may stand in a name for the label.

    Returns:
        A subject for every file, and ``sub-folders`` or ``file names``, with the number of those that tell
        nobody; empty strings where nothing tells.

    Example:
        >>> names = ["up/anna_up_1.wav", "up/ben_up_1.wav", "down/anna_down_1.wav", "down/ben_down_1.wav"]
        >>> subjects_of([PurePath(name) for name in names], ["up", "down"])
        (['anna', 'ben', 'anna', 'ben'], 'file names')
    """
    folders = [_folder(name, set(labels)) for name in names]
    if all(folders) and len(set(folders)) > 1:
        return folders, "sub-folders"
    stems = [name.name.partition(".")[0] for name in names]
    for found in (_people(stems), _speakers(stems), _recurring(stems, labels)):
        n_silent = found.count("")
        if any(found) and _ONE_IN * n_silent <= len(found):
            but_for = f" but for {n_silent}, each taken for a person of its own" if n_silent else ""
            own = (name.as_posix() for name in names)
            return [one or other for one, other in zip(found, own, strict=True)], f"file names{but_for}"
    return [""] * len(names), ""


def are_people(names: Sequence[str]) -> bool:
    """Whether all names say that they are people's, as ``s01`` or ``speaker-3``."""
    return bool(names) and all(_PERSON.fullmatch(name) for name in names)


def _folder(name: PurePath, labels: set[str]) -> str:
    return next((part for part in name.parts[:-1] if part not in labels), "")


def _people(stems: Sequence[str]) -> list[str]:
    return [match[1] if (match := _PERSON.search(stem)) else "" for stem in stems]


def _speakers(stems: Sequence[str]) -> list[str]:
    return [before if middle else "" for before, middle, _ in (stem.partition("_nohash_") for stem in stems)]


def _recurring(stems: Sequence[str], labels: Sequence[str]) -> list[str]:
    known = {label.casefold() for label in labels}
    parts = [_telling(stem, known) for stem in stems]
    everywhere = set.intersection(*map(set, parts)) if len(parts) > 1 else set()
    first = [next((part for part in p if part not in everywhere), "") for p in parts]
    # anna1 is anna, but s1 is not s
    named = [part if _PERSON.fullmatch(part) else part.rstrip("0123456789") for part in first]
    for found in (first, named):
        # what is in nine names of ten is rather what all have in common than somebody
        if max(Counter(found).values(), default=0) >= len(found) * (1 - 1 / _ONE_IN):
            continue
        if all(found) and 1 < len(set(found)) <= len(found) / 2:
            return found
    return [""] * len(stems)


def _telling(stem: str, labels: set[str]) -> list[str]:
    """The parts of a name that hold a letter, and are no label, nor one with a number behind it."""
    for label in sorted(labels, key=len, reverse=True):
        stem = re.sub(rf"(?:^|(?<=[_\-. ])){re.escape(label)}(?=$|[_\-. ])", "", stem, flags=re.IGNORECASE)
    return [
        part
        for part in _BETWEEN.split(stem)
        if any(c.isalpha() for c in part) and part.rstrip("0123456789").casefold() not in labels
    ]
