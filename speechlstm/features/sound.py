"""The whole sound front end: samples in, normalised network frames out."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from speechlstm.config import require
from speechlstm.features.framing import Framing, Limit, Onset, Stack, Tail
from speechlstm.features.mfcc import Mfcc, MfccConfig
from speechlstm.features.normalize import Normalize
from speechlstm.stage import Chain, concatenate, run

__all__ = ["LOUDEST", "SoundFrontEnd", "sound_chain"]

# samples beyond it are no sound in -1..1; far less than overflows a spectrum
LOUDEST = 8.0
# the last filter ends between two bins of the transform
_REACH_BINS = 2


@dataclass(frozen=True, eq=False)
class SoundFrontEnd:
    """A front end for sound with its numbers, as a bundle stores it.

    Attributes:
        config: The MFCC's settings.
        mel_filters: ``[n_mels, 1 + win_length // 2]``.
        mean: ``[n_mfcc]``, of the training data.
        std: ``[n_mfcc]``, of the training data.

    Raises:
        ConfigError: Numbers that do not fit the settings.
    """

    config: MfccConfig
    mel_filters: np.ndarray
    mean: np.ndarray
    std: np.ndarray

    def __post_init__(self) -> None:
        config = self.config
        expected = ((config.n_mels, 1 + config.win_length // 2), (config.n_mfcc,), (config.n_mfcc,))
        found = (self.mel_filters.shape, self.mean.shape, self.std.shape)
        require(
            found == expected,
            f"the front end holds filters, mean and deviation of shapes {found}, "
            f"the settings ask for {expected}",
        )

    def numbers(self) -> dict[str, Any]:
        """What is stored, by name."""
        return {"mel_filters": self.mel_filters, "mean": self.mean, "std": self.std}

    def chain(self) -> Chain:
        """Samples ``[n]`` -> network frames ``[onset_frames + n / frame_samples + tail_frames, width]``.

        The first ``onset_frames`` are of the silence before the sound, where it turns into sound.
        """
        onset = Onset(self.config.onset_frames * self.config.frame_samples)
        return Chain([onset, *sound_chain(self).stages])

    def silence(self) -> np.ndarray:
        """What is taken as heard before what :meth:`chain` gives: frames, all alike.

        Returns:
            ``[lead_frames - onset_frames, width]``.
        """
        config = self.config
        n = config.lead_frames - config.onset_frames
        samples = np.zeros(config.lead_frames * config.frame_samples, np.float32)
        frames: np.ndarray = concatenate(list(run(sound_chain(self), [samples])))
        return frames[:n]

    def check(self) -> None:
        """Filters of another sample rate have the right shape, and end at another frequency.

        Raises:
            ConfigError: They do.
        """
        config = self.config
        bin_hz = config.sample_rate_hz / config.win_length
        reach_hz = np.flatnonzero(self.mel_filters.any(axis=0)).max(initial=0) * bin_hz
        require(
            abs(reach_hz - config.fmax_hz) <= _REACH_BINS * bin_hz,
            f"the front end holds filters that at {config.sample_rate_hz} Hz end at {reach_hz:.0f} Hz, the "
            f"settings say {config.fmax_hz:.0f} Hz: they were made for another sample rate",
        )


def sound_chain(front_end: SoundFrontEnd) -> Chain:
    """Samples ``[n]`` -> network frames ``[n / frame_samples, n_mfcc * n_stack]``, nothing before them."""
    config = front_end.config
    return Chain(
        [
            Limit(LOUDEST),
            Tail(config.tail_frames * config.frame_samples),
            Framing(config.win_length, config.hop_length),
            Mfcc(front_end.mel_filters, n_mfcc=config.n_mfcc, floor=config.floor),
            Normalize(front_end.mean, front_end.std),
            Stack(config.n_stack, config.n_mfcc),
        ]
    )
