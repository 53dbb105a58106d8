"""A sensor's records through all that sound goes through: file, pipe and live are one answer."""

import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from browser import Browser
from click.testing import CliRunner
from contract import verify_contract
from wrist import LABELS, make_wrist_bundle, record, write_wrist

from speechlstm.cli.main import cli
from speechlstm.cli.measure.recordings import measure
from speechlstm.cli.measure.request import Request
from speechlstm.data.recordings import SensorFile, read_sensor_manifest
from speechlstm.errors import AudioError, ConfigError
from speechlstm.evaluation.segments.evaluate import evaluate_recordings
from speechlstm.evaluation.segments.scorer import SegmentResult
from speechlstm.live import Listener
from speechlstm.messages import Gap, later
from speechlstm.recognizer import Recognizer
from speechlstm.sinks.json_lines import JsonLinesSink
from speechlstm.sources.record_file import record_files
from speechlstm.survey.table import is_records

SAMPLES = record(11, n_pieces=6)[0]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_wrist_bundle(tmp_path_factory.mktemp("models") / "wrist")


@pytest.fixture(scope="module")
def recognizer(bundle: Path) -> Recognizer:
    return Recognizer.load(bundle)


@pytest.fixture(scope="module")
def wrist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wrist(tmp_path_factory.mktemp("data") / "wrist")


def test_the_test_is_not_empty(recognizer: Recognizer) -> None:
    words = recognizer.transcribe(SAMPLES).words
    assert len(words) >= 3 and len({word.text for word in words}) >= 2


def test_contract(recognizer: Recognizer) -> None:
    verify_contract(recognizer.chain, SAMPLES[:150], atol=1e-4, n_examples=10, counted=False)


def test_a_gap_begins_anew_and_times_go_on(recognizer: Recognizer) -> None:
    first, second = recognizer.transcribe(SAMPLES[:200]), recognizer.transcribe(SAMPLES[200:])
    both = recognizer.transcribe_chunks([SAMPLES[:50], SAMPLES[50:200], Gap(70), SAMPLES[200:]])
    assert both.words == (*first.words, *(later(word, 270) for word in second.words))
    assert both.n_samples == len(SAMPLES) + 70


def test_live_with_a_gap_is_what_a_file_gives(recognizer: Recognizer) -> None:
    items, out = [SAMPLES[:50], SAMPLES[50:200], Gap(70), SAMPLES[200:]], io.StringIO()
    listener = Listener(
        recognizer, items, JsonLinesSink(out, sample_rate_hz=20, kind="segments"), partials=False
    )
    listener.run()
    heard = [json.loads(line) for line in out.getvalue().splitlines()]
    words = recognizer.transcribe_chunks(items).words
    assert [(row["label"], row["start"], row["end"]) for row in heard] == [
        (word.text, word.start_samples / 20, word.end_samples / 20) for word in words
    ]
    assert listener.stats.n_samples == len(SAMPLES) + 70


def test_samples_that_cannot_be(recognizer: Recognizer) -> None:
    with pytest.raises(AudioError, match=r"expected samples \[n, 2\], got an array of shape \(5, 3\)"):
        recognizer.transcribe(np.zeros((5, 3), np.float32))
    with pytest.raises(ConfigError, match="wrist hears its sensor at 20 Hz, got 50; resample"):
        recognizer.transcribe(SAMPLES, sample_rate_hz=50)
    with pytest.raises(ConfigError, match=r"wrist hears x, y, not one channel"):
        recognizer.transcribe("0.csv", channel=0)


def test_commands_file_and_pipe_agree(bundle: Path, wrist: Path) -> None:
    file = wrist / "0.csv"
    told = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), "-f", "jsonl", str(file)])
    assert (told.exit_code, told.stderr) == (0, "")
    segments = json.loads(told.stdout)["segments"]
    command = [sys.executable, "-m", "speechlstm", "listen", "-m", str(bundle), "--input", "-", "-f", "jsonl"]
    with file.open("rb") as records:
        heard = subprocess.run(command, stdin=records, capture_output=True, text=True, check=True)
    live = [row for line in heard.stdout.splitlines() if "label" in (row := json.loads(line))]
    assert live == segments
    assert len(live) >= 2


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_an_interrupt_is_heeded_by_records_in_real_time(bundle: Path, wrist: Path) -> None:
    """All records of a file come at once; what has not been heard by then is left."""
    command = [sys.executable, "-m", "speechlstm", "listen", "-m", str(bundle), "--real-time", "--input"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, str(wrist / "0.csv")], **pipes, text=True) as process:
        while process.stderr.readline() != "Ctrl+C to stop\n":
            pass
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        began_s = time.monotonic()
        (end,) = process.stderr.read().splitlines()
        took_s = time.monotonic() - began_s
        assert process.wait(10) == 0
    assert took_s < 2, "a machine may be busy; the recording lasts longer than 10 s"
    assert 0 < float(end.removeprefix("heard ").split(" s: ")[0]) < 3


def test_a_stream_that_ends_within_a_frame_has_the_times_of_its_file(bundle: Path, wrist: Path) -> None:
    """The last segment ends with the records, not with the frame that they do not fill."""
    lines = (wrist / "0.csv").read_text().splitlines(keepends=True)
    n_records = (len(lines) - 1) // 4 * 4 - 1
    records = "".join(lines[: 1 + n_records])
    told = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), "-f", "jsonl", "-"], input=records)
    options = ["--input", "-", "-f", "jsonl", "--no-partials"]
    heard = CliRunner().invoke(cli, ["listen", "-m", str(bundle), *options], input=records)
    assert (told.exit_code, heard.exit_code) == (0, 0)
    assert f'"end": {n_records / 20}, ' in told.stdout.replace("}", ", ")
    assert f'"end": {n_records / 20}, ' in heard.stdout.replace("}", ", ")


def test_columns_of_a_file_without_header(
    bundle: Path, wrist: Path, tmp_path: Path, tiny_bundle: Path
) -> None:
    file = tmp_path / "bare.csv"
    file.write_text((wrist / "0.csv").read_text().partition("\n")[2])
    result = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), str(file)])
    assert result.exit_code == 1
    assert "name its columns with --columns, as --columns time_s,x,y" in result.stderr
    named = ["--columns", "time_s,x,y,label"]
    result = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), str(file), *named])
    whole = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), str(wrist / "0.csv")])
    assert (result.exit_code, result.stdout) == (0, whole.stdout)
    rate = ["--sample-rate", "50"]
    result = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), "-", *rate], input=file.read_text())
    assert (result.exit_code, "--sample-rate is for raw sound; wrist hears none" in result.stderr) == (
        2,
        True,
    )
    result = CliRunner().invoke(cli, ["transcribe", "-m", str(tiny_bundle), str(file), *named])
    assert "tiny hears sound, which has no columns; leave them out" in result.stderr


def test_a_folder_of_records(bundle: Path, wrist: Path, tmp_path: Path) -> None:
    """Each is answered, and what goes wrong with one has a row of the same shape."""
    folder = shutil.copytree(wrist, tmp_path / "wrist")
    (folder / "torn.csv").write_text("time_s,x\n0.0,1.0\n")
    result = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), "-f", "json", str(folder)])
    assert (result.exit_code, result.stderr.count("Error: ")) == (1, 1)
    rows = json.loads(result.stdout)
    assert [Path(row["data"]).name for row in rows] == [*(f"{i}.csv" for i in range(6)), "torn.csv"]
    assert all(set(row) == {"data", "duration", "segments", "error"} for row in rows[:-1])
    assert all(set(one) == {"label", "start", "end", "conf"} for row in rows for one in row["segments"])
    assert set(rows[-1]) == set(rows[0]) and "has no column y" in rows[-1]["error"]
    table = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), "-f", "tsv", str(folder)])
    assert table.stdout.splitlines()[0] == "data\tstart\tend\tlabel\tconf"
    n_segments = sum(len(row["segments"]) for row in rows)
    assert len(table.stdout.splitlines()) == 1 + n_segments


def test_a_label_that_the_model_does_not_know_fails_its_recording_alone(
    recognizer: Recognizer, wrist: Path, tmp_path: Path
) -> None:
    head, first, *lines = (wrist / "0.csv").read_text().splitlines(keepends=True)
    strange = tmp_path / "strange.csv"
    strange.write_text("".join([head, first.rpartition(",")[0] + ",swim\n", *lines]))
    results: list[SegmentResult] = []
    files = [SensorFile(strange), SensorFile(wrist / "1.csv")]
    evaluation = evaluate_recordings(recognizer, files, progress=results.append)
    assert (evaluation.n_recordings, evaluation.n_failed) == (1, 1)
    assert "strange.csv: unknown key 'swim' in the labels of the model" in (results[0].error or "")


def test_a_folder_without_records(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_text('{"data": "a.csv"}\n')
    (tmp_path / "a.wav").touch()
    result = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), str(tmp_path)])
    assert result.exit_code == 1
    assert f"{tmp_path}: is a folder without files of records, expected some in it (.csv, .csv.gz, " in (
        result.stderr
    )


def test_logs_in_text_files_are_heard_and_what_is_for_people_is_not(bundle: Path, tmp_path: Path) -> None:
    write_wrist(tmp_path, n_files=2)
    (tmp_path / "0.csv").rename(tmp_path / "0.TXT")
    (tmp_path / "1.csv").rename(tmp_path / "1.log")
    (tmp_path / "README.txt").write_text("recorded by us\n")
    (tmp_path / "manifest.jsonl").rename(tmp_path / "manifest.jsonl.gz")
    assert record_files(tmp_path) == [tmp_path / "0.TXT"]
    assert is_records(tmp_path / "0.TXT")
    result = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), str(tmp_path)])
    assert (result.exit_code, result.stderr) == (0, "")
    # beside others such files are notes
    (tmp_path / "a.csv").touch()
    assert record_files(tmp_path) == [tmp_path / "a.csv"]


def test_a_folder_is_measured_through_its_list_packed_or_not(recognizer: Recognizer, tmp_path: Path) -> None:
    write_wrist(tmp_path, n_files=3)
    (plain := tmp_path / "manifest.jsonl").with_suffix(".jsonl.gz").write_bytes(
        gzip.compress(plain.read_bytes())
    )
    plain.unlink()
    assert [file.subject for file in read_sensor_manifest(tmp_path)] == ["s0", "s1", "s2"]
    _, n_measured = measure(recognizer, Request(tmp_path, split="validation"))
    assert n_measured == 1


def test_a_microphone_is_no_sensor(bundle: Path) -> None:
    result = CliRunner().invoke(cli, ["listen", "-m", str(bundle)])
    assert result.exit_code == 2
    assert "wrist hears a sensor, not a microphone; give its records with one of --input, " in result.stderr


def test_sound_is_no_sensor(tiny_bundle: Path) -> None:
    result = CliRunner().invoke(cli, ["listen", "-m", str(tiny_bundle), "--mqtt", "mqtt://localhost/a"])
    assert result.exit_code == 2
    assert "--mqtt, --serial and --columns are for a sensor; tiny hears sound" in result.stderr


def test_a_serial_port_without_header(bundle: Path, wrist: Path) -> None:
    pty = pytest.importorskip("pty", reason="pseudo-terminals are a thing of POSIX")
    ours, theirs = pty.openpty()
    port = os.ttyname(theirs)
    command = [sys.executable, "-m", "speechlstm", "listen", "-m", str(bundle), "-f", "jsonl"]
    command += ["--serial", port, "--columns", "time_s,x,y,label", "--no-partials"]
    listening = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert listening.stderr is not None
    assert listening.stderr.readline().startswith(f"listening to {port} at 20 Hz with wrist")
    for line in (wrist / "0.csv").read_bytes().splitlines(keepends=True)[1:]:
        os.write(ours, line)
    # what has not been read is lost when the other end is gone
    time.sleep(2)
    listening.send_signal(signal.SIGINT)
    out, _ = listening.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert listening.returncode == 0
    # a pseudo-terminal drops what its buffer does not hold, so the records are not all there
    heard = [json.loads(line)["label"] for line in out.splitlines()]
    assert len(heard) >= 2 and set(heard) <= set(LABELS)


def test_evaluate_in_json(bundle: Path, wrist: Path) -> None:
    result = CliRunner().invoke(cli, ["evaluate", str(bundle), str(wrist), "--speaker", "s1", "--json"])
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert figures["n_recordings"] == 2
    assert 0 <= figures["frame_accuracy"] <= 1


def test_a_plot_of_every_recording(bundle: Path, wrist: Path, tmp_path: Path) -> None:
    plot = tmp_path / "plot.svg"
    command = ["evaluate", str(bundle), str(wrist), "--speaker", "s1", "--plot", str(plot)]
    assert CliRunner().invoke(cli, command).exit_code == 0
    drawings = ElementTree.parse(plot).getroot().findall("{http://www.w3.org/2000/svg}svg")
    titles = [drawing.findtext("{http://www.w3.org/2000/svg}text") for drawing in drawings]
    assert titles == ["1.csv, s1", "4.csv, s1"]
    tops = [int(drawing.get("y", "")) for drawing in drawings]
    assert tops == [0, int(drawings[0].get("height", ""))]
    wrong = CliRunner().invoke(cli, [*command[:-1], str(tmp_path / "plot.png")])
    assert wrong.exit_code == 2 and "ends in .png; expected .svg" in wrong.stderr


def test_a_page_of_segments(bundle: Path, wrist: Path, tmp_path: Path, browser: Browser) -> None:
    page = tmp_path / "report.html"
    command = ["evaluate", str(bundle), str(wrist), "--speaker", "s1", "--report", str(page)]
    result = CliRunner().invoke(cli, [*command, "--json"])
    assert (result.exit_code, result.stderr) == (0, "")
    shown = browser.load(page.read_text())
    assert shown.errors == []
    for name in ("short", "confusions", "classes", "worst"):
        assert f'<section id="{name}">' in shown
    assert [name for name in ("1.csv, s1: ", "4.csv, s1: ") if name not in shown] == []
    accuracy = 100 * json.loads(result.stdout)["frame_accuracy"]
    assert f'<div class="big">{accuracy:.1f} %</div>' in shown


def test_words_have_no_timeline(tiny_bundle: Path, tmp_path: Path) -> None:
    command = ["evaluate", str(tiny_bundle), str(tmp_path), "--plot", str(tmp_path / "a.svg")]
    result = CliRunner().invoke(cli, command)
    assert (
        result.exit_code == 2
        and "--plot draws recordings of a sensor, or what --sweep-latency" in result.stderr
    )


def test_one_kind_of_sensor(bundle: Path, wrist: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(wrist, tmp_path / "wrist")
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    told = [json.dumps(row | {"device": "left" if i < 2 else "right"}) for i, row in enumerate(rows)]
    (folder / "manifest.jsonl").write_text("\n".join(told))
    command = ["evaluate", str(bundle), str(folder), "--json", "--device"]
    assert json.loads(CliRunner().invoke(cli, [*command, "left"]).stdout)["n_recordings"] == 2
    wrong = CliRunner().invoke(cli, [*command, "middle"])
    assert wrong.exit_code == 1
    assert "no recording by middle; the manifest names left, right" in wrong.stderr


def test_figures_go_into_the_card(bundle: Path, wrist: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "wrist")
    result = CliRunner().invoke(cli, ["evaluate", str(copy), str(wrist), "--card", "Made-up wrists"])
    assert (result.exit_code, result.stderr) == (0, "")
    accuracy = (
        100 * json.loads((copy / "card.json").read_text())["metrics"]["Made-up wrists"]["frame_accuracy"]
    )
    assert f"| Made-up wrists | 6 | {accuracy:.1f} % (" in (copy / "README.md").read_text()


def test_doctor_finds_one_answer(bundle: Path, wrist: Path) -> None:
    result = CliRunner().invoke(cli, ["doctor", str(bundle), str(wrist / "0.csv")])
    assert "one answer: largest difference " in result.stdout
    assert "NOT one answer" not in result.stdout


def test_evaluate_takes_labelled_records_themselves(bundle: Path, wrist: Path) -> None:
    """One file is the same whether a list names it or not."""

    def measured(place: Path, *options: str) -> dict[str, object]:
        result = CliRunner().invoke(cli, ["evaluate", str(bundle), str(place), "--json", *options])
        assert result.exit_code == 0, result.stderr
        figures = json.loads(result.stdout)
        return {key: figures[key] for key in ("n_recordings", "frame_accuracy", "confusion", "labelled_s")}

    listed = wrist / "one.jsonl"
    listed.write_text('{"data": "0.csv"}\n')
    try:
        assert measured(wrist / "0.csv") == measured(listed)
    finally:
        listed.unlink()
    bare = wrist.parent / "bare"
    bare.mkdir()
    for i in range(2):
        (bare / f"{i}.csv").write_text((wrist / f"{i}.csv").read_text())
    assert measured(bare)["n_recordings"] == 2
    result = CliRunner().invoke(cli, ["evaluate", str(bundle), str(bare), "--split", "test"])
    assert (result.exit_code, "has no split 'test'; leave it out" in result.stderr) == (1, True)
