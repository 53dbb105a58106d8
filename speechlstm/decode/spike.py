"""A token's spike in the network's answer, and the word it becomes."""

from typing import NamedTuple

from speechlstm.messages import Word

__all__ = ["Spike", "word_of"]


class Spike(NamedTuple):
    """A run of one token whose word has not been given yet.

    Attributes:
        token: The token; 0 where there is no such run.
        first_frame: Frame at which the run began.
        peak_frame: Frame of the highest log-probability so far.
        log_prob: That log-probability.
        before_frames: From the peak back to the word's start.
        after_frames: From the peak on to the word's end.
    """

    token: int
    first_frame: int
    peak_frame: int
    log_prob: float
    before_frames: float
    after_frames: float


def word_of(
    spike: Spike, vocabulary: tuple[str, ...], frame_samples: int, confidence: float, last_end: int
) -> Word:
    """The word of a spike, with the bounds read at its peak.

    Args:
        spike: The spike.
        vocabulary: Words of the tokens 1, 2, ...
        frame_samples: Samples from one frame to the next; a frame stands for the middle of its hop.
        confidence: 0 to 1; rounding may have put it a little above.
        last_end: End of the word before, which this one does not overlap.
    """
    middle = spike.peak_frame + 0.5
    start = max(last_end, round((middle - spike.before_frames) * frame_samples))
    end = max(start + frame_samples, round((middle + spike.after_frames) * frame_samples))
    return Word(vocabulary[spike.token - 1], start, end, min(1.0, confidence))
