import numpy as np
import pytest

from speechlstm.errors import ConfigError
from speechlstm.inspection.units import UnitName, every_unit, parse_units, time_constants
from speechlstm.model.config import NetworkConfig

CONFIG = NetworkConfig(n_features=5, n_outputs=4, n_layers=2, units=3)


def test_names_are_read_as_they_are_written() -> None:
    names = every_unit(CONFIG)
    assert len(names) == len(set(names)) == 2 * 2 * 3
    assert parse_units(",".join(map(str, names)), CONFIG) == names
    assert parse_units("1b2, 0f0,1b2", CONFIG) == (UnitName(1, "backward", 2), UnitName(0, "forward", 0))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'' names no unit; expected a layer, f or b, and a number, as 0f12; layers are 0 to 1"),
        ("12", "'12' names no unit"),
        ("0f1,1x2", "'1x2' names no unit"),
        ("2f0", r"there is no unit 2f0: layers are 0 to 1, directions f \(forward\) and b \(backward\)"),
        ("0b3", "there is no unit 0b3: .* units 0 to 2"),
    ],
)
def test_units_that_are_not_there(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse_units(text, CONFIG)


def test_a_cell_that_is_left_alone_fades_by_its_time_constant() -> None:
    forget = np.full((7, 2), [0.8, 0.99])
    frames = time_constants(forget)
    np.testing.assert_allclose([0.8 ** frames[0], 0.99 ** frames[1]], 1 / np.e, rtol=1e-12)


def test_gates_that_never_close_or_open() -> None:
    found = time_constants(np.array([[1.0, 0.0]]))
    assert found[0] == pytest.approx(10_000, rel=1e-3)
    assert 0 < found[1] < 0.1
