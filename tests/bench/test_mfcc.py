import numpy as np
import pytest

from speechlstm.bench.mfcc import _librosa, _mfcc
from speechlstm.bench.sound import speech
from speechlstm.features.sound import SoundFrontEnd
from speechlstm.recognizer import Recognizer
from speechlstm.stage import concatenate, run


def test_what_is_timed_against_librosa_is_the_same_mfcc() -> None:
    pytest.importorskip("librosa")
    front_end = Recognizer.load("words-en").bundle.front_end
    assert isinstance(front_end, SoundFrontEnd)
    sound = speech(2, front_end.config.sample_rate_hz)
    ours = concatenate(list(run(_mfcc(front_end), [sound])))
    theirs = _librosa(front_end.config, sound)().T
    # ours goes on with zeros behind the end, so that every sample has a frame
    np.testing.assert_allclose(ours[: len(theirs)], theirs, rtol=0, atol=1e-2)
    assert len(theirs) >= len(ours) - 3
