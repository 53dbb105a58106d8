"""All of a source as one array, for what looks at a piece of it as a whole."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from speechlstm.errors import AudioError, DataError
from speechlstm.messages import Gap, Overflow
from speechlstm.sources.files import AudioFile
from speechlstm.sources.samples import Samples
from speechlstm.timing import Rate, seconds

__all__ = ["whole_samples", "whole_sound"]


def whole_samples(
    chunks: Iterable[Samples | Overflow | Gap],
    sample_rate_hz: Rate,
    name: str,
    *,
    start: int = 0,
    n: int | None = None,
) -> Samples:
    """Samples of a source, without a gap.

    Args:
        chunks: What the source gives.
        sample_rate_hz: Of the samples.
        name: What to call the source in the error.
        start: The first sample that is wanted.
        n: How many are wanted, if so many there are; all if not given. No more are read.

    Returns:
        ``[n]`` or ``[n, n_channels]``; nothing where the source ends before ``start``.

    Raises:
        DataError: A gap lies within.
    """
    end = None if n is None else start + n
    kept: list[Samples] = []
    at, gap = 0, None
    for chunk in chunks:
        if isinstance(chunk, Gap):
            at, gap = at + chunk.n_samples, chunk if kept else None
        elif isinstance(chunk, np.ndarray):
            part = chunk[max(0, start - at) : None if end is None else max(0, end - at)]
            if len(part) and gap is not None:
                raise _broken(gap, at, start, sample_rate_hz, name)
            kept += [part] if len(part) else []
            at += len(chunk)
        if end is not None and at >= end:
            break
    return np.concatenate(kept) if kept else np.zeros(0, np.float32)


def whole_sound(path: Path, sample_rate_hz: int) -> Samples:
    """All of a sound file.

    Args:
        path: The file.
        sample_rate_hz: Samples per second that are wanted.

    Returns:
        Mono float32 ``[n]`` in -1..1, of one sample at least.

    Raises:
        AudioError: The file cannot be read, or is so short that it has no sample at that rate.
    """
    with AudioFile(path, sample_rate_hz) as source:
        chunks = list(source)
    if not chunks:
        raise AudioError(f"{path}: is too short to be heard; at {sample_rate_hz} Hz it has no sample")
    return np.concatenate(chunks)


def _broken(gap: Gap, at: int, start: int, sample_rate_hz: Rate, name: str) -> DataError:
    began = at - gap.n_samples
    from_s, to_s = seconds(began, sample_rate_hz), seconds(at, sample_rate_hz)
    return DataError(
        f"{name}: has a gap from {from_s:g} to {to_s:g} s, across which nothing is remembered; "
        f"take the {seconds(began - start, sample_rate_hz):g} s before it, or what comes after it"
    )
