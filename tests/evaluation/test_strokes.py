import numpy as np
import pytest

from speechlstm.data.strokes import StrokeSample
from speechlstm.errors import ConfigError
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.strokes import StrokeEvaluation, evaluate_strokes, scored
from speechlstm.recognizer import Recognizer

READ = (("cat", "cat", "w1"), ("cat", "cut", "w1"), ("on", "one", "w2"), ("see", "", "w2"), ("to", "to", ""))


def figures() -> StrokeEvaluation:
    stroke = (np.zeros((2, 2), np.float32),)
    results = [
        scored(StrokeSample(written, stroke, writer, "", f"file, line {i}"), read)
        for i, (written, read, writer) in enumerate(READ)
    ]
    return StrokeEvaluation(Evaluation.from_results(results, sample_rate_hz=1, processing_s=0.5), 7)


def test_known_values() -> None:
    found = figures().to_json()
    # one substitution, one insertion and three deletions in 13 characters
    assert found["cer"] == pytest.approx(5 / 13)
    assert (found["substitutions"], found["insertions"], found["deletions"]) == (1, 1, 3)
    assert (found["n_samples"], found["n_characters"], found["exact"]) == (5, 13, 2 / 5)
    assert found["writers"]["w1"] == {"n_samples": 2, "n_characters": 6, "cer": 1 / 6, "exact": 0.5}
    assert found["writer_spread"]["exact"] == {"best": 0.5, "median": 0.25, "worst": 0.0}
    assert {"written": "a", "read": "u", "times": 1} in found["confusions"]
    assert found["errors"][0] == {"sample": "file, line 1", "written": "cat", "read": "cut"}


def test_the_table_tells_them() -> None:
    table = figures().as_table()
    assert "samples          5\n" in table
    assert "character errors 38.5 % (95 %: " in table and "lexicon          7 words" in table
    assert "time a sample    100.00 ms" in table


def test_a_model_that_reads_no_pen(tiny_bundle: str) -> None:
    with pytest.raises(ConfigError, match="tiny reads no pen; give a model that does"):
        evaluate_strokes(Recognizer.load(tiny_bundle), [])
