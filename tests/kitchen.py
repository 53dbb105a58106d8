"""Recordings as a user might have them: words as tones, and a wrist as records."""

import json
from pathlib import Path

import numpy as np
import soundfile
from tones import PITCH_HZ, RATE_HZ
from wrist import record

__all__ = ["SPEAKERS", "write_records", "write_words"]

SPEAKERS = {"anna": 0.95, "ben": 1.0, "cleo": 1.05}


def write_words(folder: Path, *, rate_hz: int = RATE_HZ, n_takes: int = 3) -> Path:
    """A folder for each word, with files ``SPEAKER_WORD_N.wav``."""
    for word, pitch_hz in PITCH_HZ.items():
        (folder / word).mkdir(parents=True)
        for speaker, factor in SPEAKERS.items():
            for take in range(n_takes):
                tone(folder / word / f"{speaker}_{word}_{take}.wav", factor * pitch_hz, rate_hz=rate_hz)
    return folder


def tone(path: Path, pitch_hz: float, *, rate_hz: int = RATE_HZ, seconds: float = 0.3) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    silence = np.zeros(rate_hz // 10)
    x = 0.3 * np.sin(2 * np.pi * pitch_hz / rate_hz * np.arange(int(seconds * rate_hz)))
    soundfile.write(path, np.concatenate([silence, x, silence]), rate_hz)


def write_records(path: Path, seed: int, *, form: str = "csv", **more: str) -> Path:
    """One recording of the wrist, as CSV or JSON lines, with ``more`` columns of one value each."""
    x, labels = record(seed)
    rng = np.random.default_rng(seed)
    # 25 Hz, unevenly
    times = np.cumsum(np.clip(rng.normal(0.04, 0.008, len(x)), 0.005, None))
    rows = [
        {"time_s": round(float(t), 4), "x": round(a, 4), "y": round(b, 4), "label": label, **more}
        for t, (a, b), label in zip(times, x.tolist(), labels, strict=True)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "jsonl":
        lines = [json.dumps(row) for row in rows]
    else:
        lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    path.write_text("\n".join([*lines, ""]))
    return path
