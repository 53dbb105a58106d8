"""Figures with their machine, as a Markdown table or as JSON; ratios come first."""

import dataclasses
import json
from collections.abc import Iterator, Sequence

from speechlstm.bench.figure import Figure
from speechlstm.bench.machine import Machine

__all__ = ["about", "as_json", "as_markdown", "digits", "markdown_table", "time_text"]

_HEAD = ("what", "measured", "target", "met", "from")


def as_json(figures: Sequence[Figure], machine: Machine) -> str:
    """One object with ``machine`` and ``figures``, each with ``met``; without a newline at the end."""
    rows = [dataclasses.asdict(figure) | {"met": figure.met} for figure in _sorted(figures)]
    return json.dumps({"machine": dataclasses.asdict(machine), "figures": rows}, indent=2, ensure_ascii=False)


def as_markdown(figures: Sequence[Figure], machine: Machine) -> str:
    """A table that reads well as it is, under a line on the machine; without a newline at the end."""
    table = [_HEAD, *(_row(figure) for figure in _sorted(figures))]
    return "\n".join([*about(machine), "", *markdown_table(table)])


def markdown_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table that reads well as it is; the first row is its head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *lines = (
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )
    return [head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines]


def about(machine: Machine) -> Iterator[str]:
    """Lines on the machine that figures hold for."""
    cores = "1 core" if machine.n_cores == 1 else f"{machine.n_cores} cores"
    load = "" if machine.load is None else f", load {machine.load:g} before"
    yield f"{machine.date}, {machine.cpu}, {cores}{load}, {machine.system}."
    packages = (f"{name} {version}" for name, version in machine.packages.items())
    yield f"Python {machine.python}, {', '.join(packages)}."


def _sorted(figures: Sequence[Figure]) -> list[Figure]:
    return sorted(figures, key=lambda figure: (figure.value is None, figure.unit != "x"))


def _row(figure: Figure) -> tuple[str, ...]:
    if figure.skipped is not None:
        return figure.name, "skipped", "", "", _cell(figure.skipped)
    if figure.value is None:
        return figure.name, "failed", "", "", _cell(figure.failed or "no value")
    met = {None: "", True: "yes", False: "no"}[figure.met]
    times = ", ".join(f"{name} {time_text(seconds)}" for name, seconds in figure.seconds.items())
    return figure.name, _quantity(figure.value, figure.unit), _target(figure), met, times


def _target(figure: Figure) -> str:
    if figure.at_most is not None:
        return f"at most {_quantity(figure.at_most, figure.unit)}"
    return "" if figure.at_least is None else f"at least {_quantity(figure.at_least, figure.unit)}"


def _quantity(value: float, unit: str) -> str:
    return f"{digits(value)} {unit}"


def time_text(seconds: float) -> str:
    """Seconds with the unit that suits them.

    Example:
        >>> time_text(0.0123), time_text(4.5e-5)
        ('12.3 ms', '45 µs')
    """
    for scale, unit in ((1, "s"), (1e-3, "ms")):
        if seconds >= scale:
            return f"{digits(seconds / scale)} {unit}"
    return f"{digits(seconds * 1e6)} µs"


def digits(value: float) -> str:
    """Three digits, or all of a large number."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _cell(text: str) -> str:
    """Text on one line that ends no cell."""
    return " ".join(text.split()).replace("|", "\\|")
