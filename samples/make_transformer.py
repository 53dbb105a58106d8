"""Makes ``transformer.csv``: seven made-up series of an electricity transformer, by the hour, for 30 days.

    python samples/make_transformer.py > samples/transformer.csv

A simulator, not a recording: three pairs of loads follow the day and the week of a town, a reactive load
each with its active one, and the oil warms with the sum of the loads and with the weather. Scales are roughly
those of the transformers in Zhou et al., "Informer" (AAAI 2021), none of whose data is in it. Two hours are
missing, as they are in practice.
"""

import sys
from datetime import datetime, timedelta

import numpy as np

_BEGIN = datetime(2021, 3, 1)
_N_HOURS = 30 * 24
_MISSING = (200, 431)
_NAMES = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")


def main() -> None:
    """Write the series to standard output."""
    print("date," + ",".join(_NAMES))
    for i, row in enumerate(transformer()):
        if i not in _MISSING:
            print(f"{_BEGIN + timedelta(hours=i)}," + ",".join(f"{value:.3f}" for value in row))


def transformer(n_hours: int = _N_HOURS, seed: int = 0) -> np.ndarray:
    """The series ``[n_hours, 7]``."""
    rng = np.random.default_rng(seed)
    hours = np.arange(n_hours)
    day, is_weekend = 2 * np.pi * hours / 24, (hours // 24) % 7 >= 5
    # high around noon and in the evening, low at night
    town = 1 - 0.7 * np.cos(day - 0.3) - 0.5 * np.cos(2 * day - 1.2) - 0.5 * is_weekend
    weather = _wander(rng, n_hours, step=0.25, pull=0.01)
    columns = []
    for mean, swing, share in ((7.5, 4.5, 0.22), (4.5, 4.0, 0.20), (3.0, 0.8, 0.30)):
        active = mean + swing * (town - 1) + _wander(rng, n_hours, step=0.12 * swing, pull=0.15)
        reactive = share * active + _wander(rng, n_hours, step=0.06 * swing, pull=0.1)
        columns += [active, reactive]
    heat = columns[0] + columns[2] + 2 * columns[4]
    oil, temperature = [], 14.0
    for warming, outside in zip(heat, weather, strict=True):
        # an hour brings it an eighth of the way to where load and weather would leave it
        temperature += (8 + 0.35 * warming + 3 * outside - temperature) / 8
        oil.append(temperature)
    return np.stack([*columns, np.array(oil) + rng.normal(0, 0.2, n_hours)], axis=1)


def _wander(rng: np.random.Generator, n: int, *, step: float, pull: float) -> np.ndarray:
    """A walk that is pulled back to 0."""
    walk = np.zeros(n)
    for i, push in enumerate(rng.normal(0, step, n - 1), 1):
        walk[i] = (1 - pull) * walk[i - 1] + push
    return walk


if __name__ == "__main__":
    sys.exit(main())
