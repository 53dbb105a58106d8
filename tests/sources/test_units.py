import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from contract import drive

from speechlstm.cli.main import cli
from speechlstm.errors import ConfigError
from speechlstm.features.sensor import SensorFrontEnd
from speechlstm.features.sensor_config import SensorConfig, sensor_bands
from speechlstm.sources.sensor import Sensor
from speechlstm.sources.table import TableSource
from speechlstm.sources.units import UnitCheck

SAMPLES = Path(__file__).parents[2] / "samples"
SIX = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
METRIC = ("m/s2",) * 3 + ("rad/s",) * 3
LEVELS = (5.0, 6.0, 6.0, 1.0, 1.0, 1.0)
LYING = np.array([0.1, 0.2, 9.8, 0.0, 0.0, 0.01])


def told(values: np.ndarray, units: tuple[str, ...] = METRIC, levels: tuple[float, ...] = LEVELS) -> str:
    """What is said of records, which come in two pieces."""
    check = UnitCheck(SIX, units, levels)
    for part in np.array_split(values, 2):
        check.add(part)
    return check.notice


def still(record: np.ndarray, n: int = 40) -> np.ndarray:
    return np.tile(record, (n, 1))


def test_records_in_the_models_unit_are_nothing_to_tell_of() -> None:
    assert told(still(LYING)) == ""
    # shaken hard and turned fast
    assert told(still(LYING * 3 + [0, 0, 0, 15, 15, 0])) == ""


def test_g_where_the_model_has_metres() -> None:
    in_g = still(LYING / [9.81, 9.81, 9.81, 1, 1, 1])
    assert told(in_g) == (
        "acc_x, acc_y, acc_z come to 0.999 where the model, in m/s2, knows 9.85: "
        "are they in another unit, or without gravity?"
    )


def test_metres_where_the_model_has_g() -> None:
    units, levels = ("g",) * 3 + ("rad/s",) * 3, (0.5, 0.6, 0.6, 1.0, 1.0, 1.0)
    assert told(still(LYING), units, levels) == (
        "acc_x, acc_y, acc_z come to 9.8 where the model, in g, knows 0.985: are they in another unit?"
    )
    assert told(still(LYING / 9.81), units, levels) == ""


def test_degrees_where_the_model_has_radians() -> None:
    turning = LYING + np.array([0, 0, 0, 0, 90, 0])
    assert told(still(turning)) == "gyro_y in rad/s would be faster than gyroscopes go: are they in degrees?"


def test_few_records_say_nothing() -> None:
    in_g = LYING / 9.81
    assert told(still(in_g, 31)) == ""
    assert told(still(in_g, 32)) != ""


def test_a_machine_that_shakes_ten_times_as_hard_as_gravity_is_right() -> None:
    time_s = np.arange(400)[:, np.newaxis] / 200
    shaken = LYING + 100 * np.sin(2 * np.pi * 25 * time_s) * [1, 1, 1, 0.2, 0.2, 0.2]
    assert told(shaken) == ""


@pytest.mark.parametrize(
    ("units", "levels"),
    [
        # no gravity in the training data, another unit, not three axes of one unit, nothing known
        (METRIC, (0.5, 0.6, 0.6, 1.0, 1.0, 1.0)),
        (("mV",) * 6, LEVELS),
        (("m/s2", "m/s2", "mm/s2", "rad/s", "rad/s", "rad/s"), (7.0, 7.0, 7.0, 1.0, 1.0, 1.0)),
        (METRIC, ()),
        ((), ()),
    ],
)
def test_where_the_level_tells_nothing(units: tuple[str, ...], levels: tuple[float, ...]) -> None:
    assert told(still(LYING / 9.81), units, levels) == ""


def test_three_sensors_of_one_axis_are_no_accelerometer_and_two_accelerometers_are_two() -> None:
    off = np.zeros((40, 3))
    check = UnitCheck(("pump", "fan", "mill"), ("g",) * 3, (0.6, 0.6, 0.6))
    check.add(off)
    assert check.notice == ""
    both = ("left_x", "left_y", "left_z", "right_x", "right_y", "right_z")
    check = UnitCheck(both, ("g",) * 6, (0.6,) * 6)
    check.add(np.tile([0, 0, 1, 0, 0, 9.81], (40, 1)))
    assert check.notice == (
        "right_x, right_y, right_z come to 9.81 where the model, in g, knows 1.04: are they in another unit?"
    )


def test_a_wild_value_does_not_make_the_level() -> None:
    sensor = Sensor(SIX, 50, 1.0, limits=((-1000, 1000),) * 6, units=METRIC, levels=LEVELS)
    rows = [LYING] * 20 + [LYING * 1e4] + [LYING] * 20
    text = ",".join(SIX) + "\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n"
    source = TableSource(io.BytesIO(text.encode()), sensor)
    with source:
        list(source)
    assert source.warning is not None
    assert "far outside what the model knows" in source.warning and "come to" not in source.warning


@pytest.mark.parametrize("name", ["units", "levels"])
def test_units_and_levels_are_of_every_channel(name: str) -> None:
    of_one = {"units": {"units": ("g",)}, "levels": {"levels": (1.0,)}}[name]
    with pytest.raises(ConfigError, match=f"expected {name} of each of 6 channels, got 1"):
        Sensor(SIX, 50, 1.0, **of_one)


@pytest.mark.parametrize(("kind", "expected"), [("raw", (3, 0)), ("cepstra", (5, 2))])
def test_levels_are_what_is_steady_in_the_training_data(kind: Any, expected: tuple[int, int]) -> None:
    config = SensorConfig(("x", "y"), ("g", "g"), kind=kind)
    mean, std = (np.full(config.n_features, 9.0, np.float32) for _ in range(2))
    step = config.n_features // 2
    mean[::step], std[::step] = [-3, 0], [4, 2]
    found = SensorFrontEnd(config, sensor_bands(config), mean, std).levels
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["raw", "bands", "cepstra"])
@pytest.mark.parametrize("steady", [0.0, 9.81])
def test_a_model_has_nothing_to_say_of_its_own_training_data(kind: Any, steady: float) -> None:
    config = SensorConfig(SIX, METRIC, kind=kind, sample_rate_hz=200, hop_length=8, fmax_hz=100.0)
    rng = np.random.default_rng(0)
    swing = np.sin(2 * np.pi * 20 * np.arange(4000)[:, np.newaxis] / 200 + rng.uniform(0, 6, 6))
    x = (swing * [40, 40, 40, 20, 20, 20] + [0, steady, 0, 0, 0, 0]).astype(np.float32)
    plain = SensorFrontEnd(
        config, sensor_bands(config), *np.array([[0.0], [1.0]]) * np.ones(config.n_features)
    )
    features = drive(plain.chain(), [x]).reshape(-1, config.n_features)
    fitted = SensorFrontEnd(config, sensor_bands(config), features.mean(axis=0), features.std(axis=0))
    assert bool(told(x / 9.81, METRIC, fitted.levels)) == bool(steady)
    for part in (x, x[:400] * 0 + [0, steady, 0, 0, 0, 0]):
        assert told(part, METRIC, fitted.levels) == ""


def test_transcribe_and_listen_warn_of_a_wrist_in_g(tmp_path: Path) -> None:
    in_g = tmp_path / "g.csv"
    header, *rows = (SAMPLES / "wrist.csv").read_text().splitlines()
    columns = header.split(",")
    cells = [row.split(",") for row in rows]
    for place in (columns.index(f"acc_{axis}") for axis in "xyz"):
        for row in cells:
            row[place] = f"{float(row[place]) / 9.81:.5f}"
    in_g.write_text("\n".join([header, *map(",".join, cells)]) + "\n")
    for command in (["transcribe"], ["listen", "--input"]):
        answers = [
            CliRunner().invoke(cli, [*command, str(path), "-m", "activity"])
            for path in (SAMPLES / "wrist.csv", in_g)
        ]
        assert [answer.exit_code for answer in answers] == [0, 0]
        right, wrong = (answer.stderr for answer in answers)
        assert "come to" not in right
        assert "g.csv: acc_x, acc_y, acc_z come to 1" in wrong
        assert "where the model, in m/s2, knows 10" in wrong
        assert "are they in another unit, or without gravity?" in wrong
