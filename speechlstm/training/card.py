"""What is known of a model when its training ends: data, licences, seed, settings."""

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from speechlstm.config import to_dict
from speechlstm.training.recipe import Recipe
from speechlstm.training.task import Score

__all__ = ["make_card"]


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
        "validation_during_training": {
            name: {"n_items": score.n_items, **score.figures} for name, score in scores.items()
        },
        "targets": {name: asdict(target) for name, target in recipe.targets.items()},
        "metrics": {},
        "recipe": to_dict(recipe),
    }
