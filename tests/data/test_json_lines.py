import gzip
import json
from pathlib import Path

import pytest

from speechlstm.data.json_lines import UNREADABLE, rows_of, text_of
from speechlstm.data.manifest import read_manifest
from speechlstm.data.recordings import read_sensor_manifest
from speechlstm.data.strokes import read_strokes
from speechlstm.errors import DataError

# ends a line of text, not one of JSON
SEPARATOR = "\u2028"


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_rows_have_their_places(tmp_path: Path, name: str) -> None:
    text = '\ufeff{"a": 1}\r\n\n \n{"a": "' + SEPARATOR + '"}'
    data = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert list(rows_of(tmp_path / name)) == [
        (f"{tmp_path / name}, line 1", {"a": 1}),
        (f"{tmp_path / name}, line 4", {"a": SEPARATOR}),
    ]


def test_a_separator_of_lines_stands_in_all_lists(tmp_path: Path) -> None:
    path, row = tmp_path / "a.jsonl", {"text": "go", "label": "a", "strokes": [[[0, 1]]]}
    named = {key: f"a{SEPARATOR}b" for key in ("audio", "data", "speaker", "subject", "writer")}
    path.write_text(json.dumps(row | named, ensure_ascii=False) + "\n", encoding="utf-8")
    assert [clip.speaker for clip in read_manifest(path)] == [f"a{SEPARATOR}b"]
    assert [file.subject for file in read_sensor_manifest(path)] == [f"a{SEPARATOR}b"]
    assert [sample.writer for sample in read_strokes(path)] == [f"a{SEPARATOR}b"]


def test_texts_have_no_space_around_them_in_any_list(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    row = {"audio": "a", "text": " go ", "data": " a.csv", "label": " b ", "strokes": [[[0, 1]]]}
    named = dict.fromkeys(("speaker", "subject", "writer", "split"), " c ")
    path.write_text(json.dumps(row | named))
    (clip,), (file,), (sample,) = read_manifest(path), read_sensor_manifest(path), read_strokes(path)
    assert (clip.text, clip.speaker, clip.split) == ("go", "c", "c")
    assert (file.data, file.subject, file.split) == (tmp_path / "a.csv", "c", "c")
    assert (sample.label, sample.writer, sample.split) == ("b", "c", "c")


def test_a_text_may_be_a_number_where_it_is_a_name() -> None:
    row = {"who": 7, "is": True, "long": ["x" * 100]}
    assert text_of(row, "who", "here", or_number=True) == "7"
    assert text_of(row, "what", "here") == ""
    with pytest.raises(DataError, match="here has who = 7; expected a string"):
        text_of(row, "who", "here")
    with pytest.raises(DataError, match="here has is = true; expected a string"):
        text_of(row, "is", "here", or_number=True)
    with pytest.raises(DataError, match=r'here has long = \["x+\.\.\.; expected a string'):
        text_of(row, "long", "here")


@pytest.mark.parametrize("data", [b"\xff", b"\x1f\x8b", None])
def test_what_cannot_be_read_is_the_callers_to_tell(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / ("a.jsonl" if data == b"\xff" else "a.jsonl.gz")
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UNREADABLE):
        list(rows_of(path))
