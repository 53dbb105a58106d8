import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from wrist import make_wrist_bundle, record

from speechlstm.bench.figure import Figure, Setup
from speechlstm.bench.parts import PARTS, measure
from speechlstm.bench.sensor_streams import together
from speechlstm.errors import MissingDependency
from speechlstm.recognizer import Recognizer


@pytest.mark.parametrize("where", PARTS.values())
def test_every_part_is_there(where: str) -> None:
    module, _, name = where.partition(":")
    part = getattr(importlib.import_module(f"speechlstm.bench.{module}"), name)
    assert list(inspect.signature(part).parameters) == ["setup"]


def test_no_part_stops_another(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("speechlstm.bench.fake")

    def lacks(setup: Setup) -> Iterator[Figure]:
        raise MissingDependency("it needs x: pip install x")
        yield

    def breaks(setup: Setup) -> Iterator[Figure]:
        yield Figure("half", "s", 1.0)
        raise ValueError("three is no speed")

    def works(setup: Setup) -> Iterator[Figure]:
        yield Figure(setup.model, "s", 2.0)

    for function in (lacks, breaks, works):
        setattr(module, function.__name__, function)
        monkeypatch.setitem(PARTS, function.__name__, f"fake:{function.__name__}")
    monkeypatch.setitem(sys.modules, "speechlstm.bench.fake", module)
    assert list(measure(["lacks", "breaks", "works"], Setup("m"))) == [
        Figure("lacks", skipped="it needs x: pip install x"),
        Figure("half", "s", 1.0),
        Figure("breaks", failed="ValueError: three is no speed"),
        Figure("m", "s", 2.0),
    ]


def quick(name: str, bundle: Path) -> list[Figure]:
    """The figures of a part that must not fail or be skipped."""
    figures = list(measure([name], Setup(str(bundle), quick=True)))
    assert [(f.failed, f.skipped) for f in figures] == [(None, None)] * len(figures)
    return figures


def test_live_step(tiny_bundle: Path) -> None:
    (figure,) = quick("step", tiny_bundle)
    assert figure.value == figure.seconds["live step"] / figure.seconds["bare LSTM nodes"]
    assert (figure.unit, figure.at_most) == ("x", 1.5)


def test_the_picture_of_listen(tiny_bundle: Path) -> None:
    pytest.importorskip("pty", reason="pseudo-terminals are a thing of POSIX")
    busy, step, pictures = quick("inspect", tiny_bundle)
    assert busy.seconds["sound"] == 5.0
    assert busy.value == busy.seconds["with the picture"] / 5.0
    assert step.seconds["without"] > 0 and step.value == step.seconds["with the picture"]
    assert pictures.value is not None and 0 < pictures.value <= 11


def test_streams(tiny_bundle: Path) -> None:
    (figure,) = quick("streams", tiny_bundle)
    # a chunk of the tiny bundle is 8 frames of 30 ms
    assert figure.seconds["its sound"] == pytest.approx(0.24)
    assert figure.value == pytest.approx(256 * 0.24 / figure.seconds["step of 256"])


def test_sensor_streams(tmp_path: Path) -> None:
    bundle = make_wrist_bundle(tmp_path / "wrist")
    (figure,) = measure(["sensors"], Setup("none", quick=True, sensor_model=str(bundle)))
    assert figure.failed is None
    # a chunk of the wrist's bundle is 4 frames of 4 samples at 20 Hz
    assert figure.seconds["its samples"] == pytest.approx(0.8)
    assert figure.value == pytest.approx(0.8 / figure.seconds["step of 1,000"])


def test_streams_together_are_each_alone(tmp_path: Path) -> None:
    """What is timed is the whole work: the segments that a stream gives."""
    recognizer = Recognizer.load(make_wrist_bundle(tmp_path / "wrist"))
    samples = np.stack([record(seed, n_pieces=6)[0][:192] for seed in range(3)])
    step = together(recognizer, samples)
    told = list(zip(*(step() for _ in range(2 * 12)), strict=True))
    for of_stream, one in zip(told, samples, strict=True):
        segments = [segment for ended in of_stream for segment in ended]
        alone = recognizer.transcribe(np.concatenate([one, one])).words
        assert segments == list(alone[: len(segments)])
        assert len(alone) - len(segments) <= 1 < len(segments)


@pytest.mark.parametrize("command", ["transcribe", "listen"])
def test_start_up(command: str, tiny_bundle: Path) -> None:
    seconds, memory = quick(command, tiny_bundle)
    assert (seconds.unit, memory.unit, memory.at_most) == ("s", "MB", 150)
    assert memory.value is not None
    assert 20 < memory.value < 1000


def test_short_files(tiny_bundle: Path) -> None:
    (figure,) = quick("short-files", tiny_bundle)
    assert figure.seconds["sound"] == 200
    assert figure.value == 200 / figure.seconds["command"]


def test_shares_make_a_whole(tiny_bundle: Path) -> None:
    figures = quick("shares", tiny_bundle)
    assert [f.name.split()[3] for f in figures] == ["reading,", "features,", "network,", "decoding,"]
    assert sum(f.value or 0 for f in figures) == pytest.approx(100)
    assert all((f.value or 0) > 0 for f in figures)


@pytest.mark.train
def test_librosa(tiny_bundle: Path) -> None:
    (figure,) = quick("librosa", tiny_bundle)
    assert figure.value == figure.seconds["librosa"] / figure.seconds["ours"]


@pytest.mark.train
def test_keras(tiny_bundle: Path) -> None:
    (figure,) = quick("keras", tiny_bundle)
    assert figure.value == figure.seconds["Keras"] / figure.seconds["live step"]


def test_kaldi(tiny_bundle: Path) -> None:
    (figure,) = quick("kaldi", tiny_bundle)
    assert figure.value == figure.seconds["kaldi-native-fbank"] / figure.seconds["ours"]


@pytest.mark.parametrize(
    ("name", "package", "cure"),
    [
        ("step", "onnx", "pip install 'speechlstm[train]'"),
        ("librosa", "librosa", "pip install 'speechlstm[train]'"),
        ("kaldi", "kaldi_native_fbank", "pip install kaldi-native-fbank"),
    ],
)
def test_skipped_without_the_package(
    name: str, package: str, cure: str, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    (figure,) = measure([name], Setup(str(tiny_bundle), quick=True))
    assert (figure.name, figure.value, figure.failed) == (name, None, None)
    assert cure in (figure.skipped or "")


def test_engine_step_without_tensorflow(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from speechlstm.bench.engine_step import main

    monkeypatch.setitem(sys.modules, "tensorflow", None)
    main(str(tiny_bundle), "keras", 0.0)
    assert capsys.readouterr().out.startswith('{"missing": "Keras needs TensorFlow (')
