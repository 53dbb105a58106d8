"""Samples of handwriting: what is written, by whom, as strokes of a pen."""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from speechlstm.data.json_lines import rows_of
from speechlstm.data.strokes import read_strokes
from speechlstm.errors import DataError
from speechlstm.survey.kind import Ask, Class, Proposal, Survey, Target
from speechlstm.survey.pen_recipe import PenFacts, propose
from speechlstm.survey.place import Place
from speechlstm.survey.split_items import Item, SplitFound, split_items

__all__ = ["PenFinding", "PenKind"]

_NAMES = ("strokes.jsonl.gz", "strokes.jsonl")
# whole entries are told apart where there are few, and of each some examples; else they are spelt
_MOST_CLASSES, _LEAST_EACH = 200, 4


@dataclass(frozen=True, slots=True)
class PenFinding:
    """See :class:`speechlstm.survey.kind.Finding`.

    Attributes:
        survey: What was found.
        facts: What the recipe needs.
    """

    survey: Survey
    facts: PenFacts

    def proposal(self, target: Target) -> Proposal:
        return propose(self.facts, self.survey, target)


class PenKind:
    """See :class:`speechlstm.survey.kind.Kind`."""

    name = "samples of handwriting"
    expected = 'JSON lines of {"label", "writer", "split", "strokes": [[[x, y], ...], ...]}, also with .gz'

    def claims(self, place: Place) -> bool:
        return "strokes" in place.keys or _inside(place) is not None

    def examine(self, place: Place, ask: Ask, report: Callable[[Path], None]) -> PenFinding:
        path = place.path if place.path.is_file() else _inside(place) or place.files[0]
        samples = read_strokes(path)
        report(path)
        labels = Counter(sample.label for sample in samples)
        spelt = len(labels) > _MOST_CLASSES or len(samples) < _LEAST_EACH * len(labels)
        counts = [Counter(s.label if spelt else [s.label]) for s in samples]
        items = [
            Item(s.place, {part: float(n) for part, n in count.items()}, s.writer, s.split)
            for s, count in zip(samples, counts, strict=True)
        ]
        vocabulary = tuple(sorted(set().union(*counts)))
        if len(vocabulary) < 2:
            raise DataError(f"{path} holds {vocabulary[0]!r} alone; expected something to tell it from")
        split = split_items(items, ask)
        facts = PenFacts(vocabulary, spelt, tuple(samples), split.splits, _rows(path, split.splits))
        return PenFinding(_survey(path, facts, items, split), facts)


def _inside(place: Place) -> Path | None:
    return next((place.root / name for name in _NAMES if place.root / name in place.files), None)


def _rows(path: Path, splits: Sequence[str]) -> bytes:
    """The samples with their split, as a file of their own."""
    told = (row | {"split": split} for (_, row), split in zip(rows_of(path), splits, strict=True))
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in told)
    # the same bytes at any time of day
    return gzip.compress(text.encode(), mtime=0)


def _survey(path: Path, facts: PenFacts, items: Sequence[Item], split: SplitFound) -> Survey:
    writers = {sample.writer for sample in facts.samples} - {""}
    return Survey(
        kind=f"{PenKind.name}, {'spelt' if facts.spelt else 'each one of a few'},",
        path=path,
        classes=tuple(_class(part, facts, items, split) for part in facts.vocabulary),
        units=split.units,
        split_by=split.by,
        subjects_from="the samples" if writers else "",
        n_subjects=len(writers),
        facts={
            "samples": len(facts.samples),
            "labels": len({sample.label for sample in facts.samples}),
            "strokes_each": _spread([len(sample.strokes) for sample in facts.samples]),
            "points_each": _spread([sum(map(len, sample.strokes)) for sample in facts.samples]),
        },
        warnings=split.warnings,
        amount="pieces",
    )


def _class(part: str, facts: PenFacts, items: Sequence[Item], split: SplitFound) -> Class:
    n = [item.seconds.get(part, 0) for item in items]
    aside = sum(count for count, side in zip(n, split.splits, strict=True) if side == "validation")
    n_units = len({unit.name for unit in split.units if part in unit.seconds})
    return Class(part, int(sum(n)), sum(n), n_units, aside)


def _spread(counts: Sequence[int]) -> list[int]:
    ranked = sorted(counts)
    return [ranked[0], ranked[len(ranked) // 2], ranked[-1]]
