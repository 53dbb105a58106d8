"""All clips of a recipe as one array of samples, made once and kept on disk."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from speechlstm.config import require
from speechlstm.data.manifest import Clip, read_manifest
from speechlstm.errors import DataError
from speechlstm.machine import n_cores
from speechlstm.sinks.atomic import atomic_file, write_atomically, writing
from speechlstm.sources.whole import whole_sound

__all__ = ["Corpus", "DataSet", "Item", "check_rows", "load_corpus", "speech_bounds"]

ROLES = ("words", "phrases", "speech", "noise", "recordings", "strokes", "series")
_FORMAT = 3


@dataclass(frozen=True, slots=True)
class DataSet:
    """One set of recordings, as a recipe names it.

    Attributes:
        manifest: Manifest file or folder, relative to the data directory.
        role: ``words`` (one word a clip), ``phrases`` (whole transcripts), ``speech`` (no transcript,
            held to contain no word of the vocabulary), ``noise``, ``recordings`` (of a sensor), ``strokes``
            (of a pen; the manifest holds the strokes themselves) or ``series`` (to be forecast; ``manifest``
            is then a file of records itself).
        split: Split to take; all if empty. A series has none.
        exclude_speakers: Speakers, subjects of recordings, or writers left out. A series has none.
        weight: How often clips of this set are drawn, relative to the others of its role; of recordings and
            series how often a sample is.
        rows: Of a series the samples to take, ``[first, stop]``, counted at the model's rate; all if empty.

    Raises:
        ConfigError: A role or weight that cannot be, or a setting that says nothing of the role.
    """

    manifest: str
    role: Literal["words", "phrases", "speech", "noise", "recordings", "strokes", "series"]
    split: str = ""
    exclude_speakers: tuple[str, ...] = ()
    weight: float = 1.0
    rows: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_rows(self.rows)
        require(self.role in ROLES, f"unknown role {self.role!r}; expected one of {', '.join(ROLES)}")
        require(self.weight > 0, f"weight must be positive, got {self.weight}")
        if self.role == "series":
            require(not self.split, f"a series has no splits, got split = {self.split!r}; give its rows")
            require(
                not self.exclude_speakers,
                f"a series is nobody's, got exclude_speakers = {list(self.exclude_speakers)}; leave it out",
            )
        else:
            require(
                not self.rows,
                "rows are of a series alone: role must be series for forecasts, "
                f"got {self.role!r}; leave rows out",
            )


def check_rows(rows: tuple[int, ...]) -> None:
    """Raise ConfigError unless rows are ``[first, stop]``, or nothing for all."""
    require(
        not rows or (len(rows) == 2 and 0 <= rows[0] < rows[1]),
        f"rows must be [first, stop], counted from 0, or nothing for all, got {list(rows)}",
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One clip of a corpus.

    Attributes:
        role: See :class:`DataSet`.
        text: Its transcript.
        speaker: Who speaks, with the set's name in front.
        start: First sample in the corpus.
        stop: One past its last sample.
        speech_start: First sample of sound above the clip's noise, in the corpus.
        speech_stop: One past the last.
        weight: See :class:`DataSet`.
    """

    role: str
    text: str
    speaker: str
    start: int
    stop: int
    speech_start: int
    speech_stop: int
    weight: float


@dataclass(frozen=True, eq=False)
class Corpus:
    """Clips laid end to end.

    Attributes:
        samples: int16 ``[n]``, mapped from disk.
        items: Where each clip lies in it.
        sample_rate_hz: Samples per second.
    """

    samples: np.ndarray
    items: tuple[Item, ...]
    sample_rate_hz: int

    def sound(self, start: int, stop: int) -> np.ndarray:
        """float32 samples in -1..1."""
        return self.samples[start:stop].astype(np.float32) / np.float32(32768)


def load_corpus(sets: Sequence[DataSet], data_dir: Path, sample_rate_hz: int, cache_dir: Path) -> Corpus:
    """Read all clips of some sets, or find them in the cache.

    Args:
        sets: The sets.
        data_dir: What their manifests are relative to.
        sample_rate_hz: Rate that every clip is resampled to.
        cache_dir: Where the samples are kept, under a name made of everything they depend on.

    Raises:
        DataError: A manifest or a clip that cannot be read; nothing to train on.
        OutputError: The cache cannot be written.
    """
    clips = [(s, clip) for s in sets for clip in _clips(s, data_dir)]
    if not clips:
        raise DataError(f"the recipe's sets hold no clips under {data_dir}; is it the right --data?")
    sound = cache_dir / f"{_key(clips, sample_rate_hz)}.npy"
    bounds = sound.with_suffix(".json")
    if not bounds.exists():
        _make(clips, sample_rate_hz, sound, bounds)
    rows = json.loads(bounds.read_text(encoding="utf-8"))
    items = tuple(
        Item(s.role, clip.text, f"{s.manifest}:{clip.speaker}", a, b, c, d, s.weight)
        for (s, clip), (a, b, c, d) in zip(clips, rows, strict=True)
    )
    return Corpus(np.load(sound, mmap_mode="r"), items, sample_rate_hz)


def speech_bounds(x: np.ndarray, sample_rate_hz: int, *, above_db: float = 0.0) -> tuple[int, int]:
    """Where sound rises above the noise of its own clip, for clips that hold one word.

    Args:
        x: float samples ``[n]``.
        sample_rate_hz: Samples per second.
        above_db: How much louder than that it must be, or less than 0 how much softer it may be: bounds that
            hang on it are not known well.

    Returns:
        First sample and one past the last; the whole clip where nothing stands out.
    """
    hop = sample_rate_hz // 100
    n_blocks = len(x) // hop
    if n_blocks < 10:
        return 0, len(x)
    power = np.square(x[: n_blocks * hop].reshape(n_blocks, hop)).mean(axis=1)
    level_db = 10 * np.log10(np.convolve(power, np.ones(3) / 3, "same") + 1e-10)
    quiet, loud = np.percentile(level_db, 10), level_db.max()
    threshold = max(loud - 30, min(quiet + 8, loud - 10)) + above_db
    above = np.flatnonzero(level_db > threshold)
    return int(above[0]) * hop, min(len(x), (int(above[-1]) + 1) * hop)


def _clips(data_set: DataSet, data_dir: Path) -> Iterator[Clip]:
    manifest = data_dir / data_set.manifest
    if not manifest.exists():
        raise DataError(
            f"there is no {manifest}, which the recipe names; put it there (the README beside a recipe says "
            "where from, or what makes it), or take it out of a copy of the recipe"
        )
    for clip in read_manifest(manifest, split=data_set.split or None):
        if clip.speaker not in data_set.exclude_speakers:
            yield clip


def _key(clips: Sequence[tuple[DataSet, Clip]], sample_rate_hz: int) -> str:
    digest = hashlib.sha256(f"{_FORMAT} {sample_rate_hz}".encode())
    for data_set, clip in clips:
        try:
            stat = clip.audio.stat()
        except OSError as error:
            raise DataError(
                f"{clip.audio} cannot be read: {error.strerror}; "
                f"get it again, or take it out of {data_set.manifest}"
            ) from error
        stamp = f"{stat.st_size} {stat.st_mtime_ns}"
        digest.update(f"{clip.audio.resolve()} {stamp} {data_set.role == 'words'}\n".encode())
    return digest.hexdigest()[:24]


def _make(clips: Sequence[tuple[DataSet, Clip]], rate_hz: int, sound: Path, bounds: Path) -> None:
    def read(pair: tuple[DataSet, Clip]) -> tuple[np.ndarray, tuple[int, int]]:
        x = whole_sound(pair[1].audio, rate_hz)
        inner = speech_bounds(x, rate_hz) if pair[0].role == "words" else (0, len(x))
        return np.round(np.clip(x, -1, 32767 / 32768) * 32768).astype(np.int16), inner

    with writing(sound.parent):
        sound.parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(n_cores()) as pool:
        read_clips = list(pool.map(read, clips))
    rows, at = [], 0
    for x, (speech_start, speech_stop) in read_clips:
        rows.append([at, at + len(x), at + speech_start, at + speech_stop])
        at += len(x)
    with atomic_file(sound) as file:
        np.save(file, np.concatenate([x for x, _ in read_clips]))
    write_atomically(bounds, json.dumps(rows))
