import math

import numpy as np
import pytest
from answers import FRAME, VOCABULARY, answer, random_answer
from contract import drive, verify_contract

from speechlstm.decode.confidence import Calibration
from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.decoder import make_decoder
from speechlstm.errors import ConfigError
from speechlstm.odds import Joint, log_odds, probability


@pytest.mark.parametrize("p", [1e-6, 0.01, 0.5, 0.73, 1 - 1e-6])
def test_log_odds_and_back(p: float) -> None:
    assert log_odds(p) == pytest.approx(math.log(p) - math.log1p(-p))
    assert probability(log_odds(p)) == pytest.approx(p)


def test_certainty_is_finite() -> None:
    assert [probability(x) for x in (-1e9, -800.0, 800.0, 1e9)] == [0.0, 0.0, 1.0, 1.0]
    assert [log_odds(1.0), -log_odds(0.0)] == pytest.approx([math.log(1e6)] * 2, abs=1e-5)
    assert 0 < Calibration(0.0, 1.0, 1.0).of(0.0, 0.0) < Calibration(0.0, 1.0, 1.0).of(1.0, 1.0) < 1


def test_the_logistic_function_of_a_sum_by_hand() -> None:
    z = -1.2 + 0.6 * math.log(0.8 / 0.2) + 0.3 * math.log(0.9 / 0.1)
    assert Calibration(-1.2, 0.6, 0.3).of(0.8, 0.9) == pytest.approx(1 / (1 + math.exp(-z)))


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((math.nan, 1.0, 0.0), "offset must be a finite number"),
        ((0.0, -0.1, 0.0), "posterior and peak must be"),
    ],
)
def test_numbers_that_cannot_be_right(numbers: tuple[float, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Calibration(*numbers)


def test_an_utterance_by_hand() -> None:
    p = 0.9 * 0.8
    z = 0.5 + 0.6 * math.log(p / (1 - p)) + 0.4 * math.log(2)
    assert Joint(0.5, 0.6, 0.4).of([0.9, 0.8]) == pytest.approx(1 / (1 + math.exp(-z)))
    assert Joint().of([0.9, 0.8]) == p
    assert 0 < Joint(0.1).of([1.0] * 9) < 1 and 0 < Joint(0.1).of([0.0]) < 1
    # a further word does not make an utterance surer
    for joint in (Joint(0.3, 0.6, 0.6), Joint(0.7, 1.2, 0.1), Joint(0.1, 1.0, -0.4)):
        surer = [joint.of([0.9] * n) for n in (*range(1, 50), 300, 1000, 5000)]
        assert surer == sorted(surer, reverse=True)
    for numbers, message in (
        ((math.inf,), "offset must be a finite"),
        ((0, -1.0, -2.0), "product must be 0 or"),
        ((0, 0.5, 0.6), "must not trust longer utterances more"),
    ):
        with pytest.raises(ConfigError, match=message):
            Joint(*numbers)


@pytest.mark.parametrize("method", ["prefix", "greedy"])
def test_the_decoder_gives_what_the_posterior_and_the_peak_make(method: str) -> None:
    x = random_answer(80, seed=3, sharpness=2)

    def heard(**settings: object) -> list[tuple[str, float]]:
        config = DecoderConfig(threshold=0.0, blank_penalty=0.5, method=method, **settings)  # type: ignore[arg-type]
        return [(w.text, w.confidence) for w in drive(make_decoder(VOCABULARY, FRAME, config), [x])]

    raw, peaks = heard(), heard(calibration=Calibration(0.0, 0.0, 1.0))
    found = heard(calibration=Calibration(-1.0, 0.6, 0.3))
    assert len(raw) > 5 and len({round(p, 3) for _, p in peaks}) > 5
    for (text, posterior), (_, peak), (same, confidence) in zip(raw, peaks, found, strict=True):
        assert text == same
        assert confidence == pytest.approx(Calibration(-1.0, 0.6, 0.3).of(posterior, peak), abs=1e-6)


def test_the_peak_is_that_of_the_likeliest_frame() -> None:
    x = answer([[1, 0, 0, 0], [0.6, 0.4, 0, 0], [0.3, 0.7, 0, 0], [1, 0, 0, 0]])
    config = DecoderConfig(threshold=0.0, calibration=Calibration(0.0, 0.0, 1.0))
    (word,) = drive(make_decoder(VOCABULARY, FRAME, config), [x])
    assert word.confidence == pytest.approx(0.7, abs=1e-4)


def test_the_threshold_is_one_of_the_confidence() -> None:
    x = random_answer(200, seed=5, sharpness=2)
    calibration = Calibration(-2.0, 0.5, 0.5)
    everything = drive(make_decoder(VOCABULARY, FRAME, DecoderConfig(0.0, calibration=calibration)), [x])
    middle = float(np.median([word.confidence for word in everything]))
    kept = drive(make_decoder(VOCABULARY, FRAME, DecoderConfig(middle, calibration=calibration)), [x])
    assert [w.text for w in kept] == [w.text for w in everything if w.confidence >= middle]
    assert 0 < len(kept) < len(everything)


@pytest.mark.parametrize("method", ["prefix", "greedy"])
def test_contract(method: str) -> None:
    config = DecoderConfig(0.3, calibration=Calibration(-1.0, 0.6, 0.3), method=method)  # type: ignore[arg-type]
    verify_contract(make_decoder(VOCABULARY, FRAME, config), random_answer(60, seed=2), counted=False)
