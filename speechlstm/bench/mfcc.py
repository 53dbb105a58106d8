"""The front end's MFCC: whole files against librosa, chunks against kaldi-native-fbank."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from speechlstm.bench.figure import Figure, Setup
from speechlstm.bench.sound import speech
from speechlstm.bench.stopwatch import interleaved
from speechlstm.errors import ConfigError, MissingDependency, missing_extra
from speechlstm.features.framing import Framing
from speechlstm.features.mfcc import Mfcc, MfccConfig
from speechlstm.features.sound import SoundFrontEnd
from speechlstm.recognizer import Recognizer
from speechlstm.stage import Chain, run

__all__ = ["against_kaldi", "against_librosa"]

_LENGTH_S = 60
_CHUNK_MS = 60


def against_librosa(setup: Setup) -> Iterator[Figure]:
    """A minute of sound at once."""
    front_end = _front_end(setup)
    sound = speech(_LENGTH_S, front_end.config.sample_rate_hz)
    chain = _mfcc(front_end)
    functions = [_librosa(front_end.config, sound), lambda: list(run(chain, [sound]))]
    librosa_s, ours_s = interleaved(functions, measure_s=setup.measure_s)
    yield Figure(
        "librosa's MFCC / ours, a minute at once",
        "x",
        librosa_s / ours_s,
        at_least=1.0,
        seconds={"librosa": librosa_s, "ours": ours_s},
    )


def against_kaldi(setup: Setup) -> Iterator[Figure]:
    """A few seconds of sound in chunks of 60 ms, the time of one chunk."""
    front_end = _front_end(setup)
    rate = front_end.config.sample_rate_hz
    sound, n = speech(6, rate), rate * _CHUNK_MS // 1000
    chunks = [sound[i : i + n] for i in range(0, len(sound), n)]
    functions = [_kaldi(front_end.config, chunks), _chunked(_mfcc(front_end), chunks)]
    seconds = interleaved(functions, measure_s=setup.measure_s)
    kaldi_s, ours_s = (s / len(chunks) for s in seconds)
    yield Figure(
        f"kaldi-native-fbank's MFCC / ours, chunks of {_CHUNK_MS} ms",
        "x",
        kaldi_s / ours_s,
        at_least=1.0,
        seconds={"kaldi-native-fbank": kaldi_s, "ours": ours_s},
    )


def _front_end(setup: Setup) -> SoundFrontEnd:
    front_end = Recognizer.load(setup.model).bundle.front_end
    if not isinstance(front_end, SoundFrontEnd):
        raise ConfigError(f"{setup.model} hears no sound, so it has no MFCC; give a model of sound with -m")
    return front_end


def _mfcc(front_end: SoundFrontEnd) -> Chain:
    """Framing and MFCC, without what the others do not do."""
    return Chain([stage for stage in front_end.chain().stages if isinstance(stage, Framing | Mfcc)])


def _chunked(chain: Chain, chunks: list[np.ndarray]) -> Callable[[], None]:
    def ours() -> None:
        state = chain.initial_state()
        for chunk in chunks:
            _, state = chain.step(chunk, state)

    return ours


def _librosa(config: MfccConfig, sound: np.ndarray) -> Callable[[], Any]:
    try:
        import librosa
    except ImportError as error:
        raise missing_extra(f"this is measured against librosa ({error})", "train") from error
    options: dict[str, Any] = {
        "sr": config.sample_rate_hz,
        "n_fft": config.win_length,
        "hop_length": config.hop_length,
        "n_mels": config.n_mels,
        "fmin": config.fmin_hz,
        "fmax": config.fmax_hz,
        "center": False,
    }

    def theirs() -> Any:
        power = librosa.feature.melspectrogram(y=sound, **options)
        decibels = librosa.power_to_db(power, amin=config.floor, top_db=None)
        return librosa.feature.mfcc(S=decibels, n_mfcc=config.n_mfcc)

    return theirs


def _kaldi(config: MfccConfig, chunks: list[np.ndarray]) -> Callable[[], None]:
    try:
        import kaldi_native_fbank as kaldi  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingDependency(
            f"kaldi-native-fbank is not installed ({error}): pip install kaldi-native-fbank"
        ) from error
    options = _kaldi_options(kaldi.MfccOptions(), config)

    def theirs() -> None:
        online, n_taken = kaldi.OnlineMfcc(options), 0
        for chunk in chunks:
            # measured: a list goes in sooner than an array
            online.accept_waveform(config.sample_rate_hz, chunk.tolist())
            n_ready = online.num_frames_ready
            for i in range(n_taken, n_ready):
                online.get_frame(i)
            online.pop(n_ready - n_taken)
            n_taken = n_ready

    return theirs


def _kaldi_options(options: Any, config: MfccConfig) -> Any:
    """The same frames and sizes, and none of what Kaldi does beyond."""
    frame, mel = options.frame_opts, options.mel_opts
    frame.samp_freq = config.sample_rate_hz
    frame.frame_length_ms = 1000 * config.win_length / config.sample_rate_hz
    frame.frame_shift_ms = 1000 * config.hop_length / config.sample_rate_hz
    frame.window_type, frame.snip_edges, frame.dither = "hann", True, 0.0
    frame.preemph_coeff, frame.remove_dc_offset = 0.0, False
    mel.num_bins, mel.low_freq, mel.high_freq = config.n_mels, config.fmin_hz, config.fmax_hz
    options.num_ceps, options.cepstral_lifter, options.use_energy = config.n_mfcc, 0.0, False
    return options
