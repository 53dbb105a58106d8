import json
from math import log

import numpy as np
import pytest

from speechlstm.evaluation import SegmentEvaluation, SegmentResult, SegmentScorer, wilson
from speechlstm.evaluation.bootstrap import statistic_intervals
from speechlstm.evaluation.intervals import widening
from speechlstm.evaluation.segments.scorer import segments_of

LABELS = ("null", "sit", "walk", "run")
RATE_HZ = 100
SCORER = SegmentScorer(LABELS, 10, ("null",), latency_samples=20)


def score(truth: str, answer: str, *, subject: str = "", name: str = "a") -> SegmentResult:
    true, heard = (np.array([-1 if c == "-" else int(c) for c in text], np.int64) for text in (truth, answer))
    answered = [w for w in segments_of(heard, LABELS, frame_samples=10) if w.text != "null"]
    truth_segments = segments_of(true, LABELS, frame_samples=10)
    return SCORER.score(name, truth=truth_segments, answer=answered, frames=heard, subject=subject)


# by hand, see test_segments: 13 labelled frames of which 11 are right, 3 segments found, 1 wrong and false
ANN = score("1111122222----000333", "11111122222033300033", subject="ann")
# 10 frames, 5 right; sit has an overlap of 5/10, run none
BOB = score("1111111111", "1111133333", subject="bob", name="b")
FAILED = SCORER.failed("c", "c does not exist", subject="bob")


def measure(*results: SegmentResult) -> SegmentEvaluation:
    return SegmentEvaluation.from_results(
        results or (ANN, BOB, FAILED), labels=SCORER.classes, sample_rate_hz=RATE_HZ, processing_s=0.15
    )


def test_totals_by_hand() -> None:
    e = measure()
    assert (e.n_recordings, e.n_failed, e.labels) == (2, 1, ("sit", "walk", "run"))
    assert e.confusion == ((10, 0, 5, 0), (1, 4, 0, 0), (0, 0, 2, 1))
    assert e.frame_accuracy.value == pytest.approx(16 / 23)
    f1 = [2 * 10 / (15 + 11), 2 * 4 / (5 + 4), 2 * 2 / (3 + 7)]
    assert [s.f1.value for s in e.classes.values()] == pytest.approx(f1)
    assert [s.precision.value for s in e.classes.values()] == pytest.approx([10 / 11, 1, 2 / 7])
    assert [s.recall.value for s in e.classes.values()] == pytest.approx([10 / 15, 4 / 5, 2 / 3])
    assert [s.n_frames for s in e.classes.values()] == [15, 5, 3]
    assert e.macro_f1.value == pytest.approx(sum(f1) / 3)
    assert (e.n_found, e.n_missed, e.n_wrong, e.n_false) == (4, 0, 2, 1)
    assert e.segment_f1.value == pytest.approx(2 * 4 / (2 * 4 + 2))
    # 0.2 s, 0.3 s, 0.3 s and 0.2 s
    assert e.onset_delay_median_s.value == pytest.approx(0.25)
    assert e.onset_delay_p95_s.value == pytest.approx(0.3)
    assert (e.labelled_s, e.unlabelled_s) == (2.3, 0.7)
    assert e.false_per_hour.value == pytest.approx(3600 / 0.7)
    assert e.rtf == pytest.approx(0.15 / 3.0)
    assert e.ci95_unit == "subjects"
    assert measure(ANN).ci95_unit == "recordings"


def test_a_class_that_never_was_nor_was_answered_is_left_out_of_the_mean() -> None:
    e = measure(score("1111122222", "1111122222"))
    assert (e.macro_f1.value, e.classes["run"].f1.value) == (1.0, None)
    e = measure(score("1111122222", "1111122233"))
    # run was answered, wrongly: precision 0, no recall, F1 0
    run = e.classes["run"]
    assert (run.precision.value, run.recall.value, run.f1.value) == (0.0, None, 0.0)
    assert e.macro_f1.value == pytest.approx((1 + 2 * 3 / (5 + 3) + 0) / 3)


def test_subjects() -> None:
    e = measure()
    assert list(e.per_subject) == ["ann", "bob"]
    ann, bob = e.per_subject["ann"], e.per_subject["bob"]
    assert (ann.n_recordings, ann.n_frames, bob.n_recordings, bob.n_frames) == (1, 13, 1, 10)
    assert (ann.frame_accuracy, bob.frame_accuracy) == pytest.approx((11 / 13, 0.5))
    assert (ann.segment_f1, bob.segment_f1) == pytest.approx((6 / 7, 2 / 3))
    assert bob.macro_f1 == pytest.approx((2 * 5 / 15 + 0) / 2)
    spread = e.spreads["frame_accuracy"]
    assert spread is not None
    assert (spread.best, spread.worst) == pytest.approx((11 / 13, 0.5))


def many(n_subjects: int, rng: np.random.Generator) -> list[SegmentResult]:
    """Each subject has an error rate of its own."""
    results = []
    for i in range(n_subjects):
        truth = np.repeat(rng.integers(1, 4, 30), 10)
        wrong = rng.random(300) < rng.uniform(0, 0.5)
        answer = np.where(wrong, rng.integers(0, 4, 300), truth)
        results.append(
            score("".join(map(str, truth)), "".join(map(str, answer)), subject=f"s{i}", name=f"r{i}")
        )
    return results


def test_intervals_are_the_bootstrap_over_subjects() -> None:
    """Against a plain bootstrap that draws subjects one by one, its limits widened for fifteen."""
    results = many(15, np.random.default_rng(3))
    e = measure(*results)
    assert e.ci95_unit == "subjects"
    rng, accuracies, f1s, delays = np.random.default_rng(9), [], [], []
    for _ in range(3000):
        drawn = [results[i] for i in rng.integers(0, 15, 15)]
        confusion = sum(r.confusion for r in drawn)
        accuracies.append(np.trace(confusion) / confusion.sum())
        true, heard = confusion.sum(axis=1), confusion.sum(axis=0)[:3]
        f1s.append(np.mean([2 * confusion[k, k] / (true[k] + heard[k]) for k in range(3)]))
        delays.append(np.median([d / RATE_HZ for r in drawn for d in r.onset_delays_samples]))

    def widened(resamples: list[float], figure: float | None) -> np.ndarray:
        return figure + widening(15) * (np.quantile(resamples, (0.025, 0.975)) - figure)

    assert e.frame_accuracy.ci95 == pytest.approx(widened(accuracies, e.frame_accuracy.value), abs=0.006)
    assert e.macro_f1.ci95 == pytest.approx(widened(f1s, e.macro_f1.value), abs=0.006)
    ci95 = e.onset_delay_median_s.ci95
    if ci95 is None:
        assert np.quantile(delays, 0.025) == np.quantile(delays, 0.975)
    else:
        assert ci95 == pytest.approx(widened(delays, e.onset_delay_median_s.value), abs=0.05)
    assert measure(*results[::-1]).frame_accuracy.ci95 == pytest.approx(e.frame_accuracy.ci95, abs=0.006)
    assert measure(*results).to_json() == e.to_json()


def test_recordings_of_one_subject_are_one_unit() -> None:
    good, bad = ("1111111111",) * 2, ("1111111111", "2222222222")
    results = [score(*(good, bad)[i % 2], subject=f"s{i % 12}") for i in range(240)]
    e = measure(*results)
    low, high = e.frame_accuracy.ci95 or (0.0, 0.0)
    # twelve subjects, each always right or always wrong
    assert high - low > 0.4


def test_no_error_is_not_certainty() -> None:
    results = [score("1111122222", "1111122222", subject=f"s{i}") for i in range(12)]
    e = measure(*results)
    assert e.frame_accuracy == (1.0, pytest.approx(wilson(12, 12)))
    assert e.segment_f1.ci95 == pytest.approx(wilson(12, 12))
    assert e.onset_delay_median_s == (pytest.approx(0.2), None)
    assert e.classes["run"].f1 == (None, None)


def test_no_false_segment_is_poissons_limit() -> None:
    e = measure(score("0" * 36_000, "0" * 36_000))
    # an hour without any: exp(-rate) = 2.5 %
    assert e.false_per_hour == (0.0, pytest.approx((0.0, 3.6889), abs=1e-4))
    assert -log(0.025) == pytest.approx(3.6889, abs=1e-4)
    assert measure(score("1111", "1111")).false_per_hour == (None, None)


def test_one_recording_has_no_interval() -> None:
    e = measure(ANN)
    assert e.frame_accuracy == (pytest.approx(11 / 13), None)
    assert e.onset_delay_p95_s.ci95 is None
    assert e.false_per_hour.ci95 is None


def test_all_recordings_failing_leaves_everything_unknown() -> None:
    e = measure(FAILED)
    assert (e.n_recordings, e.n_failed, e.rtf, e.per_subject) == (0, 1, None, {})
    assert e.frame_accuracy == e.macro_f1 == e.segment_f1 == e.onset_delay_median_s == (None, None)
    assert "frame accuracy   unknown (95 %: unknown)" in e.as_table()
    json.dumps(e.to_json(), allow_nan=False)


def test_json_holds_every_figure() -> None:
    told = json.loads(json.dumps(measure().to_json(), allow_nan=False))
    assert (told["n_recordings"], told["n_failed"], told["n_found"], told["n_wrong"]) == (2, 1, 4, 2)
    assert told["frame_accuracy"] == pytest.approx(16 / 23)
    assert len(told["frame_accuracy_ci95"]) == len(told["macro_f1_ci95"]) == len(told["segment_f1_ci95"]) == 2
    assert told["onset_delay_median_s"] == pytest.approx(0.25)
    assert told["classes"]["walk"]["recall"] == pytest.approx(0.8)
    assert told["confusion"] == {
        "labels": ["sit", "walk", "run"],
        "frames": [[10, 0, 5, 0], [1, 4, 0, 0], [0, 0, 2, 1]],
    }
    assert told["subjects"]["bob"]["frame_accuracy"] == 0.5
    assert told["subject_spread"]["frame_accuracy"]["worst"] == 0.5
    assert told["failures"] == [{"recording": "c", "error": "c does not exist"}]


def test_the_summary_has_no_lists_and_nothing_of_the_machine() -> None:
    e = measure()
    left_out = {"confusion", "subjects", "failures", "processing_s", "rtf"}
    assert set(e.to_json()) - set(e.summary()) == left_out
    assert e.summary()["macro_f1"] == e.macro_f1.value


def test_table() -> None:
    lines = measure().as_table().splitlines()
    assert lines[0] == "recordings       2, 1 more failed, 2.3 s labelled, 0.7 s not"
    assert lines[1].startswith("frame accuracy   69.6 % (95 %: 0.0 % to 100.0 %)")
    assert lines[2].startswith("macro F1         68.6 % (95 %: ")
    assert lines[3].startswith("segment F1@50    80.0 % (95 %: ")
    assert lines[4] == "                 4 found, 0 missed, 2 wrong"
    assert lines[5].startswith("onset delay      median 0.25 s (95 %: ")
    assert lines[6].startswith("                 95th percentile 0.30 s (95 %: ")
    assert lines[7].startswith("false segments   5142.9 an hour of unlabelled time (95 %: ")
    assert lines[7].endswith("): 1")
    assert lines[8:10] == ["real-time factor 0.0500", "95 % intervals take subjects as independent"]
    assert lines[11] == "class                  frames precision   recall       F1  95 %"
    assert lines[12] == "  sit                      15    90.9 %   66.7 %   76.9 %  0.0 % to 100.0 %"
    assert "  sit                run                         5" in lines
    assert "  run                (nothing)                   1" in lines
    assert "  bob                      10   50.0 %   33.3 %   66.7 %" in lines


def test_a_statistic_of_shares_has_wilsons_limits_where_all_are_alike() -> None:
    def ratio(sums: np.ndarray) -> np.ndarray:
        return sums[:, :1] / sums[:, 1:]

    alike = [[2, 4]] * 8
    assert statistic_intervals(alike, ratio, None, share=True) == [pytest.approx(wilson(4, 8))]
    assert statistic_intervals(alike, ratio, None, share=False) == [None]
    assert statistic_intervals([[2, 4]], ratio, None, share=True) == [None]
    units = np.repeat(np.arange(4), 2)
    assert statistic_intervals(alike, ratio, units, share=True) == [pytest.approx(wilson(2, 4))]
