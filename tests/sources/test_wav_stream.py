import io
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.errors import AudioError
from speechlstm.sources.wav_stream import PcmDecoder, PcmFormat, WavHeader, is_wav

SUBTYPES = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]


def wav(subtype: str = "PCM_16", n: int = 1_000, n_channels: int = 1, kind: str = "WAV") -> bytes:
    x = np.random.default_rng(0).uniform(-1, 0.999, (n, n_channels))
    file = io.BytesIO()
    soundfile.write(file, x, 8_000, subtype=subtype, format=kind)
    return file.getvalue()


def header(tag: int = 1, n_bits: int = 16, n_channels: int = 1, n_data: int = 4, n_format: int = 16) -> bytes:
    n_block = n_channels * n_bits // 8
    form = struct.pack("<HHIIHH", tag, n_channels, 8_000, 8_000 * n_block, n_block, n_bits)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", min(36 + n_data, 0xFFFFFFFF), b"WAVE", b"fmt ", n_format)
        + form
        + struct.pack("<4sI", b"data", n_data)
    )


def decode(data: bytes, cuts: list[int], channel: int | None = None) -> np.ndarray:
    parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    parse, out, decoder = WavHeader(), [], None
    for part in parts:
        if decoder is None:
            found = parse.feed(part)
            if found is None:
                continue
            decoder, part = PcmDecoder(found.format, found.n_bytes, channel), found.rest
        out.append(decoder.feed(part))
    return np.concatenate(out)


@pytest.mark.parametrize("kind", ["WAV", "WAVEX"])
@pytest.mark.parametrize("subtype", SUBTYPES)
@pytest.mark.parametrize("n_channels", [1, 2, 3])
def test_every_subtype_equals_libsndfile(subtype: str, n_channels: int, kind: str) -> None:
    data = wav(subtype, n_channels=n_channels, kind=kind)
    expected, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    np.testing.assert_allclose(decode(data, []), expected.mean(axis=1), atol=1e-7)
    np.testing.assert_array_equal(decode(data, [], channel=n_channels - 1), expected[:, -1])


@settings(deadline=None, max_examples=80)
@given(
    subtype=st.sampled_from(SUBTYPES),
    n_channels=st.integers(1, 3),
    cuts=st.lists(st.integers(0, 700), max_size=15),
)
def test_cuts_anywhere(subtype: str, n_channels: int, cuts: list[int]) -> None:
    data = wav(subtype, n=100, n_channels=n_channels)
    whole = decode(data, [])
    assert len(whole) == 100
    np.testing.assert_array_equal(decode(data, sorted(min(c, len(data)) for c in cuts)), whole)


@pytest.mark.parametrize("n_data", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000])
def test_a_length_that_the_writer_did_not_know(n_data: int) -> None:
    found = WavHeader().feed(header(n_data=n_data) + bytes(10))
    assert found is not None
    assert found.n_bytes is None
    assert found.rest == bytes(10)


def test_what_follows_the_samples_is_not_sound() -> None:
    data = header(n_data=4) + b"\x00\x40\x00\xc0" + b"LIST\x04\x00\x00\x00abcd"
    np.testing.assert_array_equal(decode(data, []), [0.5, -0.5])
    np.testing.assert_array_equal(decode(data, [46, 47, 50]), [0.5, -0.5])


def test_other_chunks_are_skipped_odd_ones_too() -> None:
    plain = header() + b"\x00\x40\x00\xc0"
    data = plain[:12] + b"LIST\x03\x00\x00\x00abc\x00" + plain[12:36] + b"fact\x00\x00\x00\x00" + plain[36:]
    for cut in range(len(data)):
        np.testing.assert_array_equal(decode(data, [cut]), [0.5, -0.5])


def test_a_part_of_a_sample_at_the_end_is_dropped() -> None:
    decoder = PcmDecoder(PcmFormat(8_000))
    np.testing.assert_array_equal(decoder.feed(b"\x00\x40\x00"), [0.5])
    np.testing.assert_array_equal(decoder.feed(b""), [])
    np.testing.assert_array_equal(decoder.feed(b"\xc0\x01"), [-0.5])


def test_a_decoder_knows_when_it_is_done() -> None:
    decoder = PcmDecoder(PcmFormat(8_000), 4)
    decoder.feed(bytes(3))
    assert not decoder.is_done
    decoder.feed(bytes(9))
    assert decoder.is_done


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (header(tag=0x11, n_bits=4), "kind 0x0011 with 4 bits, expected PCM.*ffmpeg"),
        (header(tag=7, n_bits=8), "kind 0x0007"),
        (header(n_bits=12), "with 12 bits"),
        (header(n_channels=0), "0 channels at 8000 Hz"),
        (header(n_format=2), "a format of 2 bytes"),
        (header(n_format=2_000_000), "a format of 2000000 bytes"),
        (header()[:12] + b"data\x04\x00\x00\x00abcd", "samples before their format"),
    ],
)
def test_headers_that_cannot_be_used(data: bytes, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        WavHeader().feed(data)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_rubbish_never_crashes(rubbish: bytes) -> None:
    try:
        found = WavHeader().feed(b"RIFF\x00\x00\x00\x00WAVE" + rubbish)
    except AudioError:
        return
    assert found is None or found.format.n_channels > 0


def test_is_wav() -> None:
    assert is_wav(b"RI") is None
    assert is_wav(b"RIFF....") is True
    assert is_wav(b"fLaC") is False
