"""Building a front end: librosa's mel filters, and statistics of composed streams."""

import numpy as np

from speechlstm.data.compose import Composer
from speechlstm.features.mfcc import MfccConfig
from speechlstm.features.sound import SoundFrontEnd, sound_chain
from speechlstm.stage import concatenate, run

__all__ = ["build_front_end", "mel_filters"]

# beyond the seeds of all streams trained on, which are below 2**64 (see training/batches.py)
_SEED_OF_STATISTICS = 2**96


def mel_filters(config: MfccConfig) -> np.ndarray:
    """Slaney's mel filter bank ``[n_mels, 1 + win_length // 2]``, by librosa."""
    import librosa

    filters: np.ndarray = librosa.filters.mel(
        sr=config.sample_rate_hz,
        n_fft=config.win_length,
        n_mels=config.n_mels,
        fmin=config.fmin_hz,
        fmax=config.fmax_hz,
    )
    return filters


def build_front_end(
    config: MfccConfig, composer: Composer, *, n_streams: int = 100, seed: int = 0
) -> SoundFrontEnd:
    """A front end normalised to mean 0 and deviation 1 over streams as they are trained on."""
    filters = mel_filters(config)
    raw = SoundFrontEnd(
        config, filters, np.zeros(config.n_mfcc, np.float32), np.ones(config.n_mfcc, np.float32)
    )
    chain = sound_chain(raw)
    first = _SEED_OF_STATISTICS + seed * 2**32
    streams = (composer.compose(first + i).samples for i in range(n_streams))
    frames = np.concatenate([concatenate(list(run(chain, [x]))) for x in streams]).reshape(-1, config.n_mfcc)
    mean, std = frames.mean(axis=0), frames.std(axis=0)
    return SoundFrontEnd(config, filters, mean.astype(np.float32), std.astype(np.float32))
