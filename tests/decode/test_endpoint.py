import itertools
import math

import pytest
from answers import FRAME, VOCABULARY, answer, random_answer
from contract import drive, verify_contract

from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.decoder import make_decoder
from speechlstm.decode.endpoint import EndpointConfig, Endpointer, presets
from speechlstm.decode.grammar import GrammarConfig
from speechlstm.engine.engine import Answer
from speechlstm.errors import ConfigError
from speechlstm.messages import Utterance, Word

YES, NO, BLANK, UNSURE = [0, 1.0, 0, 0], [0, 0, 1.0, 0], [1.0, 0, 0, 0], [0.98, 0.02, 0, 0]


def endpointer(silence: int, longest: int = 1000, *, threshold: float = 0.3) -> Endpointer:
    """``answer`` says of every word that it ends at 1.5 frames after the middle of its peak."""
    decoder = make_decoder(VOCABULARY, FRAME, DecoderConfig(threshold, settle_frames=2))
    return Endpointer(decoder, FRAME, EndpointConfig(silence, longest))


def utterances(stage: Endpointer, x: Answer) -> list[tuple[str, float]]:
    """Their texts, and the frame at which each was over."""
    return [(u.text, u.end_samples / FRAME) for u in drive(stage, [x]) if isinstance(u, Utterance)]


def test_a_silence_ends_it_so_many_frames_after_the_word_s_end() -> None:
    x = answer([BLANK, YES, *[BLANK] * 3, NO, *[BLANK] * 20, YES, *[BLANK] * 3])
    # "no" peaks in frame 5 and ends at 5.5 + 1.5 = 7 frames
    assert utterances(endpointer(8), x) == [("yes no", 15), ("yes", 30)]
    assert utterances(endpointer(18), x) == [("yes no", 25), ("yes", 30)]
    assert utterances(endpointer(19), x) == [("yes no", 26), ("yes", 30)]
    # when the 20th frame has come, the word of frame 26 shows
    assert utterances(endpointer(20), x) == [("yes no yes", 30)]


def test_what_may_become_a_word_is_no_silence() -> None:
    x = answer([YES, *[BLANK] * 5, *[UNSURE] * 10, *[BLANK] * 20])
    assert utterances(endpointer(8), x) == [("yes", 16 + 8)]
    assert utterances(endpointer(4), x) == [("yes", 2 + 4)]


def test_the_longest_utterance_ends_where_it_ends() -> None:
    x = answer([YES, BLANK, BLANK] * 20)
    found = utterances(endpointer(50, 12), x)
    # the first word begins with the sound, others a frame before their peak
    assert [len(text.split()) for text, _ in found] == [4, 3, 3, 3, 3, 3, 1]
    assert found[0] == ("yes yes yes yes", 12)
    assert utterances(endpointer(50, 10_000), x) == [(" ".join(["yes"] * 20), 60)]


def test_words_come_at_once_and_the_utterance_after_them() -> None:
    stage = endpointer(6)
    told, _ = stage.step(answer([YES, *[BLANK] * 12]), stage.initial_state())
    word, utterance = told
    assert isinstance(word, Word) and utterance == Utterance((word,), 8 * FRAME)
    told, state = stage.step(answer([YES, *[BLANK] * 4]), stage.initial_state())
    assert [one.text for one in told] == ["yes"]
    assert [type(one) for one in stage.flush(state)] == [Utterance]


def test_what_is_rejected_makes_no_utterance() -> None:
    x = answer([BLANK, [0.4, 0.6, 0, 0], *[BLANK] * 20])
    assert utterances(endpointer(5, threshold=0.65), x) == []
    assert len(utterances(endpointer(5, threshold=0.55), x)) == 1


def test_every_word_is_in_one_utterance() -> None:
    told = drive(endpointer(2, 30), [random_answer(500, seed=4, sharpness=6)])
    words = [one for one in told if isinstance(one, Word)]
    parts = [one for one in told if isinstance(one, Utterance)]
    assert [word for part in parts for word in part.words] == words
    assert len(parts) > 10
    assert all(a.end_samples <= b.end_samples for a, b in itertools.pairwise(parts))
    assert parts[0].confidence == pytest.approx(math.prod(word.confidence for word in parts[0].words))


def with_phrases(*phrases: str, silence: int, longest: int = 1000) -> Endpointer:
    grammar = GrammarConfig(phrases, pause_frames=20)
    decoder = make_decoder(VOCABULARY, FRAME, DecoderConfig(0.3, settle_frames=2, grammar=grammar))
    rules = EndpointConfig(silence, longest)
    return Endpointer(decoder, FRAME, rules, is_waiting=decoder.is_waiting)


def test_no_utterance_ends_within_a_phrase() -> None:
    up = [0, 0, 0, 1.0]
    x = answer([up, *[BLANK] * 5, YES, *[BLANK] * 15, NO, *[BLANK] * 20])
    # frame 22 is the last that is no blank; "no" ends at 22.5 + 1.5
    assert utterances(with_phrases("up", "yes no", silence=10), x) == [("up yes no", 24 + 10)]
    # a word of no phrase is rejected at once, and silence after it is silence
    assert utterances(with_phrases("up", "no yes", silence=10), x) == [("up", 7 + 10)]
    # its length ends it there too
    found = utterances(with_phrases("up", "yes no", silence=10, longest=12), x)
    assert found == [("up", 12), ("yes no", 25)]


def test_a_phrase_that_does_not_go_on_holds_the_utterance_no_longer_than_it_may_pause() -> None:
    up = [0, 0, 0, 1.0]
    x = answer([up, *[BLANK] * 5, YES, *[BLANK] * 40])
    # "yes" in frame 6 waits for 20 frames; in frame 27 it is given up
    assert utterances(with_phrases("up", "yes no", silence=10), x) == [("up", 28)]
    # what may go on but need not is given at once, and holds nothing
    assert utterances(with_phrases("up", "yes [no]", silence=10), x) == [("up yes", 8 + 10)]


@pytest.mark.parametrize("silence", [1, 6])
def test_contract_with_phrases(silence: int) -> None:
    x = random_answer(80, seed=silence, sharpness=6)
    verify_contract(with_phrases("yes no", "up+", silence=silence), x, counted=False, n_examples=10)


@pytest.mark.parametrize("silence", [1, 3, 10])
@pytest.mark.parametrize("longest", [1, 12, 1000])
def test_contract(silence: int, longest: int) -> None:
    x = random_answer(80, seed=silence, sharpness=6)
    verify_contract(endpointer(silence, longest), x, counted=False, n_examples=10)


@pytest.mark.parametrize("rules", [(0, 10), (10, 0), (-1, 10)])
def test_rules_that_cannot_be(rules: tuple[int, int]) -> None:
    with pytest.raises(ConfigError, match=r"endpoint\.(silence|max)_frames must be 1 or more, got"):
        EndpointConfig(*rules)


def test_presets_grow() -> None:
    short, default, long = (presets()[name] for name in ("short", "default", "long"))
    assert short.silence_frames < default.silence_frames < long.silence_frames
    assert short.max_frames < default.max_frames < long.max_frames
