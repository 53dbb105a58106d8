"""Cues: how words are grouped, and that every cue can be shown."""

import itertools
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.messages import Transcript, Utterance, Word
from speechlstm.sinks.captions import Cue, cues, srt, vtt

CUE = re.compile(r"(\d\d):(\d\d):(\d\d)[.,](\d{3}) --> (\d\d):(\d\d):(\d\d)[.,](\d{3})\n(.+)\n")


def transcript(*words: tuple[str, int, int]) -> Transcript:
    """Words as (text, start, end) in milliseconds."""
    return Transcript(tuple(Word(text, 8 * a, 8 * b, 0.9) for text, a, b in words), 320_000_000, 8_000)


def read_back(text: str) -> list[Cue]:
    return [Cue(_ms(found[:4]), _ms(found[4:8]), found[8]) for found in CUE.findall(text)]


def _ms(fields: tuple[str, ...]) -> int:
    hours, minutes, seconds, ms = map(int, fields)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms


def test_a_gap_of_one_second_begins_a_cue_and_a_shorter_one_does_not():
    talk = transcript(("a", 0, 500), ("b", 1_499, 1_600), ("c", 2_600, 2_700))
    assert cues(talk) == [Cue(0, 1_600, "a b"), Cue(2_600, 2_700, "c")]


def test_utterances_are_a_cue_each():
    talk = transcript(("a", 0, 500), ("b", 2_000, 2_400), ("c", 2_600, 2_700))
    first, last = Utterance(talk.words[:2], 0), Utterance(talk.words[2:], 0)
    talk = replace(talk, utterances=(first, last))
    assert cues(talk, max_words=1) == [Cue(0, 2_400, "a b"), Cue(2_600, 2_700, "c")]
    assert cues(replace(talk, utterances=())) == []


def test_the_gap_can_be_set():
    talk = transcript(("a", 0, 500), ("b", 700, 900))
    assert cues(talk, gap_ms=200) == [Cue(0, 500, "a"), Cue(700, 900, "b")]


def test_the_eleventh_word_begins_a_cue():
    talk = transcript(*((f"w{i}", 300 * i, 300 * i + 200) for i in range(21)))
    assert [len(cue.text.split()) for cue in cues(talk)] == [10, 10, 1]
    assert [len(cue.text.split()) for cue in cues(talk, max_words=20)] == [20, 1]


def test_a_word_without_length_is_shown_for_a_millisecond():
    assert cues(transcript(("a", 250, 250))) == [Cue(250, 251, "a")]


def test_hours_and_both_points():
    talk = transcript(("go", 36_061_005, 36_062_010))
    assert srt(talk, "") == "1\n10:01:01,005 --> 10:01:02,010\ngo\n"
    assert vtt(talk, "") == "WEBVTT\n\n10:01:01.005 --> 10:01:02.010\ngo\n"


@pytest.mark.parametrize("write", [srt, vtt])
def test_what_a_player_would_take_for_markup_is_escaped(write):
    assert write(transcript(("<b>\n-->", 0, 100), ("R&B", 100, 200)), "").endswith(
        "\n&lt;b&gt; --&gt; R&amp;B\n"
    )


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60_000), st.integers(-10, 20_000)), max_size=40),
    st.sampled_from([8_000, 16_000, 44_100]),
)
def test_cues_read_back_in_order_without_overlap_and_with_every_word(spans, rate):
    spans = sorted(spans)
    words = tuple(Word(f"w{i}", a, max(0, a + n), 0.5) for i, (a, n) in enumerate(spans))
    talk = Transcript(words, 100_000, rate)
    expected = cues(talk)
    assert read_back(srt(talk, "")) == read_back(vtt(talk, "")) == expected
    assert " ".join(cue.text for cue in expected) == talk.text
    assert all(cue.start_ms < cue.end_ms for cue in expected)
    for cue, after in itertools.pairwise(expected):
        assert cue.end_ms <= max(after.start_ms, cue.start_ms + 1)
