"""Samples kept in bounds, with silence before and behind, cut into windows; and frames stacked into one."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from speechlstm.config import require
from speechlstm.stage import NoState, Stage

__all__ = ["Framing", "Limit", "Onset", "Stack", "Tail"]


class Limit(Stage[NoState]):
    """Samples cut at ``-bound`` and ``bound``, so that what follows cannot overflow.

    Args:
        bound: Far above what sound reaches, whose full scale is 1.
    """

    def __init__(self, bound: float) -> None:
        require(bound > 0, f"expected a positive bound, got {bound}")
        self.bound = np.float32(bound)

    def initial_state(self) -> NoState:
        return NoState()

    def step(self, x: np.ndarray, state: NoState) -> tuple[np.ndarray, NoState]:
        """Take samples ``[n]``, give samples ``[n]``."""
        return np.clip(x, -self.bound, self.bound), state

    def flush(self, state: NoState) -> np.ndarray:
        return np.zeros(0, np.float32)


class _Begun(NamedTuple):
    begun: bool


class Onset(Stage[_Begun]):
    """Silence before the beginning of a sound, as far back as the windows reach that hear it begin.

    Args:
        n: Samples of silence; none where there is no sound.
    """

    def __init__(self, n: int) -> None:
        self._silence = np.zeros(n, np.float32)

    def initial_state(self) -> _Begun:
        return _Begun(False)

    def step(self, x: np.ndarray, state: _Begun) -> tuple[np.ndarray, _Begun]:
        """Take samples ``[n]``, give samples ``[n]``; the first with the silence before them."""
        if state.begun or not len(x):
            return x, state
        return np.concatenate([self._silence, x]), _Begun(True)

    def flush(self, state: _Begun) -> np.ndarray:
        return np.zeros(0, np.float32)


class Tail(Stage[_Begun]):
    """Silence behind the end of a sound, so that what is said last can be answered after it.

    Args:
        n: Samples of silence; none where there was no sound.
    """

    def __init__(self, n: int) -> None:
        self.n = n

    def initial_state(self) -> _Begun:
        return _Begun(False)

    def step(self, x: np.ndarray, state: _Begun) -> tuple[np.ndarray, _Begun]:
        """Take samples ``[n]``, give samples ``[n]``."""
        return x, _Begun(state.begun or len(x) > 0)

    def flush(self, state: _Begun) -> np.ndarray:
        return np.zeros(self.n if state.begun else 0, np.float32)


class _Rest(NamedTuple):
    rest: np.ndarray


class Framing(Stage[_Rest]):
    """Overlapping windows of a signal, never centred: frame ``i`` is ``x[i*hop : i*hop + win]``.

    The end of a stream is padded with zeros so that every sample owns a frame (``i = sample // hop``):
    a stream of ``n`` samples gives ``ceil(n / hop)`` frames, and nothing is lost, however short it is.
    Samples of several channels, as a sensor's, are cut alike, channel by channel; their end is padded with
    the last sample, for a sensor that fell to zero would be a blow that nobody struck.

    Args:
        win_length: Samples in a window.
        hop_length: Samples between the starts of neighbouring windows, at most ``win_length``.
        n_channels: Channels of a sample ``[n, n_channels]``; none for sound, whose samples are ``[n]``.

    Raises:
        ConfigError: Lengths that are not ``1 <= hop_length <= win_length``.
    """

    def __init__(self, win_length: int, hop_length: int, *, n_channels: int | None = None) -> None:
        require(
            1 <= hop_length <= win_length,
            f"expected 1 <= hop_length <= win_length, got hop_length={hop_length}, win_length={win_length}",
        )
        self.win_length, self.hop_length = win_length, hop_length
        self._shape = () if n_channels is None else (n_channels,)
        self.latency = win_length - 1
        self.rate = Fraction(1, hop_length)

    def initial_state(self) -> _Rest:
        return _Rest(np.zeros((0, *self._shape), np.float32))

    def step(self, x: np.ndarray, state: _Rest) -> tuple[np.ndarray, _Rest]:
        """Take samples ``[n]``, give the windows that are complete, ``[frames, win_length]``.

        Of samples ``[n, n_channels]`` the windows are ``[frames, n_channels, win_length]``.
        """
        signal = np.concatenate([state.rest, x]) if len(state.rest) else np.ascontiguousarray(x)
        n_frames = max(0, (len(signal) - self.win_length) // self.hop_length + 1)
        return self._windows(signal, n_frames), _Rest(signal[n_frames * self.hop_length :].copy())

    def flush(self, state: _Rest) -> np.ndarray:
        n_frames = -(-len(state.rest) // self.hop_length)
        padding = np.zeros((self.win_length, *self._shape), np.float32)
        if self._shape and len(state.rest):
            padding[:] = state.rest[-1]
        return self._windows(np.concatenate([state.rest, padding]), n_frames)

    def _windows(self, signal: np.ndarray, n_frames: int) -> np.ndarray:
        shape = (n_frames, *self._shape, self.win_length)
        if n_frames == 0:
            return np.zeros(shape, np.float32)
        time, *channels = signal.strides
        strides = (time * self.hop_length, *channels, time)
        # as_strided does the same in five times the time, which counts on chunks
        windows: np.ndarray = np.ndarray(shape, signal.dtype, signal, 0, strides)
        windows.flags.writeable = False
        return windows


class Stack(Stage[_Rest]):
    """``n`` neighbouring frames laid side by side as one, so that the network runs at a lower rate.

    The last frame of a stream is repeated where the end leaves a stack unfilled.

    Args:
        n: Frames in a stack.
        width: Features in a frame.
    """

    def __init__(self, n: int, width: int) -> None:
        require(n >= 1, f"expected at least one frame in a stack, got {n}")
        self.n, self.width = n, width
        self.latency = n - 1
        self.rate = Fraction(1, n)

    def initial_state(self) -> _Rest:
        return _Rest(np.zeros((0, self.width), np.float32))

    def step(self, x: np.ndarray, state: _Rest) -> tuple[np.ndarray, _Rest]:
        """Take frames ``[n_frames, width]``, give stacks ``[n_frames // n, n * width]``."""
        frames = np.concatenate([state.rest, x]) if len(state.rest) else x
        n_whole = len(frames) // self.n * self.n
        return frames[:n_whole].reshape(-1, self.n * self.width), _Rest(frames[n_whole:].copy())

    def flush(self, state: _Rest) -> np.ndarray:
        rest = state.rest
        if len(rest) == 0:
            return np.zeros((0, self.n * self.width), np.float32)
        return np.concatenate([rest, np.repeat(rest[-1:], self.n - len(rest), axis=0)]).reshape(1, -1)
