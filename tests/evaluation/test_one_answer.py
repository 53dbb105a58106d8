import numpy as np
import pytest
from tiny import speechlike

from speechlstm.engine.engine import Answer
from speechlstm.evaluation.one_answer import check_one_answer, check_pieces
from speechlstm.recognizer import Recognizer


@pytest.mark.parametrize("n_samples", [1, 100, 9_999])
def test_it_holds(recognizer: Recognizer, n_samples: int) -> None:
    sound = speechlike(n_samples)
    found = check_one_answer(recognizer, sound, chunk_samples=(37, 4000))
    assert found.holds
    assert (found.n_samples, found.text) == (n_samples, recognizer.transcribe(sound).text)
    assert [way.name for way in found.ways] == [
        "chunks of 37 samples",
        "chunks of 4000 samples",
        "in a batch with 3 other clips",
    ]


def test_pieces_are_heard_afresh(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [speechlike(n, seed=n) for n in (9_999, 100, 5_000)]
    found = check_pieces(recognizer, pieces, chunk_samples=(37,))
    assert found.holds and found.n_samples == 15_099
    assert found.text == " ".join(t for t in (recognizer.transcribe(p).text for p in pieces) if t)
    assert len(found.ways) == 2
    # one piece that differs is a difference
    batch, whole = recognizer.posteriors_batch, recognizer.posteriors(pieces[2])
    half = Answer(whole.log_probs - np.float32(np.log(2)), whole.extent)

    def wrong(clips: list[np.ndarray]) -> list[Answer]:
        return [half] * 4 if len(clips[1]) == 5_000 else batch(clips)

    monkeypatch.setattr(recognizer, "posteriors_batch", wrong)
    found = check_pieces(recognizer, pieces, chunk_samples=(37,))
    assert [way.largest_difference <= 1e-4 for way in found.ways] == [True, False]


def test_a_difference_is_measured_in_posteriors(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = recognizer.posteriors(sound := speechlike(8000))
    half = Answer(whole.log_probs - np.float32(np.log(2)), whole.extent)
    monkeypatch.setattr(recognizer, "posteriors_batch", lambda clips: [half] * 4)
    found = check_one_answer(recognizer, sound, chunk_samples=(160,))
    assert not found.holds
    assert found.largest_difference == pytest.approx(np.exp(whole.log_probs.max()) / 2, rel=1e-5)
    assert [way.largest_difference <= 1e-4 for way in found.ways] == [True, False]


def test_what_is_no_number_is_no_one_answer(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [speechlike(8000), speechlike(8000, seed=1)]
    batch = recognizer.posteriors_batch

    def broken(clips: list[np.ndarray]) -> list[Answer]:
        answers = batch(clips)
        if np.array_equal(clips[1], pieces[1]):
            # in a frame without a word, so that the words are the same
            answers[1].log_probs[0, 0] = np.nan
        return answers

    monkeypatch.setattr(recognizer, "posteriors_batch", broken)
    found = check_pieces(recognizer, pieces, chunk_samples=(160,))
    assert not found.holds
    assert np.isnan(found.largest_difference)
    assert [np.isnan(way.largest_difference) for way in found.ways] == [False, True]


def test_other_words_are_no_one_answer(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = recognizer.posteriors(sound := speechlike(8000))
    n_shorter = Answer(whole.log_probs[:-9], whole.extent[:-9])
    monkeypatch.setattr(recognizer, "posteriors_batch", lambda clips: [n_shorter] * 4)
    found = check_one_answer(recognizer, sound, chunk_samples=(160,))
    assert (found.holds, found.largest_difference) == (False, 1.0)
