import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from speechlstm.data.augment_strokes import StrokeAugmentConfig, augment_strokes
from speechlstm.data.strokes import read_strokes
from speechlstm.errors import ConfigError, DataError

STILL = StrokeAugmentConfig(max_angle_deg=0, slant=0, stretch=0, warp=0, jitter=0, p_thin=0)
ROW = {"label": "a", "writer": "w1", "split": "train", "strokes": [[[0, 0], [10, 200]], [[5, 100]]]}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "strokes.jsonl.gz"
    rows = [ROW, ROW | {"split": "validation", "writer": 7, "strokes": [[[1, 2.5]], []]}]
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    first, second = read_strokes(tmp_path)
    assert (first.label, first.writer, first.split) == ("a", "w1", "train")
    assert [stroke.tolist() for stroke in first.strokes] == ROW["strokes"]
    assert (second.writer, [stroke.tolist() for stroke in second.strokes]) == ("7", [[[1, 2.5]]])
    assert second.place == f"{file}, line 2"
    assert [s.writer for s in read_strokes(file, split="validation")] == ["7"]


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    rows = [ROW | {"label": label} for label in ("a\u2028b", "c\u2029\u0085d")]
    file = tmp_path / "a.jsonl"
    file.write_bytes("\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode())
    found = read_strokes(file)
    assert [sample.label for sample in found] == ["a\u2028b", "c\u2029\u0085d"]
    assert found[1].place == f"{file}, line 2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no samples; expected at least one line"),
        ("hello", "line 1 is not valid JSON"),
        ("[1]", r"line 1 is \[1\]; expected one JSON object"),
        (json.dumps(ROW | {"label": ""}), "line 1 lacks a label"),
        (json.dumps(ROW | {"writer": 1.5}), "line 1 has writer = 1.5; expected a string"),
        (json.dumps(ROW | {"strokes": None}), "line 1 has no strokes"),
        (json.dumps(ROW | {"strokes": []}), "line 1 has no strokes of finite points"),
        (json.dumps(ROW | {"strokes": [[[1, 2, 3]]]}), "line 1 has no strokes of finite points"),
        (json.dumps(ROW | {"strokes": [[[1, float("nan")]]]}), "line 1 has no strokes of finite points"),
        (json.dumps(ROW | {"strokes": [[["x", 2]]]}), "line 1 has no strokes"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(text)
    with pytest.raises(DataError, match=message):
        read_strokes(file)


def test_a_file_that_is_missing_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read strokes from"):
        read_strokes(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(DataError, match="cannot read strokes from"):
        read_strokes(tmp_path / "a.jsonl.gz")
    file = tmp_path / "b.jsonl"
    file.write_text(json.dumps(ROW))
    with pytest.raises(DataError, match="has no split 'test'; it has train"):
        read_strokes(file, split="test")


def strokes() -> list[np.ndarray]:
    t = np.linspace(0, 1, 20)
    return [np.stack([300 * t, 200 * t**2], axis=1), np.array([[100.0, 50.0]])]


def test_nothing_asked_for_is_nothing_done_but_the_size() -> None:
    found = augment_strokes(strokes(), np.random.default_rng(0), STILL)
    for a, b in zip(found, strokes(), strict=True):
        np.testing.assert_allclose(a, b / 200, atol=1e-6)


def only(**settings: float) -> StrokeAugmentConfig:
    """One thing alone is done."""
    return replace(STILL, **settings)  # type: ignore[arg-type]


def test_a_rotation_keeps_distances_and_a_slant_keeps_heights() -> None:
    before = strokes()[0] / 200
    (turned, _) = augment_strokes(strokes(), np.random.default_rng(1), only(max_angle_deg=90))
    length = np.hypot(*np.diff(turned, axis=0).T)
    np.testing.assert_allclose(length, np.hypot(*np.diff(before, axis=0).T), atol=1e-5)
    (slanted, _) = augment_strokes(strokes(), np.random.default_rng(1), only(slant=0.5))
    np.testing.assert_allclose(slanted[:, 1], before[:, 1], atol=1e-6)


@pytest.mark.parametrize("setting", ["max_angle_deg", "slant", "stretch", "warp", "jitter"])
def test_each_setting_does_something_and_the_same_seed_the_same(setting: str) -> None:
    config = only(**{setting: 20.0 if setting == "max_angle_deg" else 0.2})
    one, two = (augment_strokes(strokes(), np.random.default_rng(3), config) for _ in range(2))
    np.testing.assert_array_equal(one[0], two[0])
    assert np.abs(one[0] - strokes()[0] / 200).max() > 0.01


def test_a_slower_tablet_keeps_the_ends() -> None:
    found = augment_strokes(strokes(), np.random.default_rng(0), only(p_thin=1))
    assert len(found[0]) in (8, 11) and len(found[1]) == 1
    np.testing.assert_allclose(found[0][[0, -1]], strokes()[0][[0, -1]] / 200, atol=1e-6)


def test_a_dot_has_no_size() -> None:
    (dot,) = augment_strokes([np.array([[5.0, 5.0]])], np.random.default_rng(0), STILL)
    assert dot.tolist() == [[0, 0]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"slant": -1.0}, "slant must not be negative, got -1"),
        ({"p_thin": 2.0}, "p_thin must be from 0 to 1, got 2"),
        ({"n_frames": 0}, "n_frames must be at least 1, got 0"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        StrokeAugmentConfig(**settings)  # type: ignore[arg-type]
