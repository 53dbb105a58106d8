"""A series through all that sound goes through, to forecasts: file, pipe and live are one answer."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from contract import verify_contract
from tides import CHANNELS, HORIZON, N_HISTORY, make_tides_bundle, tides, write_tides
from wrist import make_wrist_bundle

from speechlstm.cli.main import cli
from speechlstm.errors import AudioError, ConfigError, DataError
from speechlstm.live import Listener
from speechlstm.messages import Forecast, Gap
from speechlstm.recognizer import Recognizer
from speechlstm.sinks.json_lines import JsonLinesSink
from speechlstm.sinks.terminal import TerminalSink

SAMPLES = tides(90, seed=5)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tides_bundle(tmp_path_factory.mktemp("models") / "tides")


@pytest.fixture(scope="module")
def recognizer(bundle: Path) -> Recognizer:
    return Recognizer.load(bundle)


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tides(tmp_path_factory.mktemp("data") / "tides.csv", SAMPLES)


def command(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def same(a: Forecast, b: Forecast) -> bool:
    return a.n_samples == b.n_samples and np.allclose(a.values, b.values, atol=1e-4)


def test_contract(recognizer: Recognizer) -> None:
    verify_contract(recognizer.chain, SAMPLES[:60], atol=1e-4, n_examples=8, counted=False)


@pytest.mark.parametrize("kind", ["history", "raw"])
def test_nothing_after_now_has_a_part_in_a_forecast(kind: str, tmp_path: Path) -> None:
    recognizer = Recognizer.load(make_tides_bundle(tmp_path / kind, kind=kind))
    other = SAMPLES.copy()
    other[60:] += 9
    pairs = list(zip(recognizer.forecast(SAMPLES), recognizer.forecast(other), strict=True))
    assert len(pairs) == 90 - N_HISTORY + 1
    assert all(same(a, b) for a, b in pairs if a.n_samples <= 60)
    assert not any(same(a, b) for a, b in pairs if a.n_samples > 60)


def test_the_delay_is_none(recognizer: Recognizer) -> None:
    assert recognizer.latency_samples == 0
    stream = recognizer.stream()
    given = [stream.feed(SAMPLES[i : i + 1]) for i in range(90)]
    assert [len(events) for events in given] == [0] * (N_HISTORY - 1) + [1] * (90 - N_HISTORY + 1)
    assert stream.finish() == ()
    for (event,), expected in zip(given[N_HISTORY - 1 :], recognizer.forecast(SAMPLES), strict=True):
        assert isinstance(event, Forecast) and same(event, expected)


def test_after_a_gap_it_begins_anew(recognizer: Recognizer) -> None:
    found = list(recognizer.forecast([SAMPLES[:50], Gap(7), SAMPLES[50:]]))
    anew = list(recognizer.forecast(SAMPLES[50:]))
    assert [one.n_samples for one in found] == [*range(N_HISTORY, 51), *range(57 + N_HISTORY, 98)]
    np.testing.assert_allclose(found[-1].values, anew[-1].values, atol=1e-5)


def test_live_in_both_shapes(recognizer: Recognizer) -> None:
    out, text = io.StringIO(), io.StringIO()
    items = [SAMPLES[:50], Gap(7), SAMPLES[50:]]
    rate = recognizer.sample_rate_hz
    Listener(recognizer, items, JsonLinesSink(out, sample_rate_hz=rate)).run()
    Listener(recognizer, items, TerminalSink(sample_rate_hz=rate, out=text, err=io.StringIO())).run()
    heard = [json.loads(line)["forecast"] for line in out.getvalue().splitlines()]
    expected = list(recognizer.forecast(items))
    assert [one["made"] for one in heard] == [(one.n_samples - 1) * 3600 for one in expected]
    assert heard[0]["step_s"] == 3600 and heard[0]["quantiles"] == [0.1, 0.5, 0.9]
    np.testing.assert_allclose(heard[-1]["channels"]["east"]["quantiles"], expected[-1].values[1], rtol=1e-5)
    np.testing.assert_allclose(heard[-1]["channels"]["east"]["mean"], expected[-1].mean[1], rtol=1e-5)
    low, middle, high = expected[0].values[0, 0]
    first = text.getvalue().splitlines()[0]
    assert first.startswith(f"104400 s  west next {middle:.4g} ({low:.4g} to {high:.4g}), in 6 ")


def test_rows_of_a_file(recognizer: Recognizer, bundle: Path, series: Path) -> None:
    found = rows(command("forecast", bundle, series, "--horizon", 4))
    *_, last = recognizer.forecast(series)
    assert [(row["channel"], row["step"]) for row in found] == [
        (name, step) for name in ("west", "east") for step in range(1, 5)
    ]
    assert {row["made"] for row in found} == {"2020-03-02T17:00:00"}
    assert [row["time"] for row in found[:2]] == ["2020-03-02T18:00:00", "2020-03-02T19:00:00"]
    assert [found[1][key] for key in ("mean", "q0.1", "q0.5", "q0.9")] == [
        float(f"{value:.6g}") for value in (last.mean[0, 1], *last.values[0, 1])
    ]


def test_csv_and_one_channel(bundle: Path, series: Path) -> None:
    result = command("forecast", bundle, series, "--channel", "east", "-f", "csv")
    table = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(table[0]) == ["made", "time", "channel", "step", "mean", "q0.1", "q0.5", "q0.9"]
    wanted = [row for row in rows(command("forecast", bundle, series)) if row["channel"] == "east"]
    assert [{key: str(value) for key, value in row.items()} for row in wanted] == table


def test_file_and_pipe_agree(bundle: Path, series: Path) -> None:
    of_file = command("forecast", bundle, series, "--every", 1)
    program = [sys.executable, "-m", "speechlstm", "forecast", str(bundle), "-"]
    with series.open("rb") as records:
        piped = subprocess.run(program, stdin=records, capture_output=True, text=True, check=True)
    assert piped.stdout == of_file.stdout
    assert len(piped.stdout.splitlines()) == 2 * HORIZON * (90 - N_HISTORY + 1)


@pytest.mark.parametrize("odd", ["gap", "restart"])
def test_after_a_gap_dates_go_on_in_file_and_pipe(bundle: Path, tmp_path: Path, odd: str) -> None:
    """After a clock that was set back, hours are counted on."""
    if odd == "gap":
        file, n_left_out = tmp_path / "odd.csv", 10
        write_tides(file, SAMPLES, left_out=dict.fromkeys(range(40, 50), ""))
    else:
        head, *lines = write_tides(tmp_path / "whole.csv", SAMPLES).read_text().splitlines(keepends=True)
        file, n_left_out = tmp_path / "odd.csv", 0
        file.write_text("".join([head, *lines[40:], *lines[:40]]))
    of_file = command("forecast", bundle, file, "--every", 1)
    lines = file.read_bytes().splitlines(keepends=True)
    program = [sys.executable, "-m", "speechlstm", "forecast", str(bundle), "-", "--every", "1"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        process.stdin.writelines(lines[: N_HISTORY + 1])
        process.stdin.flush()
        first = process.stdout.readline()
        process.stdin.writelines(lines[N_HISTORY + 1 :])
        process.stdin.close()
        piped = (first + process.stdout.read()).decode()
    assert piped == of_file.stdout
    begin = np.datetime64(lines[1][:19].decode().replace(" ", "T"))
    assert rows(of_file)[0]["made"] == str(begin + np.timedelta64(N_HISTORY - 1, "h"))
    n_hours = len(lines) - 1 + n_left_out
    assert rows(of_file)[-1]["made"] == str(begin + np.timedelta64(n_hours - 1, "h"))


def test_a_forecast_comes_with_its_line(bundle: Path, series: Path) -> None:
    """Nothing waits in a buffer: a forecast is out before the next line comes in."""
    program = [sys.executable, "-m", "speechlstm", "forecast", str(bundle), "-", "--channel", "east"]
    lines = series.read_bytes().splitlines(keepends=True)
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for n, line in enumerate(lines[: N_HISTORY + 4]):
            process.stdin.write(line)
            process.stdin.flush()
            if n >= N_HISTORY:
                got = [json.loads(process.stdout.readline()) for _ in range(HORIZON)]
                assert [row["step"] for row in got] == [1, 2, 3, 4, 5, 6]
                assert got[0]["made"].replace("T", " ") == line.decode().partition(",")[0]
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 0


def test_listen_forecasts_too(bundle: Path, series: Path) -> None:
    result = command("listen", "-m", bundle, "--input", series, "-f", "jsonl")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 90 - N_HISTORY + 1
    assert "at 1/3600 Hz" in result.stderr
    assert "algorithmic delay 0 ms" in result.stderr


def test_what_is_odd_in_a_series_is_told(bundle: Path, tmp_path: Path) -> None:
    odd = {70: "", 75: "2020-03-02 03:00:00,nan,1", 80: "2020-03-01 00:00:00,1,1"}
    file = write_tides(tmp_path / "odd.csv", SAMPLES, left_out=odd)
    result = command("forecast", bundle, file, "--every", 1)
    made = {row["made"] for row in rows(result)}
    assert len(made) == 90 - N_HISTORY + 1, "missing hours are bridged"
    assert "1 not a number" in result.stderr and "Warning: " in result.stderr
    gap = write_tides(tmp_path / "gap.csv", SAMPLES, left_out=dict.fromkeys(range(40, 50), ""))
    result = command("forecast", bundle, gap, "--every", 1)
    assert len({row["made"] for row in rows(result)}) == (40 - N_HISTORY + 1) + (40 - N_HISTORY + 1)
    assert "1 gap" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--horizon", "7"], "horizon 7 is over the model's, which is 6; ask for less"),
        (["--channel", "nrth"], "unknown key 'nrth' in the channels that tides forecasts"),
        (["--plot", "a.png"], "drawings are SVG"),
        (["--plot", "nowhere/a.svg"], "cannot write nowhere/a.svg: No such file or directory"),
    ],
)
def test_what_cannot_be_asked_for(bundle: Path, series: Path, arguments: list[str], message: str) -> None:
    result = command("forecast", bundle, series, *arguments)
    assert (result.exit_code, result.stdout, "Traceback" in result.stderr) == (1, "", False)
    assert message in result.stderr


def test_too_short_a_history(bundle: Path, tmp_path: Path) -> None:
    file = write_tides(tmp_path / "short.csv", SAMPLES[:20])
    result = command("forecast", bundle, file)
    assert (result.exit_code, result.stdout) == (1, "")
    told = f"{file}: has 20 samples since its beginning or its last gap, tides needs 30 (108000 s) before"
    assert told in result.stderr


def test_a_series_that_ends_soon_after_a_gap_has_had_its_forecasts(bundle: Path, tmp_path: Path) -> None:
    """Only who wanted the end is told that there is no forecast from it."""
    file = write_tides(tmp_path / "gap.csv", SAMPLES, left_out=dict.fromkeys(range(60, 80), ""))
    made = {row["made"] for row in rows(command("forecast", bundle, file, "--every", 1))}
    assert len(made) == 60 - N_HISTORY + 1
    for wanted in (["--every", 0], ["--every", 1, "--plot", tmp_path / "a.svg"], ["--plot", "-"]):
        result = command("forecast", bundle, file, *wanted)
        assert result.exit_code == 1, wanted
        assert "has 10 samples since its beginning or its last gap, tides needs 30" in result.stderr


def test_an_interruption_soon_after_a_gap_is_no_error(bundle: Path, tmp_path: Path) -> None:
    file = write_tides(tmp_path / "gap.csv", SAMPLES, left_out=dict.fromkeys(range(40, 60), ""))
    lines = file.read_bytes().splitlines(keepends=True)
    program = [sys.executable, "-m", "speechlstm", "forecast", str(bundle), "-", "--channel", "east"]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.writelines(lines[:51])
        process.stdin.flush()
        for _ in range((40 - N_HISTORY + 1) * HORIZON):
            process.stdout.readline()
        # the rest of what was sent holds the gap, and takes no time
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert b"Error" not in process.stderr.read()


def test_a_column_that_is_missing(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("date,east\n2020-01-01,1\n")
    result = command("forecast", bundle, tmp_path / "a.csv")
    assert result.exit_code == 1 and "has no column west" in result.stderr


def test_drawings(bundle: Path, series: Path, tmp_path: Path) -> None:
    text = command("forecast", bundle, series, "--plot", "-").stdout
    assert text.splitlines()[0] == "west" and set("*.:") <= set(text)
    result = command("forecast", bundle, series, "--plot", tmp_path / "a.svg", "--horizon", 3)
    assert len(rows(result)) == 2 * 3
    drawing = (tmp_path / "a.svg").read_text()
    assert drawing.count("<polyline") == 4 and drawing.rstrip().endswith("</svg>")


def test_other_commands(bundle: Path, series: Path) -> None:
    told = command("transcribe", "-m", bundle, series)
    assert told.exit_code == 1
    assert (
        "tides forecasts west, east; there is nothing to transcribe: use `speechlstm forecast`" in told.stderr
    )
    checked = command("doctor", bundle, series)
    assert checked.exit_code == 0 and "61 forecasts" in checked.stdout and "one answer: " in checked.stdout
    shown = command("models", "show", bundle, "--json")
    assert json.loads(shown.stdout)["sample_rate_hz"] == "1/3600"
    assert command("models", "verify", bundle).exit_code == 0


def test_a_model_that_does_not_forecast(tmp_path: Path, series: Path, recognizer: Recognizer) -> None:
    wrist = make_wrist_bundle(tmp_path / "wrist")
    result = command("forecast", wrist, series)
    assert result.exit_code == 1 and "wrist does not forecast, it tells classes" in result.stderr
    result = command("evaluate", wrist, tmp_path, "--rows", "0:5")
    assert result.exit_code == 2 and "--rows cannot be asked of wrist, a model for a sensor" in result.stderr
    with pytest.raises(ConfigError, match="wrist does not forecast"):
        Recognizer.load(wrist).forecast(SAMPLES)
    with pytest.raises(ConfigError, match="tides gives forecasts; frames have no class"):
        recognizer.labels(recognizer.posteriors(SAMPLES))


def test_what_cannot_be_forecast_is_told_of_at_once(recognizer: Recognizer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none.csv: cannot be opened"):
        recognizer.forecast(tmp_path / "none.csv")
    with pytest.raises(AudioError, match=r"expected samples \[n, 2\]"):
        recognizer.forecast(SAMPLES[:, 0])


def test_a_path_of_any_kind(recognizer: Recognizer, series: Path) -> None:
    class Named:
        def __fspath__(self) -> str:
            return str(series)

    found = list(recognizer.forecast(Named()))
    assert [one.n_samples for one in found] == list(range(N_HISTORY, 91))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are listed in /proc alone")
def test_a_file_of_forecasts_that_nobody_wants_is_closed(recognizer: Recognizer, series: Path) -> None:
    def n_open() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = n_open()
    unwanted = recognizer.forecast(series)
    assert n_open() == before + 1
    del unwanted
    assert n_open() == before


def test_channels_may_be_given_in_any_order(recognizer: Recognizer, tmp_path: Path) -> None:
    def turned() -> Iterator[str]:
        for line in write_tides(tmp_path / "a.csv", SAMPLES).read_text().splitlines():
            date, east, west = line.split(",")
            yield f"{west},{date},{east}\n"

    (tmp_path / "b.csv").write_text("".join(turned()))
    *_, a = recognizer.forecast(tmp_path / "a.csv")
    *_, b = recognizer.forecast(tmp_path / "b.csv")
    assert a.channels == CHANNELS[::-1] and same(a, b)


def test_listening_tells_dates_and_when_the_first_forecast_comes(bundle: Path, tmp_path: Path) -> None:
    series = write_tides(tmp_path / "series.csv", SAMPLES[: N_HISTORY + 1])
    listen = ("listen", "-m", bundle, "--input", series)
    result = command(*listen)
    # the thirtieth hour after midnight of 28 February 2020, a leap year
    assert result.stdout.splitlines()[0].startswith("2020-02-29T05:00:00  west next ")
    assert "the first forecast comes after 30 samples without a gap (108000 s)" in result.stderr
    made = [row["forecast"]["made"] for row in rows(command(*listen, "-f", "jsonl"))]
    assert made == ["2020-02-29T05:00:00", "2020-02-29T06:00:00"]
