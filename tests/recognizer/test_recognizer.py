"""What is transcribed as a whole, down to nothing at all."""

import pytest
from listening import FRAME, SOUND, final_words, hear

from speechlstm.messages import Transcript
from speechlstm.recognizer import Recognizer


def test_the_test_is_not_empty(recognizer: Recognizer) -> None:
    """All that follows compares words; there must be some, and not all the same."""
    texts = [word.text for word in recognizer.transcribe(SOUND).words]
    assert len(texts) > 10
    assert len(set(texts)) >= 3


@pytest.mark.parametrize("n_samples", [0, 1, 79, 240, 241])
def test_next_to_nothing(recognizer: Recognizer, n_samples: int) -> None:
    transcript = recognizer.transcribe(SOUND[:n_samples])
    assert (transcript.n_samples, transcript.sample_rate_hz) == (n_samples, 8000)
    assert final_words(hear(recognizer.stream(), [SOUND[:n_samples]])) == transcript.words
    assert len(recognizer.posteriors(SOUND[:n_samples]).log_probs) == -(-n_samples // FRAME)


def test_nothing_at_all(recognizer: Recognizer) -> None:
    assert recognizer.transcribe(SOUND[:0]) == Transcript((), 0, 8000)
    assert recognizer.stream().finish() == ()


def test_posteriors_decode_to_the_transcript(recognizer: Recognizer) -> None:
    words = recognizer.words_of(recognizer.posteriors(SOUND), len(SOUND))
    assert words == recognizer.transcribe(SOUND).words
