from base64 import b64decode
from io import BytesIO

import numpy as np
import soundfile

from speechlstm.page import player, sound_uri


def test_the_sound_is_in_the_address() -> None:
    samples = np.random.default_rng(0).uniform(-0.9, 0.9, 4000)
    samples[7] = 3.0
    head, data = sound_uri(samples, 8000).split(",")
    assert head == "data:audio/wav;base64"
    heard, rate_hz = soundfile.read(BytesIO(b64decode(data)))
    assert rate_hz == 8000
    np.testing.assert_allclose(heard, np.clip(samples, -1, 1), atol=2**-15)


def test_a_player_says_what_it_plays() -> None:
    element = player(np.zeros(10), 8000, title='<"a.wav">')
    assert 'aria-label="&lt;&quot;a.wav&quot;&gt;"' in element and "controls" in element
