"""Streams: however the sound is cut, whoever hears beside them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from contract import assert_close
from hypothesis import given, settings
from hypothesis import strategies as st
from listening import SOUND, at, final_words, hear, pieces
from tiny import speechlike

from speechlstm.bundle import LATENCIES
from speechlstm.errors import AudioError
from speechlstm.recognizer import Recognizer


@pytest.mark.parametrize("latency", LATENCIES)
@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, len(SOUND)), max_size=20).map(sorted))
def test_a_stream_gives_what_transcribe_gives(tiny_bundle: Path, latency: str, cuts: list[int]) -> None:
    recognizer = at(tiny_bundle, latency)
    stream = recognizer.stream()
    words = final_words(hear(stream, np.split(SOUND, cuts)))
    assert_close(words, recognizer.transcribe(SOUND).words, 1e-4)
    assert stream.n_samples == len(SOUND)


def test_a_bad_chunk_leaves_the_stream_as_it_was(recognizer: Recognizer) -> None:
    stream, events = recognizer.stream(), []
    for chunk in pieces(SOUND, 1000):
        events += stream.feed(chunk)
        with pytest.raises(AudioError, match="NaN"):
            stream.feed(np.full(10, np.nan, np.float32))
    assert_close(final_words([*events, *stream.finish()]), recognizer.transcribe(SOUND).words, 1e-4)


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


def test_a_finished_stream_takes_no_more(tiny_bundle: Path) -> None:
    stream = Recognizer.load(tiny_bundle).stream()
    stream.finish()
    with pytest.raises(AudioError, match=r"finished; begin another with Recognizer\.stream"):
        stream.feed(np.zeros(80, np.float32))
    with pytest.raises(AudioError, match="finished"):
        stream.finish()
