"""What a recogniser takes: arrays, files, rates, and what it refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from contract import assert_close
from handwriting import make_pen_bundle
from listening import SOUND, final_words, hear, pieces
from tiny import speechlike
from wrist import make_wrist_bundle

from speechlstm.errors import AudioError, ConfigError, SoundWarning
from speechlstm.recognizer import Recognizer
from speechlstm.sources.resample import StreamResampler


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 44_100, 11_025])
@pytest.mark.parametrize("size", [1000, 4410, 37])
def test_another_rate_is_converted_as_a_stream(recognizer: Recognizer, rate_hz: int, size: int) -> None:
    whole = recognizer.transcribe(SOUND, sample_rate_hz=rate_hz)
    stream = recognizer.stream(sample_rate_hz=rate_hz)
    assert_close(final_words(hear(stream, pieces(SOUND, size))), whole.words, 1e-4)
    assert stream.n_samples == whole.n_samples == pytest.approx(len(SOUND) * 8000 / rate_hz, abs=1)
    resampler = StreamResampler(rate_hz, 8000)
    converted = np.concatenate([resampler.feed(SOUND), resampler.finish()])
    assert_close(recognizer.transcribe(converted).words, whole.words, 1e-4)


def test_a_file_gives_what_its_samples_give(recognizer: Recognizer, tmp_path: Path) -> None:
    left, right = SOUND, speechlike(len(SOUND), seed=8)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], axis=1), 8000, subtype="FLOAT")
    assert recognizer.transcribe(tmp_path / "a.wav", channel=0) == recognizer.transcribe(left)
    assert recognizer.transcribe(str(tmp_path / "a.wav"), channel=1) == recognizer.transcribe(right)
    mixed = (left + right) / np.float32(2)
    assert_close(recognizer.transcribe(tmp_path / "a.wav").words, recognizer.transcribe(mixed).words, 1e-4)


def test_double_precision_is_welcome(recognizer: Recognizer) -> None:
    assert recognizer.transcribe(SOUND.astype(np.float64)) == recognizer.transcribe(SOUND)
    assert recognizer.transcribe_chunks([SOUND.astype(np.float64)]) == recognizer.transcribe(SOUND)
    lists: Any = [SOUND[:99].tolist(), SOUND[99:]]
    assert recognizer.transcribe_chunks(lists) == recognizer.transcribe(SOUND)
    words = final_words(hear(recognizer.stream(), pieces(SOUND.astype(np.float64), 999)))
    assert_close(words, recognizer.transcribe(SOUND).words, 1e-4)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(10, np.int16), r"float samples in -1\.\.1, got int16; divide 16-bit integers by 32768"),
        (np.zeros((10, 2), np.float32), r"mono samples \[n\], got an array of shape \(10, 2\); mix it down"),
        (np.float32(0), r"got an array of shape \(\)"),
        (np.array([0, np.nan], np.float32), "hold NaN or infinity; replace them"),
        (np.array([0, -np.inf]), "hold NaN or infinity"),
        (np.array([np.inf, -np.inf]), "hold NaN or infinity"),
        (np.array([1e39, 0.0]), "hold numbers too large for float32; replace them"),
    ],
)
def test_samples_that_cannot_be(recognizer: Recognizer, samples: Any, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        recognizer.stream().feed(samples)
    with pytest.raises(AudioError, match=message):
        recognizer.posteriors(samples)
    with pytest.raises(AudioError, match=message):
        recognizer.transcribe(np.asarray(samples))
    with pytest.raises(AudioError, match=message):
        recognizer.transcribe_chunks([SOUND, np.asarray(samples)])


@pytest.mark.parametrize("rate_hz", [0, -1, -8000])
def test_a_rate_that_cannot_be(recognizer: Recognizer, rate_hz: int) -> None:
    with pytest.raises(AudioError, match=f"a sample rate of {rate_hz} Hz cannot be"):
        recognizer.transcribe(SOUND, sample_rate_hz=rate_hz)
    with pytest.raises(AudioError, match=f"a sample rate of {rate_hz} Hz cannot be"):
        recognizer.stream(sample_rate_hz=rate_hz)


def test_what_does_not_go_together(recognizer: Recognizer, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", SOUND, 8000)
    with pytest.raises(ConfigError, match=r"channel 1 of an array: it must be mono; give sound\[:, 1\]"):
        recognizer.transcribe(SOUND, channel=1)
    with pytest.raises(ConfigError, match="16000 for a file, which says its own; leave it out"):
        recognizer.transcribe(tmp_path / "a.wav", sample_rate_hz=16_000)
    sound: Any
    for sound in ([0.0, 0.1], None, 3):
        with pytest.raises(AudioError, match=f"a path or an array.* got {type(sound).__name__}; turn"):
            recognizer.transcribe(sound)


def test_what_a_model_hears_is_called_what_it_is(recognizer: Recognizer, tmp_path: Path) -> None:
    pen = Recognizer.load(make_pen_bundle(tmp_path / "pen"))
    wrist = Recognizer.load(make_wrist_bundle(tmp_path / "wrist"))
    with pytest.raises(ConfigError, match="pen reads a pen, no sound"):
        _ = pen.sound_rate_hz
    with pytest.raises(ConfigError, match="wrist hears a sensor, no sound"):
        _ = wrist.sound_rate_hz
    with pytest.raises(ConfigError, match="pen reads a pen, no sensor's records"):
        _ = pen.sensor
    with pytest.raises(ConfigError, match="tiny hears sound, no sensor's records"):
        _ = recognizer.sensor


def test_what_puts_an_answer_in_doubt_is_a_warning(recognizer: Recognizer, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    for samples, told in (
        (np.zeros(8000, np.float32), "holds only silence"),
        (SOUND[:100], "is shorter than one frame of 25 ms"),
        (SOUND * 20_000, "far outside -1..1; is it scaled?"),
    ):
        soundfile.write(path, samples, 8000, subtype="FLOAT")
        with pytest.warns(SoundWarning, match=f"a.wav: .*{told}") as caught:
            recognizer.transcribe(path)
        # it points at who asked
        assert [one.filename for one in caught] == [__file__]
        with pytest.warns(SoundWarning, match=told) as caught:
            recognizer.trace(path)
        assert [one.filename for one in caught] == [__file__]
    soundfile.write(path, SOUND, 8000, subtype="PCM_16")
    recognizer.transcribe(path)
    path.write_bytes(path.read_bytes()[:9_000])
    with pytest.warns(SoundWarning, match="a.wav: is cut short: "):
        recognizer.transcribe(path)
    with pytest.warns(SoundWarning, match="the array has samples up to .* is it scaled"):
        recognizer.transcribe(SOUND * 20_000)
