"""How loud a piece of sound is."""

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["FLOOR_DBFS", "meter"]

FLOOR_DBFS = -120.0


def meter(samples: NDArray[np.floating]) -> tuple[float, float]:
    """Measure a chunk of sound against full scale.

    Args:
        samples: Mono sound ``[n]``, -1 to 1; ``n`` may be 0. NaN counts as silence, infinity as full scale.

    Returns:
        ``(rms_dbfs, peak_dbfs)``, never under ``FLOOR_DBFS``. A full-scale square wave measures
        (0, 0), a full-scale sine (-3, 0).

    Example:
        >>> meter(np.array([0.1, -0.1]))
        (-20.0, -20.0)
    """
    if samples.size == 0:
        return FLOOR_DBFS, FLOOR_DBFS
    clean = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=1.0, neginf=-1.0)
    return _dbfs(math.sqrt(np.mean(np.square(clean)))), _dbfs(float(np.max(np.abs(clean))))


def _dbfs(amplitude: float) -> float:
    return max(FLOOR_DBFS, 20 * math.log10(max(amplitude, 1e-12)))
