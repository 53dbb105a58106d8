"""A bundle on an engine at a setting of the dial."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contract import assert_close, verify_contract
from listening import FRAME, SOUND, at, final_words, pieces

from speechlstm.bundle import LATENCIES, Bundle
from speechlstm.decode.decoder import make_decoder
from speechlstm.engine.engine import Answer
from speechlstm.errors import BundleError, ConfigError
from speechlstm.recognizer import Recognizer


@pytest.mark.parametrize("latency", LATENCIES)
def test_the_whole_chain_keeps_the_contract(tiny_bundle: Path, latency: str) -> None:
    chain = at(tiny_bundle, latency).chain
    verify_contract(chain, SOUND[:4000], atol=1e-4, counted=False, n_examples=5)


def test_choices_that_are_none(tiny_bundle: Path) -> None:
    with pytest.raises(
        ConfigError, match="unknown latency 'medium'; expected one of low, balanced, high, offline"
    ):
        Recognizer.load(tiny_bundle, latency="medium")
    with pytest.raises(ConfigError, match="unknown engine 'torch'; expected onnx or keras"):
        Recognizer.load(tiny_bundle, engine="torch")
    with pytest.raises(BundleError, match="no model 'nowhere'"):
        Recognizer.load("nowhere")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sensitivity": "a"}, r"sensitivity must be from 0 to 1 .*, got 'a'"),
        ({"sensitivity": float("nan")}, r"sensitivity must be from 0 to 1 .*, got nan"),
        ({"sensitivity": None}, r"sensitivity must be from 0 to 1 .*, got None"),
        ({"hotwords": {"up": "x"}}, r"the weight of 'up' must be a number of nats .*, got 'x'"),
        ({"hotwords": {"up": float("inf")}}, r"the weight of 'up' must be a number of nats .*, got inf"),
        ({"hotwords": ["up"]}, r"hotwords must be a table of words with their weights in nats, got \['up'\]"),
        ({"hotwords": {1: 1.0}}, "hotwords: a word must be text, got 1"),
    ],
)
def test_settings_that_are_no_numbers(tiny_bundle: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Recognizer.load(tiny_bundle, **options)
    assert Recognizer.load(tiny_bundle, sensitivity=np.float32(0.25))


def test_the_dial_is_in_order(tiny_bundle: Path) -> None:
    delays = [at(tiny_bundle, latency).latency_samples for latency in LATENCIES]
    assert all(shorter < longer for shorter, longer in pairwise(delays))
    # window, stack, two layers' look-ahead, chunk, and the decoder's two frames
    assert delays[1] == 199 + 160 + (2 * 4 + 8 - 1 + 2) * FRAME


@pytest.mark.parametrize("latency", ["low", "balanced", "high"])
def test_a_word_is_final_within_the_declared_delay(tiny_bundle: Path, latency: str) -> None:
    recognizer = at(tiny_bundle, latency)
    stream, final_at = recognizer.stream(partials=False), []
    for chunk in pieces(np.concatenate([SOUND, np.zeros(8000, np.float32)]), 40):
        final_at += [stream.n_samples + len(chunk)] * len(final_words(stream.feed(chunk)))
    spikes = spike_frames(recognizer, SOUND)
    assert len(final_at) >= len(spikes) > 5
    for frame, n_samples in zip(spikes, final_at, strict=False):
        assert n_samples <= (frame + 1) * FRAME + recognizer.latency_samples + 40


def spike_frames(recognizer: Recognizer, sound: np.ndarray) -> list[int]:
    """The frame of each word's peak, from when the decoder gives it, fed frame by frame."""
    config, frames = recognizer.bundle.config, []
    decoder = make_decoder(config.vocabulary, FRAME, config.decoder)
    answer, state = recognizer.posteriors(sound), decoder.initial_state()
    for i in range(len(answer.log_probs)):
        words, state = decoder.step(Answer(answer.log_probs[i : i + 1], answer.extent[i : i + 1]), state)
        frames += [i - config.decoder.settle_frames] * len(words)
    return frames


def test_posteriors_in_a_batch_equal_each_alone(recognizer: Recognizer) -> None:
    clips = [SOUND[:n] for n in (16_000, 1, 0, 5000, 4999, 16_000)]
    for clip, answer in zip(clips, recognizer.posteriors_batch(clips), strict=True):
        assert_close(answer, recognizer.posteriors(clip), 1e-4)


def test_what_a_recognizer_tells_of_itself(tiny_bundle: Path) -> None:
    recognizer = at(tiny_bundle, "high")
    assert (recognizer.latency, recognizer.sample_rate_hz) == ("high", 8000)
    assert recognizer.bundle.config == Bundle.load(tiny_bundle).config


@pytest.mark.train
def test_the_keras_engine_gives_the_same_answer(tiny_bundle: Path, recognizer: Recognizer) -> None:
    reference = Recognizer.load(tiny_bundle, engine="keras")
    assert_close(reference.posteriors(SOUND), recognizer.posteriors(SOUND), 1e-4)
    assert_close(reference.transcribe(SOUND).words, recognizer.transcribe(SOUND).words, 1e-3)
