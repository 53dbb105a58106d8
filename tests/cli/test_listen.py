import errno
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from handwriting import make_pen_bundle
from heard import events, final_words, raw

from speechlstm.cli.main import cli
from speechlstm.recognizer import Recognizer


def test_a_file_gives_the_words_of_transcribe(listen: Any, sound: Path, words: list[str]) -> None:
    result = listen("--input", sound)
    assert result.exit_code == 0
    assert result.stdout.split() == words
    first, delay, stop, end = result.stderr.splitlines()
    assert first == f"listening to {sound} at 16000 Hz with tiny, latency balanced"
    assert delay == "algorithmic delay 674 ms: 555 ms of the model, 119 ms of resampling"
    assert stop == "Ctrl+C to stop"
    assert end.startswith("heard 8.0 s: real-time factor 0.")
    assert end.endswith(", overflows 0, dropped samples 0")


def test_json_lines(listen: Any, sound: Path, tiny_bundle: Path, words: list[str]) -> None:
    result = listen("--input", sound, "-f", "jsonl", "--latency", "balanced")
    assert final_words(result.stdout) == words
    lines = events(result.stdout)
    assert {tuple(line) for line in lines} == {("partial",), ("text", "result")}
    heard = [word for line in lines if "result" in line for word in line["result"]]
    expected = Recognizer.load(tiny_bundle).transcribe(sound).words
    np.testing.assert_allclose(
        [(w["start"], w["end"], w["conf"]) for w in heard],
        [(w.start_samples / 8_000, w.end_samples / 8_000, w.confidence) for w in expected],
        atol=0.002,
    )


def test_final_words_only(listen: Any, sound: Path, words: list[str]) -> None:
    result = listen("--input", sound, "-f", "jsonl", "--no-partials")
    assert final_words(result.stdout) == words
    assert all("text" in event for event in events(result.stdout))


@pytest.mark.parametrize(
    ("samples", "told"),
    [
        (np.zeros(8_000), "holds only silence"),
        (np.full(8_000, 1000.0), "has samples up to 1e+03, far outside -1..1; is it scaled?"),
        (np.full(8_000, 0.5), None),
    ],
)
def test_silence_and_sound_out_of_scale_are_told_of(
    listen: Any, tmp_path: Path, samples: np.ndarray, told: str | None
) -> None:
    path = tmp_path / "odd.wav"
    soundfile.write(path, samples, 8_000, subtype="FLOAT")
    result = listen("--input", path)
    warnings = [line for line in result.stderr.splitlines() if line.startswith("Warning")]
    assert warnings == ([f"Warning: {path}: {told}"] if told else [])
    assert result.exit_code == 0


def test_stats(listen: Any, sound: Path, words: list[str]) -> None:
    *_, last = listen("--input", sound, "--stats").stderr.splitlines()
    assert re.match(rf"words {len(words)}, processing \d\.\d+ s, longest step ", last)
    assert last.endswith(" ms, reconnections 0")


@pytest.mark.parametrize(
    ("is_wav", "options"),
    # a WAV knows its rate better
    [(True, []), (True, ["--sample-rate", 44_100]), (False, ["--sample-rate", 16_000])],
)
def test_a_pipe_gives_the_words_of_transcribe(
    listen: Any, sound: Path, words: list[str], is_wav: bool, options: list[Any]
) -> None:
    result = listen(
        "--input", "-", "-f", "jsonl", *options, input=sound.read_bytes() if is_wav else raw(sound)
    )
    assert (result.exit_code, final_words(result.stdout)) == (0, words)
    assert result.stderr.startswith("listening to standard input at 16000 Hz with tiny")
    assert "algorithmic delay 674 ms: 555 ms of the model, 119 ms of resampling" in result.stderr


@pytest.mark.parametrize("is_piped", [True, False])
def test_a_wav_cut_short_is_told_of(listen: Any, sound: Path, tmp_path: Path, is_piped: bool) -> None:
    (tmp_path / "cut.wav").write_bytes(cut := sound.read_bytes()[: 44 + 2 * 16_000 * 3])
    result = listen("--input", "-", input=cut) if is_piped else listen("--input", tmp_path / "cut.wav")
    name = "standard input" if is_piped else tmp_path / "cut.wav"
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1] == f"Warning: {name}: is cut short: 3.00 of 8.00 s"


def test_the_recording_gives_the_same_words(listen: Any, sound: Path, tmp_path: Path) -> None:
    heard, again = tmp_path / "heard.wav", tmp_path / "again.wav"
    listen("--input", sound, "--save-audio", heard)
    assert soundfile.info(heard).samplerate == 8_000
    assert soundfile.info(heard).frames == 64_000
    # random weights may take a rounding to 16 bits for another word: sound that has it needs none
    result = listen("--input", heard, "--save-audio", again)
    assert again.read_bytes() == heard.read_bytes()
    assert len(result.stdout.split()) > 10
    assert listen("--input", again).stdout == result.stdout


def test_a_recording_on_a_full_disk(
    listen: Any, sound: Path, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_writes = 0

    def write(file: Any, data: Any) -> None:
        nonlocal n_writes
        n_writes += 1
        if n_writes > 60:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        file.write(data)

    monkeypatch.setattr("speechlstm.sources.recording._write_all", write)
    result = listen("--input", sound, "--save-audio", tmp_path / "heard.wav")
    assert result.exit_code == 1
    assert 3 < len(result.stdout.split()) < len(words)
    assert "heard.wav: writing failed (No space left on device) after" in result.stderr


def test_a_recording_that_cannot_be_made(listen: Any, sound: Path, tmp_path: Path) -> None:
    result = listen("--input", sound, "--save-audio", tmp_path / "none" / "heard.wav")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "heard.wav: cannot be written (No such file or directory); give a file" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--real-time"], "give --input"),
        (["--channel", "0"], "give --input"),
        (["--input", "a.wav", "-d", "usb"], "leave --input out"),
        (["--input", "-", "--reconnect"], "leave --input out"),
        (["--input", "a.wav", "--sample-rate", "8000"], "give --input -"),
        (["--sample-rate", "8000"], "give --input -"),
        (["--baud", "9600"], "give --serial"),
        (["--overwrite"], "is for --save-audio"),
        (["-f", "srt"], "'srt' is not one of 'text', 'jsonl'"),
    ],
)
def test_options_that_do_not_go_together(listen: Any, arguments: list[str], message: str) -> None:
    result = listen(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_recording_does_not_overwrite_the_input(listen: Any, sound: Path) -> None:
    size = sound.stat().st_size
    result = listen("--input", sound, "--save-audio", sound)
    assert (result.exit_code, sound.stat().st_size) == (2, size)
    assert "--save-audio would overwrite --input" in result.stderr


def test_an_earlier_recording_is_kept(listen: Any, sound: Path, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    heard.write_bytes(b"what was said yesterday")
    refused = listen("--input", sound, "--save-audio", heard)
    assert (refused.exit_code, heard.read_bytes()) == (2, b"what was said yesterday")
    assert "heard.wav: is there already; give another name, or --overwrite" in refused.stderr
    assert listen("--input", sound, "--save-audio", heard, "--overwrite").exit_code == 0
    assert soundfile.info(heard).frames == 64_000
    # as mktemp leaves it
    heard.write_bytes(b"")
    assert listen("--input", sound, "--save-audio", heard).exit_code == 0


@pytest.mark.parametrize("name", ["heard.flac", "-", "heard"])
def test_a_recording_is_a_wav(listen: Any, sound: Path, name: str) -> None:
    result = listen("--input", sound, "--save-audio", name)
    assert result.exit_code == 2 and "what is kept is a WAV; give a name that ends in .wav" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "none.wav"], "Error: none.wav: no such file; check the name\n"),
        (["--input", "-"], "standard input: holds no sound (0 samples)"),
        (["--input", "."], "Error: .: is a folder, expected a file; name one of the files in it\n"),
        (["--input", ""], "Error: an empty path, expected a file"),
        (["--input", "-", "-m", "none"], "Error: no model 'none'"),
    ],
)
def test_mistakes(listen: Any, arguments: list[str], message: str) -> None:
    result = listen(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr


def test_help_has_an_example(listen: Any) -> None:
    assert "  speechlstm listen --input samples/digits.wav --real-time\n" in listen("-h").stdout


def test_utterances_are_lines(listen: Any, sound: Path, words: list[str]) -> None:
    plain = listen("--input", sound, "--endpoint-silence-s", "0.03", "--endpoint-max-s", "0.5")
    assert plain.exit_code == 0
    assert plain.stdout.split() == words
    told = listen("--input", sound, "-f", "jsonl", "--endpoint-silence-s", "0.03", "--endpoint-max-s", "0.5")
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    utterances = [line for line in lines if "text" in line]
    assert [one["text"] for one in utterances] == plain.stdout.splitlines()
    assert len(utterances) > 3
    assert all(set(one) == {"text", "conf", "result"} for one in utterances)
    assert all(set(line) <= {"text", "conf", "result", "partial"} for line in lines)
    longer = listen("--input", sound, "--endpoint", "long").stdout.splitlines()
    assert len(longer) < len(utterances)
    assert " ".join(longer).split() == words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--endpoint", "brief"], "'brief' is not one of 'short', 'default', 'long'"),
        (["--endpoint-silence-s", "0"], "--endpoint-silence-s"),
        (["--endpoint-max-s", "-1"], "--endpoint-max-s"),
        (["--endpoint-silence-s", "soon"], "'soon' is not a valid float"),
        (
            ["--endpoint-silence-s", "nan"],
            "Invalid value for '--endpoint-silence-s': nan is no finite number",
        ),
        (["--endpoint-max-s", "inf"], "Invalid value for '--endpoint-max-s': inf is no finite number"),
        (["--sensitivity", "nan"], "Invalid value for '--sensitivity': nan is no finite number"),
    ],
)
def test_endpoints_that_cannot_be(listen: Any, sound: Path, options: list[str], message: str) -> None:
    result = listen("--input", sound, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_sensor_has_no_endpoint() -> None:
    root = Path(__file__).parents[2]
    command = [
        "listen",
        "-m",
        str(root / "models" / "activity"),
        "--input",
        str(root / "samples" / "wrist.csv"),
    ]
    result = CliRunner().invoke(cli, [*command, "--endpoint", "short"])
    assert result.exit_code == 1
    told = "Error: an endpoint is for models of words; activity decodes by 'segments'"
    assert result.stderr.startswith(told), "before it listens"


def test_what_cannot_be_looked_into_is_told_before_it_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speechlstm.cli.live_picture.require_terminal", lambda format_name: None)
    (tmp_path / "a.csv").write_text("x,y,pen\n1,2,1\n")
    command = ["listen", "-m", make_pen_bundle(tmp_path / "pen"), "--input", tmp_path / "a.csv", "--inspect"]
    result = CliRunner().invoke(cli, list(map(str, command)))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: pen reads a pen")
