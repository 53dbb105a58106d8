"""The card of a model: what it was trained on, under which licences, how, and what was measured."""

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from speechlstm.config import to_dict
from speechlstm.training.recipe import Recipe
from speechlstm.training.validation import Score

__all__ = ["make_card", "write_readme"]


def make_card(recipe: Recipe, seconds: float, scores: Mapping[str, Score]) -> dict[str, Any]:
    """The card of a run that has ended."""
    return {
        "name": recipe.name,
        "description": recipe.description,
        "licence": recipe.licence,
        "data": {
            name: {
                "manifest": s.manifest,
                "split": s.split or "all",
                "role": s.role,
                "left_out_speakers": list(s.exclude_speakers),
                "licence_and_source": recipe.sources[name],
            }
            for name, s in recipe.data.items()
        },
        "seed": recipe.seed,
        "trained": {
            "date": datetime.now(UTC).date().isoformat(),
            "seconds": round(seconds),
            "machine": platform.machine(),
            "versions": {
                package: version(package) for package in ("tensorflow", "keras", "numpy", "librosa")
            },
        },
        "validation_during_training": {name: asdict(score) for name, score in scores.items()},
        "metrics": {},
        "recipe": to_dict(recipe),
    }


def write_readme(folder: Path, card: Mapping[str, Any]) -> None:
    """``README.md`` of a bundle, made from its card."""
    lines = [f"# {card['name']}", "", card["description"], "", f"Licence of the model: {card['licence']}", ""]
    lines += [
        "## Trained on",
        "",
        "| set | split | role | left out | licence and source |",
        "|---|---|---|---|---|",
    ]
    for name, s in card["data"].items():
        out = ", ".join(s["left_out_speakers"]) or "nobody"
        lines.append(f"| {name} | {s['split']} | {s['role']} | {out} | {s['licence_and_source']} |")
    trained = card["trained"]
    lines += ["", f"Seed {card['seed']}; {trained['seconds'] / 60:.0f} minutes; {trained['date']}.", ""]
    lines += ["## Measured", ""]
    if card["metrics"]:
        lines += ["| what | clips | words | word error rate (95 %) | exact (95 %) |", "|---|---|---|---|---|"]
        lines += [_row(name, m) for name, m in card["metrics"].items()]
    else:
        lines.append("Nothing yet: `speechlstm evaluate` measures, and `--card` writes it here.")
    lines += ["", "All settings: `bundle.json`; the recipe as it was run: `card.json`.", ""]
    (folder / "README.md").write_text("\n".join(lines))


def _row(name: str, m: Mapping[str, Any]) -> str:
    def percent(value: float | None, interval: list[float] | None) -> str:
        if value is None:
            return "-"
        ends = f" ({100 * interval[0]:.1f}-{100 * interval[1]:.1f})" if interval else ""
        return f"{100 * value:.1f} %{ends}"

    return (
        f"| {name} | {m['n_clips']} | {m['n_words']} | {percent(m['wer'], m['wer_ci95'])} "
        f"| {percent(m['exact'], m['exact_ci95'])} |"
    )
