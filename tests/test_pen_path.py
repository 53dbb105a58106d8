"""A pen's points through all that sound goes through: file, pipe and live are one answer."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from contract import verify_contract
from handwriting import make_pen_bundle, strokes_of, write_pen

from speechlstm.bundle import Bundle, BundleConfig
from speechlstm.cli.main import cli
from speechlstm.decode.config import DecoderConfig
from speechlstm.errors import BundleError, ConfigError
from speechlstm.evaluation.one_answer import check_one_answer
from speechlstm.features.strokes import pen_points
from speechlstm.messages import Final, Gap, Partial
from speechlstm.recognizer import Recognizer

WORDS = ("oz", "zoo", "i", "zi")


@pytest.fixture(scope="module", params=["whole", "spell"])
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / request.param
    return make_pen_bundle(folder, spelt=request.param == "spell")


@pytest.fixture(scope="module")
def speller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pen_bundle(tmp_path_factory.mktemp("models") / "speller", spelt=True)


def test_contract(bundle: Path) -> None:
    points = pen_points(strokes_of("zoi", 0))
    verify_contract(Recognizer.load(bundle).chain, points, atol=1e-4, n_examples=10, counted=False)
    assert Recognizer.load(bundle).latency_samples == 0


def test_one_answer_and_it_lies_from_the_first_point_to_the_last(bundle: Path) -> None:
    recognizer, points = Recognizer.load(bundle), pen_points(strokes_of("zoi", 1))
    assert check_one_answer(recognizer, points).holds
    (word,) = recognizer.transcribe(points).words
    assert (word.start_samples, word.end_samples) == (0, len(points))


def test_a_gap_begins_anew_and_places_go_on(bundle: Path) -> None:
    recognizer = Recognizer.load(bundle)
    first, second = (pen_points(strokes_of("oz", seed)) for seed in (1, 2))
    found = recognizer.transcribe_chunks([first[:9], first[9:], Gap(0), second])
    assert found.text == f"{recognizer.transcribe(first).text} {recognizer.transcribe(second).text}"
    assert [(w.start_samples, w.end_samples) for w in found.words] == [
        (0, len(first)),
        (len(first), len(first) + len(second)),
    ]


def test_it_says_while_the_pen_writes_what_it_believes(bundle: Path) -> None:
    recognizer, points = Recognizer.load(bundle), pen_points(strokes_of("zoi", 3))
    stream = recognizer.stream()
    events = [event for point in points for event in stream.feed(point[np.newaxis])]
    assert events and all(isinstance(event, Partial) for event in events)
    last, *over = stream.finish()
    assert last == Final(recognizer.transcribe(points).words)
    assert not over


def test_a_loaded_bundle_is_what_was_saved(bundle: Path, tmp_path: Path) -> None:
    loaded = Bundle.load(bundle)
    assert loaded.config.features.kind == "strokes"
    description = json.loads((bundle / "bundle.json").read_text())
    description["config"]["features"]["step"] = 0.1
    for file in bundle.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "bundle.json").write_text(json.dumps(description))
    with pytest.raises(BundleError, match="was altered or damaged"):
        Bundle.load(tmp_path)


def test_a_decoder_that_places_frames_is_refused(speller: Path) -> None:
    c = Bundle.load(speller).config
    with pytest.raises(ConfigError, match=r"decoder\.method must be whole or spell, got 'prefix'"):
        BundleConfig(c.name, c.vocabulary, c.features, c.network, c.latency, DecoderConfig())


def test_commands_file_and_pipe_agree(bundle: Path, tmp_path: Path) -> None:
    file = write_pen(tmp_path, n=5)
    told = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), "-f", "jsonl", str(file)])
    assert (told.exit_code, told.stderr) == (0, "")
    row = json.loads(told.stdout)
    words = row["words"]
    assert len(words) == 5
    # a pen makes no sound
    assert row["data"] == str(file) and "audio" not in row
    table = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), "-f", "tsv", str(file), "no.csv"])
    assert table.stdout.startswith("data\tstart\tend\tword\tconf\n")
    failed = CliRunner().invoke(cli, ["transcribe", "-m", str(bundle), "-f", "json", "no.csv"])
    assert json.loads(failed.stdout)["data"] == "no.csv"
    command = [sys.executable, "-m", "speechlstm", "listen", "-m", str(bundle), "--input", "-", "-f", "jsonl"]
    with file.open("rb") as points:
        heard = subprocess.run(command, stdin=points, capture_output=True, text=True, check=True)
    live = [row for line in heard.stdout.splitlines() for row in json.loads(line).get("result", [])]
    assert live == words
    assert "algorithmic delay none: a character or word is final when it ends" in heard.stderr


def test_a_lexicon_holds_in_every_command(speller: Path, tmp_path: Path) -> None:
    file, lexicon = write_pen(tmp_path / "pen", spelt=True, n=12), tmp_path / "words.txt"
    lexicon.write_text("\n".join(WORDS) + "\n\n")
    options = ["--lexicon", str(lexicon)]
    for command in (["transcribe", str(file), "-m"], ["listen", "--input", str(file), "--no-partials", "-m"]):
        result = CliRunner().invoke(cli, [*command, str(speller), *options])
        assert result.exit_code == 0
        assert set(result.stdout.split()) <= set(WORDS) and len(result.stdout.split()) == 12
    result = CliRunner().invoke(cli, ["evaluate", str(speller), str(file), "--json", *options])
    assert json.loads(result.stdout)["n_lexicon"] == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no words"),
        ("ox\n", "holds 'ox', which the model cannot spell"),
        (None, "cannot be read: No such"),
    ],
)
def test_a_lexicon_that_cannot_be(speller: Path, tmp_path: Path, text: str | None, message: str) -> None:
    lexicon = tmp_path / "words.txt"
    if text is not None:
        lexicon.write_text(text)
    result = CliRunner().invoke(cli, ["transcribe", "x.csv", "-m", str(speller), "--lexicon", str(lexicon)])
    assert result.exit_code == 1 and message in result.stderr
    assert "Traceback" not in result.output


def test_a_lexicon_is_for_models_that_spell(tiny_bundle: Path) -> None:
    with pytest.raises(ConfigError, match="tiny does not spell words, its decoder is of method 'greedy'"):
        Recognizer.load(tiny_bundle, lexicon=["yes"])


def test_a_screen_turned_is_a_tablet(bundle: Path, tmp_path: Path) -> None:
    lines = {sign: ["x,y,pen"] for sign in (1, -1)}
    for x, y, up in pen_points(strokes_of("zo", 5)).round(1).tolist():
        for sign in lines:
            lines[sign].append(f"{x},{sign * y},{int(up)}")
    told = []
    for sign, options in ((1, []), (-1, ["--y-down"])):
        file = tmp_path / f"{sign}.csv"
        file.write_text("\n".join(lines[sign]))
        result = CliRunner().invoke(cli, ["transcribe", str(file), "-m", str(bundle), "-f", "tsv", *options])
        assert result.exit_code == 0
        told.append(result.stdout)
    assert told[0] == told[1] and told[0].count("\n") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["listen"], "whole reads a pen, not a microphone; give its points with --input"),
        (["listen", "--input", "-", "--mqtt", "mqtt://a/b"], "are for a sensor; whole reads a pen"),
        (["listen", "--input", "-", "--channel", "0"], "are for sound; whole reads a pen"),
    ],
)
def test_what_a_pen_is_not(tmp_path: Path, arguments: list[str], message: str) -> None:
    folder = make_pen_bundle(tmp_path / "whole")
    result = CliRunner().invoke(cli, [*arguments, "-m", str(folder)])
    assert result.exit_code == 2
    assert message.replace("whole", "pen") in result.stderr


def test_y_down_is_for_a_pen(tiny_bundle: Path) -> None:
    for command in (["transcribe", "a.wav"], ["listen", "--input", "a.wav"]):
        result = CliRunner().invoke(cli, [*command, "--y-down", "-m", str(tiny_bundle)])
        assert result.exit_code == 2 and "--y-down is for a pen; tiny reads none" in result.stderr


def test_figures_go_into_the_card(bundle: Path, tmp_path: Path) -> None:
    file = write_pen(tmp_path / "pen")
    table = CliRunner().invoke(cli, ["evaluate", str(bundle), str(file), "--split", "validation"])
    assert table.exit_code == 0 and "samples          10" in table.stdout
    result = CliRunner().invoke(
        cli, ["evaluate", str(bundle), str(file), "--json", "--card", "Made-up hands"]
    )
    assert (result.exit_code, result.stderr) == (0, "")
    figures = json.loads(result.stdout)
    assert figures["n_samples"] == 60 and len(figures["writers"]) == 6
    wrong = sum(n["times"] for n in figures["confusions"])
    assert figures["cer"] == pytest.approx(wrong / figures["n_characters"])
    exact = 100 * json.loads((bundle / "card.json").read_text())["metrics"]["Made-up hands"]["exact"]
    assert f"| Made-up hands | 60 | 6 | {exact:.1f} % (" in (bundle / "README.md").read_text()
    assert Bundle.load(bundle).name == "pen"


def test_labels_that_cannot_be_answered_are_remarked(bundle: Path, tmp_path: Path) -> None:
    file = write_pen(tmp_path, n=6)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(row | {"label": "q"}) + "\n" for row in rows))
    result = CliRunner().invoke(cli, ["evaluate", str(bundle), str(file)])
    assert result.exit_code == 0
    assert (
        "6 of 6 samples have labels that pen cannot answer (as q): its vocabulary is i, o, z" in result.stderr
    )
