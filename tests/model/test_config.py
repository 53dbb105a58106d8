from typing import Any

import pytest

from speechlstm.errors import ConfigError
from speechlstm.model.config import NetworkConfig


@pytest.mark.parametrize("wrong", [{"n_features": 0}, {"n_outputs": 1}, {"n_layers": 0}, {"units": 0}])
def test_sizes_that_cannot_be(wrong: dict[str, Any]) -> None:
    name, value = next(iter(wrong.items()))
    with pytest.raises(ConfigError, match=rf"at least one feature.* and two outputs, got .*{name}={value}"):
        NetworkConfig(**{"n_features": 5, "n_outputs": 4} | wrong)
