from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from contract import assert_close, verify_contract
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import make_tiny_bundle, speechlike

from speechlstm.bundle import LATENCIES, Bundle
from speechlstm.decode.decoder import make_decoder
from speechlstm.decode.endpoint import EndpointConfig
from speechlstm.engine.engine import Answer, Engine
from speechlstm.engine.stage import Latency
from speechlstm.errors import AudioError, BundleError, ConfigError
from speechlstm.messages import Event, Final, Partial, Transcript, Utterance, Word
from speechlstm.recognizer import Recognizer, Stream
from speechlstm.sources.resample import StreamResampler

SOUND = speechlike(16_000)
FRAME = 240


@cache
def at(folder: Path, latency: str) -> Recognizer:
    return Recognizer.load(folder, latency=latency)


def hear(stream: Stream, chunks: Iterable[np.ndarray]) -> list[Event]:
    """All events; every chunk comes in a buffer that is spoilt afterwards."""
    events: list[Event] = []
    for chunk in chunks:
        buffer = chunk.copy()
        events += stream.feed(buffer)
        buffer[...] = np.nan
    return [*events, *stream.finish()]


def utterances(events: Iterable[Event]) -> list[Utterance]:
    return [event for event in events if isinstance(event, Utterance)]


def final_words(events: Iterable[Event]) -> tuple[Word, ...]:
    return tuple(word for event in events if isinstance(event, Final) for word in event.words)


def pieces(sound: np.ndarray, size: int) -> list[np.ndarray]:
    return [sound[i : i + size] for i in range(0, len(sound), size)]


def test_the_test_is_not_empty(recognizer: Recognizer) -> None:
    """All that follows compares words; there must be some, and not all the same."""
    texts = [word.text for word in recognizer.transcribe(SOUND).words]
    assert len(texts) > 10
    assert len(set(texts)) >= 3


@pytest.mark.parametrize("latency", LATENCIES)
def test_the_whole_chain_keeps_the_contract(tiny_bundle: Path, latency: str) -> None:
    chain = at(tiny_bundle, latency).chain
    verify_contract(chain, SOUND[:4000], atol=1e-4, counted=False, n_examples=5)


@pytest.mark.parametrize("latency", LATENCIES)
@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, len(SOUND)), max_size=20).map(sorted))
def test_a_stream_gives_what_transcribe_gives(tiny_bundle: Path, latency: str, cuts: list[int]) -> None:
    recognizer = at(tiny_bundle, latency)
    stream = recognizer.stream()
    words = final_words(hear(stream, np.split(SOUND, cuts)))
    assert_close(words, recognizer.transcribe(SOUND).words, 1e-4)
    assert stream.n_samples == len(SOUND)


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


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 44_100, 11_025])
@pytest.mark.parametrize("size", [1000, 4410, 37])
def test_another_rate_is_converted_as_a_stream(recognizer: Recognizer, rate_hz: int, size: int) -> None:
    whole = recognizer.transcribe(SOUND, sample_rate_hz=rate_hz)
    stream = recognizer.stream(sample_rate_hz=rate_hz)
    assert_close(final_words(hear(stream, pieces(SOUND, size))), whole.words, 1e-4)
    assert stream.n_samples == whole.n_samples == pytest.approx(len(SOUND) * 8000 / rate_hz, abs=1)
    resampler = StreamResampler(rate_hz, 8000)
    converted = np.concatenate([resampler.feed(SOUND), resampler.finish()])
    assert_close(recognizer.transcribe(converted).words, whole.words, 1e-4)


def test_a_file_gives_what_its_samples_give(recognizer: Recognizer, tmp_path: Path) -> None:
    left, right = SOUND, speechlike(len(SOUND), seed=8)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], axis=1), 8000, subtype="FLOAT")
    assert recognizer.transcribe(tmp_path / "a.wav", channel=0) == recognizer.transcribe(left)
    assert recognizer.transcribe(str(tmp_path / "a.wav"), channel=1) == recognizer.transcribe(right)
    mixed = (left + right) / np.float32(2)
    assert_close(recognizer.transcribe(tmp_path / "a.wav").words, recognizer.transcribe(mixed).words, 1e-4)


@pytest.mark.parametrize("n_samples", [0, 1, 79, 240, 241])
def test_next_to_nothing(recognizer: Recognizer, n_samples: int) -> None:
    transcript = recognizer.transcribe(SOUND[:n_samples])
    assert (transcript.n_samples, transcript.sample_rate_hz) == (n_samples, 8000)
    assert final_words(hear(recognizer.stream(), [SOUND[:n_samples]])) == transcript.words
    assert len(recognizer.posteriors(SOUND[:n_samples]).log_probs) == -(-n_samples // FRAME)


def test_nothing_at_all(recognizer: Recognizer) -> None:
    assert recognizer.transcribe(SOUND[:0]) == Transcript((), 0, 8000)
    assert recognizer.stream().finish() == ()


def test_double_precision_is_welcome(recognizer: Recognizer) -> None:
    assert recognizer.transcribe(SOUND.astype(np.float64)) == recognizer.transcribe(SOUND)
    assert recognizer.transcribe_chunks([SOUND.astype(np.float64)]) == recognizer.transcribe(SOUND)
    lists: Any = [SOUND[:99].tolist(), SOUND[99:]]
    assert recognizer.transcribe_chunks(lists) == recognizer.transcribe(SOUND)
    words = final_words(hear(recognizer.stream(), pieces(SOUND.astype(np.float64), 999)))
    assert_close(words, recognizer.transcribe(SOUND).words, 1e-4)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(10, np.int16), r"float samples in -1\.\.1, got int16; divide 16-bit integers by 32768"),
        (np.zeros((10, 2), np.float32), r"mono samples \[n\], got an array of shape \(10, 2\); mix it down"),
        (np.float32(0), r"got an array of shape \(\)"),
        (np.array([0, np.nan], np.float32), "hold NaN or infinity; replace them"),
        (np.array([0, -np.inf]), "hold NaN or infinity"),
        (np.array([np.inf, -np.inf]), "hold NaN or infinity"),
        (np.array([1e39, 0.0]), "hold numbers too large for float32; replace them"),
    ],
)
def test_samples_that_cannot_be(recognizer: Recognizer, samples: Any, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        recognizer.stream().feed(samples)
    with pytest.raises(AudioError, match=message):
        recognizer.posteriors(samples)
    with pytest.raises(AudioError, match=message):
        recognizer.transcribe(np.asarray(samples))
    with pytest.raises(AudioError, match=message):
        recognizer.transcribe_chunks([SOUND, np.asarray(samples)])


def test_a_bad_chunk_leaves_the_stream_as_it_was(recognizer: Recognizer) -> None:
    stream, events = recognizer.stream(), []
    for chunk in pieces(SOUND, 1000):
        events += stream.feed(chunk)
        with pytest.raises(AudioError, match="NaN"):
            stream.feed(np.full(10, np.nan, np.float32))
    assert_close(final_words([*events, *stream.finish()]), recognizer.transcribe(SOUND).words, 1e-4)


@pytest.mark.parametrize("rate_hz", [0, -1, -8000])
def test_a_rate_that_cannot_be(recognizer: Recognizer, rate_hz: int) -> None:
    with pytest.raises(AudioError, match=f"a sample rate of {rate_hz} Hz cannot be"):
        recognizer.transcribe(SOUND, sample_rate_hz=rate_hz)
    with pytest.raises(AudioError, match=f"a sample rate of {rate_hz} Hz cannot be"):
        recognizer.stream(sample_rate_hz=rate_hz)


def test_what_does_not_go_together(recognizer: Recognizer, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", SOUND, 8000)
    with pytest.raises(ConfigError, match=r"channel 1 of an array: it must be mono; give sound\[:, 1\]"):
        recognizer.transcribe(SOUND, channel=1)
    with pytest.raises(ConfigError, match="16000 for a file, which says its own; leave it out"):
        recognizer.transcribe(tmp_path / "a.wav", sample_rate_hz=16_000)
    sound: Any
    for sound in ([0.0, 0.1], None, 3):
        with pytest.raises(AudioError, match=f"a path or an array.* got {type(sound).__name__}; turn"):
            recognizer.transcribe(sound)


class CountingEngine:
    """An engine that counts the frames it is asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.config, self.n_frames = engine, engine.config, 0

    def step(self, x: np.ndarray, *rest: Any, **how: int) -> Any:
        self.n_frames += len(x)
        return self._engine.step(x, *rest, **how)


@pytest.mark.parametrize("latency", ["balanced", "offline"])
def test_beliefs_take_time_in_proportion_to_the_sound(tmp_path: Path, latency: str) -> None:
    dial = {
        "low": Latency(2, 1),
        "balanced": Latency(8, 4),
        "high": Latency(16, 8),
        "offline": Latency(4000, 8),
    }
    recognizer = Recognizer.load(make_tiny_bundle(tmp_path / "long", latency=dial), latency=latency)
    recognizer.network.engine = counting = CountingEngine(recognizer.engine)
    stream, n_counted = recognizer.stream(), []
    for chunk in pieces(speechlike(1600 * FRAME), FRAME):
        stream.feed(chunk)
        n_counted.append(counting.n_frames)
    assert n_counted[-1] < 50 * 1600
    assert n_counted[-1] - n_counted[799] < 1.3 * n_counted[799]


def test_choices_that_are_none(tiny_bundle: Path) -> None:
    with pytest.raises(
        ConfigError, match="unknown latency 'medium'; expected one of low, balanced, high, offline"
    ):
        Recognizer.load(tiny_bundle, latency="medium")
    with pytest.raises(ConfigError, match="unknown engine 'torch'; expected onnx or keras"):
        Recognizer.load(tiny_bundle, engine="torch")
    with pytest.raises(BundleError, match="no model 'nowhere'"):
        Recognizer.load("nowhere")


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


def test_partials_come_first_and_change_nothing(recognizer: Recognizer) -> None:
    events = hear(recognizer.stream(), pieces(SOUND, 240))
    finals = hear(recognizer.stream(partials=False), pieces(SOUND, 240))
    assert {type(event) for event in finals} == {Final}
    assert final_words(events) == final_words(finals)
    assert isinstance(events[0], Partial)
    partials = [event for event in events if isinstance(event, Partial)]
    assert len(partials) > 10


def test_a_partial_says_something_new(recognizer: Recognizer) -> None:
    believed: tuple[str, ...] = ()
    for event in hear(recognizer.stream(), pieces(SOUND, 100)):
        if isinstance(event, Partial):
            texts = tuple(word.text for word in event.words)
            assert texts != believed
        believed = texts if isinstance(event, Partial) else ()


def test_belief_is_what_the_end_would_give(recognizer: Recognizer) -> None:
    stream, n_fed, finals = recognizer.stream(), 0, []
    for chunk in pieces(SOUND, 1200):
        events, n_fed = stream.feed(chunk), n_fed + len(chunk)
        finals += final_words(events)
        if events and isinstance(events[-1], Partial):
            believed = (*finals, *events[-1].words)
            assert_close(believed, recognizer.transcribe(SOUND[:n_fed]).words, 1e-4)


def test_a_belief_left_at_the_end_is_settled_or_taken_back(recognizer: Recognizer) -> None:
    for n_samples in range(2000, 16_000, 500):
        events = hear(recognizer.stream(), pieces(SOUND[:n_samples], 240))
        assert isinstance(events[-1], Final) or events[-1] == Partial(())


def test_streams_do_not_hear_each_other(recognizer: Recognizer) -> None:
    sounds = [speechlike(12_000, seed=seed) for seed in range(4)]
    streams, heard = [recognizer.stream() for _ in sounds], [[] for _ in sounds]  # type: list[Stream], list[list[Event]]
    for chunks in zip(*(pieces(sound, 1000) for sound in sounds), strict=True):
        for stream, events, chunk in zip(streams, heard, chunks, strict=True):
            events += stream.feed(chunk)
    for stream, events, sound in zip(streams, heard, sounds, strict=True):
        words = final_words([*events, *stream.finish()])
        assert_close(words, recognizer.transcribe(sound).words, 1e-4)


def test_threads_with_a_stream_each_hear_what_one_alone_hears(recognizer: Recognizer) -> None:
    sounds = [speechlike(24_000, seed=seed) for seed in range(4)]
    alone = [hear(recognizer.stream(), pieces(sound, 500)) for sound in sounds]
    with ThreadPoolExecutor(4) as threads:
        together = threads.map(lambda sound: hear(recognizer.stream(), pieces(sound, 500)), sounds)
    for found, expected in zip(together, alone, strict=True):
        assert [type(event) for event in found] == [type(event) for event in expected]
        assert_close(final_words(found), final_words(expected), 1e-4)


def test_posteriors_in_a_batch_equal_each_alone(recognizer: Recognizer) -> None:
    clips = [SOUND[:n] for n in (16_000, 1, 0, 5000, 4999, 16_000)]
    for clip, answer in zip(clips, recognizer.posteriors_batch(clips), strict=True):
        assert_close(answer, recognizer.posteriors(clip), 1e-4)


def test_posteriors_decode_to_the_transcript(recognizer: Recognizer) -> None:
    words = recognizer.words_of(recognizer.posteriors(SOUND), len(SOUND))
    assert words == recognizer.transcribe(SOUND).words


def test_what_a_recognizer_tells_of_itself(tiny_bundle: Path) -> None:
    recognizer = at(tiny_bundle, "high")
    assert (recognizer.latency, recognizer.sample_rate_hz) == ("high", 8000)
    assert recognizer.bundle.config == Bundle.load(tiny_bundle).config


@pytest.mark.train
def test_the_keras_engine_gives_the_same_answer(tiny_bundle: Path, recognizer: Recognizer) -> None:
    reference = Recognizer.load(tiny_bundle, engine="keras")
    assert_close(reference.posteriors(SOUND), recognizer.posteriors(SOUND), 1e-4)
    assert_close(reference.transcribe(SOUND).words, recognizer.transcribe(SOUND).words, 1e-3)


def test_a_finished_stream_takes_no_more(tiny_bundle: Path) -> None:
    stream = Recognizer.load(tiny_bundle).stream()
    stream.finish()
    with pytest.raises(AudioError, match=r"finished; begin another with Recognizer\.stream"):
        stream.feed(np.zeros(80, np.float32))
    with pytest.raises(AudioError, match="finished"):
        stream.finish()
