"""Where words begin and end, heard by a recogniser whose errors are known."""

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from tones import PITCH_HZ, RATE_HZ

from speechlstm.cli.main import cli
from speechlstm.data.manifest import Clip
from speechlstm.errors import DataError
from speechlstm.evaluation.clip_stream import Sound
from speechlstm.evaluation.word_times import BoundError, word_times
from speechlstm.messages import Transcript, Word

_BLOCK = 80


class TonesRecognizer:
    """Gives a word for every stretch of its tone, ``late_s`` after it; it misses every ``misses``-th word."""

    bundle = SimpleNamespace(vocabulary=tuple(PITCH_HZ), name="tones")
    sound_rate_hz = RATE_HZ

    def __init__(self, late_s: tuple[float, float], misses: int = 10_000) -> None:
        self._late, self._misses = [round(late * RATE_HZ) for late in late_s], misses

    def transcribe(self, sound: np.ndarray) -> Transcript:
        words = list(self._words(sound))
        kept = (word for i, word in enumerate(words, 1) if i % self._misses)
        return Transcript(tuple(kept), len(sound), RATE_HZ)

    def _words(self, sound: np.ndarray):
        blocks = sound[: len(sound) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
        pitch = np.abs(np.fft.rfft(blocks * np.hanning(_BLOCK), 8 * _BLOCK)).argmax(axis=1) * 12.5
        level = np.sqrt(np.square(blocks).mean(axis=1))
        loud = level > 0.12 * level.max()
        names = [min(PITCH_HZ, key=lambda name: abs(np.log(p / PITCH_HZ[name]))) if p else "" for p in pitch]
        said = [name if is_loud else "" for name, is_loud in zip(names, loud, strict=True)]
        edges = [0, *(i for i in range(1, len(said)) if said[i] != said[i - 1]), len(said)]
        for first, stop in itertools.pairwise(edges):
            if said[first] and stop - first > 5:
                start, end = first * _BLOCK + self._late[0], stop * _BLOCK + self._late[1]
                yield Word(said[first], start, end, 1.0)


def sounds(n_speakers: int = 3, *, noise: float = 0.0) -> list[Sound]:
    rng, found = np.random.default_rng(0), []
    for i, (text, pitch) in enumerate(sorted(PITCH_HZ.items()) * n_speakers):
        samples = noise * rng.standard_normal(RATE_HZ).astype(np.float32)
        samples[2400:5600] += 0.3 * np.sin(2 * np.pi * pitch / RATE_HZ * np.arange(3200)).astype(np.float32)
        clip = Clip(Path(f"{i}.wav"), text, f"speaker{i // 3}")
        found.append(Sound(clip, samples, (text,), (2400, 5600), True))
    return found


def test_known_errors_are_found() -> None:
    """Loudness is looked at in steps of 10 ms, and words that overlap are cut off where they do."""
    found = word_times(TonesRecognizer((0.1, -0.2)), sounds())  # type: ignore[arg-type]
    assert found.n_said > 50 and found.n_timed >= 0.7 * found.n_said
    assert found.start.median_s == pytest.approx(0.1, abs=0.015)
    assert found.start.late_s == pytest.approx(0.1, abs=0.015)
    assert found.end.median_s == pytest.approx(0.2, abs=0.02)
    assert found.end.late_s == pytest.approx(-0.2, abs=0.02)
    assert found.bounds.p90_s == pytest.approx(0.2, abs=0.03)
    (low, high), median = found.start.median_ci95, found.start.median_s
    assert low <= median <= high
    assert found.ci95_unit == "speakers"


def test_words_that_are_missed_are_no_errors_of_time() -> None:
    whole = word_times(TonesRecognizer((0.0, 0.0)), sounds())  # type: ignore[arg-type]
    missed = word_times(TonesRecognizer((0.0, 0.0), misses=3), sounds())  # type: ignore[arg-type]
    assert missed.n_timed == pytest.approx(2 / 3 * whole.n_timed, rel=0.1)
    assert missed.start.median_s == pytest.approx(whole.start.median_s, abs=0.01)


def test_ten_speakers_are_what_is_independent() -> None:
    found = word_times(TonesRecognizer((0.0, 0.0)), sounds(10), n_streams=1)  # type: ignore[arg-type]
    assert found.ci95_unit == "speakers"
    assert json.loads(json.dumps(found.summary()))["n_said"] == found.n_said


def test_clips_whose_bounds_are_not_known_are_left_out() -> None:
    """Under noise as loud as itself a tone does not stand out."""
    clear, unclear = sounds(1), sounds(1, noise=0.2)
    found = word_times(TonesRecognizer((0.0, 0.0)), [*clear, *unclear])  # type: ignore[arg-type]
    assert (found.n_clips_known, found.n_clips_unknown) == (3, 3)
    with pytest.raises(DataError, match="none of 3 clips says one word of tones and nothing else"):
        word_times(TonesRecognizer((0.0, 0.0)), unclear)  # type: ignore[arg-type]


def test_nothing_timed_is_unknown_and_no_certainty() -> None:
    nothing = word_times(TonesRecognizer((0.0, 0.0), misses=1), sounds(1))  # type: ignore[arg-type]
    assert nothing.n_timed == 0 and nothing.bounds == BoundError(None, None, None, None, None)
    assert nothing.as_table().count("unknown") == 3


def test_the_command(tiny_bundle: Path, tmp_path: Path) -> None:
    import soundfile

    rows = []
    for i, sound in enumerate(sounds(2)):
        soundfile.write(tmp_path / f"{i}.wav", sound.samples, RATE_HZ)
        rows.append({"audio": f"{i}.wav", "text": "yes", "speaker": sound.clip.speaker})
    (tmp_path / "manifest.jsonl").write_text(
        "\n".join(map(json.dumps, [*rows, {"audio": "x.wav", "text": "no"}]))
    )
    done = CliRunner().invoke(cli, ["evaluate", str(tiny_bundle), str(tmp_path), "--word-times", "--json"])
    assert done.exit_code == 1 and done.stderr.count("x.wav") == 1
    assert done.stderr.endswith("1 of 7 clips failed\n")
    figures = json.loads(done.stdout)
    assert figures["n_clips_known"] == 6 and figures["n_said"] > 20
    both = CliRunner().invoke(cli, ["evaluate", "x", "y", "--word-times", "--sweep-latency"])
    assert both.exit_code == 2 and "--sweep-latency and --word-times measure different things" in both.stderr
