"""A survey as text."""

from collections.abc import Mapping, Sequence
from typing import Any

from speechlstm.survey.kind import Survey

__all__ = ["as_text"]

_MOST_UNITS = 20
_MOST_UNREADABLE = 5
_WIDTH = 18
_UNEVEN = 10


def as_text(survey: Survey) -> str:
    """What was found, in lines."""
    lines = [_line("found", f"{survey.kind} in {survey.path}")]
    lines += [_line(name.replace("_", " "), _plain(value)) for name, value in survey.facts.items() if value]
    if survey.classes:
        lines += [_line("imbalance", _imbalance(survey))]
        lines += [_line("subjects", _subjects(survey)), "", *_classes(survey)]
    if survey.unreadable:
        lines += ["", f"{len(survey.unreadable):,} files cannot be used:"]
        lines += [f"  {text}" for text in survey.unreadable[:_MOST_UNREADABLE]]
        lines += ["  ..."] if len(survey.unreadable) > _MOST_UNREADABLE else []
    return "\n".join([*lines, *(f"\nNote: {text}." for text in survey.warnings)])


def _line(name: str, text: str) -> str:
    return f"{name:{_WIDTH}}{text}"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {part}" for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        low, middle, high = value
        return f"{middle} (from {low} to {high})"
    return value if isinstance(value, str) else f"{value:,}"


def _imbalance(survey: Survey) -> str:
    told = f"{survey.imbalance:.1f} times as much of the commonest as of the rarest"
    rarest = min((c for c in survey.classes if c.label), key=lambda c: c.seconds)
    return told if survey.imbalance < _UNEVEN else f"{told}: record more of {rarest.label!r}"


def _subjects(survey: Survey) -> str:
    by = {"given": "as the data name it"}.get(survey.split_by, f"by {survey.split_by}")
    aside = [unit.name for unit in survey.units if unit.split == "validation"]
    some = ", ".join(aside[:_MOST_UNITS]) + (", ..." if len(aside) > _MOST_UNITS else "")
    who = f"{survey.n_subjects:,}, from {survey.subjects_from}" if survey.subjects_from else "not known"
    what = "" if survey.split_by in ("subject", "given") else f" of {len(survey.units):,}"
    return f"{who}; split {by}: {len(aside):,}{what} to validate with ({some})"


def _classes(survey: Survey) -> list[str]:
    units = "subjects" if survey.split_by in ("subject", "given") else survey.split_by + "s"
    units = "stretches" if survey.split_by == "stretch" else units
    amount: str = survey.amount
    rows = [("class", "n", amount, units, f"to validate, {amount}")]
    for c in survey.classes:
        label = c.label or "(none of them)"
        whole, aside = (_amount(seconds, survey) for seconds in (c.seconds, c.validation_s))
        rows.append((label, f"{c.n:,}", whole, f"{c.n_units:,}", aside))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]


def _amount(seconds: float, survey: Survey) -> str:
    return f"{seconds / 60:.2f}" if survey.amount == "minutes" else f"{seconds:,.0f}"
