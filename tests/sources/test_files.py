import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.errors import AudioError
from speechlstm.sources.files import AudioFile


def tone(n: int, rate_hz: int, hz: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(n) / rate_hz)).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate_hz: int = 8_000, **how: str) -> Path:
    soundfile.write(path, samples, rate_hz, **how)
    return path


def read(path: Path | str, rate_hz: int = 8_000, **how: float) -> np.ndarray:
    with AudioFile(path, rate_hz, **how) as sound:
        chunks = list(sound)
    assert all(chunk.dtype == np.float32 and chunk.ndim == 1 and len(chunk) for chunk in chunks)
    return np.concatenate([np.zeros(0, np.float32), *chunks])


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their names are Unicode, always")
def test_a_name_in_another_encoding(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav"))
    path.write_bytes(write(tmp_path / "a.wav", tone(800, 8_000)).read_bytes())
    np.testing.assert_array_equal(read(path), read(tmp_path / "a.wav"))
    path.write_bytes(b"\xff no sound")
    with pytest.raises(AudioError, match="cannot be read as sound"):
        read(path)


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be removed there")
def test_a_file_that_is_removed_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", x := tone(800, 8_000), subtype="FLOAT")
    with AudioFile(path, 8_000, block_s=0.01) as sound:
        chunks = iter(sound)
        first = next(chunks)
        path.unlink()
        np.testing.assert_array_equal(np.concatenate([first, *chunks]), x)
    assert sound.warning is None


@pytest.mark.parametrize(
    ("suffix", "subtype", "atol"),
    [
        (".wav", "PCM_U8", 1e-2),
        (".wav", "PCM_16", 1e-4),
        (".wav", "PCM_24", 1e-6),
        (".wav", "FLOAT", 0),
        (".wav", "DOUBLE", 0),
        (".wav", "ULAW", 2e-2),
        (".flac", "PCM_16", 1e-4),
        (".aiff", "PCM_16", 1e-4),
        (".caf", "PCM_16", 1e-4),
        (".w64", "PCM_16", 1e-4),
        (".au", "PCM_16", 1e-4),
        (".ogg", "VORBIS", 5e-2),
        (".mp3", "MPEG_LAYER_III", 8e-2),
    ],
)
def test_formats(tmp_path: Path, suffix: str, subtype: str, atol: float) -> None:
    x = tone(8_000, 8_000)
    y = read(write(tmp_path / f"a{suffix}", x, subtype=subtype))
    assert len(y) == len(x)
    np.testing.assert_allclose(y[800:-800], x[800:-800], atol=atol)


def test_what_is_known_once_open(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros((22_050, 3), np.float32), 44_100)
    with AudioFile(path, 8_000) as sound:
        assert (sound.n_samples_source, sound.source_rate_hz, sound.n_channels) == (22_050, 44_100, 3)
        assert sound.duration_s == 0.5


def test_channels_are_averaged_or_chosen(tmp_path: Path) -> None:
    left, right = tone(4_000, 8_000), tone(4_000, 8_000, 880)
    path = write(tmp_path / "a.wav", np.stack([left, right], axis=1), subtype="FLOAT")
    np.testing.assert_allclose(read(path), (left + right) / 2, atol=1e-7)
    np.testing.assert_array_equal(read(path, channel=0), left)
    np.testing.assert_array_equal(read(path, channel=1), right)


def test_a_channel_that_is_not_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros((100, 2), np.float32))
    with (
        pytest.raises(AudioError, match="no channel 2; it has 2 channels, 0 to 1"),
        AudioFile(path, 8_000, channel=2),
    ):
        pass
    path = write(tmp_path / "b.wav", np.zeros(100, np.float32))
    with pytest.raises(AudioError, match="one channel, 0"), AudioFile(path, 8_000, channel=-1):
        pass


@settings(deadline=None, max_examples=25)
@given(block_s=st.floats(0.0001, 2), rate_hz=st.sampled_from([8_000, 16_000, 44_100]))
def test_blocks_do_not_change_the_sound(
    tmp_path_factory: pytest.TempPathFactory, block_s: float, rate_hz: int
) -> None:
    x = np.random.default_rng(0).uniform(-0.5, 0.5, 5_001).astype(np.float32)
    path = write(tmp_path_factory.mktemp("blocks") / "a.wav", x, rate_hz, subtype="FLOAT")
    np.testing.assert_array_equal(read(path, block_s=block_s), read(path))


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
@pytest.mark.parametrize(
    ("suffix", "subtype"),
    [
        (".flac", "PCM_16"),
        (".ogg", "VORBIS"),
        (".ogg", "OPUS"),
        (".mp3", "MPEG_LAYER_III"),
        (".wav", "ULAW"),
        (".wav", "IMA_ADPCM"),
    ],
)
def test_nor_do_they_where_a_codec_remembers(tmp_path: Path, suffix: str, subtype: str, rate_hz: int) -> None:
    # hissing that comes and goes: an MP3 puts by for it what the quiet frames do not need
    loudness = np.repeat([0.01, 0.3], 2_000).tolist() * 10
    x = np.random.default_rng(0).normal(0, loudness).astype(np.float32)
    rate_hz = 48_000 if subtype == "OPUS" else rate_hz
    path = write(tmp_path / f"a{suffix}", x, rate_hz, subtype=subtype)
    whole, in_blocks = read(path), read(path, block_s=0.02)
    assert len(whole) == len(in_blocks)
    np.testing.assert_allclose(in_blocks, whole, atol=1e-6)


def test_blocks_bound_what_is_held(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros(80_000, np.float32))
    with AudioFile(path, 8_000, block_s=0.5) as sound:
        assert [len(chunk) for chunk in sound] == [4_000] * 20


def test_shorter_than_anything(tmp_path: Path) -> None:
    assert len(read(write(tmp_path / "a.wav", np.ones(1, np.float32)))) == 1
    assert len(read(write(tmp_path / "b.wav", np.ones(1, np.float32), 48_000))) == 0


def test_stop_ends_it_without_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(16_000, 16_000), 16_000)
    with AudioFile(path, 8_000, block_s=0.25) as sound:
        n = 0
        for chunk in sound:
            n += len(chunk)
            sound.stop()
    assert n == 4_000 * 0.5


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [(0, np.nan, "NaN at sample 0,"), (5_000, np.inf, "an infinite value at sample 5000,")],
)
def test_what_is_not_a_number(tmp_path: Path, at: int, value: float, message: str) -> None:
    x = np.zeros(6_000, np.float32)
    x[at:] = value
    path = write(tmp_path / "a.wav", x, subtype="FLOAT")
    with pytest.raises(AudioError, match=message):
        read(path, block_s=0.1)


def test_channels_that_overflow_together(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.full((10, 2), 3e38, np.float32), subtype="FLOAT")
    with pytest.raises(AudioError, match="an infinite value at sample 0,"):
        read(path)


def corrupt(path: Path, kind: str) -> Path:
    rng = np.random.default_rng(0)
    write(path.with_suffix(".flac"), rng.uniform(-0.5, 0.5, 40_000))
    flac = path.with_suffix(".flac").read_bytes()
    path.write_bytes(
        {
            "nothing": b"",
            "noise": rng.bytes(5_000),
            "text": b"these are words, and not sound\n" * 20,
            "another alphabet": b"," + "ζίρο ουάν ".encode() * 100,
            "half a header": b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00",
            "half a flac": flac[: len(flac) // 2],
            "a damaged flac": flac[:4] + rng.bytes(200),
        }[kind]
    )
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("nothing", "is empty"),
        ("noise", "cannot be read as sound"),
        ("another alphabet", "holds text or records, no sound"),
        ("text", "holds text or records, no sound; a sensor or a pen needs its own model"),
        ("half a header", "a.wav: "),
        ("half a flac", "cannot be read as sound .*lost sync"),
        ("a damaged flac", "cannot be read as sound"),
    ],
)
def test_files_that_are_not_sound(tmp_path: Path, kind: str, message: str) -> None:
    path = corrupt(tmp_path / "a.wav", kind)
    with pytest.raises(AudioError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".raw", ".mp3", ".ogg", ".txt", ""])
def test_noise_under_other_names(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(np.random.default_rng(1).bytes(2_000))
    with pytest.raises(AudioError, match=r"cannot be read as sound \((Format not|samplerate must)"):
        read(path)


def test_a_cut_wav_is_used_up_to_the_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(8_000, 8_000))
    whole = read(path)
    path.write_bytes(path.read_bytes()[: 44 + 2 * 3_000])
    np.testing.assert_array_equal(read(path), whole[:3_000])


def warning(path: Path) -> str | None:
    with AudioFile(path, 8_000) as sound:
        assert sound.warning is None
        list(sound)
    return sound.warning


@pytest.mark.parametrize(
    ("subtype", "n_bytes"), [("PCM_16", 2), ("PCM_24", 3), ("FLOAT", 4), ("DOUBLE", 8), ("ULAW", 1)]
)
@pytest.mark.parametrize("kind", ["WAV", "WAVEX"])
def test_a_cut_wav_is_warned_of(tmp_path: Path, subtype: str, n_bytes: int, kind: str) -> None:
    path = write(tmp_path / "a.wav", np.zeros((16_000, 2)), 16_000, subtype=subtype, format=kind)
    assert warning(path) is None
    with path.open("ab") as file:
        file.write(b"LIST\x04\x00\x00\x00INFO")
    assert warning(path) is None
    at = path.read_bytes().index(b"data") + 8
    path.write_bytes(path.read_bytes()[: at + 2 * n_bytes * 4_000])
    assert warning(path) == "is cut short: 0.25 of 1.00 s"


def test_what_follows_an_odd_chunk_is_found(tmp_path: Path) -> None:
    wav = write(tmp_path / "a.wav", np.zeros(8_000)).read_bytes()
    odd = wav[:12] + b"junk\x03\x00\x00\x00abc\x00" + wav[12:]
    (tmp_path / "a.wav").write_bytes(odd[: 56 + 2 * 4_000])
    assert warning(tmp_path / "a.wav") == "is cut short: 0.50 of 1.00 s"


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_whose_writer_did_not_know_its_end_is_not_cut(tmp_path: Path, size: int) -> None:
    wav = bytearray(write(tmp_path / "a.wav", tone(8_000, 8_000)).read_bytes())
    wav[40:44] = size.to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(wav)
    try:
        assert warning(tmp_path / "a.wav") is None
    except AudioError as error:  # libsndfile takes a size of 0 at its word
        assert size == 0 and "holds no sound" in str(error)


@pytest.mark.parametrize("suffix", [".flac", ".aiff", ".caf", ".w64", ".au", ".ogg", ".mp3"])
def test_a_whole_file_is_not_warned_of(tmp_path: Path, suffix: str) -> None:
    assert warning(write(tmp_path / f"a{suffix}", tone(12_345, 16_000), 16_000)) is None


def test_what_was_stopped_is_not_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(16_000, 8_000))
    path.write_bytes(path.read_bytes()[:20_000])
    with AudioFile(path, 8_000, block_s=0.1) as sound:
        for _ in sound:
            sound.stop()
    assert sound.warning is None


def test_files_that_hold_no_samples(tmp_path: Path) -> None:
    for suffix in (".wav", ".flac", ".aiff"):
        with pytest.raises(AudioError, match="holds no sound"):
            read(write(tmp_path / f"a{suffix}", np.zeros(0, np.float32)))


def test_what_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"missing\.wav: no such file"):
        read(tmp_path / "missing.wav")
    with pytest.raises(AudioError, match="is a folder, expected a file; name one of the files in it"):
        read(tmp_path)
    with pytest.raises(AudioError, match="an empty path, expected a file"):
        read("")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(AudioError, match="is a pipe or device"):
        read(tmp_path / "pipe")


def test_reading_before_opening(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="is not open"):
        next(iter(AudioFile(write(tmp_path / "a.wav", np.zeros(9)), 8_000)))
