import math

import pytest

from speechlstm.config import from_dict, to_dict
from speechlstm.decode.confidence import Calibration
from speechlstm.decode.config import DecoderConfig, at_sensitivity, sensitivity_of
from speechlstm.decode.segments import SegmentConfig
from speechlstm.errors import ConfigError


def test_the_middle_is_the_model_s_own() -> None:
    config = DecoderConfig(blank_penalty=0.7)
    assert at_sensitivity(config, 0.5) == config
    assert at_sensitivity(config, 0.0).blank_penalty == pytest.approx(0.7 - 3)
    assert at_sensitivity(config, 1.0).blank_penalty == pytest.approx(0.7 + 3)


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan")])
def test_out_of_range(value: float) -> None:
    with pytest.raises(ConfigError, match="sensitivity must be from 0 to 1"):
        at_sensitivity(DecoderConfig(), value)


def test_segments_have_none() -> None:
    with pytest.raises(ConfigError, match="decodes by 'segments'"):
        at_sensitivity(SegmentConfig(), 0.7)


@pytest.mark.parametrize("threshold", [0.02, 0.3, 0.9])
def test_of_a_calibrated_model_the_threshold_moves_and_confidences_stay(threshold: float) -> None:
    config = DecoderConfig(threshold=threshold, blank_penalty=2.0, calibration=Calibration(-1.0, 0.7, 0.2))
    assert at_sensitivity(config, 0.5) == config
    own, surest = (math.log(p / (1 - p)) for p in (threshold, 0.98))
    for sensitivity, odds, penalty in (
        (0.0, surest, 2.0),
        (0.25, (own + surest) / 2, 2.0),
        (0.75, own - 1.5, 2.75),
        (1.0, own - 3, 3.5),
    ):
        moved = at_sensitivity(config, sensitivity)
        assert moved.threshold == pytest.approx(1 / (1 + math.exp(-odds)))
        assert moved.blank_penalty == pytest.approx(penalty)
        assert moved.calibration == config.calibration


def test_without_a_threshold_the_dial_begins_where_words_are() -> None:
    config = DecoderConfig(threshold=0.0, calibration=Calibration())
    assert at_sensitivity(config, 0.5).threshold == 0
    assert at_sensitivity(config, 0.49).threshold == pytest.approx(0.02, rel=0.2)
    assert at_sensitivity(config, 0.25).threshold == pytest.approx(0.5)
    assert at_sensitivity(config, 0.0).threshold == pytest.approx(0.98)


@pytest.mark.parametrize("threshold", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("sensitivity", [0.0, 0.1, 0.37])
def test_the_place_of_a_threshold_on_the_dial(threshold: float, sensitivity: float) -> None:
    config = DecoderConfig(threshold=threshold, calibration=Calibration())
    moved = at_sensitivity(config, sensitivity)
    assert sensitivity_of(config, moved.threshold) == pytest.approx(sensitivity, abs=1e-9)


def test_thresholds_that_the_dial_does_not_reach() -> None:
    config = DecoderConfig(threshold=0.3, calibration=Calibration())
    assert sensitivity_of(config, 0.985) is None
    assert sensitivity_of(config, 0.2) is None
    assert sensitivity_of(DecoderConfig(threshold=0.3), 0.9) is None


def test_a_model_that_asks_for_more_than_the_lower_end_stays() -> None:
    config = DecoderConfig(threshold=0.99, calibration=Calibration())
    assert at_sensitivity(config, 0.0).threshold == pytest.approx(0.99)


def test_settings_survive_a_bundle() -> None:
    config = DecoderConfig(calibration=Calibration(-1.0, 0.7, 0.2))
    assert from_dict(DecoderConfig, to_dict(config)) == config
    older = from_dict(DecoderConfig, {"threshold": 0.5, "blank_penalty": 1.0, "settle_frames": 2})
    assert older.calibration is None
    assert sorted(older.endpoint) == ["default", "long", "short"]
    with pytest.raises(ConfigError, match=r"unknown key 'silence' in decoder\.endpoint\.short"):
        from_dict(DecoderConfig, {"endpoint": {"short": {"silence": 3}}}, "decoder")
