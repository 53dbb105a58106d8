from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tiny import SETTINGS, make_tiny_bundle, speechlike

from speechlstm.data.manifest import Clip
from speechlstm.evaluation.clip_stream import ClipStreamConfig, Piece, Sound, heard_in
from speechlstm.evaluation.delays import Delays, WordDelay, word_delays
from speechlstm.recognizer import Recognizer
from speechlstm.stage import concatenate, run

RATE_HZ, BLOCK = 8000, 160


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    return Recognizer.load(make_tiny_bundle(tmp_path_factory.mktemp("delays") / "tiny", latency=SETTINGS))


def pieces_of(recognizer: Recognizer) -> list[Piece]:
    """Pieces whose last words are said to be those that the recogniser hears."""
    sounds = [
        Sound(Clip(Path("a"), "", f"s{i}"), speechlike(9000 + 50 * i, seed=i), ("?",), (500, 8000), True)
        for i in range(12)
    ]
    pieces = [sound.piece(i, RATE_HZ, ClipStreamConfig()) for i, sound in enumerate(sounds)]
    words = concatenate(list(run(recognizer.chain, [piece.samples for piece in pieces])))
    heard = heard_in([len(piece.samples) for piece in pieces], words)
    return [
        replace(piece, sound=replace(piece.sound, reference=(own[-1][1].text,)))
        for piece, own in zip(pieces, heard, strict=True)
        if own
    ]


@pytest.mark.parametrize("latency", ["low", "balanced", "high"])
def test_the_algorithmic_delay_is_what_chunk_and_look_ahead_ask_for(
    recognizer: Recognizer, latency: str
) -> None:
    at = recognizer.at_latency(latency)
    pieces = pieces_of(at)
    found = word_delays(at, pieces)
    assert len(found) >= 6
    n_before = {piece.sound.clip.speaker: 0 for piece in pieces}
    for before, piece in pairwise(pieces):
        n_before[piece.sound.clip.speaker] = n_before[before.sound.clip.speaker] + len(before.samples)
    stops = {piece.sound.clip.speaker: piece.speech_stop for piece in pieces}
    setting, config = SETTINGS[latency], at.bundle.config
    n_late = config.network.n_layers * setting.lookahead_frames + at.decoder.latency
    frame, window = config.features.frame_samples, at.features.latency + 1
    for word in found:
        end = n_before[word.speaker] + stops[word.speaker]
        told = round(word.emission_s * RATE_HZ) + end
        assert told % frame == 0
        # the answer comes with the last frame of the chunk that its look-ahead lies in
        last = (
            (told // frame - 1 + n_late) // setting.chunk_frames * setting.chunk_frames
            + setting.chunk_frames
            - 1
        )
        n_needed = last * frame + window
        fed = -(-n_needed // BLOCK) * BLOCK
        assert round(word.algorithmic_s * RATE_HZ) == fed - told
        assert word.algorithmic_s <= (at.latency_samples + BLOCK) / RATE_HZ
        assert word.first_partial_s <= word.final_s
        assert word.compute_s > 0


def test_a_word_that_is_not_recognised_has_no_delay(recognizer: Recognizer) -> None:
    pieces = pieces_of(recognizer)
    other = [replace(piece, sound=replace(piece.sound, reference=("nothing",))) for piece in pieces]
    unknown = [replace(piece, sound=replace(piece.sound, ends_in_word=False)) for piece in pieces]
    assert word_delays(recognizer, other) == word_delays(recognizer, unknown) == []


def test_an_entry_of_several_words_ends_with_the_last_of_them(recognizer: Recognizer) -> None:
    pieces, bundle = pieces_of(recognizer), recognizer.bundle
    entries = tuple(f"well {word}" for word in bundle.vocabulary)
    renamed = Recognizer(replace(bundle, config=replace(bundle.config, vocabulary=entries)))
    found, expected = (word_delays(one, pieces) for one in (renamed, recognizer))
    assert [word.emission_s for word in found] == [word.emission_s for word in expected]
    assert found


def test_parts_and_percentiles() -> None:
    words = [WordDelay(f"s{i % 12}", 0.001 * i, 0.1, 0.002, -0.01) for i in range(101)]
    delays = Delays.of(words)
    assert delays.n_words == 101
    assert delays.emission.median_s == pytest.approx(0.05)
    assert delays.final.median_s == pytest.approx(0.152)
    assert delays.final.p95_s == pytest.approx(0.197)
    low, high = delays.final.median_ci95 or (np.nan, np.nan)
    assert low < 0.152 < high
    # all the same: how the next would be is not known
    assert delays.algorithmic.median_ci95 is None


def test_one_word_is_no_certainty_and_none_is_unknown() -> None:
    one = Delays.of([WordDelay("", 0.1, 0.2, 0.001, 0.1)])
    assert (one.n_words, one.final.median_s, one.final.median_ci95) == (1, pytest.approx(0.301), None)
    none = Delays.of([])
    assert (none.n_words, none.final.median_s, none.compute.p95_s) == (0, None, None)
