import pytest

from speechlstm.decode.config import DecoderConfig, at_sensitivity
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
