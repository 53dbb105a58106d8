import os
from pathlib import Path

import pytest

from speechlstm.errors import AudioError
from speechlstm.sources.files import AudioFile
from speechlstm.sources.paths import expand, known_suffixes, no_sound_in, sound_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "b.wav",
        "a.FLAC",
        "sub/c.mp3",
        "sub/deep/d.ogg",
        "notes.txt",
        ".hidden.wav",
        "sub/._c.mp3",
        "x[1].wav",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*paths: str) -> list[str]:
    return [path.as_posix() for path in expand(paths)]


def test_a_folder_stands_for_its_sound_files(folder: Path) -> None:
    assert names("sub") == ["sub/c.mp3", "sub/deep/d.ogg"]
    assert sound_files(folder) == [
        folder / name for name in ("a.FLAC", "b.wav", "sub/c.mp3", "sub/deep/d.ogg", "x[1].wav")
    ]
    assert expand([folder]) == sound_files(folder)


def test_a_link_that_leads_nowhere_is_not_passed_over(folder: Path) -> None:
    (folder / "sub" / "gone.wav").symlink_to("moved.wav")
    (folder / "sub" / "folder.wav").mkdir()
    os.mkfifo(folder / "sub" / "pipe.wav")
    assert names("sub") == ["sub/c.mp3", "sub/deep/d.ogg", "sub/gone.wav"]
    with (
        pytest.raises(AudioError, match=r"gone\.wav: is a link to moved\.wav, which is not there"),
        AudioFile(folder / "sub" / "gone.wav", 8_000),
    ):
        pass


def test_patterns(folder: Path) -> None:
    assert names("*.wav") == ["b.wav", "x[1].wav"]
    assert names("**/*.ogg") == ["sub/deep/d.ogg"]
    assert names("s*") == ["sub/c.mp3", "sub/deep/d.ogg"]
    assert names("x[1].wav") == ["x[1].wav"]


def test_the_order_is_kept_and_doubles_are_not(folder: Path) -> None:
    assert names("b.wav", "sub", "./b.wav", "sub/c.mp3", "notes.txt", "-") == [
        "b.wav",
        "sub/c.mp3",
        "sub/deep/d.ogg",
        "notes.txt",
        "-",
    ]


def test_what_matches_nothing_stays(folder: Path) -> None:
    assert names("missing.wav", "*.aiff", "empty") == ["missing.wav", "*.aiff", "empty"]
    for path in expand(["missing.wav", "*.aiff", "empty"]):
        with pytest.raises(AudioError, match=r"no such file|is a folder"), AudioFile(path, 8_000):
            pass
    assert str(no_sound_in(folder / "empty")).startswith(
        f"{folder / 'empty'}: is a folder without sound files, expected some in it (.aif, .aifc, .aiff, .au, "
    )


def test_an_empty_path_is_not_the_folder_one_is_in(folder: Path) -> None:
    with pytest.raises(AudioError, match="an empty path, expected a file, a folder or a pattern"):
        expand(["b.wav", ""])


def test_known_suffixes_are_what_soundfile_reads() -> None:
    assert {".wav", ".flac", ".ogg", ".mp3", ".aiff"} <= known_suffixes()
    assert ".raw" not in known_suffixes()
