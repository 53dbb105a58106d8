import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from tiny import speechlike

from speechlstm.cli.main import cli
from speechlstm.errors import SoundWarning
from speechlstm.recognizer import Recognizer
from speechlstm.sinks.formats import FORMATS

RULES = ["--endpoint-silence-s", "0.03", "--endpoint-max-s", "0.5"]


def test_one_file_is_its_text(transcribe, clips: Path, recognizer: Recognizer) -> None:
    result = transcribe("clips/a.wav")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == recognizer.transcribe(clips / "a.wav").text + "\n"
    assert len(result.stdout.split()) > 3


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_of_one_file(transcribe, clips: Path, recognizer: Recognizer, name: str) -> None:
    result = transcribe("clips/a.wav", "-f", name)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == FORMATS[name].write(recognizer.transcribe(clips / "a.wav"), "clips/a.wav")


def test_bad_files_are_rows_and_lines_and_the_rest_runs(transcribe, clips: Path) -> None:
    (clips / "corrupt.wav").write_bytes(b"RIFF but no sound" * 99)
    (clips / "empty.wav").touch()
    soundfile.write(clips / "nan.wav", np.full(8000, np.nan, np.float32), 8000, subtype="FLOAT")
    soundfile.write(clips / "short.wav", np.full(20, 0.1), 8000)
    soundfile.write(clips / "silent.wav", np.zeros(8000), 8000)
    result = transcribe("clips", "gone.wav", "-f", "jsonl", "--jobs", "2")
    assert result.exit_code == 1
    rows = {row["audio"]: row for row in map(json.loads, result.stdout.splitlines())}
    failed = {name for name, row in rows.items() if row["error"]}
    assert failed == {"clips/corrupt.wav", "clips/empty.wav", "clips/nan.wav", "gone.wav"}
    assert len(rows) == 9 and all(rows[name]["text"] is None for name in failed)
    assert rows["clips/silent.wav"]["warning"] == "clips/silent.wav: holds only silence"
    assert rows["clips/short.wav"]["warning"] == "clips/short.wav: is shorter than one frame of 25 ms"
    assert "warning" not in rows["clips/a.wav"]
    told = result.stderr.splitlines()
    assert told[-1] == "4 of 9 failed"
    assert sorted(told[:-1]) == sorted(
        [f"Error: {rows[name]['error']}" for name in failed]
        + [f"Warning: {rows[f'clips/{name}.wav']['warning']}" for name in ("short", "silent")]
    )


def test_a_warning_alone_is_no_failure(transcribe, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(8000), 8000)
    result = transcribe("silent.wav", "-o", "out")
    assert (result.exit_code, result.stderr) == (1, "Warning: silent.wav: holds only silence\n")
    assert Path("out/silent.wav.txt").is_file()


def test_a_wav_cut_short_is_worth_a_warning(transcribe, clips: Path, recognizer: Recognizer) -> None:
    (clips / "a.wav").write_bytes((clips / "a.wav").read_bytes()[: 44 + 2 * 6000])
    result = transcribe("clips/a.wav", "-f", "json")
    assert (result.exit_code, result.stderr) == (1, "Warning: clips/a.wav: is cut short: 0.75 of 1.50 s\n")
    row = json.loads(result.stdout)
    with pytest.warns(SoundWarning, match="is cut short: 0.75 of 1.50 s"):
        alone = recognizer.transcribe(clips / "a.wav")
    assert (row["text"], row["duration"]) == (alone.text, 0.75)
    assert row["warning"] == "clips/a.wav: is cut short: 0.75 of 1.50 s"


def test_standard_input_raw_and_wav(transcribe, clips: Path, recognizer: Recognizer) -> None:
    expected = recognizer.transcribe(clips / "b.flac").text + "\n"
    samples, _ = soundfile.read(clips / "b.flac", dtype="int16")
    assert transcribe("-", "--sample-rate", "16000", input=samples.astype("<i2").tobytes()).stdout == expected
    soundfile.write("b.wav", samples, 16_000)
    assert transcribe("-", input=Path("b.wav").read_bytes()).stdout == expected
    result = transcribe("-", "clips/a.wav", "-o", "out", input=Path("b.wav").read_bytes())
    assert (result.exit_code, Path("out/stdin.txt").read_text()) == (0, expected)


def test_standard_input_that_is_no_sound(transcribe) -> None:
    result = transcribe("-", input=b"")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: standard input: holds no sound (0 samples)")


def test_standard_input_that_is_closed(transcribe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speechlstm.sources.standard_input.sys", SimpleNamespace(stdin=None))
    result = transcribe("-")
    assert result.exit_code == 1
    told = "Error: standard input is closed; pipe some sound in\n1 of 1 failed\n"
    assert result.stderr == told


def test_a_folder_without_sound_and_an_empty_path(transcribe, clips: Path) -> None:
    (clips / "none").mkdir()
    result = transcribe("clips/none", "clips/a.wav")
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 1)
    told, n_failed = result.stderr.splitlines()
    assert told.startswith("Error: clips/none: is a folder without sound files, expected some in it (.aif, ")
    assert n_failed == "1 of 2 failed"
    result = transcribe("clips/a.wav", "")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: an empty path, expected a file, a folder or a pattern; is a variable unset?\n"
    )


def test_channel(transcribe, tmp_path: Path, recognizer: Recognizer) -> None:
    sound = np.stack([speechlike(8000, seed=1), speechlike(8000, seed=2)], 1)
    soundfile.write("two.wav", sound, 8000, subtype="FLOAT")
    assert transcribe("two.wav", "--channel", "1").stdout == recognizer.transcribe(sound[:, 1]).text + "\n"
    assert transcribe("two.wav", "--channel", "2").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clips", "--skip-existing"], "--skip-existing needs a folder to look in"),
        (["clips", "--sample-rate", "8000"], "--sample-rate is for raw sound on standard input"),
        (["clips", "-o", "a.srt"], "but a.srt reads as a file; write `-f srt > a.srt`, or a.srt/"),
        (["clips", "--jobs", "0"], "Invalid value for '-j'"),
        ([], "Missing argument 'PATH...'"),
    ],
)
def test_wrong_use(transcribe, clips: Path, arguments: list[str], message: str) -> None:
    result = transcribe(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_damaged_model(transcribe, clips: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_bundle, tmp_path / "damaged")
    with (tmp_path / "damaged" / "model.onnx").open("ab") as file:
        file.write(b"!")
    result = transcribe("clips", "-m", "damaged")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: damaged/model.onnx was altered or damaged")


def test_a_bar_on_a_terminal_only(transcribe, clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # so that rich takes the stand-in for a terminal
    told = {}
    for is_terminal in (True, False):
        monkeypatch.setattr("speechlstm.cli.progress.is_terminal", lambda stream, x=is_terminal: x)
        result = transcribe("clips", "gone.wav", "-o", "out")
        assert result.exit_code == 1
        assert "Error: gone.wav: no such file; check the name" in result.stderr
        told[is_terminal] = result.stderr
    assert "━" in told[True] and "4/4" in told[True]
    assert told[False].splitlines() == ["Error: gone.wav: no such file; check the name", "1 of 4 failed"]


def test_sound_far_out_of_scale_is_told(tmp_path: Path, tiny_bundle: Path) -> None:
    path = tmp_path / "loud.wav"
    soundfile.write(path, np.full(8_000, 32_767, np.float32), 8_000, subtype="FLOAT")
    result = CliRunner().invoke(cli, ["transcribe", "-m", str(tiny_bundle), str(path)])
    assert result.exit_code == 1
    assert f"Warning: {path}: has samples up to 3.28e+04, far outside -1..1; is it scaled?" in result.stderr


def utterances_live(tiny_bundle: Path, sound: Path) -> list[dict[str, object]]:
    """As ``listen`` gives them."""
    command = [
        "listen",
        "-m",
        str(tiny_bundle),
        "--input",
        str(sound),
        "-f",
        "jsonl",
        "--no-partials",
        *RULES,
    ]
    return [json.loads(line) for line in CliRunner().invoke(cli, command).stdout.splitlines()]


def test_utterances_are_those_of_listen(transcribe, tiny_bundle: Path, clips: Path) -> None:
    live = utterances_live(tiny_bundle, clips / "b.flac")
    assert len(live) > 2
    row = json.loads(transcribe("clips/b.flac", "-f", "jsonl", *RULES).stdout)
    assert row["utterances"] == live
    texts = [one["text"] for one in live]
    assert transcribe("clips/b.flac", *RULES).stdout.splitlines() == texts
    captions = transcribe("clips/b.flac", "-f", "vtt", *RULES).stdout
    assert [line for line in captions.splitlines()[2:] if line and "-->" not in line] == texts
    header, *table = transcribe("clips/b.flac", "-f", "tsv", *RULES).stdout.splitlines()
    assert header == "start\tend\tutterance\tconf"
    assert [line.split("\t")[2] for line in table] == texts
    assert float(table[0].split("\t")[0]) == live[0]["result"][0]["start"]  # type: ignore[index]
    assert "utterances" not in json.loads(transcribe("clips/b.flac", "-f", "jsonl").stdout)


def test_utterances_of_several_files_are_told_apart(transcribe, tiny_bundle: Path, clips: Path) -> None:
    live = {name: utterances_live(tiny_bundle, clips / name) for name in ("a.wav", "b.flac")}
    lines = transcribe("clips/a.wav", "clips/b.flac", *RULES).stdout.splitlines()
    assert lines == [f"clips/{name}: {one['text']}" for name, found in live.items() for one in found]
    header, *table = transcribe("clips/a.wav", "clips/b.flac", "-f", "tsv", *RULES).stdout.splitlines()
    assert header == "audio\tstart\tend\tutterance\tconf"
    assert len(table) == len(lines)
    transcribe("clips", "-o", "out", *RULES)
    assert Path("out/b.flac.txt").read_text().splitlines() == [one["text"] for one in live["b.flac"]]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["-f", "ctm", "--endpoint", "short"], 2, "ctm holds words, no utterances; leave --endpoint out"),
        (["-f", "textgrid", "--endpoint-max-s", "3"], 2, "textgrid holds words, no utterances"),
        (["--endpoint", "brief"], 2, "'brief' is not one of 'short', 'default', 'long'"),
        (["--endpoint-silence-s", "0"], 2, "--endpoint-silence-s"),
        (
            ["-m", "activity", "--endpoint", "short"],
            1,
            "an endpoint is for models of words; activity decodes",
        ),
    ],
)
def test_endpoints_that_cannot_be(
    transcribe, clips: Path, options: list[str], code: int, message: str
) -> None:
    result = transcribe("clips/a.wav", *options)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
