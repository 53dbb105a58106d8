"""Recordings of a sensor, with a label for every record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from speechlstm.data.recordings import SensorFile, read_sensor_manifest
from speechlstm.errors import DataError
from speechlstm.survey.kind import Ask, Class, Proposal, Survey, Target
from speechlstm.survey.place import Place
from speechlstm.survey.sensor_layout import Layout, find_layout, triples_of, unit_of
from speechlstm.survey.sensor_parts import Part, cut_up, parts_of
from speechlstm.survey.sensor_recipe import SensorFacts, propose
from speechlstm.survey.sensor_times import Timed, bouts_of, gaps_of, model_rate_hz, read_times
from speechlstm.survey.sensor_warnings import warnings_of
from speechlstm.survey.split_items import Item, SplitFound, split_items
from speechlstm.survey.subjects import are_people, subjects_of
from speechlstm.survey.table import is_records

__all__ = ["SensorFinding", "SensorKind"]

_N_STRETCHES = 10
_MOST_LABELS = 100
_MOTION = ("acc", "gyr", "lin", "rot")
# mean length of gravity's vector, by unit
_GRAVITY = {"g": (0.8, 1.25), "m/s2": (8.5, 11.5)}


@dataclass(frozen=True, slots=True)
class SensorFinding:
    """See :class:`speechlstm.survey.kind.Finding`.

    Attributes:
        survey: What was found.
        facts: What the recipe needs.
    """

    survey: Survey
    facts: SensorFacts

    def proposal(self, target: Target) -> Proposal:
        return propose(self.facts, self.survey, target)


class SensorKind:
    """See :class:`speechlstm.survey.kind.Kind`."""

    name = "recordings of a sensor"
    expected = (
        "files of records (CSV, JSON lines, Parquet) with a column 'label', a folder of them for each label, "
        "or a list of {data, subject, split}"
    )

    def claims(self, place: Place) -> bool:
        if place.manifest is not None:
            return "data" in place.keys
        return any(map(is_records, place.files)) and "strokes" not in place.keys

    def examine(self, place: Place, ask: Ask, report: Callable[[Path], None]) -> SensorFinding:
        files = _files(place)
        layout, unreadable = find_layout([file.data for file in files], ask)
        files = [file for file in files if file.data not in unreadable]
        labels = _labels_of_folders(files, layout, place)
        files, subjects_from = _with_subjects(files, layout, labels, place)
        if layout.subject:
            subjects_from = f"the column {layout.subject}"
        parts = []
        for file in files:
            label = labels.get(file.data, "")
            parts += parts_of(file, layout, ask, label=label, root=place.root)
            report(file.data)
        if len(parts) == 1 and not (parts[0].subject and not ask.by_file):
            label = labels.get(parts[0].file, "")
            parts = cut_up(parts[0], layout, ask, label=label, n=_N_STRETCHES)
        read = _read(parts, layout, ask, unreadable)
        return _finding(place, layout, read, unreadable, subjects_from, ask)


def _finding(
    place: Place,
    layout: Layout,
    read: Sequence[tuple[Part, Timed]],
    unreadable: dict[Path, str],
    subjects_from: str,
    ask: Ask,
) -> SensorFinding:
    rate_hz = _rate_hz(read, layout, ask)
    bouts = [bouts_of(timed, _max_gap_s(rate_hz)) for _, timed in read]
    labels = _vocabulary(bouts, layout, place)
    items = [_item(part, found) for (part, _), found in zip(read, bouts, strict=True)]
    of_one_file = len({part.file for part, _ in read}) == 1
    split = split_items(items, ask, parts="stretch" if of_one_file else "file")
    facts = _facts(layout, labels, read, bouts, split, rate_hz)
    classes = _classes(labels, items, bouts, split)
    survey = Survey(
        kind=SensorKind.name,
        path=place.path,
        classes=classes,
        units=split.units,
        split_by=split.by,
        n_subjects=len({part.subject for part in facts.parts} - {""}),
        subjects_from=subjects_from or ("the list" if all(part.subject for part in facts.parts) else ""),
        facts=_told_facts(facts, read),
        warnings=(*layout.warnings, *warnings_of(facts.channels, read), *split.warnings),
        unreadable=tuple(f"{file}: {why}" for file, why in unreadable.items()),
    )
    return SensorFinding(survey, facts)


def _facts(
    layout: Layout,
    labels: tuple[str, ...],
    read: Sequence[tuple[Part, Timed]],
    bouts: Sequence[Mapping[str, list[float]]],
    split: SplitFound,
    rate_hz: int,
) -> SensorFacts:
    return SensorFacts(
        labels=labels,
        channels=layout.channels,
        units=_units(layout.channels, [timed for _, timed in read]),
        rate_hz=rate_hz,
        max_gap_s=_max_gap_s(rate_hz),
        parts=tuple(replace(part, split=side) for (part, _), side in zip(read, split.splits, strict=True)),
        bouts={label: tuple(s for b in bouts for s in b.get(label, ())) for label in labels},
        one_label_each=all(len(set(b) - {""}) <= 1 for b in bouts),
        train_s=sum(sum(unit.seconds.values()) for unit in split.units if unit.split == "train"),
    )


def _item(part: Part, bouts: Mapping[str, list[float]]) -> Item:
    seconds = {label: sum(lengths) for label, lengths in bouts.items()}
    return Item(part.name, seconds, part.subject, part.split)


def _max_gap_s(rate_hz: int) -> float:
    """Some lost records are bridged; after longer silence much may have happened."""
    return max(0.5, 10 / rate_hz)


def _files(place: Place) -> list[SensorFile]:
    if place.manifest is not None:
        return read_sensor_manifest(place.manifest)
    return [SensorFile(file) for file in place.files if is_records(file)]


def _labels_of_folders(files: Sequence[SensorFile], layout: Layout, place: Place) -> dict[Path, str]:
    """The label of each file, where folders name them and no column does."""
    if layout.label:
        return {}
    inside = {
        f.data: f.data.relative_to(place.root).parts for f in files if f.data.is_relative_to(place.root)
    }
    labels = {data: parts[0] for data, parts in inside.items() if len(parts) > 1}
    people = are_people(sorted(set(labels.values())))
    if len(labels) < len(files) or people or place.manifest is not None:
        raise DataError(
            f"{place.path}: no column of labels is in every file; the columns are "
            f"{', '.join(filter(None, [layout.time, *layout.channels]))}; expected {SensorKind.expected}. "
            "Name the column (--label); of a series without labels no classes can be told, but it may be "
            "forecast (--forecast all, or the columns)"
        )
    return labels


def _with_subjects(
    files: Sequence[SensorFile], layout: Layout, labels: dict[Path, str], place: Place
) -> tuple[list[SensorFile], str]:
    """The files with their subjects, and how these are known."""
    if layout.subject or all(file.subject for file in files):
        return list(files), "" if layout.subject else "the list"
    names = [
        file.data.relative_to(place.root) if file.data.is_relative_to(place.root) else Path(file.data.name)
        for file in files
    ]
    subjects, how = subjects_of(names, sorted(set(labels.values())))
    return [replace(file, subject=subject) for file, subject in zip(files, subjects, strict=True)], how


def _read(
    parts: Sequence[Part], layout: Layout, ask: Ask, unreadable: dict[Path, str]
) -> list[tuple[Part, Timed]]:
    if not (layout.time or ask.rate_hz):
        raise DataError(
            f"the records carry no time (columns: {', '.join(layout.channels)}); say how many there are a "
            "second (--rate)"
        )
    read = []
    for part in parts:
        try:
            read.append((part, read_times(part, layout.channels, ask.rate_hz)))
        except DataError as error:
            unreadable[part.file] = str(error).removeprefix(f"{part.file}: ")
    if not read:
        raise DataError(f"no recording can be used: {next(iter(unreadable.values()))}")
    return read


def _rate_hz(read: Sequence[tuple[Part, Timed]], layout: Layout, ask: Ask) -> int:
    rates = [timed.rate_hz for _, timed in read if not np.isnan(timed.rate_hz)]
    lowest = float(np.percentile(rates, 5)) if rates else 0.0
    of_motion = any(name.lower().startswith(_MOTION) for name in layout.channels)
    rate_hz = ask.rate_hz if not layout.time else model_rate_hz(lowest, of_motion=of_motion)
    if rate_hz < 1:
        every_s = 1 / lowest if lowest else float("inf")
        raise DataError(
            f"records come every {every_s:.3g} s; classes of frames want one a second at least. If the "
            f"column {layout.time!r} is not in seconds, say so in its name: _ms, _us or _ns"
        )
    return rate_hz


def _vocabulary(bouts: Sequence[dict[str, list[float]]], layout: Layout, place: Place) -> tuple[str, ...]:
    labels = tuple(sorted({label for b in bouts for label in b if label}))
    what = f"the column {layout.label!r}" if layout.label else "the sub-folders"
    if not labels:
        raise DataError(f"{place.path}: {what} is empty in all records; expected a label in some of them")
    if len(labels) == 1:
        raise DataError(
            f"{place.path} holds one class only, {labels[0]!r} in {what}; expected two at least: record what "
            "it is to be told from"
        )
    if len(labels) > _MOST_LABELS:
        raise DataError(
            f"{place.path}: {what} holds {len(labels):,} different values, as {', '.join(labels[:5])}; "
            "expected a few labels that come again; name the right column (--label)"
        )
    return labels


def _classes(
    labels: Sequence[str], items: Sequence[Item], bouts: Sequence[dict[str, list[float]]], split: SplitFound
) -> tuple[Class, ...]:
    found = []
    for label in (*labels, ""):
        n = sum(len(b.get(label, ())) for b in bouts)
        if not n:
            continue
        aside_s = sum(
            i.seconds.get(label, 0) for i, s in zip(items, split.splits, strict=True) if s == "validation"
        )
        n_units = len({u.name for u in split.units if label in u.seconds})
        found.append(Class(label, n, sum(i.seconds.get(label, 0) for i in items), n_units, aside_s))
    return tuple(found)


def _units(channels: Sequence[str], read: Sequence[Timed]) -> tuple[str, ...]:
    """Units by the names of the columns; of acceleration by gravity, which is 1 g."""
    units = [unit_of(channel) for channel in channels]
    square = np.mean([timed.square for timed in read], axis=0)
    for triple in triples_of(channels):
        length = float(np.sqrt(square[list(triple)].sum()))
        known = [unit for unit, (low, high) in _GRAVITY.items() if low <= length <= high]
        if known and channels[triple[0]].lower().startswith("acc") and units[triple[0]] == "unknown":
            for i in triple:
                units[i] = known[0]
    return tuple(units)


def _told_facts(facts: SensorFacts, read: Sequence[tuple[Part, Timed]]) -> dict[str, object]:
    rates = [timed.rate_hz for _, timed in read if not np.isnan(timed.rate_hz)]
    gaps = np.concatenate([gaps_of(timed, facts.max_gap_s) for _, timed in read])
    lengths = sorted(s for some in facts.bouts.values() for s in some)
    return {
        "files": len({part.file for part, _ in read}),
        "records": sum(len(timed.time_s) for _, timed in read),
        "minutes": round(sum(lengths) / 60, 2),
        "channels": dict(zip(facts.channels, facts.units, strict=True)),
        "records_per_s": [round(float(r), 2) for r in np.percentile(rates, [0, 50, 100])] if rates else [],
        "model_rate_hz": facts.rate_hz,
        "segment_s": [round(s, 2) for s in np.percentile(lengths, [0, 50, 100]).tolist()],
        "gaps": len(gaps),
        "longest_gap_s": round(float(gaps.max(initial=0)), 2),
        "records_dropped": sum(timed.problems.n_dropped for _, timed in read),
    }
