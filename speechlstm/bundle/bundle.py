"""A model folder: everything that running needs, checked by hash, and data only.

    words-en/
      bundle.json     settings, vocabulary, latency dial, and the SHA-256 of these and of the files below
      model.onnx      the network's step with its weights
      frontend.npz    mel filters, mean and deviation of the features
      card.json       data, licences, split, seed, metrics
      README.md       the card, for people

The description is written last: a folder without one was never finished.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speechlstm.bundle.config import BundleConfig
from speechlstm.card import readme
from speechlstm.config import from_dict, to_dict
from speechlstm.engine.weights import read_weights
from speechlstm.errors import BundleError, ConfigError
from speechlstm.features.frontend import FrontEnd, make_front_end
from speechlstm.sinks.atomic import writing

__all__ = ["Bundle", "record", "save"]

FORMAT = 1
_HASHED = ("model.onnx", "frontend.npz", "card.json")


@dataclass(frozen=True, eq=False)
class Bundle:
    """A loaded model folder.

    Attributes:
        path: The folder.
        config: Its settings.
        front_end: The front end with its numbers.
        model: The serialised ONNX graph.
        card: What is known of the model: data, licences, split, seed, metrics.
    """

    path: Path
    config: BundleConfig
    front_end: FrontEnd
    model: bytes
    card: dict[str, Any]

    @property
    def name(self) -> str:
        """The model's name."""
        return self.config.name

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The words it can give."""
        return self.config.vocabulary

    def weights(self) -> dict[str, np.ndarray]:
        """The network's weights, by name; :func:`speechlstm.model.cell.cell_weights` finds those of a cell.

        Raises:
            BundleError: The graph holds none.

        Example:
            >>> from speechlstm.bundle import Bundle, find
            >>> bundle = Bundle.load(find("words-en"))
            >>> kernel = bundle.weights()["encoder.0.forward.kernel"]
            >>> kernel.shape == (bundle.config.network.n_features, 4 * bundle.config.network.units)
            True
        """
        return read_weights(self.model)

    @classmethod
    def load(cls, path: str | Path) -> "Bundle":
        """Read a model folder and check every file against its hash.

        Raises:
            BundleError: No bundle there, a file missing or altered, or a format this version cannot read.
        """
        path = Path(path)
        described = _read_description(path)
        _check(path / "bundle.json", _canonical(described["config"]), described["sha256"].get("config"))
        files = {name: _read_checked(path / name, described["sha256"].get(name)) for name in _HASHED}
        try:
            config = from_dict(BundleConfig, described["config"], "bundle.json")
            with np.load(io.BytesIO(files["frontend.npz"]), allow_pickle=False) as numbers:
                front_end = make_front_end(config.features, numbers)
            card = json.loads(files["card.json"])
        except (ConfigError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise BundleError(
                f"{path} is not a bundle this version can run: {error}; "
                "get the model again, or upgrade speechlstm"
            ) from error
        return cls(path, config, front_end, files["model.onnx"], card)


def save(
    path: Path, config: BundleConfig, front_end: FrontEnd, model: bytes, card: Mapping[str, Any]
) -> None:
    """Write a bundle; ``bundle.json`` takes its place last, so a folder without it was never finished.

    Args:
        path: The folder; made if absent, files in it are replaced.
        config: All settings.
        front_end: The front end with its numbers.
        model: The serialised ONNX graph.
        card: What is known of the model.

    Raises:
        OutputError: It cannot be written; what was there before is left.
    """
    numbers = io.BytesIO()
    np.savez(numbers, **front_end.numbers())
    files = {
        "model.onnx": model,
        "frontend.npz": numbers.getvalue(),
        "card.json": (json.dumps(card, indent=2) + "\n").encode(),
    }
    settings = to_dict(config)
    hashed = files | {"config": _canonical(settings)}
    described = {
        "format": FORMAT,
        "config": settings,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in hashed.items()},
    }
    files["README.md"] = readme(card).encode()
    files["bundle.json"] = (json.dumps(described, indent=2) + "\n").encode()
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
        _replace_all(path, files)


def record(path: Path, name: str, metrics: Mapping[str, Any]) -> None:
    """Write figures into a bundle's card, in the place of those of the same name.

    Args:
        path: The bundle's folder.
        name: What was measured, as ``speech-commands validation, balanced``.
        metrics: The figures, as :meth:`speechlstm.evaluation.Evaluation.summary` gives them.

    Raises:
        BundleError: No bundle there, or a damaged one.
        OutputError: The folder cannot be written; the bundle is left as it was.
    """
    bundle = Bundle.load(path)
    card = bundle.card | {"metrics": bundle.card.get("metrics", {}) | {name: dict(metrics)}}
    save(path, bundle.config, bundle.front_end, bundle.model, card)


def _replace_all(path: Path, files: dict[str, bytes]) -> None:
    """Write all files beside the old ones, and put those back if one cannot take its place."""
    parts = {name: path / f".{name}.part" for name in files}
    olds = {name: _old(path, name) for name in files}
    moved: list[str] = []
    try:
        for name, content in files.items():
            parts[name].write_bytes(content)
        # bundle.json goes first and comes last
        for name in reversed(files):
            if (path / name).is_file():
                (path / name).replace(olds[name])
                moved.append(name)
        for name, part in parts.items():
            part.replace(path / name)
    except BaseException:
        for name in reversed(moved):
            olds[name].replace(path / name)
        for part in parts.values():
            part.unlink(missing_ok=True)
        raise
    for old in olds.values():
        old.unlink(missing_ok=True)


def _old(path: Path, name: str) -> Path:
    """Where a file waits while another takes its place."""
    return path / f".{name}.old"


def _read_description(path: Path) -> dict[str, Any]:
    try:
        described: dict[str, Any] = json.loads((path / "bundle.json").read_text(encoding="utf-8"))
    except OSError as error:
        mend = "give the folder of a model"
        if _old(path, "bundle.json").is_file():
            mend = (
                "writing it was broken off; to have the model before it back, rename each .NAME.old to NAME"
            )
        raise BundleError(f"{path} holds no readable bundle.json: {error.strerror}; {mend}") from error
    except ValueError as error:
        raise BundleError(f"{path / 'bundle.json'} is not JSON: {error}; get the model again") from error
    kind = described.get("format") if isinstance(described, dict) else None
    if kind != FORMAT:
        raise BundleError(
            f"{path} has bundle format {kind!r}, this version reads {FORMAT}; "
            "get the model again, or upgrade speechlstm"
        )
    if not isinstance(described.get("sha256"), dict) or not isinstance(described.get("config"), dict):
        raise BundleError(f"{path / 'bundle.json'} lacks 'sha256' or 'config'; get the model again")
    return described


def _read_checked(path: Path, expected: str | None) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}; get the model again") from error
    _check(path, content, expected)
    return content


def _canonical(config: Mapping[str, Any]) -> bytes:
    """The settings as bytes that do not depend on spaces and the order of keys."""
    return json.dumps(config, sort_keys=True).encode()


def _check(path: Path, content: bytes, expected: str | None) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise BundleError(
            f"{path} was altered or damaged: its SHA-256 is {found[:12]}..., bundle.json says "
            f"{str(expected)[:12]}...; get the model again"
        )
