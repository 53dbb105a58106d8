import gzip
import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from speechlstm.data.recordings import SensorFile, read_recording, read_sensor_manifest
from speechlstm.errors import DataError
from speechlstm.messages import Gap
from speechlstm.sources.sensor import Sensor
from speechlstm.sources.table import TableSource

SIX = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")


def test_segments_and_labels(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time_s,x,label\n0,0,a\n0.25,5,b\n0.4,8,\n9,1,c\n9.1,2,c\n")
    first, second = read_recording(tmp_path / "a.csv", Sensor(("x",), 10, 1.0), subject="ann")
    np.testing.assert_allclose(first.samples[:, 0], [0, 2, 4, 6, 8], atol=1e-6)
    assert first.labels == ("a", "a", "a", "b", "")
    assert second.samples[:, 0].tolist() == [1, 2]
    assert second.labels == ("c", "c")
    assert (first.start_samples, second.start_samples) == (0, 90)
    assert (second.subject, second.path, second.sample_rate_hz) == ("ann", tmp_path / "a.csv", 10)
    assert second.problems.describe() == second.warning == "1 gap"


def test_it_is_what_a_live_source_hears(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.choice([0.004, 0.02, 0.03, 0.0, 2.0], 3_000, p=[0.3, 0.3, 0.3, 0.09, 0.01]))
    lines = [f"{t:.3f},{x}" for t, x in zip(times, rng.normal(size=3_000), strict=True)]
    (tmp_path / "a.csv").write_text("t,x\n" + "\n".join(lines))
    sensor = Sensor(("x",), 50, 1.0)
    parts = read_recording(tmp_path / "a.csv", sensor)
    with TableSource(tmp_path / "a.csv", sensor) as table:
        heard = list(table)
    samples = [chunk for chunk in heard if not isinstance(chunk, Gap)]
    np.testing.assert_array_equal(np.concatenate([part.samples for part in parts]), np.concatenate(samples))
    gaps = [b.start_samples - a.start_samples - len(a.samples) for a, b in pairwise(parts)]
    assert [gap.n_samples for gap in heard if isinstance(gap, Gap)] == gaps
    assert len(gaps) > 10


ROWS = [
    {"data": "a/one.csv", "subject": "ann", "device": "watch", "split": "train"},
    {"data": "two.csv.gz", "subject": 7, "split": "test"},
]


@pytest.mark.parametrize("name", ["list.jsonl", "list.jsonl.gz"])
def test_a_list(tmp_path: Path, name: str) -> None:
    text = "\n\n".join(map(json.dumps, ROWS)).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    one = SensorFile(tmp_path / "a/one.csv", "ann", "watch", "train")
    two = SensorFile(tmp_path / "two.csv.gz", "7", "", "test")
    assert read_sensor_manifest(tmp_path / name) == [one, two]
    assert read_sensor_manifest(tmp_path / name, split="test") == [two]
    with pytest.raises(DataError, match=r"has no split 'dev'; it has test, train"):
        read_sensor_manifest(tmp_path / name, split="dev")


def test_only_a_line_feed_ends_a_line_of_a_list(tmp_path: Path) -> None:
    names = ["a\u2028b.csv", "c\u2029.csv", "d\u0085e.csv"]
    lines = (json.dumps({"data": name}, ensure_ascii=False) for name in names)
    (tmp_path / "list.jsonl").write_bytes("\r\n".join(lines).encode())
    found = read_sensor_manifest(tmp_path / "list.jsonl")
    assert found == [SensorFile(tmp_path / name) for name in names]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "lists no files"),
        ("[1]", r"line 1 is \[1\]; expected one JSON object"),
        ('{"data"', "line 1 is not valid JSON"),
        ('{"subject": "a"}', "lacks data; it has subject"),
        ('{"data": 3}', "has data = 3; expected a string"),
        ("\udcff", "cannot read the list"),
    ],
)
def test_lists_that_cannot_be(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "manifest.jsonl").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DataError, match=message):
        read_sensor_manifest(tmp_path)


def test_no_list(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read the list .*No such file"):
        read_sensor_manifest(tmp_path / "missing.jsonl")


@pytest.mark.data
def test_hapt(recordings: Path) -> None:
    """50 Hz already: every sample is the file's own."""
    files = read_sensor_manifest(recordings / "activity-hapt", split="train")
    assert len({file.subject for file in files}) == 21
    (recording,) = read_recording(files[0].data, Sensor(SIX, 50, 1.0))
    table = np.genfromtxt(files[0].data, delimiter=",", skip_header=1, dtype=str, encoding="utf-8")
    np.testing.assert_array_equal(recording.samples, table[:, 1:7].astype(np.float32))
    assert recording.labels == tuple(table[:, 7].tolist())
    assert recording.problems.describe() is None


@pytest.mark.data
def test_phone_and_watch(recordings: Path) -> None:
    """Some 100 Hz, irregular, with repeats and no gap."""
    files = read_sensor_manifest(recordings / "activity-phone-watch")
    assert len(files) == 350
    for file in files[:6]:
        (recording,) = read_recording(file.data, Sensor(SIX, 50, 1.0), subject=file.subject)
        table = np.genfromtxt(file.data, delimiter=",", skip_header=1, dtype=str, encoding="utf-8")
        times = table[:, 0].astype(float)
        assert len(recording.samples) == int((times[-1] - times[0]) * 50 + 1e-6) + 1
        means = table[:, 1:7].astype(float).mean(axis=0)
        np.testing.assert_allclose(recording.samples.mean(axis=0), means, atol=0.15)
        assert recording.problems.n_repeated == np.count_nonzero(np.diff(times) == 0)
        assert recording.problems.n_dropped == 0
        assert set(recording.labels) == set(table[:, 7].tolist())


@pytest.mark.data
def test_transformer_temperature(recordings: Path) -> None:
    path = recordings / "transformer-temperature" / "ETTh1.csv"
    (recording,) = read_recording(path, Sensor(("OT", "HUFL"), Fraction(1, 3600), 7_200.0))
    table = np.genfromtxt(path, delimiter=",", skip_header=1, usecols=(7, 1))
    np.testing.assert_array_equal(recording.samples, table.astype(np.float32))
    assert recording.problems.extra_columns == ("HULL", "MUFL", "MULL", "LUFL", "LULL")
