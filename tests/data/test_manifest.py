import csv
import gzip
import json
from pathlib import Path

import pytest

from speechlstm.data.manifest import Clip, read_manifest
from speechlstm.errors import DataError
from speechlstm.sources.paths import expand, known_suffixes

ROWS = [
    {"audio": "a/one.wav", "text": "one, two", "speaker": "ann", "split": "train"},
    {"audio": "zwei.flac", "text": "", "speaker": "bob", "split": "validation"},
]


def expected(folder: Path) -> list[Clip]:
    return [
        Clip(folder / "a/one.wav", "one, two", "ann", "train"),
        Clip(folder / "zwei.flac", "", "bob", "validation"),
    ]


def write(path: Path, text: str) -> Path:
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def as_json_lines(rows: list[dict[str, str]]) -> str:
    return "\n\n".join(json.dumps(row) for row in rows) + "\n"


def write_table(path: Path, delimiter: str) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, list(ROWS[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(ROWS)
    return path


@pytest.mark.parametrize("name", ["m.jsonl", "m.json", "m.jsonl.gz", "m.json.gz"])
def test_json_lines_with_blank_lines_between(tmp_path: Path, name: str) -> None:
    assert read_manifest(write(tmp_path / name, as_json_lines(ROWS))) == expected(tmp_path)


@pytest.mark.parametrize(("name", "delimiter"), [("m.csv", ","), ("m.tsv", "\t")])
def test_tables_with_byte_order_mark_and_quoting(tmp_path: Path, name: str, delimiter: str) -> None:
    assert read_manifest(write_table(tmp_path / name, delimiter)) == expected(tmp_path)


@pytest.mark.parametrize(("name", "delimiter"), [("m.csv.gz", ","), ("m.tsv.gz", "\t")])
def test_gzipped_tables(tmp_path: Path, name: str, delimiter: str) -> None:
    plain = write_table(tmp_path / "plain", delimiter)
    (tmp_path / name).write_bytes(gzip.compress(plain.read_bytes()))
    assert read_manifest(tmp_path / name) == expected(tmp_path)


def test_folder_with_a_manifest_is_read_through_it(tmp_path: Path) -> None:
    write(tmp_path / "manifest.jsonl", as_json_lines(ROWS))
    (tmp_path / "label").mkdir()
    (tmp_path / "label" / "x.wav").touch()
    assert read_manifest(str(tmp_path)) == expected(tmp_path)


def test_folder_per_label(tmp_path: Path) -> None:
    for name in (
        "up/b.wav",
        "up/a.OGG",
        "up/notes.txt",
        "up/.hidden.wav",
        "down/c_1.flac",
        ".git/d.wav",
        "down/ann/2024/d.wave",
        "up/.old/e.wav",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert read_manifest(tmp_path) == [
        Clip(tmp_path / "down/ann/2024/d.wave", "down"),
        Clip(tmp_path / "down/c_1.flac", "down"),
        Clip(tmp_path / "up/a.OGG", "up"),
        Clip(tmp_path / "up/b.wav", "up"),
    ]


@pytest.mark.parametrize("suffix", sorted(known_suffixes()))
def test_a_folder_per_label_has_the_sounds_of_any_folder(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "up").mkdir()
    (sound := tmp_path / "up" / f"a{suffix}").touch()
    assert [clip.audio for clip in read_manifest(tmp_path)] == expand([tmp_path]) == [sound]


def test_split_keeps_its_clips(tmp_path: Path) -> None:
    path = write(tmp_path / "m.jsonl", as_json_lines(ROWS))
    assert read_manifest(path, split="validation") == expected(tmp_path)[1:]


def test_speaker_and_split_may_be_absent_and_speaker_a_number(tmp_path: Path) -> None:
    path = write(
        tmp_path / "m.jsonl",
        '{"audio": "/abs/x.wav", "text": " go "}\n{"audio": "y", "text": "", "speaker": 103}',
    )
    assert read_manifest(path) == [Clip(Path("/abs/x.wav"), "go"), Clip(tmp_path / "y", "", "103")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("m.jsonl", '{"audio": "x", "text": ""}\n{"audio": ', r"m\.jsonl, line 2 is not valid JSON"),
        ("m.jsonl", '["x"]', r'line 1 is \["x"\]; expected one JSON object a line'),
        ("m.jsonl", '{"data": "x", "split": "train"}', "line 1 lacks audio and text; it has data, split"),
        ("m.jsonl", "{}", "line 1 lacks audio and text; it has nothing"),
        ("m.jsonl", '{"audio": "x"}', "line 1 lacks text; it has audio"),
        ("m.jsonl", '{"audio": "x", "text": 5}', "line 1 has text = 5; expected a string"),
        ("m.jsonl", '{"audio": "x", "text": null}', "text = null; expected a string"),
        ("m.jsonl", '{"audio": "x", "text": "", "speaker": [1]}', r"speaker = \[1\]; expected a string"),
        ("m.jsonl", '{"audio": "x", "text": "", "split": true}', "split = true; expected a string"),
        ("m.jsonl", '{"audio": " ", "text": ""}', "line 1 has an empty audio"),
        ("m.jsonl", "\n\n", "lists no clips"),
        ("m.csv", "audio,text\n", "lists no clips"),
        ("m.csv", "", "lists no clips"),
        ("m.csv", "audio,words\nx,one\n", "line 2 lacks text; it has audio, words"),
        ("m.csv", "audio,text\nx,one, two\n", r"line 2 has not the columns of the header \(audio, text\)"),
        ("m.tsv", "audio\ttext\nx\n", "line 2 has not the columns"),
        ("m.txt", "x", r"m\.txt is no manifest; expected a name that ends in \.jsonl"),
        ("m.gz", "x", "is no manifest"),
    ],
)
def test_what_is_wrong_in_a_manifest_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_manifest(write(tmp_path / name, text))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.jsonl", b"\xff\xfe\x00"),
        ("m.jsonl.gz", b"not gzip"),
        ("m.jsonl.gz", gzip.compress(b"{}" * 5000)[:-20]),
        ("m.csv", b"audio,text\n" + b"x" * 200_000),
    ],
)
def test_unreadable_content(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=r"cannot read .*expected UTF-8 text"):
        read_manifest(tmp_path / name)


def test_missing_manifest(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no manifest .*nowhere\.jsonl"):
        read_manifest(tmp_path / "nowhere.jsonl")


def test_folder_without_sound(tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    with pytest.raises(DataError, match=r"neither a manifest\.jsonl nor sub-folders with sound"):
        read_manifest(tmp_path)


def test_unknown_split_names_those_there_are(tmp_path: Path) -> None:
    path = write(tmp_path / "m.jsonl", as_json_lines(ROWS))
    with pytest.raises(DataError, match="no split 'dev'; it has train, validation"):
        read_manifest(path, split="dev")


def test_split_of_a_manifest_without_splits(tmp_path: Path) -> None:
    path = write(tmp_path / "m.jsonl", '{"audio": "x", "text": ""}')
    with pytest.raises(DataError, match="no split 'dev'; it names no splits"):
        read_manifest(path, split="dev")
