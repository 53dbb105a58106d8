"""What ``speechlstm transcribe`` writes of several files, and where."""

import json
import os
import shutil
from pathlib import Path

import pytest
from disks import Disk

from speechlstm.cli.outputs import find_inputs
from speechlstm.errors import OutputError
from speechlstm.recognizer import Recognizer
from speechlstm.sinks.formats import FORMATS


def test_folder_mirrors_what_was_given(transcribe, clips: Path, recognizer: Recognizer) -> None:
    result = transcribe("clips", "-o", "out/deep", "-f", "srt")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    out = Path("out/deep")
    assert sorted(p for p in out.rglob("*") if p.is_file()) == [
        out / "a.wav.srt",
        out / "b.flac.srt",
        out / "more/c.wav.srt",
    ]
    expected = FORMATS["srt"].write(recognizer.transcribe("clips/more/c.wav"), "clips/more/c.wav")
    assert (out / "more/c.wav.srt").read_text() == expected


def test_a_list_of_json_keeps_a_name_with_line_ends_of_unicode(transcribe, clips: Path) -> None:
    odd = clips / "a\u2028\u0085b.wav"
    shutil.copy(clips / "a.wav", odd)
    rows = json.loads(transcribe("clips/a.wav", odd, "-f", "json").stdout)
    assert [row["audio"] for row in rows] == ["clips/a.wav", str(odd)]
    assert rows[0] | {"audio": str(odd)} == rows[1]


def test_a_name_does_not_depend_on_what_else_is_given(
    transcribe, clips: Path, recognizer: Recognizer
) -> None:
    shutil.copy(clips / "b.flac", clips / "a.flac")
    assert transcribe("clips/a.wav", "-o", "out").exit_code == 0
    result = transcribe("clips/a.flac", "-o", "out", "--skip-existing")
    assert (result.exit_code, result.stderr) == (0, "")
    for name in ("a.wav", "a.flac"):
        assert Path(f"out/{name}.txt").read_text() == recognizer.transcribe(clips / name).text + "\n"
    result = transcribe("clips", "-o", "out", "--skip-existing")
    assert (result.exit_code, result.stderr) == (0, "2 of 4 are there already\n")
    names = sorted(str(p.relative_to("out")) for p in Path("out").rglob("*.txt"))
    assert names == ["a.flac.txt", "a.wav.txt", "b.flac.txt", "more/c.wav.txt"]


def test_names_that_clash_are_refused(transcribe, clips: Path) -> None:
    shutil.copy(clips / "a.wav", clips / "more" / "a.wav")
    result = transcribe("clips/a.wav", "clips/more/a.wav", "-o", "out")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: clips/a.wav and clips/more/a.wav would both be written to out/a.wav.txt; "
        "give the folder above them, or run them one after the other with a folder each\n"
    )
    assert not Path("out").exists()


def test_where_inputs_lie(clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clips)
    found = find_inputs(["../clips/**/*.wav", "-", "gone.wav", "b.flac"])
    assert [(str(one.path), str(one.relative)) for one in found] == [
        ("../clips/a.wav", "a.wav"),
        ("../clips/more/c.wav", "more/c.wav"),
        ("-", "stdin"),
        ("gone.wav", "gone.wav"),
        ("b.flac", "b.flac"),
    ]
    assert str(find_inputs(["m*/../../clips/a.wav"])[0].relative) == "a.wav"


def test_skip_existing(transcribe, clips: Path) -> None:
    (clips / "d.wav").write_bytes(b"RIFF")
    assert transcribe("clips", "-o", "out", "-f", "json").exit_code == 1
    assert json.loads(Path("out/d.wav.json").read_text())["text"] is None
    times = {path: path.stat().st_mtime_ns for path in Path("out").rglob("*.json")}
    shutil.copy(clips / "a.wav", clips / "d.wav")
    result = transcribe("clips", "-o", "out", "-f", "json", "--skip-existing")
    assert (result.exit_code, result.stderr) == (0, "3 of 4 are there already\n")
    changed = [path for path, when in times.items() if path.stat().st_mtime_ns != when]
    assert changed == [Path("out/d.wav.json")]
    result = transcribe("clips", "-o", "out", "-f", "json", "--skip-existing")
    assert (result.exit_code, result.stderr) == (0, "4 of 4 are there already\n")


def test_a_folder_that_cannot_be_made(transcribe, clips: Path) -> None:
    result = transcribe("clips", "-o", "clips/a.wav/out")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: cannot make the folder clips/a.wav/out: Not a directory; "
        "its parent is no folder; choose another\n"
    )
    result = transcribe("clips", "-o", "clips/a.wav")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: cannot make the folder clips/a.wav: File exists; "
        "there is a file of that name; choose another name\n",
    )


def test_a_full_disk_ends_it_and_keeps_what_is_there(
    transcribe, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from speechlstm.cli import outputs

    def full(path: Path, text: str) -> None:
        if path.name == "b.flac.txt":
            raise OutputError(f"cannot write {path}: No space left on device; free some space")
        path.write_text(text)

    monkeypatch.setattr(outputs, "write_atomically", full)
    result = transcribe("clips", "-o", "out")
    assert result.exit_code == 1
    assert "b.flac.txt" not in os.listdir("out") and "a.wav.txt" in os.listdir("out")
    assert result.stderr == "Error: cannot write out/b.flac.txt: No space left on device; free some space\n"


def test_a_small_disk(transcribe, clips: Path, disk: Disk) -> None:
    folder = disk(64)
    for i in range(40):
        shutil.copy(clips / "a.wav", clips / f"a{i}.wav")
    result = transcribe("clips", "-o", folder, "-f", "json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: cannot write {folder}/")
    assert result.stderr.endswith("No space left on device; free some space there or choose another folder\n")
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert written and all(json.loads(path.read_text())["error"] is None for path in written)


def test_several_files_are_named(transcribe, clips: Path, recognizer: Recognizer) -> None:
    names = ["clips/a.wav", "clips/b.flac", "clips/more/c.wav"]
    texts = {name: recognizer.transcribe(name).text for name in names}
    assert transcribe("clips").stdout == "".join(f"{name}: {texts[name]}\n" for name in names)
    assert transcribe("clips/*.flac").stdout == f"clips/b.flac: {texts['clips/b.flac']}\n"
    assert transcribe("clips/more/c.wav", "clips/a.wav", "clips/a.wav").stdout == (
        f"clips/more/c.wav: {texts['clips/more/c.wav']}\nclips/a.wav: {texts['clips/a.wav']}\n"
    )


def test_several_files_as_json_are_a_list_and_as_jsonl_lines(transcribe, clips: Path) -> None:
    rows = json.loads(transcribe("clips", "-f", "json").stdout)
    assert [row["audio"] for row in rows] == ["clips/a.wav", "clips/b.flac", "clips/more/c.wav"]
    assert [json.loads(line) for line in transcribe("clips", "-f", "jsonl").stdout.splitlines()] == rows
    assert json.loads(transcribe("clips/*.flac", "-f", "json").stdout) == rows[1:2]


def test_several_files_as_a_table_have_one_header(transcribe, clips: Path) -> None:
    lines = transcribe("clips", "-f", "tsv").stdout.splitlines()
    assert lines[0] == "audio\tstart\tend\tword\tconf"
    assert {line.split("\t")[0] for line in lines[1:]} == {"clips/a.wav", "clips/b.flac", "clips/more/c.wav"}
    assert {len(line.split("\t")) for line in lines} == {5}


@pytest.mark.parametrize("name", ["srt", "vtt", "textgrid"])
def test_formats_of_one_file_refuse_several(transcribe, clips: Path, name: str) -> None:
    result = transcribe("clips", "-f", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        f"Error: {name} holds one file only, these may be several; give a folder with -o DIR" in result.stderr
    )
