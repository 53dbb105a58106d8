import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import TracebackType

import numpy as np
import pytest
import soundfile
from tiny import speechlike

from speechlstm.batch import FileResult, transcribe_files
from speechlstm.decode.endpoint import EndpointConfig
from speechlstm.errors import ConfigError
from speechlstm.recognizer import Recognizer


def write(path: Path, n_samples: int, *, rate_hz: int = 8000, seed: int = 7) -> Path:
    soundfile.write(path, speechlike(n_samples, seed=seed), rate_hz, subtype="PCM_16")
    return path


def hear(recognizer: Recognizer, paths: list[Path], **options: int) -> list[FileResult]:
    return list(transcribe_files(recognizer, paths, **({"jobs": 2} | options)))


@pytest.mark.filterwarnings("ignore:.*shorter than one frame")
@pytest.mark.parametrize("latency", ["low", "balanced", "offline"])
def test_side_by_side_is_alone(tiny_bundle: Path, tmp_path: Path, latency: str) -> None:
    recognizer = Recognizer.load(tiny_bundle, latency=latency)
    lengths = [1, 79, 200, 8000, 8000, 8001, 23_456, 300_000, 16_000, *range(9_000, 10_000, 50)]
    paths = [write(tmp_path / f"{i}.wav", n, seed=i) for i, n in enumerate(lengths)]
    results = hear(recognizer, paths)
    assert [result.path for result in results] == paths
    assert [result.transcript for result in results] == [recognizer.transcribe(path) for path in paths]
    assert sum(len(result.transcript.words) for result in results if result.transcript) > 100


def test_utterances_side_by_side_are_those_of_each_alone(recognizer: Recognizer, tmp_path: Path) -> None:
    rules = EndpointConfig(1, 12)
    paths = [write(tmp_path / f"{i}.wav", n, seed=i) for i, n in enumerate([8000, 23_456, 300_000])]
    results = list(transcribe_files(recognizer, paths, jobs=2, endpoint=rules))
    assert [r.transcript for r in results] == [recognizer.transcribe(path, endpoint=rules) for path in paths]
    assert all(r.transcript and len(r.transcript.utterances or ()) > 1 for r in results)


@pytest.mark.parametrize("jobs", [1, 2, 7])
def test_a_file_that_fails_stops_no_other(recognizer: Recognizer, tmp_path: Path, jobs: int) -> None:
    good = [write(tmp_path / f"good{i}.flac", 4000 + i, rate_hz=16_000) for i in range(4)]
    (empty := tmp_path / "empty.wav").touch()
    (corrupt := tmp_path / "corrupt.wav").write_bytes(b"RIFF but not quite" * 9)
    soundfile.write(nan := tmp_path / "nan.wav", np.full(8000, np.nan, np.float32), 8000, subtype="FLOAT")
    missing = tmp_path / "missing.wav"
    paths = [good[0], empty, good[1], corrupt, nan, good[2], missing, tmp_path, good[3]]
    results = hear(recognizer, paths, jobs=jobs)
    assert [result.path for result in results] == paths
    failed = {result.path: result.error for result in results if result.error is not None}
    assert set(failed) == {empty, corrupt, nan, missing, tmp_path}
    assert all(str(error).startswith(f"{path}: ") for path, error in failed.items())
    assert all((r.transcript is None) == (r.error is not None) and r.warning is None for r in results)


def test_numbers_too_large_for_resampling_fail_one_file_alone(recognizer: Recognizer, tmp_path: Path) -> None:
    first, last = write(tmp_path / "first.wav", 4000), write(tmp_path / "last.wav", 4000)
    loudest = np.where(np.arange(16_000) % 7 < 3, 1, -1) * np.finfo(np.float32).max
    soundfile.write(huge := tmp_path / "huge.wav", loudest.astype(np.float32), 16_000, subtype="FLOAT")
    results = hear(recognizer, [first, huge, last])
    assert [result.path for result in results if result.error is not None] == [huge]
    assert str(results[1].error).startswith(f"{huge}: ")


def test_odd_files_are_warned_of(recognizer: Recognizer, tmp_path: Path) -> None:
    silent, short, long_silent = tmp_path / "silent.wav", tmp_path / "short.wav", tmp_path / "long.wav"
    soundfile.write(silent, np.zeros(8000), 8000)
    soundfile.write(short, np.full(199, 0.1), 8000)
    soundfile.write(long_silent, np.zeros(400_000), 8000)
    (cut := tmp_path / "cut.wav").write_bytes(silent.read_bytes()[: 44 + 2 * 4000])
    results = hear(recognizer, [silent, short, long_silent, write(tmp_path / "good.wav", 200), cut])
    assert [result.warning for result in results] == [
        f"{silent}: holds only silence",
        f"{short}: is shorter than one frame of 25 ms",
        f"{long_silent}: holds only silence",
        None,
        f"{cut}: is cut short: 0.50 of 1.00 s, holds only silence",
    ]
    assert all(result.transcript is not None and result.error is None for result in results)


def test_one_channel(recognizer: Recognizer, tmp_path: Path) -> None:
    left, right = speechlike(8000, seed=1), speechlike(8000, seed=2)
    soundfile.write(path := tmp_path / "two.wav", np.stack([left, right], 1), 8000, subtype="FLOAT")
    mixed, of_right, of_none = (
        next(transcribe_files(recognizer, [path], jobs=1, open_source=open_source))
        for open_source in (None, partial(recognizer.open, channel=1), partial(recognizer.open, channel=2))
    )
    assert mixed.transcript == recognizer.transcribe(path)
    assert of_right.transcript == recognizer.transcribe(right) != mixed.transcript
    assert of_none.error == f"{path}: there is no channel 2; it has 2 channels, 0 to 1"


class Source:
    """Ten chunks of noise, or whatever a test makes of it."""

    sample_rate_hz, warning = 8000, None

    def __init__(self, path: Path) -> None:
        self.path, self.stopped = path, threading.Event()

    def __enter__(self) -> "Source":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[np.ndarray]:
        if "bug" in self.path.name:
            raise RuntimeError("no such luck")
        while "endless" in self.path.name and not self.stopped.wait(0.01):
            pass
        yield speechlike(800)

    def stop(self) -> None:
        self.stopped.set()


def test_a_bug_in_a_library_costs_one_file(recognizer: Recognizer) -> None:
    paths = [Path("a"), Path("bug"), Path("b")]
    results = list(transcribe_files(recognizer, paths, jobs=1, open_source=Source))
    assert [result.error for result in results] == [None, "bug: RuntimeError: no such luck", None]


def test_leaving_early_stops_what_is_at_work(recognizer: Recognizer) -> None:
    paths = [Path("a"), *[Path("endless")] * 100]
    results = transcribe_files(recognizer, paths, jobs=2, open_source=Source)
    assert next(results).path == Path("a")
    started_s = time.monotonic()
    results.close()
    assert time.monotonic() - started_s < 5
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("transcribe")]


def test_files_are_taken_as_they_are_needed(recognizer: Recognizer) -> None:
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        while True:
            taken += 1
            yield Path("a")

    results = transcribe_files(recognizer, endless(), jobs=2, open_source=Source)
    assert [next(results).path for _ in range(100)] == [Path("a")] * 100
    assert taken <= 200
    results.close()


def test_no_files_and_no_jobs(recognizer: Recognizer) -> None:
    assert hear(recognizer, []) == []
    with pytest.raises(ConfigError, match="expected at least one job, got 0"):
        hear(recognizer, [], jobs=0)
