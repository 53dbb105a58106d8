from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tones import PITCH_HZ, RATE_HZ, write_tones

from speechlstm.data.augment import change_speed, change_tempo, colour, draw_room, gain_curve, rms
from speechlstm.data.compose import Composer
from speechlstm.data.compose_config import ComposeConfig
from speechlstm.data.corpus import Corpus, DataSet, load_corpus
from speechlstm.errors import ConfigError, DataError

VOCABULARY = tuple(PITCH_HZ)
# no change of pitch, no room, hardly a noise: what is heard tells which word it is
PLAIN = ComposeConfig(
    length_s=4.0,
    p_run=1.0,
    p_phrase=0,
    p_other=0,
    p_speech=0,
    p_fluent=0,
    speed=(1.0, 1.0),
    p_noise=0,
    p_reverb=0,
)
FLUENT = replace(PLAIN, p_fluent=1.0, p_close=0.0, tempo=(1.3, 1.3))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = write_tones(tmp_path_factory.mktemp("tones"))
    sets = [DataSet(f"{role}.jsonl", role) for role in ("words", "phrases", "noise")]  # type: ignore[arg-type]
    return load_corpus(sets, folder, RATE_HZ, folder / "cache")


def _pitch_hz(x: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x)), 8192))
    return float(spectrum.argmax() * RATE_HZ / 8192)


def test_the_same_seed_gives_the_same_stream(corpus: Corpus) -> None:
    one, two = (Composer(corpus, VOCABULARY, ComposeConfig()).compose(11) for _ in range(2))
    other = Composer(corpus, VOCABULARY, ComposeConfig()).compose(12)
    assert np.array_equal(one.samples, two.samples)
    assert one.labels == two.labels
    assert not np.array_equal(one.samples, other.samples)


def test_every_label_lies_where_its_word_is_heard(corpus: Corpus) -> None:
    composer = Composer(corpus, VOCABULARY, PLAIN)
    n_heard = 0
    for seed in range(20):
        stream = composer.compose(seed)
        assert len(stream.samples) == 4 * RATE_HZ
        for label in stream.labels:
            middle = (label.start + label.stop) // 2
            heard = _pitch_hz(stream.samples[middle - 600 : middle + 600])
            # speed within a run varies by five percent
            assert heard == pytest.approx(PITCH_HZ[VOCABULARY[label.token - 1]], rel=0.08)
            n_heard += 1
    assert n_heard > 50


def test_fluent_words_run_into_each_other_and_are_shorter(corpus: Corpus) -> None:
    composer = Composer(corpus, VOCABULARY, FLUENT)
    lengths, gaps = [], []
    for seed in range(20):
        labels = composer.compose(seed).labels
        lengths += [label.stop - label.start for label in labels]
        gaps += [b.start - a.stop for a, b in pairwise(labels)]
    # tones of 0.3 s
    assert np.median(lengths) / RATE_HZ == pytest.approx(0.3 / 1.3, abs=0.04)
    assert min(gaps) < -0.03 * RATE_HZ
    # within a run; runs are further apart
    assert np.median(gaps) / RATE_HZ < 0.06


def test_labels_are_in_order_and_inside_the_stream(corpus: Corpus) -> None:
    composer = Composer(corpus, VOCABULARY, ComposeConfig(length_s=3.0))
    for seed in range(50):
        labels = composer.compose(seed).labels
        assert [label.start for label in labels] == sorted(label.start for label in labels)
        assert all(0 <= label.start < label.stop <= 3 * RATE_HZ for label in labels)


def test_words_of_a_phrase_share_its_bounds_and_others_give_nothing(corpus: Corpus) -> None:
    config = ComposeConfig(length_s=2.0, p_run=0, p_phrase=1.0, p_other=0, p_speech=0)
    composer = Composer(corpus, VOCABULARY, config)
    labels = next(labels for seed in range(50) if (labels := composer.compose(seed).labels))
    low, high = VOCABULARY.index("low") + 1, VOCABULARY.index("high") + 1
    assert [label.token for label in labels[:2]] == [low, high]
    assert labels[0][1:3] == labels[1][1:3]
    assert not any(label.aligned for label in labels)
    others = Composer(corpus, VOCABULARY, ComposeConfig(p_run=0, p_phrase=0, p_other=1.0, p_speech=0))
    assert all(others.compose(seed).labels == [] for seed in range(5))


def test_streams_are_finite_and_not_clipped_flat(corpus: Corpus) -> None:
    composer = Composer(corpus, VOCABULARY, ComposeConfig())
    clipped = []
    for seed in range(40):
        x = composer.compose(seed).samples
        assert np.isfinite(x).all()
        assert rms(x) > 1e-4
        clipped.append(np.mean(np.abs(x) >= 1))
    # a loud stream may clip, as a loud microphone does; most do not
    assert np.median(clipped) == 0
    assert np.mean(clipped) < 0.02


def test_a_word_without_a_clip_is_named(corpus: Corpus) -> None:
    with pytest.raises(DataError, match="no clip of shrill"):
        Composer(corpus, (*VOCABULARY, "shrill"), ComposeConfig())


def test_shares_and_ranges_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match="add up to at most 1"):
        ComposeConfig(p_run=0.9, p_speech=0.5)
    with pytest.raises(ConfigError, match=r"speed must be \[lowest, highest\]"):
        ComposeConfig(speed=(1.2, 0.8))


def test_twice_the_speed_is_an_octave_higher_and_half_as_long() -> None:
    x = np.sin(2 * np.pi * 500 / RATE_HZ * np.arange(RATE_HZ)).astype(np.float32)
    fast = change_speed(x, 2.0)
    assert len(fast) == pytest.approx(RATE_HZ / 2, abs=2)
    assert _pitch_hz(fast) == pytest.approx(1000, abs=3)
    np.testing.assert_array_equal(change_speed(x, 1.0), x[:-1])


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.5])
def test_tempo_changes_length_and_not_pitch(factor: float) -> None:
    x = np.sin(2 * np.pi * 200 / RATE_HZ * np.arange(RATE_HZ)).astype(np.float32)
    y = change_tempo(x, factor, sample_rate_hz=RATE_HZ)
    assert len(y) / len(x) == pytest.approx(1 / factor, rel=0.06)
    assert _pitch_hz(y) == pytest.approx(200, abs=2)
    assert rms(y) == pytest.approx(rms(x), rel=0.02)
    # no clicks: no step steeper than a sine of this pitch has
    assert np.abs(np.diff(y)).max() < 1.3 * np.abs(np.diff(x)).max()


@pytest.mark.parametrize("factor", [0.9, 1.3, 1.6, 1.76])
@pytest.mark.parametrize("n", [2400, 2777, 3333])
def test_another_tempo_keeps_the_end(factor: float, n: int) -> None:
    x = np.random.default_rng(0).standard_normal(n).astype(np.float32)
    y = change_tempo(x, factor, sample_rate_hz=RATE_HZ)
    end = RATE_HZ * 5 // 1000
    np.testing.assert_array_equal(y[-end:], x[-end:])
    # up to 36 ms behind the last piece keep their tempo
    assert n / factor - 0.01 * RATE_HZ < len(y) < n / factor + 0.03 * RATE_HZ


def test_a_sound_too_short_for_another_tempo_stays() -> None:
    x = np.ones(100, np.float32)
    assert change_tempo(x, 1.5, sample_rate_hz=RATE_HZ) is x


def test_a_gain_is_that_of_its_curve() -> None:
    t = np.arange(RATE_HZ) / RATE_HZ
    for place, hz in enumerate((200, 480, 1000, 2000), start=1):
        tone = np.sin(2 * np.pi * hz * t).astype(np.float32)
        found = rms(colour(tone, np.array([0.0, 3, -6, 9, -12, 0]))[1000:-1000]) / rms(tone[1000:-1000])
        assert 20 * np.log10(found) == pytest.approx([3, -6, 9, -12][place - 1], abs=0.1)


def test_a_room_rings_on_and_a_microphone_does_not() -> None:
    click = np.zeros(RATE_HZ, np.float32)
    click[1000] = 1
    rng = np.random.default_rng(0)
    gain_db = gain_curve(rng, spread_db=4)
    dry, wet = colour(click, gain_db), colour(click, gain_db, room=draw_room(rng, RATE_HZ))
    late = slice(1400, None)
    assert np.abs(dry[late]).max() < 0.02 * np.abs(dry).max()
    assert rms(wet[late]) > 5 * rms(dry[late])


def test_case_and_punctuation_of_transcripts_do_not_count_and_entries_may_be_several_words(
    tmp_path: Path,
) -> None:
    folder = write_tones(tmp_path)
    phrases = folder / "phrases.jsonl"
    phrases.write_text(phrases.read_text().replace("low other high", "Low, OTHER high."))
    words = folder / "words.jsonl"
    words.write_text(words.read_text().replace('"mid"', '"Mid way"'))
    sets = [DataSet(f"{role}.jsonl", role) for role in ("words", "phrases")]  # type: ignore[arg-type]
    corpus = load_corpus(sets, folder, RATE_HZ, folder / "cache")
    config = replace(PLAIN, p_run=0.5, p_phrase=0.5)
    composer = Composer(corpus, ("low", "mid way", "high"), config)
    streams = [composer.compose(seed) for seed in range(20)]
    labels = [label for stream in streams for label in stream.labels]
    of_phrases = [label.token for label in labels if not label.aligned]
    assert {label.token for label in labels if label.aligned} == {1, 2, 3}
    assert of_phrases == [1, 3] * (len(of_phrases) // 2)
    assert of_phrases


def test_words_alone_make_streams(corpus: Corpus) -> None:
    """Without noise, speech, phrases and other words there is silence in their place."""
    words = replace(corpus, items=tuple(i for i in corpus.items if i.text in PITCH_HZ))
    composer = Composer(words, VOCABULARY, ComposeConfig())
    streams = [composer.compose(seed) for seed in range(10)]
    assert all(np.isfinite(stream.samples).all() and stream.samples.any() for stream in streams)
    assert {label.token for stream in streams for label in stream.labels} == {1, 2, 3}
