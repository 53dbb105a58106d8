"""What is odd about the recordings of a sensor that a recipe is to be made for."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from speechlstm.sources.units import FAR_OFF, gravity_in
from speechlstm.survey.sensor_layout import triples_of
from speechlstm.survey.sensor_parts import Part
from speechlstm.survey.sensor_times import Timed

__all__ = ["warnings_of"]

# how an error of a record begins
_LINE = re.compile(r"^line [\d,]+,? ")


def warnings_of(channels: Sequence[str], read: Sequence[tuple[Part, Timed]]) -> list[str]:
    """What to look at before a recipe is trained, a sentence each.

    Args:
        channels: Names of the channels.
        read: The recordings.
    """
    found = []
    n_back = sum(int((np.diff(timed.time_s) < 0).sum()) for _, timed in read)
    if n_back:
        found.append(f"time goes back {n_back:,} times; such records are dropped, or begin a new segment")
    still = [name for i, name in enumerate(channels) if max(timed.std[i] for _, timed in read) == 0]
    if still:
        found.append(f"channels that never change: {', '.join(still)}; take them from the recipe")
    odd = next(((part, timed.problems.first) for part, timed in read if timed.problems.first), None)
    if odd:
        n = sum(timed.problems.n_dropped for _, timed in read)
        found.append(f"{n:,} records cannot be used (the first: {_place(*odd)})")
    return [*found, *_other_units(channels, read)]


def _place(part: Part, first: str) -> str:
    """A record of a file; lines of what was cut out of one have other numbers there."""
    return f"{part.name}: {first if part.content is None else _LINE.sub('', first)}"


def _other_units(channels: Sequence[str], read: Sequence[tuple[Part, Timed]]) -> Iterator[str]:
    """Accelerometers that feel gravity in some recordings, and come to much more or less in others."""
    for triple in triples_of(channels):
        names = [channels[i] for i in triple]
        if not names[0].lower().startswith("acc"):
            continue
        lengths = np.array([np.sqrt(timed.square[list(triple)].sum()) for _, timed in read])
        usual = float(np.sort(lengths)[(len(lengths) - 1) // 2])
        is_far_off = (lengths > FAR_OFF * usual) | (lengths < usual / FAR_OFF)
        odd = [i for i in np.flatnonzero(is_far_off).tolist() if _feels_gravity(lengths[i])]
        if odd and _feels_gravity(usual):
            part, length = read[odd[0]][0], lengths[odd[0]]
            yield (
                f"{', '.join(names)} come to {length:.3g} in {part.name}, to {usual:.3g} in others "
                f"({len(odd)} of {len(read)} recordings are so far off); are all in the same unit?"
            )


def _feels_gravity(length: float) -> bool:
    return any(gravity_in(unit, length) for unit in ("g", "m/s2"))
