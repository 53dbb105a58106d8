"""A split that divides no subject, and leaves something of every class to train on."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from speechlstm.errors import DataError
from speechlstm.survey.kind import Unit

__all__ = ["propose_split", "shared_between"]


def propose_split(units: Sequence[Unit], *, share: float, what: str) -> tuple[Unit, ...]:
    """Put whole units aside for validation: about ``share`` of every class, and never all of one.

    One by one the unit is taken that brings the shares of the classes nearest to ``share``, as long as it
    brings them nearer; at least one. Which of equals comes first is drawn with a fixed seed.

    Args:
        units: What may not be divided, with seconds of each class.
        share: Of each class, above 0 and below 1.
        what: What a unit is, as ``subject``, for an error.

    Returns:
        The units with ``train`` or ``validation`` as their split, in the order they came.

    Raises:
        DataError: There are not two, or each has a class that no other has.
    """
    if len(units) < 2:
        raise DataError(f"a split needs two of a kind at least, there is one {what}")
    labels = sorted({label for unit in units for label in unit.seconds if label})
    seconds = np.array([[unit.seconds.get(label, 0.0) for label in labels] for unit in units])
    parts = seconds / np.maximum(seconds.sum(axis=0), 1e-9)
    chosen = _choose(parts[(order := np.random.default_rng(0).permutation(len(units)))], share)
    if not chosen:
        raise DataError(f"every {what} has a class that no other {what} has: none can be spared to validate")
    validation = {int(order[i]) for i in chosen}
    return tuple(
        replace(unit, split="validation" if i in validation else "train") for i, unit in enumerate(units)
    )


def shared_between(units: Sequence[Unit]) -> list[str]:
    """Names that are on both sides of a split that the data give, to train and to validate."""
    sides: dict[str, set[str]] = {}
    for unit in units:
        sides.setdefault(unit.name, set()).add(unit.split)
    return sorted(name for name, splits in sides.items() if name and len(splits) > 1)


def _choose(parts: np.ndarray, share: float) -> list[int]:
    """Rows of ``parts`` ``[n_units, n_classes]``, shares of each class, to be put aside."""
    chosen: list[int] = []
    aside = np.zeros(parts.shape[1])
    while True:
        after = aside + parts
        costs = np.square(after - share).sum(axis=1)
        costs[(after > 1 - 1e-9).any(axis=1)] = np.inf
        costs[chosen] = np.inf
        best = int(costs.argmin())
        no_better = chosen and costs[best] >= np.square(aside - share).sum()
        if not np.isfinite(costs[best]) or no_better:
            return chosen
        chosen.append(best)
        aside = after[best]
