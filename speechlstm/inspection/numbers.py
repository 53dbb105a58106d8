"""An inspection as numbers, for those who go on from there."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from speechlstm.inspection.inspection import Inspection
from speechlstm.inspection.units import Unit, UnitName
from speechlstm.timing import seconds

__all__ = ["inspection_arrays", "inspection_object"]


def inspection_object(inspection: Inspection, drawn: Sequence[UnitName]) -> dict[str, Any]:
    """What JSON holds of it: the words, and what every unit remembers, answers to and is needed for."""
    trace, rate_hz = inspection.trace, inspection.trace.sample_rate_hz
    return {
        "model": inspection.recognizer.bundle.name,
        "file": inspection.name,
        "latency": inspection.recognizer.latency,
        "start": seconds(inspection.start_samples, rate_hz),
        "duration": seconds(trace.n_samples, rate_hz),
        "n_frames": trace.n_frames,
        "frame": inspection.frame_s,
        "words": [
            {
                "word": word.text,
                "start": seconds(inspection.start_samples + word.start_samples, rate_hz),
                "end": seconds(inspection.start_samples + word.end_samples, rate_hz),
                "conf": round(word.confidence, 4),
            }
            for word in inspection.words
        ],
        "drawn": [str(name) for name in drawn],
        "units": [_unit(unit, inspection.frame_s) for unit in inspection.units],
    }


def inspection_arrays(inspection: Inspection) -> dict[str, Any]:
    """Arrays for ``numpy.savez``: those of the trace, and of all units in order their names and figures.

    ``times_s`` counts from the beginning of the part that was looked at; ``effects_bits`` is
    ``[units, frames]``; ``phone_labels`` names the columns of ``phones``, where there are any.
    """
    units, labels = inspection.units, inspection.phone_labels
    phones = {"phone_labels": np.array(labels)} if labels else {}
    return (
        inspection.trace.arrays()
        | phones
        | {
            "units": np.array([str(unit.name) for unit in units]),
            "memory_frames": np.array([unit.memory_frames for unit in units]),
            "words": np.array(list(units[0].information_bits), str),
            "information_bits": np.array([list(unit.information_bits.values()) for unit in units]),
            "effects_bits": np.stack([inspection.effects_bits[unit.name] for unit in units]),
        }
    )


def _unit(unit: Unit, frame_s: float) -> dict[str, Any]:
    return {
        "unit": str(unit.name),
        "remembers": round(unit.memory_frames * frame_s, 4),
        "answers_to": {word: round(bits, 4) for word, bits in unit.information_bits.items()},
        "needed": float(f"{unit.effect_bits:.4g}"),
        "heard_without": unit.text,
    }
