from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechlstm.bench import sound
from speechlstm.bench.sound import speech, write_sounds


@pytest.mark.parametrize("samples", [True, False], ids=["samples", "noise"])
def test_sound_of_any_length(samples: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not samples:
        monkeypatch.setattr(sound, "_SAMPLES", tmp_path)
    x = speech(60, 8000)
    assert (x.shape, x.dtype) == ((480_000,), np.float32)
    assert 0.05 < np.abs(x).max() <= 1
    assert np.std(np.square(x).reshape(-1, 800).mean(axis=1)) > 0


def test_files_are_of_two_kinds_and_all_different(tmp_path: Path) -> None:
    paths = write_sounds(tmp_path, n_files=4, length_s=2)
    assert [path.name for path in paths] == ["0000.wav", "0001.flac", "0002.wav", "0003.flac"]
    sounds = [soundfile.read(path) for path in paths]
    assert all(rate == 16_000 and x.shape == (32_000,) for x, rate in sounds)
    assert len({x.tobytes() for x, _ in sounds}) == 4
