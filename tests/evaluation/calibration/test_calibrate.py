import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiny import speechlike

from speechlstm.data.manifest import Clip
from speechlstm.decode.confidence import Calibration
from speechlstm.errors import ConfigError, DataError
from speechlstm.evaluation.calibration.calibrate import calibrate
from speechlstm.evaluation.calibration.operating_point import (
    PENALTIES,
    Choice,
    Considered,
    Heard,
    Toll,
    choose,
    choose_penalty,
)
from speechlstm.evaluation.calibration.platt import fit_calibration, fit_joint
from speechlstm.evaluation.calibration.report import CalibrationReport
from speechlstm.odds import Joint
from speechlstm.recognizer import Recognizer

RATE_HZ = 8000


def loss(numbers: np.ndarray, evidence: np.ndarray, right: np.ndarray) -> float:
    """What the fit makes small, written down directly: the words' surprise, and a word's worth of prior."""
    odds = numbers[0] + evidence @ numbers[1:]
    surprise = np.logaddexp(0, odds) - right * odds
    return float(surprise.sum() + ((numbers - [0, 1, 0]) ** 2).sum() / 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 60))
@example(8, 1)  # the weight of the one is below 0 where the other is held at 0
@example(137, 5)  # whole steps of Newton's method go to and fro
def test_no_other_numbers_fit_better(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    evidence = rng.normal(1, 3, (n, 2))
    right = (rng.uniform(size=n) < 0.7).astype(float)
    found = fit_calibration(evidence, right)
    numbers = np.array([found.offset, found.posterior, found.peak])
    least = loss(numbers, evidence, right)
    for change in itertools.product([-0.05, 0, 0.05], repeat=3):
        other = numbers + change
        if other[1] >= 0 and other[2] >= 0:
            assert loss(other, evidence, right) >= least - 1e-4


@pytest.mark.parametrize("joint", [Joint(), Joint(0.5, 0.6, 0.4), Joint(-0.3, 1.2, -0.5)])
def test_it_finds_what_made_whole_utterances_right(joint: Joint) -> None:
    rng = np.random.default_rng(0)
    utterances = [rng.uniform(0.5, 1, rng.integers(1, 6)).tolist() for _ in range(40_000)]
    right = [bool(rng.random() < joint.of(words)) for words in utterances]
    found = fit_joint(utterances, right)
    assert [found.offset, found.product, found.length] == pytest.approx(
        [joint.offset, joint.product, joint.length], abs=0.08
    )
    assert fit_joint([], []) == Joint()
    # a surer product is never trusted less
    assert fit_joint([[0.9]] * 50 + [[0.2]] * 50, [False] * 50 + [True] * 50).product == 0


def test_it_finds_the_numbers_that_made_the_words() -> None:
    rng = np.random.default_rng(1)
    evidence = rng.normal(1, 3, (40_000, 2))
    chance = 1 / (1 + np.exp(-(-1.2 + evidence @ [0.6, 0.3])))
    found = fit_calibration(evidence, (rng.uniform(size=len(chance)) < chance).astype(float))
    assert (found.offset, found.posterior, found.peak) == pytest.approx((-1.2, 0.6, 0.3), abs=0.05)


def test_without_words_it_is_what_the_search_believes() -> None:
    assert fit_calibration(np.zeros((0, 2)), np.zeros(0)) == Calibration(0.0, 1.0, 0.0)


def test_words_that_are_told_apart_perfectly_do_not_run_away() -> None:
    evidence = np.array([[-3.0, -3.0]] * 20 + [[3.0, 3.0]] * 20)
    found = fit_calibration(evidence, np.array([0.0] * 20 + [1.0] * 20))
    assert 0.9 < found.of(0.95, 0.95) < 1 and abs(found.offset) < 0.1


def heard(reference: str, words: list[Considered], n_samples: int = RATE_HZ, speaker: str = "") -> Heard:
    clip = Clip(Path("a.wav"), reference, speaker)
    return Heard(clip, tuple(reference.split()), n_samples, dict.fromkeys(PENALTIES, tuple(words)))


def some_clips(n: int, *, seed: int = 0) -> list[Heard]:
    """Half of them say a word, and surer words are righter."""
    rng = np.random.default_rng(seed)
    clips = []
    for i in range(n):
        right = i % 2 == 0
        odds = rng.normal(2 if right else -1, 1.5)
        word = Considered("go", odds, odds / 2, right, -1 if right else 1)
        clips.append(heard("go" if right else "", [word], speaker=str(i)))
    return clips


def test_the_threshold_has_the_fewest_errors_of_all() -> None:
    clips = some_clips(60)
    for words_per_hour in (10.0, 1000.0, 100_000.0):
        toll = Toll(30, 30 / 3600, words_per_hour)
        choice = choose(clips, toll)

        def errors(threshold: float, choice: Choice = choice, toll: Toll = toll) -> float:
            at = replace(choice, threshold=threshold)
            n_given = [len(at.kept(h)) for h in clips]
            missed = sum(1 - n for h, n in zip(clips, n_given, strict=True) if h.reference)
            false = sum(n for h, n in zip(clips, n_given, strict=True) if not h.reference)
            return missed / toll.n_words * toll.words_per_hour + false / toll.hours

        fewest = min(errors(threshold) for threshold in np.linspace(0.001, 0.999, 2000))
        # to give nothing at all is not to be had
        assert errors(choice.threshold) == pytest.approx(fewest) or fewest == errors(0.9999)


def test_false_words_weigh_more_where_few_words_are_said() -> None:
    clips = some_clips(200)
    thresholds = [choose(clips, Toll(100, 100 / 3600, n)).threshold for n in (100.0, 3000.0, 100_000.0)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[0] > thresholds[-1] + 0.2


def test_of_penalties_that_do_as_well_the_smallest_is_taken() -> None:
    assert choose(some_clips(50), Toll(25, 25 / 3600, 1000.0)).blank_penalty == 0


def test_a_penalty_alone_is_the_one_with_the_fewest_errors() -> None:
    right = Considered("go", 1.0, 1.0, True, -1)
    wrong = Considered("up", 1.0, 1.0, False, 1)
    words = {p: ((right,) if p >= -2 else ()) + ((wrong,) * 3 if p >= 1 else ()) for p in PENALTIES}
    clips = [Heard(Clip(Path("a.wav"), "go"), ("go",), RATE_HZ, words)]
    assert choose_penalty(clips, Toll(1, 0.0, 1000.0)) == Choice(-2.0, None, 0.0)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, recognizer: Recognizer) -> list[Clip]:
    """Noise in which the model finds words; half of what it finds is said to be right."""
    folder = tmp_path_factory.mktemp("sound")
    made = []
    for i in range(6):
        path = folder / f"{i}.wav"
        soundfile.write(path, speechlike(2 * RATE_HZ, seed=i), RATE_HZ)
        found = [word.text for word in recognizer.transcribe(path).words]
        made.append(Clip(path, " ".join(found[::2]) if i < 4 else "", f"speaker {i}"))
    return made


@pytest.fixture(scope="module")
def report(recognizer: Recognizer, clips: list[Clip]) -> CalibrationReport:
    return calibrate(recognizer, [*clips, Clip(Path("gone.wav"), "yes", "nobody")])


def test_what_is_reported(report: CalibrationReport, clips: list[Clip]) -> None:
    assert (report.n_clips, report.n_failed, report.n_speakers, report.n_folds) == (6, 1, 6, 6)
    assert report.hours_without_words == pytest.approx(4 / 3600)
    assert report.n_words == sum(len(clip.text.split()) for clip in clips) > 10
    values = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert values["config"]["calibration"].keys() == {"offset", "posterior", "peak", "joint"}
    assert "bins" not in json.dumps(report.summary())
    assert "gone.wav" in report.failed[0]
    lines = report.as_table().splitlines()
    assert lines[0] == "clips            6, 1 more failed, of 6 speakers"
    assert sum(line.startswith(("  as it was", "  chosen anew", "  by penalty alone")) for line in lines) == 3


def test_before_is_what_the_model_gives(
    report: CalibrationReport, recognizer: Recognizer, clips: list[Clip]
) -> None:
    given = [recognizer.transcribe(clip.audio).words for clip in clips]
    assert report.before.n_false_words == sum(len(words) for words in given[4:])
    assert report.before.confidence.words.n == sum(map(len, given))
    false_words_per_hour = report.before.n_false_words / report.hours_without_words
    assert report.before.false_words_per_hour == pytest.approx(false_words_per_hour)
    assert report.before.errors.wer is not None
    assert report.before.errors_per_hour == pytest.approx(
        1000 * report.before.errors.wer + false_words_per_hour
    )


def test_entries_of_several_words_are_aligned_word_by_word(
    recognizer: Recognizer, clips: list[Clip], report: CalibrationReport
) -> None:
    """With entries of two words and twice the words said, all is as before, but counted twice."""
    config = recognizer.bundle.config
    twice = tuple(f"{word} {word}er" for word in config.vocabulary)
    renamed = Recognizer(replace(recognizer.bundle, config=replace(config, vocabulary=twice)))
    said = dict(zip(config.vocabulary, twice, strict=True))
    doubled = [replace(clip, text=" ".join(said[word] for word in clip.text.split())) for clip in clips]
    found = calibrate(renamed, doubled)
    assert found.n_words == 2 * report.n_words
    assert found.before.errors.total == 2 * report.before.errors.total
    assert found.config.blank_penalty == report.config.blank_penalty
    assert found.config.threshold == pytest.approx(report.config.threshold, abs=1e-3)


def test_a_model_with_what_was_chosen_gives_what_was_considered(
    report: CalibrationReport, recognizer: Recognizer, clips: list[Clip]
) -> None:
    config = replace(recognizer.bundle.config, decoder=report.config)
    calibrated = Recognizer(replace(recognizer.bundle, config=config))
    words = [word for clip in clips for word in calibrated.transcribe(clip.audio).words]
    assert words
    assert min(word.confidence for word in words) >= report.config.threshold
    assert len({round(word.confidence, 4) for word in words}) > 3


def test_what_a_speaker_is_measured_with_was_chosen_without_them(
    recognizer: Recognizer, clips: list[Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []

    def watched(heard: Sequence[Heard], toll: Toll) -> Choice:
        seen.append({h.clip.speaker for h in heard})
        return choose(heard, toll)

    # the function has the module's name
    monkeypatch.setattr(import_module(calibrate.__module__), "choose", watched)
    twice = [replace(clip, speaker=f"speaker {i // 2}") for i, clip in enumerate(clips)]
    assert calibrate(recognizer, twice).n_folds == 3
    everybody = {clip.speaker for clip in twice}
    assert seen[0] == everybody
    assert sorted(left for some in seen[1:] for left in everybody - some) == sorted(everybody)


@pytest.mark.parametrize("n", [1, 2])
def test_one_clip_or_one_speaker_is_too_little(recognizer: Recognizer, clips: list[Clip], n: int) -> None:
    mine = [replace(clip, speaker="ann") for clip in clips[:n]]
    with pytest.raises(DataError, match=rf"{n} clips of 1 speakers: .* give clips of at least two"):
        calibrate(recognizer, mine)


def test_words_that_are_all_right_tell_nothing(recognizer: Recognizer, clips: list[Clip]) -> None:
    silent = [Clip(clip.audio, "", clip.speaker) for clip in clips]
    with pytest.raises(DataError, match=r"0 words that the model brings up in 6 clips are right, and \d+ wr"):
        calibrate(recognizer, silent)


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_words_per_hour_that_cannot_be(recognizer: Recognizer, clips: list[Clip], value: float) -> None:
    with pytest.raises(ConfigError, match="words_per_hour must be above 0"):
        calibrate(recognizer, clips, words_per_hour=value)
