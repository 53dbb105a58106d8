"""Where known words lie: the best CTC path through a given transcript."""

from collections.abc import Sequence

import numpy as np

from speechlstm.errors import ConfigError

__all__ = ["peak_frames"]


def peak_frames(log_probs: np.ndarray, tokens: Sequence[int]) -> list[int]:
    """Align a transcript by Viterbi's algorithm over CTC's states (blank, token, blank, ...).

    Args:
        log_probs: ``[time, n_outputs]``, natural logarithms; token 0 is the blank.
        tokens: The transcript, without blanks.

    Returns:
        For every token the frame, of those the best path gives it, where it is likeliest.

    Raises:
        ConfigError: More tokens than fit into the frames.

    Example:
        >>> log_probs = np.log([[0.8, 0.2], [0.1, 0.9], [0.3, 0.7], [0.9, 0.1]])
        >>> peak_frames(log_probs, [1])
        [1]
    """
    states = np.zeros(2 * len(tokens) + 1, np.int64)
    states[1::2] = tokens
    emitted = log_probs[:, states]
    # a token may follow another at once, but not its like: a blank must stand between
    may_skip = np.zeros(len(states), bool)
    may_skip[2:] = (states[2:] != 0) & (states[2:] != states[:-2])
    path = _best_path(emitted, may_skip)
    if path is None:
        raise ConfigError(
            f"{len(tokens)} tokens do not fit into {len(log_probs)} frames; give longer sound or fewer words"
        )
    peaks = []
    for s in range(1, len(states), 2):
        frames = np.flatnonzero(path == s)
        peaks.append(int(frames[emitted[frames, s].argmax()]))
    return peaks


def _best_path(emitted: np.ndarray, may_skip: np.ndarray) -> np.ndarray | None:
    """States of the likeliest path ``[time]``; None if there is none."""
    n_frames, n_states = emitted.shape
    if n_frames == 0:
        return None
    score = np.full(n_states, -np.inf)
    score[:2] = emitted[0, :2]
    back = np.zeros((n_frames, n_states), np.int64)
    for t in range(1, n_frames):
        come = np.stack([score, np.r_[-np.inf, score[:-1]], np.r_[-np.inf, -np.inf, score[:-2]][:n_states]])
        come[2, ~may_skip] = -np.inf
        back[t] = come.argmax(axis=0)
        score = come.max(axis=0) + emitted[t]
    last = n_states - 1 if n_states == 1 or score[-1] >= score[-2] else n_states - 2
    if not np.isfinite(score[last]):
        return None
    path = np.zeros(n_frames, np.int64)
    for t in range(n_frames - 1, -1, -1):
        path[t] = last
        last -= back[t, last]
    return path
