"""What all pages of figures have in common."""

from collections.abc import Iterable
from datetime import date
from importlib.resources import files

import speechlstm
from speechlstm.page import Html, Page, section, tag, tiles

__all__ = ["measured_page", "overview"]


def measured_page(title: str, lead: str, parts: Iterable[Html | None]) -> Page:
    """A page of figures.

    Args:
        title: Which model on what.
        lead: What was measured on.
        parts: Sections; those that are ``None`` are left out.
    """
    return Page(
        title=title,
        kind="speechlstm evaluate",
        lead=lead,
        parts=tuple(part for part in parts if part is not None),
        contents=True,
        footer=f"Measured on {date.today():%d %B %Y} with speechlstm {speechlstm.__version__}.",
        script=files("speechlstm.evaluation.pages").joinpath("clips.js").read_text(encoding="utf-8"),
    )


def overview(figures: Iterable[tuple[str, str, str]], ci95_unit: str, command: str) -> Html:
    """The figures that matter most, and the command that measures them.

    Args:
        figures: Name, figure and a note on each.
        ci95_unit: What the intervals take as independent.
        command: What was typed.
    """
    return section(
        "In short",
        tiles(figures),
        tag("pre", f"$ {command}"),
        name="short",
        lead="How far chance alone may have moved a figure is told by its interval; 95 % intervals take "
        f"{ci95_unit} as independent.",
    )
