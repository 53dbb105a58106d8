import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tiny import speechlike

from speechlstm.data.manifest import Clip, read_manifest
from speechlstm.engine.engine import Answer, LayerState
from speechlstm.engine.stage import Latency, NetworkStage
from speechlstm.errors import ConfigError
from speechlstm.evaluation import Endless, endless, endless_svg, read_sounds
from speechlstm.evaluation.clip_stream import Sound
from speechlstm.recognizer import Recognizer
from speechlstm.stage import Chain

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory, recognizer: Recognizer) -> list[Sound]:
    folder, clips = tmp_path_factory.mktemp("sound"), []
    for i in range(4):
        path = folder / f"{i}.wav"
        soundfile.write(path, speechlike(8000, seed=i), 8000)
        clips.append(Clip(path, recognizer.transcribe(path).text))
    return read_sounds(recognizer, clips)


@pytest.fixture(scope="module")
def found(recognizer: Recognizer, sounds: list[Sound]) -> Endless:
    return endless(recognizer, sounds, hours=1 / 40)


def test_the_first_and_the_last_stretch_hold_the_same(found: Endless) -> None:
    first, *others, last = found.stretches
    assert (first.n_clips, first.errors.n_words) == (last.n_clips, last.errors.n_words)
    assert len(others) == 1 and others[0].start_s > 0
    assert found.hours == pytest.approx(1 / 40, abs=4 / 3600)
    assert found.ci95_unit == "clips"
    gained = (last.errors.total - first.errors.total) / first.errors.n_words
    assert found.wer_gained == pytest.approx(gained)


def test_policies_are_compared_with_the_state_that_is_kept(found: Endless) -> None:
    alone, kept, *others = found.policies
    assert (alone.policy, kept.policy) == ("every clip a stream of its own", "never reset")
    assert kept.wer_gained == 0 and kept.wer_gained_ci95 is None
    assert alone.wer is not None and kept.wer is not None
    assert alone.wer_gained == pytest.approx(alone.wer - kept.wer)
    assert len(others) == 4


def test_json_table_and_drawing(found: Endless) -> None:
    figures = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert figures["is_finite"] is True
    assert [s["wer"] for s in figures["stretches"]] == [s.wer for s in found.stretches]
    kept = found.summary()
    assert kept["resident_mb_gained"] == found.resident_mb_gained and "n_clips" not in kept
    assert "resident_mb" not in kept["stretches"][0] and "resident_mb" in figures["stretches"][0]
    table = found.as_table()
    assert "states: all finite" in table and "never reset" in table
    assert endless_svg(found).count("<circle") == 3


class Broken:
    """An engine whose state grows by something with every chunk."""

    def __init__(self, engine: Any, grown: float) -> None:
        self.config, self._engine, self._grown = engine.config, engine, np.float32(grown)

    def step(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...]]:
        answer, after = self._engine.step(x, state, chunk=chunk, lookahead=lookahead)
        by = self._grown * np.float32(len(x))
        return answer, tuple(LayerState(s.h + by, s.c + by, s.tail) for s in after)


def broken(recognizer: Recognizer, grown: float) -> Recognizer:
    other = recognizer.at_latency("balanced")
    setting = other.network.setting
    other.network = NetworkStage(Broken(other.engine, grown), setting)
    other.chain = Chain([other.features, other.network, other.decoder])
    return other


def test_a_state_that_breaks_is_told(recognizer: Recognizer, sounds: list[Sound]) -> None:
    figures = endless(broken(recognizer, float("inf")), sounds, hours=0.005)
    assert not figures.is_finite
    assert "states: NOT FINITE" in figures.as_table()
    assert json.loads(json.dumps(figures.to_json(), allow_nan=False))["stretches"][0]["largest_state"] is None


class Tiring:
    """An engine that hears "yes" in low sound and, less surely, "no" in high sound; made up.

    What it carries counts the frames it has heard. From ``tires_after`` on it is less sure of all words.
    """

    def __init__(self, engine: Any, tires_after: int) -> None:
        self.config, self._tires_after = engine.config, tires_after

    def step(
        self, x: np.ndarray, state: tuple[LayerState, ...], *, chunk: int, lookahead: int
    ) -> tuple[Answer, tuple[LayerState, ...]]:
        n_before = state[0].c[None, :, 0]
        counted = n_before + 1 + np.arange(len(x), dtype=np.float32)[:, None]
        fresh = np.where(counted > self._tires_after, 0.6, 1.0)
        # the second cepstrum: more below than above
        slope = x[..., 1]
        belief = fresh * np.where(slope > 0, 0.95, 0.6) * (np.abs(slope) > 1)
        probs = np.full((*belief.shape, self.config.widths["log_probs"]), 1e-6, np.float32)
        tokens = np.where(slope > 0, YES, NO)
        np.put_along_axis(probs, tokens[..., None], belief[..., None].astype(np.float32) + 1e-6, axis=-1)
        probs[..., 0] = 1 - belief
        extent, values = (np.ones((*belief.shape, width), np.float32) for width in (2, 0))
        after = tuple(LayerState(s.h, s.c + np.float32(len(x)), s.tail) for s in state)
        return Answer(np.log(probs), extent, values), after


YES, NO = 1, 2
FRAMES_PER_S = 100 / 3


@pytest.fixture(scope="module")
def low_and_high(tmp_path_factory: pytest.TempPathFactory, recognizer: Recognizer) -> list[Sound]:
    folder, clips = tmp_path_factory.mktemp("tones"), []
    seconds = np.arange(2400) / 8000
    for i in range(12):
        path, word = folder / f"{i}.wav", ("yes", "no")[i % 2]
        tone = 0.3 * np.sin(2 * np.pi * (300, 3500)[i % 2] * seconds)
        soundfile.write(path, np.pad(tone, 800), 8000)
        clips.append(Clip(path, word))
    return read_sounds(recognizer, clips)


def tiring(recognizer: Recognizer, after_s: float) -> Recognizer:
    other = recognizer.at_latency("balanced")
    other.network = NetworkStage(Tiring(recognizer.engine, round(after_s * FRAMES_PER_S)), Latency(8, 0))
    other.chain = Chain([other.features, other.network, other.decoder])
    return other


def test_words_missed_in_the_last_minutes_are_drift(
    recognizer: Recognizer, low_and_high: list[Sound]
) -> None:
    found = endless(tiring(recognizer, 60), low_and_high, hours=1 / 36)
    first, *_, last = found.stretches
    assert (first.errors.total, last.errors.insertions, last.errors.substitutions) == (0, 0, 0)
    n_high = sum(sound.reference == ("no",) for sound in low_and_high)
    assert last.errors.deletions / last.errors.n_words == pytest.approx(n_high / len(low_and_high), abs=0.1)
    assert found.wer_gained == last.wer
    low, high = found.wer_gained_ci95 or (0.0, 0.0)
    assert last.wer is not None and 0.1 < low < last.wer < high
    assert f"last above first, the same sound: {100 * last.wer:.1f} %" in found.as_table()


def test_a_state_given_up_in_time_never_tires(recognizer: Recognizer, low_and_high: list[Sound]) -> None:
    found = endless(tiring(recognizer, 10), low_and_high, hours=1 / 360)
    alone, kept, after_half_a_second, *_ = found.policies
    assert kept.wer is not None and kept.wer > 0
    assert alone.wer == after_half_a_second.wer == 0
    assert alone.wer_gained == -kept.wer


def test_without_fading_there_is_no_drift(recognizer: Recognizer, low_and_high: list[Sound]) -> None:
    found = endless(tiring(recognizer, 3600), low_and_high, hours=1 / 36)
    assert [stretch.wer for stretch in found.stretches] == [0, 0, 0]
    assert found.wer_gained == 0


@pytest.mark.parametrize("hours", [0.0, -1.0])
def test_no_hours(recognizer: Recognizer, sounds: list[Sound], hours: float) -> None:
    with pytest.raises(ConfigError, match="hours must be more than 0"):
        endless(recognizer, sounds, hours=hours)


def test_clips_that_say_nothing_have_no_error_rate(recognizer: Recognizer, sounds: list[Sound]) -> None:
    silent = [Sound(s.clip, s.samples, (), s.speech, False) for s in sounds]
    with pytest.raises(ConfigError, match="none of 4 clips says a word of the model"):
        endless(recognizer, silent, hours=0.01)


@pytest.mark.slow  # hears some twenty minutes of sound, several times
def test_the_model_that_ships_does_not_drift() -> None:
    recognizer = Recognizer.load(ROOT / "models" / "words-en")
    said = [clip for clip in read_manifest(ROOT / "samples") if clip.audio.suffix == ".wav"]
    own = read_sounds(recognizer, said)
    sound = endless(recognizer, own, hours=0.2)
    first, last = sound.stretches[0], sound.stretches[-1]
    assert first.wer is not None and last.wer is not None and first.wer < 0.05 and last.wer < 0.05
    assert sound.wer_gained is not None and abs(sound.wer_gained) < 0.02
    assert sound.is_finite
    # twelve minutes keep the memory of four, but for what the allocator holds
    assert sound.resident_mb_gained is None or sound.resident_mb_gained < 10
