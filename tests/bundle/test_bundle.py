import dataclasses
import errno
import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tides import make_tides_bundle
from tiny import make_front_end, make_tiny_bundle, random_weights, tiny_config

from speechlstm.bundle import LATENCIES, Bundle, available, find
from speechlstm.config import from_dict, to_dict
from speechlstm.errors import BundleError, ConfigError, OutputError
from speechlstm.export.onnx_graph import build_graph
from speechlstm.recognizer import Recognizer

FILES = ("model.onnx", "frontend.npz", "card.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_tiny_bundle(tmp_path / "tiny")


def describe(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change ``bundle.json``, and leave its hashes as they were."""
    described = json.loads((folder / "bundle.json").read_text())
    change(described)
    (folder / "bundle.json").write_text(json.dumps(described))


def forge(folder: Path, **config: Any) -> None:
    """Change settings, and make every hash right again: what a faulty tool would write."""

    def change(described: dict[str, Any]) -> None:
        for key, value in config.items():
            table = described["config"]
            *path, last = key.split("__")
            for name in path:
                table = table[name]
            table[last] = value
        contents = {name: (folder / name).read_bytes() for name in FILES}
        contents["config"] = json.dumps(described["config"], sort_keys=True).encode()
        described["sha256"] = {name: hashlib.sha256(c).hexdigest() for name, c in contents.items()}

    describe(folder, change)


def npz(**arrays: Any) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def test_what_is_saved_is_loaded(folder: Path) -> None:
    bundle, config = Bundle.load(folder), tiny_config()
    front_end = make_front_end(config.features)
    assert bundle.config == config
    assert (bundle.name, bundle.vocabulary, bundle.path) == ("tiny", config.vocabulary, folder)
    assert bundle.model == build_graph(config.network, random_weights(config.network))
    assert bundle.card == {"name": "tiny", "seed": 0}
    for name in ("mel_filters", "mean", "std"):
        np.testing.assert_array_equal(getattr(bundle.front_end, name), getattr(front_end, name))


def test_a_bundle_may_be_moved_and_its_json_laid_out_anew(folder: Path, tmp_path: Path) -> None:
    describe(folder, lambda described: described.update(config=dict(reversed(described["config"].items()))))
    moved = folder.rename(tmp_path / "elsewhere")
    assert Bundle.load(str(moved)).config == tiny_config()


def test_saving_again_replaces(folder: Path) -> None:
    make_tiny_bundle(folder, seed=1)
    assert Bundle.load(folder).card["seed"] == 1


def test_a_broken_off_writing_tells_the_way_back(folder: Path) -> None:
    before = Bundle.load(folder).card
    for name in ("bundle.json", "card.json"):
        (folder / name).rename(folder / f".{name}.old")
    (folder / "card.json").write_text("{}")
    with pytest.raises(
        BundleError, match=r"broken off; to have the model before it back, rename each \.NAME\.old to NAME"
    ):
        Bundle.load(folder)
    for name in ("bundle.json", "card.json"):
        (folder / f".{name}.old").replace(folder / name)
    assert Bundle.load(folder).card == before


@pytest.mark.parametrize("name", FILES)
def test_one_altered_byte_is_found(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(
        BundleError, match=rf"{name} was altered or damaged: its SHA-256 is .*get the model again"
    ):
        Bundle.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["config"]["features"].update(sample_rate_hz=16000),
        lambda d: d["config"]["decoder"].update(threshold=0.1),
        lambda d: d["config"].update(vocabulary=["no", "yes", "up", "down", "stop"]),
        lambda d: d["sha256"].pop("config"),
    ],
)
def test_an_altered_setting_is_found(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    describe(folder, change)
    with pytest.raises(BundleError, match=r"bundle\.json was altered or damaged: .*get the model again"):
        Bundle.load(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=rf"{name} cannot be read: No such file.*; get the model again"):
        Bundle.load(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_without_a_hash(folder: Path, name: str) -> None:
    describe(folder, lambda described: described["sha256"].pop(name))
    with pytest.raises(BundleError, match=rf"{name} was altered .*bundle\.json says None"):
        Bundle.load(folder)


def test_an_unfinished_folder(tmp_path: Path) -> None:
    path = make_tiny_bundle(tmp_path / "half")
    (path / "bundle.json").unlink()
    with pytest.raises(BundleError, match=r"half holds no readable bundle\.json: No such file"):
        Bundle.load(path)
    with pytest.raises(BundleError, match=r"no model '.*half': neither a folder with a bundle\.json"):
        find(path)


def test_an_overwriting_that_fails_leaves_the_old_bundle(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, before = Path.write_bytes, sorted(folder.iterdir())

    def full(path: Path, content: bytes) -> int:
        if "card" in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"cannot write .*tiny: No space left on device; free some space"):
        make_tiny_bundle(folder, seed=1)
    assert sorted(folder.iterdir()) == before
    assert Bundle.load(folder).card["seed"] == 0


@pytest.mark.parametrize("failing", ["model.onnx", "card.json", "bundle.json"])
def test_an_overwriting_that_is_stopped_halfway_puts_the_old_bundle_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    replace, before = Path.replace, sorted(folder.iterdir())

    def stopped(path: Path, target: Path) -> Path:
        if target.name == failing and path.suffix == ".part":
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        make_tiny_bundle(folder, seed=1)
    assert sorted(folder.iterdir()) == before
    assert Bundle.load(folder).card["seed"] == 0


def test_what_an_earlier_overwriting_left_behind_is_never_put_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink, write = Path.unlink, Path.write_bytes

    def stopped(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".old" and "card" in path.name:
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "unlink", stopped)
        make_tiny_bundle(folder, seed=1)
    assert (folder / ".card.json.old").exists() and Bundle.load(folder).card["seed"] == 1

    def full(path: Path, content: bytes) -> int:
        if "card" in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, content)

    with monkeypatch.context() as patched, pytest.raises(OutputError):
        patched.setattr(Path, "write_bytes", full)
        make_tiny_bundle(folder, seed=2)
    assert Bundle.load(folder).card["seed"] == 1
    make_tiny_bundle(folder, seed=3)
    assert Bundle.load(folder).card["seed"] == 3 and not list(folder.glob(".*"))


def test_an_overwriting_that_was_killed_leaves_no_bundle(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    code = """
import os, sys
from pathlib import Path
from tiny import make_tiny_bundle

folder, replace = Path(sys.argv[1]), Path.replace
make_tiny_bundle(folder)

def killed(path, target):
    if path.suffix == ".part" and target.name == "card.json":
        os._exit(9)
    return replace(path, target)

Path.replace = killed
make_tiny_bundle(folder, seed=1)
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code, str(folder)], env=environment)
    assert done.returncode == 9
    with pytest.raises(BundleError, match=r"no readable bundle\.json"):
        Bundle.load(folder)
    make_tiny_bundle(folder, seed=1)
    assert Bundle.load(folder).card["seed"] == 1 and not list(folder.glob(".*"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"bundle\.json is not JSON: .*get the model again"),
        (b"{", r"bundle\.json is not JSON"),
        (b"\xff\xfe", r"bundle\.json is not JSON"),
        (b"[]", "has bundle format None, this version reads 1"),
        (b'{"format": 99}', "has bundle format 99, this version reads 1; .*upgrade speechlstm"),
        (b'{"format": 1}', r"bundle\.json lacks 'sha256' or 'config'"),
        (b'{"format": 1, "sha256": [], "config": {}}', r"bundle\.json lacks 'sha256' or 'config'"),
    ],
)
def test_a_description_that_is_none(folder: Path, content: bytes, message: str) -> None:
    (folder / "bundle.json").write_bytes(content)
    with pytest.raises(BundleError, match=message):
        Bundle.load(folder)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"decoder__treshold": 0.5},
            r"unknown key 'treshold' in bundle\.json\.decoder; did you mean 'threshold'",
        ),
        ({"features__sample_rate_hz": 4000}, r"fmax_hz <= 2000 \(half the sample rate\), got .*fmax_hz=4000"),
        ({"features__win_length": 256}, r"shapes \(\(32, 101\).*the settings ask for \(\(32, 129\)"),
        (
            {"features__sample_rate_hz": 16000},
            "filters that at 16000 Hz end at 7920 Hz, .*another sample rate",
        ),
        ({"features__sample_rate_hz": 8400}, "filters that at 8400 Hz end at 4158 Hz, .*another sample rate"),
        ({"features__n_mels": 40}, r"the settings ask for \(\(40, 101\)"),
        ({"features__n_mfcc": 19}, "front end gives 57 features a frame, the network takes 60"),
        ({"vocabulary": ["yes"]}, "1 words need 2 outputs .* got 6"),
        ({"latency__low__chunk_frames": 0}, "expected chunk_frames >= 1"),
        ({"latency__medium": {"chunk_frames": 1, "lookahead_frames": 1}}, "latency needs .*'medium'"),
        ({"name": 3}, r"bundle\.json\.name must be str, got 3"),
    ],
)
def test_settings_that_do_not_fit(folder: Path, config: dict[str, Any], message: str) -> None:
    forge(folder, **config)
    with pytest.raises(BundleError, match=message):
        Bundle.load(folder)


@pytest.mark.parametrize("network", [{"units": 9}, {"n_layers": 1}, {"n_layers": 3}])
def test_a_graph_of_other_sizes(folder: Path, network: dict[str, int]) -> None:
    forge(folder, **{f"network__{key}": value for key, value in network.items()})
    with pytest.raises(
        BundleError, match=r"graph has other sizes .* than its settings .*; make the bundle again"
    ):
        Recognizer.load(folder)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("frontend.npz", b"", "not a bundle this version can run: No data left"),
        ("frontend.npz", b"text", "not a bundle this version can run"),
        ("frontend.npz", b"PK\x03\x04 torn", "not a bundle this version can run"),
        ("frontend.npz", pickle.dumps([1]), "not a bundle this version can run: .*pickled"),
        ("frontend.npz", npz(mel_filters=np.zeros((32, 101)), mean=np.zeros(20)), "can run: .*std"),
        (
            "frontend.npz",
            npz(mel_filters=np.array([print], object), mean=np.zeros(20), std=np.ones(20)),
            "not a bundle this version can run: Object arrays cannot be loaded",
        ),
        (
            "frontend.npz",
            npz(mel_filters=np.zeros((32, 101)), mean=np.zeros(20), std=np.ones(1)),
            r"shapes \(\(32, 101\), \(20,\), \(1,\)\)",
        ),
        ("card.json", b"{", "not a bundle this version can run: Expecting property name"),
    ],
)
def test_contents_that_are_not_what_they_should_be(
    folder: Path, name: str, content: bytes, message: str
) -> None:
    (folder / name).write_bytes(content)
    forge(folder)
    with pytest.raises(BundleError, match=message):
        Bundle.load(folder)


def test_a_bare_array_is_no_front_end(folder: Path) -> None:
    np.save(bare := io.BytesIO(), np.zeros(3))
    (folder / "frontend.npz").write_bytes(bare.getvalue())
    forge(folder)
    with pytest.raises(BundleError, match="not a bundle this version can run"):
        Bundle.load(folder)


@pytest.fixture
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A world whose only models are those of ``$SPEECHLSTM_MODELS``."""
    elsewhere = tmp_path / "package" / "speechlstm" / "bundle" / "places.py"
    monkeypatch.setattr("speechlstm.bundle.places.__file__", str(elsewhere))
    monkeypatch.setenv("SPEECHLSTM_MODELS", str(tmp_path / "mine"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_find_by_path_and_by_name(no_models: Path) -> None:
    mine = make_tiny_bundle(no_models / "mine" / "tiny")
    assert find(mine) == find(str(mine)) == find("tiny") == mine
    assert find("mine/tiny") == Path("mine/tiny")


def test_places_are_searched_in_order(no_models: Path) -> None:
    places = [no_models / "mine", no_models / "package/speechlstm/_models", no_models / "package/models"]
    in_site_packages = make_tiny_bundle(places[2] / "tiny")
    assert available() == []
    (in_site_packages.parents[1] / "pyproject.toml").touch()
    for place in reversed(places):
        made = make_tiny_bundle(place / "tiny")
        assert find("tiny") == made
    make_tiny_bundle(places[2] / "a-third")
    assert available() == [places[2] / "a-third", places[0] / "tiny"]


def test_no_such_model(no_models: Path) -> None:
    with pytest.raises(BundleError, match=r"no model 'tiny': .* nor a known name \(known: none\)"):
        find("tiny")
    make_tiny_bundle(no_models / "mine" / "tiny")
    with pytest.raises(BundleError, match=r"no model 'words': .*\(known: tiny\)"):
        find("words")


def test_a_model_that_was_just_trained_is_pointed_to(no_models: Path) -> None:
    make_tiny_bundle(no_models / "models" / "kitchen")
    with pytest.raises(BundleError, match=r"give the model's folder, models.kitchen, or name"):
        find("kitchen")


def test_latency_dial() -> None:
    assert tuple(tiny_config().latency) == LATENCIES
    with pytest.raises(ConfigError, match=r"latency needs .*got \['low'\]"):
        dataclasses.replace(tiny_config(), latency={"low": tiny_config().latency["low"]})


def test_settings_survive_json() -> None:
    config = tiny_config()
    assert from_dict(type(config), json.loads(json.dumps(to_dict(config)))) == config


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"decoder__horizon": 5},
            r"forecasts \(2, 6, 3\) channels, steps and quantiles, the decoder reads \(2, 5, 3\)",
        ),
        ({"vocabulary": ["west"]}, r"the decoder reads \(1, 6, 3\)"),
        (
            {"latency__high": {"chunk_frames": 2, "lookahead_frames": 0}},
            "not so in high: what is heard later",
        ),
        ({"latency__low": {"chunk_frames": 1, "lookahead_frames": 1}}, "not so in low"),
        ({"decoder": {"method": "segments"}}, "method 'segments' cannot read a head of forecast"),
        ({"network__head": "classes"}, "a head of classes has no sizes of a forecast"),
        ({"network__forecast": None}, "a head of forecast needs sizes of a forecast"),
        ({"network__forecast__n_numbers": 2}, "gives 24 values"),
        ({"network__forecast__targets": [0, 2]}, r"targets must be places among 2 channels, got \(0, 2\)"),
    ],
)
def test_a_forecast_that_does_not_fit(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    folder = make_tides_bundle(tmp_path / "tides")
    forge(folder, **changes)
    with pytest.raises(BundleError, match=message):
        Bundle.load(folder)
