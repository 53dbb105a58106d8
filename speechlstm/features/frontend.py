"""The whole sound front end: samples in, normalised network frames out."""

from dataclasses import dataclass

import numpy as np

from speechlstm.features.framing import Framing, Stack
from speechlstm.features.mfcc import Mfcc, MfccConfig
from speechlstm.features.normalize import Normalize
from speechlstm.stage import Chain

__all__ = ["FrontEnd", "sound_chain"]


@dataclass(frozen=True, eq=False)
class FrontEnd:
    """A front end with its numbers, as a bundle stores it.

    Attributes:
        config: The MFCC's settings.
        mel_filters: ``[n_mels, 1 + win_length // 2]``.
        mean: ``[n_mfcc]``, of the training data.
        std: ``[n_mfcc]``, of the training data.
    """

    config: MfccConfig
    mel_filters: np.ndarray
    mean: np.ndarray
    std: np.ndarray


def sound_chain(front_end: FrontEnd) -> Chain:
    """Samples ``[n]`` -> network frames ``[n / frame_samples, n_mfcc * n_stack]``."""
    config = front_end.config
    return Chain(
        [
            Framing(config.win_length, config.hop_length),
            Mfcc(front_end.mel_filters, n_mfcc=config.n_mfcc, floor=config.floor),
            Normalize(front_end.mean, front_end.std),
            Stack(config.n_stack, config.n_mfcc),
        ]
    )
