from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny import speechlike

from speechlstm.data.augment import rms
from speechlstm.data.manifest import Clip
from speechlstm.errors import AudioError, ConfigError, DataError
from speechlstm.evaluation.clip_stream import ClipStreamConfig, Sound, errors_of, heard_in, read_sounds
from speechlstm.messages import Word
from speechlstm.recognizer import Recognizer

RATE_HZ = 8000


def sound_of(samples: np.ndarray, speech: tuple[int, int]) -> Sound:
    return Sound(Clip(Path("a.wav"), "yes"), samples, ("yes",), speech, True)


def test_a_piece_is_the_clip_at_its_level_between_pauses() -> None:
    x = np.zeros(8000, np.float32)
    x[2000:6000] = speechlike(4000)
    config = ClipStreamConfig(pause_s=(0.5, 0.5), level_db=(-20, -20), hiss_db=-80)
    piece = sound_of(x, (2000, 6000)).piece(3, RATE_HZ, config)
    assert len(piece.samples) == 16_000 and piece.speech_stop == 10_000
    assert 20 * np.log10(rms(piece.samples[6000:10_000])) == pytest.approx(-20, abs=0.05)
    assert 20 * np.log10(rms(piece.samples[:4000])) == pytest.approx(-80, abs=0.5)
    assert 20 * np.log10(rms(piece.samples[12_000:])) == pytest.approx(-80, abs=0.5)


def test_the_same_number_gives_the_same_piece_and_another_another() -> None:
    sound = sound_of(speechlike(4000), (0, 4000))
    one, again, other = (sound.piece(n, RATE_HZ, ClipStreamConfig()).samples for n in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert len(one) != len(other)


def test_words_belong_to_the_piece_their_middle_lies_in() -> None:
    words = [Word("a", 0, 50, 1), Word("b", 90, 120, 1), Word("c", 99, 100, 1), Word("d", 250, 900, 1)]
    heard = heard_in([100, 100, 100], words)
    assert [[(i, word.text) for i, word in piece] for piece in heard] == [
        [(0, "a"), (2, "c")],
        [(1, "b")],
        [(3, "d")],
    ]


def test_errors_of_a_clip() -> None:
    errors = errors_of(sound_of(np.zeros(9, np.float32), (0, 9)), [Word("no", 0, 1, 1), Word("up", 2, 3, 1)])
    assert (errors.n_words, errors.substitutions, errors.insertions) == (1, 1, 1)


@pytest.mark.parametrize(
    ("pause_s", "told"), [((2.0, 1.0), "pause_s must be"), ((-1.0, 1.0), "must not be negative")]
)
def test_settings_that_cannot_be(pause_s: tuple[float, float], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        ClipStreamConfig(pause_s=pause_s)


def test_only_a_last_word_of_the_vocabulary_ends_where_the_speech_does(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "a.wav", speechlike(8000), RATE_HZ)
    texts = ("yes no", "yes please", "please", "", "well yes.")
    clips = [Clip(tmp_path / "a.wav", text) for text in texts]
    sounds = read_sounds(Recognizer.load(tiny_bundle), clips)
    assert [s.ends_in_word for s in sounds] == [True, False, False, False, True]
    assert [s.reference for s in sounds] == [("yes", "no"), ("yes",), (), (), ("yes",)]


def test_clips_that_cannot_be_read_are_told_and_all_of_them_are_an_error(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "a.wav", speechlike(8000), RATE_HZ)
    good, gone = Clip(tmp_path / "a.wav", "yes"), Clip(tmp_path / "gone.wav", "yes")
    told: list[tuple[Clip, AudioError]] = []
    recognizer = Recognizer.load(tiny_bundle)
    assert len(read_sounds(recognizer, [gone, good], lambda *one: told.append(one))) == 1
    assert told[0][0] is gone and "no such file" in str(told[0][1])
    soundfile.write(tmp_path / "short.wav", np.ones(2), 48_000)
    short = Clip(tmp_path / "short.wav", "yes")
    assert len(read_sounds(recognizer, [short, good], lambda *one: told.append(one))) == 1
    assert told[1][0] is short and "too short to be heard" in str(told[1][1])
    with pytest.raises(DataError, match=r"none of 1 clips could be read: .*gone\.wav"):
        read_sounds(recognizer, [gone])
