"""Whatever the words, the tier tiles the sound; and a TextGrid reads back."""

import itertools
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.messages import Transcript, Word
from speechlstm.sinks.textgrid import Interval, intervals, textgrid

INTERVAL = re.compile(r'intervals \[\d+\]:\s+xmin = ([\d.]+)\s+xmax = ([\d.]+)\s+text = "((?:[^"]|"")*)"\n')
RATES = st.sampled_from([1_000, 8_000, 16_000, 44_100])


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Words in order of time that may overlap, be empty, or lie past the end."""
    spans = sorted(draw(st.lists(st.tuples(st.integers(0, 3_000), st.integers(-5, 900)), max_size=12)))
    words = tuple(Word(f"w{i}", a, max(0, a + n), 0.5) for i, (a, n) in enumerate(spans))
    return Transcript(words, draw(st.integers(0, 3_000)), draw(RATES))


def transcript(*words: tuple[str, int, int], n_ms: int = 1_000) -> Transcript:
    return Transcript(tuple(Word(text, a, b, 0.9) for text, a, b in words), n_ms, 1_000)


def read_back(text: str) -> list[Interval]:
    return [
        Interval(round(1000 * float(a)), round(1000 * float(b)), label.replace('""', '"'))
        for a, b, label in INTERVAL.findall(text)
    ]


@settings(deadline=None)
@given(transcripts())
def test_intervals_tile_the_sound_and_no_word_is_lost(talk):
    tiles = intervals(talk)
    assert tiles[0].start_ms == 0
    assert tiles[-1].end_ms == max(
        1, (2000 * talk.n_samples + talk.sample_rate_hz) // (2 * talk.sample_rate_hz)
    )
    assert all(tile.start_ms < tile.end_ms for tile in tiles)
    assert all(tile.end_ms == after.start_ms for tile, after in itertools.pairwise(tiles))
    assert " ".join(tile.label for tile in tiles if tile.label) == talk.text


@settings(deadline=None)
@given(transcripts())
def test_a_textgrid_reads_back(talk):
    text = textgrid(talk, "")
    tiles = intervals(talk)
    assert read_back(text) == tiles
    assert f"intervals: size = {len(tiles)}\n" in text
    assert text.count(f"xmax = {tiles[-1].end_ms / 1000:.3f}\n") == 3


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 400)), max_size=12), RATES)
def test_words_that_do_not_overlap_keep_their_times(spans, rate):
    words, cursor = [], 0
    for gap, length in spans:
        start = cursor + gap * rate // 1_000
        cursor = start + length * rate // 1_000 + 1
        words.append(Word("w", start, cursor, 0.5))
    tiles = [tile for tile in intervals(Transcript(tuple(words), cursor + rate, rate)) if tile.label]
    assert len(tiles) == len(words)
    for tile, word in zip(tiles, words, strict=True):
        assert abs(tile.start_ms - 1000 * word.start_samples / rate) <= 0.5
        assert abs(tile.end_ms - 1000 * word.end_samples / rate) <= 0.5


def test_silence_is_one_empty_interval():
    assert intervals(transcript()) == [Interval(0, 1_000, "")]


def test_an_empty_sound_still_has_a_tier_praat_can_open():
    assert intervals(transcript(n_ms=0)) == [Interval(0, 1, "")]


def test_a_word_that_reaches_into_the_next_is_clipped():
    tiles = intervals(transcript(("a", 0, 600), ("b", 400, 1_300)))
    assert tiles == [Interval(0, 400, "a"), Interval(400, 1_000, "b")]


def test_words_of_one_moment_share_an_interval():
    tiles = intervals(transcript(("a", 100, 300), ("b", 100, 400), ("c", 1_000, 1_000)))
    assert tiles == [Interval(0, 100, ""), Interval(100, 400, "a b"), Interval(400, 1_000, "c")]


def test_a_word_past_the_end_joins_the_last_interval():
    assert intervals(transcript(("a", 0, 1_000), ("b", 1_200, 1_300))) == [Interval(0, 1_000, "a b")]


def test_quotes_are_doubled():
    assert '            text = "say ""go"" now"\n' in textgrid(transcript(('say "go"\nnow', 0, 500)), "")
