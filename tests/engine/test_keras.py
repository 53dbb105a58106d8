import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from contract import drive, verify_contract
from tiny import random_weights, speechlike

from speechlstm.engine.keras import KerasEngine
from speechlstm.engine.onnx import OnnxEngine
from speechlstm.engine.stage import Latency, NetworkStage, answer_batch
from speechlstm.errors import MissingDependency
from speechlstm.export.onnx_graph import build_graph
from speechlstm.model.config import ForecastSize, NetworkConfig

pytestmark = pytest.mark.train

CONFIG = NetworkConfig(n_features=5, n_outputs=4, n_layers=2, units=8, n_phones=6)
MODEL = build_graph(CONFIG, random_weights(CONFIG))
SETTINGS = [(1, 0), (8, 4), (3, 5), (16, 0), (70, 2), (2000, 8)]


@pytest.fixture(scope="module")
def keras_engine() -> Iterator[KerasEngine]:
    engine = KerasEngine(MODEL, CONFIG)
    yield engine
    # whatever sizes the tests of this module asked for
    assert engine.function.experimental_get_tracing_count() == 1


def noise(n_frames: int) -> np.ndarray:
    return np.random.default_rng(n_frames).normal(size=(n_frames, 5)).astype(np.float32)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("n_frames", [1, 101])
def test_equals_onnx(keras_engine: KerasEngine, setting: tuple[int, int], n_frames: int) -> None:
    stages = [NetworkStage(e, Latency(*setting)) for e in (keras_engine, OnnxEngine(MODEL, CONFIG))]
    found, expected = (drive(stage, [noise(n_frames)]) for stage in stages)
    np.testing.assert_allclose(found.log_probs, expected.log_probs, rtol=0, atol=1e-4)
    np.testing.assert_allclose(found.extent, expected.extent, rtol=0, atol=1e-4)


@pytest.mark.parametrize("setting", [(1, 0), (8, 4), (2000, 3)])
def test_contract(keras_engine: KerasEngine, setting: tuple[int, int]) -> None:
    verify_contract(NetworkStage(keras_engine, Latency(*setting)), noise(30), atol=1e-4, n_examples=4)


@pytest.mark.parametrize("has_base", [True, False])
def test_forecasts_equal_onnx(has_base: bool) -> None:
    size = ForecastSize(2, (1,), horizon=2, n_numbers=3, has_base=has_base)
    config = NetworkConfig(n_features=5, n_outputs=6, n_layers=2, units=8, head="forecast", forecast=size)
    model = build_graph(config, random_weights(config))
    answers = [
        drive(NetworkStage(engine(model, config), Latency(1, 0)), [noise(37)])
        for engine in (KerasEngine, OnnxEngine)
    ]
    assert answers[0].log_probs.shape == answers[1].log_probs.shape == (37, 0)
    np.testing.assert_allclose(answers[0].values, answers[1].values, rtol=0, atol=1e-4)
    assert answers[0].values.std() > 0.1


def test_classes_equal_onnx() -> None:
    config = replace(CONFIG, head="classes")
    model = build_graph(config, random_weights(config))
    answers = [
        drive(NetworkStage(engine(model, config), Latency(8, 4)), [noise(37)])
        for engine in (KerasEngine, OnnxEngine)
    ]
    np.testing.assert_allclose(answers[0].log_probs, answers[1].log_probs, rtol=0, atol=1e-4)
    assert [answer.extent.shape for answer in answers] == [(37, 0)] * 2


def test_a_batch_equals_onnx(keras_engine: KerasEngine) -> None:
    clips = [noise(n) for n in (30, 3, 30, 12)]
    found = answer_batch(NetworkStage(keras_engine, Latency(8, 4)), clips)
    expected = answer_batch(NetworkStage(OnnxEngine(MODEL, CONFIG), Latency(8, 4)), clips)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.log_probs, b.log_probs, rtol=0, atol=1e-4)


def test_the_command_says_nothing_of_tensorflow(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    command = [
        sys.executable,
        "-m",
        "speechlstm",
        "transcribe",
        "-",
        "--sample-rate",
        "8000",
        "--engine",
        "keras",
    ]
    sound = (32767 * speechlike(12_000)).astype("<i2").tobytes()
    done = subprocess.run([*command, "-m", str(tiny_bundle)], input=sound, capture_output=True, check=True)
    assert done.stderr == b""
    assert done.stdout.decode().split()


def test_without_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(MissingDependency, match=r"needs TensorFlow .*pip install 'speechlstm\[train\]'"):
        KerasEngine(MODEL, CONFIG)
