"""A corpus of tones: each word is a pitch, so that a test can hear which word lies where."""

import json
from pathlib import Path

import numpy as np
import soundfile
from recipes import dial_table

__all__ = ["PITCH_HZ", "RATE_HZ", "write_recipe", "write_tones"]

RATE_HZ = 8000
PITCH_HZ = {"low": 400.0, "mid": 1000.0, "high": 2400.0}
_N_CLIPS = 4


def write_tones(folder: Path) -> Path:
    """Write clips of the three words, of another word, a phrase and noise; with manifests."""
    rng = np.random.default_rng(3)
    words = {**PITCH_HZ, "other": 1600.0}
    rows = [
        _clip(folder, f"{word}{i}.wav", _quiet_around(_tone(pitch, 0.3)), word, f"speaker{i % 2}")
        for word, pitch in words.items()
        for i in range(_N_CLIPS)
    ]
    _manifest(folder / "words.jsonl", rows)
    phrase = np.concatenate([_tone(PITCH_HZ["low"], 0.3), _tone(1600.0, 0.3), _tone(PITCH_HZ["high"], 0.3)])
    _manifest(folder / "phrases.jsonl", [_clip(folder, "phrase.wav", phrase, "low other high", "speaker0")])
    noise = 0.1 * rng.standard_normal(2 * RATE_HZ)
    _manifest(folder / "noise.jsonl", [_clip(folder, "noise.wav", noise, "", "")])
    return folder


def write_recipe(folder: Path, **training: object) -> Path:
    """Write a recipe over the tones, small enough to train in seconds."""
    settings = {"n_steps": 4, "batch_size": 4, "n_warmup": 1, "validate_every": 2, "n_workers": 1} | training
    lines = [
        'name = "tones"',
        f"vocabulary = {json.dumps(list(PITCH_HZ))}",
        "[network]\nn_layers = 2\nunits = 8",
        dial_table((2, 1), (6, 5), (14, 8), (200, 16)),
        *(f'[data.{role}]\nmanifest = "{role}.jsonl"\nrole = "{role}"' for role in _ROLES),
        '[validation.words]\nmanifest = "words.jsonl"',
        "[sources]",
        *(f'{role} = "made by a test"' for role in _ROLES),
        "[compose]\nlength_s = 2.0",
        "[training]",
        *(f"{key} = {json.dumps(value)}" for key, value in settings.items()),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text("\n".join(lines) + "\n")
    return folder


_ROLES = ("words", "phrases", "noise")


def _tone(pitch_hz: float, seconds: float) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * pitch_hz / RATE_HZ * np.arange(int(seconds * RATE_HZ)))


def _quiet_around(x: np.ndarray) -> np.ndarray:
    silence = np.zeros(RATE_HZ // 4)
    return np.concatenate([silence, x, silence])


def _clip(folder: Path, name: str, x: np.ndarray, text: str, speaker: str) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / name, x, RATE_HZ)
    return {"audio": name, "text": text, "speaker": speaker, "split": "train"}


def _manifest(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
