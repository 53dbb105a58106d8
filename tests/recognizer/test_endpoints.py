"""Where utterances end, and the rules that end them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contract import assert_close
from hypothesis import given, settings
from hypothesis import strategies as st
from listening import FRAME, SOUND, at, final_words, hear, pieces, utterances

from speechlstm.bundle import LATENCIES, Bundle, save
from speechlstm.decode.confidence import Calibration
from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.endpoint import EndpointConfig
from speechlstm.errors import ConfigError
from speechlstm.messages import Final, Utterance, Word
from speechlstm.odds import Joint
from speechlstm.recognizer import Recognizer


@pytest.mark.parametrize("latency", LATENCIES)
@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, len(SOUND)), max_size=20).map(sorted))
def test_utterances_end_at_the_same_frame_however_the_sound_is_cut(
    tiny_bundle: Path, latency: str, cuts: list[int]
) -> None:
    recognizer, rules = at(tiny_bundle, latency), EndpointConfig(1, 12)
    whole = utterances(hear(recognizer.stream(endpoint=rules), [SOUND]))
    events = hear(recognizer.stream(endpoint=rules), np.split(SOUND, cuts))
    assert len(whole) > 3
    assert_close(tuple(utterances(events)), tuple(whole), 1e-4)
    assert_close(tuple(word for one in whole for word in one.words), final_words(events), 1e-4)
    assert_close(final_words(events), recognizer.transcribe(SOUND).words, 1e-4)


@pytest.mark.parametrize("latency", LATENCIES)
def test_the_utterances_of_a_transcript_are_those_of_a_stream(tiny_bundle: Path, latency: str) -> None:
    recognizer, rules = at(tiny_bundle, latency), EndpointConfig(1, 12)
    live = tuple(utterances(hear(recognizer.stream(endpoint=rules), pieces(SOUND, 480))))
    whole = recognizer.transcribe(SOUND, endpoint=rules)
    assert whole.utterances is not None and len(whole.utterances) > 3
    assert_close(whole.utterances, live, 1e-4)
    assert [word for one in whole.utterances for word in one.words] == list(whole.words)
    plain = recognizer.transcribe(SOUND)
    assert (plain.utterances, plain.words) == (None, whole.words)
    of_answer = recognizer.transcript_of(recognizer.posteriors(SOUND), len(SOUND), endpoint=rules)
    assert_close(of_answer.utterances or (), live, 1e-4)


def test_an_utterance_comes_after_its_words_and_before_those_of_the_next(recognizer: Recognizer) -> None:
    events = hear(recognizer.stream(endpoint=EndpointConfig(1, 12)), pieces(SOUND, 480))
    given: list[Word] = []
    for event in events:
        if isinstance(event, Final):
            given += event.words
        elif isinstance(event, Utterance):
            assert tuple(given) == event.words
            given = []
    assert given == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "brief"}, "unknown endpoint 'brief'; tiny has short, default, long"),
        ({"silence_s": 0.0}, "silence_s must be a time above 0 seconds, got 0.0"),
        ({"max_s": float("nan")}, "max_s must be a time above 0 seconds, got nan"),
        ({"silence_s": "a"}, "silence_s must be a time above 0 seconds, got 'a'"),
        ({"max_s": True}, "max_s must be a time above 0 seconds, got True"),
        ({"silence_s": float("inf")}, "silence_s must be a time above 0 seconds, got inf"),
    ],
)
def test_endpoints_that_cannot_be(recognizer: Recognizer, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recognizer.endpoint(**options)


def test_seconds_of_an_endpoint_become_frames(recognizer: Recognizer) -> None:
    rules = recognizer.endpoint("short", silence_s=0.4, max_s=0.001)
    assert (rules.silence_frames, rules.max_frames) == (round(0.4 * 8000 / FRAME), 1)
    assert recognizer.endpoint("long") == recognizer.bundle.config.decoder.endpoint["long"]  # type: ignore[union-attr]
    with pytest.raises(ConfigError, match="unknown endpoint 'brief'"):
        recognizer.stream(endpoint="brief")
    with pytest.raises(ConfigError, match=r"is a name \(short, default, long\) or rules .*, got 3"):
        recognizer.stream(endpoint=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("latency", LATENCIES)
def test_no_utterance_ends_behind_the_sound(tiny_bundle: Path, tmp_path: Path, latency: str) -> None:
    bundle = Bundle.load(tiny_bundle)
    tail = replace(bundle.config, features=replace(bundle.config.features, tail_frames=5))
    save(tmp_path / "tiny", tail, replace(bundle.front_end, config=tail.features), bundle.model, bundle.card)
    recognizer, rules = at(tmp_path / "tiny", latency), EndpointConfig(1, 12)
    for n_samples in range(20_000, 21_500, 100):
        sound = SOUND[:n_samples]
        live = utterances(hear(recognizer.stream(endpoint=rules), pieces(sound, 480)))
        assert live and live[-1].end_samples <= n_samples
        assert_close(recognizer.transcribe(sound, endpoint=rules).utterances, tuple(live), 1e-4)


def test_the_confidence_of_an_utterance_is_calibrated_too(recognizer: Recognizer) -> None:
    config = recognizer.bundle.config
    assert isinstance(config.decoder, DecoderConfig)
    rules, found = EndpointConfig(1, 12), set()
    for joint in (Joint(), Joint(0.5, 0.6, 0.4)):
        decoder = replace(config.decoder, calibration=Calibration(joint=joint))
        calibrated = Recognizer(replace(recognizer.bundle, config=replace(config, decoder=decoder)))
        transcript = calibrated.transcribe(SOUND, endpoint=rules)
        assert transcript.utterances is not None
        live = utterances(hear(calibrated.stream(endpoint=rules), pieces(SOUND, 480)))
        assert_close(tuple(live), transcript.utterances, 1e-4)
        for one in (transcript, *transcript.utterances):
            assert one.confidence == joint.of([word.confidence for word in one.words])
        assert any(len(one.words) > 1 for one in transcript.utterances)
        found.add(transcript.confidence)
    assert len(found) == 2
