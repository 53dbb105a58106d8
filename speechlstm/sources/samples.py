"""What every source does to the samples it reads: one channel, finite numbers."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from speechlstm.errors import AudioError

__all__ = ["Samples", "checked_samples", "cut_short", "require_channel", "require_finite", "to_mono"]

Samples = npt.NDArray[np.float32]

# what lossy encoders pad and their decoders trim is no cut
_UNNOTICED_S = 0.01


def cut_short(n_read: int, n_expected: int, sample_rate_hz: int) -> str | None:
    """What to say of sound that ended before the end that its header names; None if it did not.

    Example:
        >>> cut_short(16_800, 33_600, 8_000)
        'is cut short: 2.10 of 4.20 s'
    """
    if n_expected - n_read <= _UNNOTICED_S * sample_rate_hz:
        return None
    return f"is cut short: {n_read / sample_rate_hz:.2f} of {n_expected / sample_rate_hz:.2f} s"


def to_mono(block: npt.NDArray[Any], channel: int | None) -> Samples:
    """Take one channel of a block, or the mean of all.

    Args:
        block: Samples ``[n, channels]``, float32.
        channel: Which channel, counted from 0; None for the mean.

    Returns:
        Samples ``[n]``, float32.
    """
    if channel is not None:
        mono: Samples = block[:, channel]
    elif block.shape[1] == 1:
        mono = block[:, 0]
    else:
        # Infinities of both signs and overflows become NaN or infinite here, and require_finite finds them.
        with np.errstate(over="ignore", invalid="ignore"):
            mono = block.mean(axis=1, dtype=np.float32)
    return np.ascontiguousarray(mono)


def require_channel(channel: int | None, n_channels: int, name: str) -> None:
    """Raise unless ``channel`` is None or one of the ``n_channels``, counted from 0.

    Raises:
        AudioError: It is not there; the message says how many there are.
    """
    if channel is not None and not 0 <= channel < n_channels:
        have = "one channel, 0" if n_channels == 1 else f"{n_channels} channels, 0 to {n_channels - 1}"
        raise AudioError(f"{name}: there is no channel {channel}; it has {have}")


def require_finite(samples: Samples, first_samples: int, name: str) -> None:
    """Raise if a sample is NaN or infinite.

    Args:
        samples: Samples ``[n]``.
        first_samples: Position of the first of them in the source.
        name: What to call the source in the error.

    Raises:
        AudioError: With the position of the first such sample.
    """
    finite = np.isfinite(samples)
    if not finite.all():
        at = int(np.argmin(finite))
        what = "NaN" if np.isnan(samples[at]) else "an infinite value"
        raise AudioError(
            f"{name}: holds {what} at sample {first_samples + at}, expected numbers; "
            "write the file again from its source"
        )


def checked_samples(samples: npt.ArrayLike, n_channels: int | None) -> Samples:
    """What a caller feeds, as samples that a model can take.

    Args:
        samples: Float samples ``[n]``, or ``[n, n_channels]`` of a sensor.
        n_channels: Channels of the sensor; None for sound.

    Returns:
        The same, float32.

    Raises:
        AudioError: Another shape or type, or numbers that are not finite in float32.
    """
    samples = np.asarray(samples)
    if n_channels is None and samples.ndim != 1:
        raise AudioError(
            f"expected mono samples [n], got an array of shape {samples.shape}; mix it down first"
        )
    if n_channels is not None and samples.shape[1:] != (n_channels,):
        raise AudioError(f"expected samples [n, {n_channels}], got an array of shape {samples.shape}")
    if not np.issubdtype(samples.dtype, np.floating):
        raise AudioError(
            f"expected float samples in -1..1, got {samples.dtype}; divide 16-bit integers by 32768"
        )
    with np.errstate(invalid="ignore", over="ignore"):
        found = samples.astype(np.float32, copy=False)
        is_suspect = not math.isfinite(float(found.sum()))
    if is_suspect and not np.isfinite(found).all():
        what = "numbers too large for float32" if np.isfinite(samples).all() else "NaN or infinity"
        raise AudioError(f"the samples hold {what}; replace them before feeding")
    return found
