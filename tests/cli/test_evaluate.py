import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
import soundfile
from click.testing import CliRunner, Result
from tiny import speechlike

from speechlstm.cli.main import cli
from speechlstm.errors import AudioError
from speechlstm.messages import Transcript, Word


class FakeRecognizer:
    """Hears the stem of each file's name as the word."""

    loaded: list[tuple[str, dict[str, Any]]]
    sample_rate_hz, hears_sound = 8000, True
    bundle = SimpleNamespace(name="fake", vocabulary=("one", "two"))

    @classmethod
    def load(cls, model: str, **options: Any) -> "FakeRecognizer":
        cls.loaded.append((model, options))
        return cls()

    def transcribe(self, sound: Path) -> Transcript:
        if not sound.exists():
            raise AudioError(f"{sound}: no such file; check the path")
        return Transcript((Word(sound.stem, 0, 4000, 0.9),), 8000, 8000)


NO_PHRASES = {"grammar": None, "hotwords": None}


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    module = ModuleType("speechlstm.recognizer")
    module.Recognizer = FakeRecognizer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "speechlstm.recognizer", module)
    monkeypatch.setattr(FakeRecognizer, "loaded", [], raising=False)
    return FakeRecognizer.loaded


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    rows = [("one.wav", "one", "train"), ("two.wav", "one", "train"), ("gone.wav", "one", "test")]
    for name in ("one.wav", "two.wav"):
        (tmp_path / name).touch()
    lines = [json.dumps({"audio": a, "text": t, "split": s}) for a, t, s in rows]
    path = tmp_path / "manifest.jsonl"
    path.write_text("\n".join(lines))
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)])


def test_table_on_stdout(loaded: list[Any], manifest: Path) -> None:
    result = run("words-en", manifest, "--split", "train")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("clips            2, 2.0 s\nwords            2\nword error rate  50.0 %")
    options = {"latency": "balanced", "engine": "onnx", "lexicon": None, "sensitivity": 0.5, **NO_PHRASES}
    assert loaded == [("words-en", options)]


def test_json_is_all_there_is_on_stdout(loaded: list[Any], manifest: Path) -> None:
    result = run("m", manifest, "--split", "train", "--json", "--latency", "low", "--engine", "keras")
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert (figures["n_clips"], figures["wer"], figures["exact"]) == (2, 0.5, 0.5)
    options = {"latency": "low", "engine": "keras", "lexicon": None, "sensitivity": 0.5, **NO_PHRASES}
    assert loaded == [("m", options)]


def test_failing_clip_is_named_and_the_rest_runs(loaded: list[Any], manifest: Path) -> None:
    result = run("m", manifest, "--json")
    assert result.exit_code == 1
    missing = manifest.parent / "gone.wav"
    assert result.stderr == f"Error: {missing}: no such file; check the path\n1 of 3 clips failed\n"
    figures = json.loads(result.stdout)
    assert (figures["n_clips"], figures["n_failed"]) == (2, 1)
    assert figures["failures"] == [
        {"audio": str(missing), "error": f"{missing}: no such file; check the path"}
    ]


def test_clips_of_some_words_alone(loaded: list[Any], manifest: Path) -> None:
    rows = [("one.wav", "One two."), ("two.wav", "two"), ("one.wav", "one of two"), ("two.wav", "")]
    manifest.write_text("".join(json.dumps({"audio": a, "text": t}) + "\n" for a, t in rows))
    found = json.loads(run("m", manifest, "--words", "one, two", "--json").stdout)
    assert (found["n_clips"], found["n_words"], found["n_dropped_words"]) == (2, 3, 0)
    result = run("m", manifest, "--words", "two,six")
    assert result.exit_code == 1
    told = "no clip that says nothing but --words says six; leave out what no text holds"
    assert result.stderr == f"Error: {told}\n"


def test_limit_spreads_over_the_manifest(loaded: list[Any], manifest: Path) -> None:
    figures = json.loads(run("m", manifest, "--json", "--limit", "2").stdout)
    assert [clip["audio"] for clip in figures["clips"]["best"]] == [
        str(manifest.parent / "one.wav"),
        str(manifest.parent / "two.wav"),
    ]
    assert json.loads(run("m", manifest, "--json", "--limit", "99").stdout)["n_failed"] == 1


def test_progress_bar_on_a_terminal_only(
    loaded: list[Any], manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # so that rich takes the stand-in for a terminal
    for is_terminal in (True, False):
        monkeypatch.setattr("speechlstm.cli.progress.is_terminal", lambda stream, x=is_terminal: x)
        result = run("m", manifest, "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["n_clips"] == 2
        assert "no such file; check the path" in result.stderr
        assert ("━" in result.stderr) == is_terminal


def test_a_manifest_that_is_not_there(loaded: list[Any], tmp_path: Path) -> None:
    result = run("m", tmp_path / "none.jsonl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: there is no manifest {tmp_path / 'none.jsonl'}; give a ")


def test_an_error_without_the_file_s_name_gets_it(
    loaded: list[Any], manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: FakeRecognizer, sound: Path) -> Transcript:
        raise AudioError("expected 8000 Hz")

    monkeypatch.setattr(FakeRecognizer, "transcribe", refuse)
    first, *_ = run("m", manifest, "--split", "train").stderr.splitlines()
    assert first == f"Error: {manifest.parent / 'one.wav'}: expected 8000 Hz"


@pytest.mark.parametrize(
    "option", [["--latency", "fast"], ["--limit", "0"], ["--engine", "torch"], ["--card", " "]]
)
def test_wrong_options(manifest: Path, option: list[str]) -> None:
    assert run("m", manifest, *option).exit_code == 2


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_has_an_example(flag: str) -> None:
    result = run(flag)
    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    assert "nor does upper or lower case where the whole vocabulary is lower case." in told
    assert "  speechlstm evaluate words-en my-clips/manifest.jsonl --split validation\n" in result.stdout


def test_importing_the_command_loads_nothing_heavy() -> None:
    code = (
        "import sys, speechlstm.cli.evaluate\n"
        "print(sorted({'numpy', 'jiwer', 'rich', 'onnxruntime', 'tensorflow', 'librosa'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.fixture
def sound(tmp_path: Path, tiny_bundle: Path) -> Path:
    folder = tmp_path / "sound"
    folder.mkdir()
    for i in range(2):
        soundfile.write(folder / f"{i}.wav", speechlike(24_000, seed=i), 8000)
    return folder


def test_false_alarms_of_a_folder(tiny_bundle: Path, sound: Path) -> None:
    result = run(tiny_bundle, "--false-alarms", sound, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    figures = json.loads(result.stdout)
    assert figures["hours"] == pytest.approx(6 / 3600)
    assert figures["alarms_per_hour"] == pytest.approx(figures["n_alarms"] * 600)
    low, high = figures["alarms_per_hour_ci95"]
    assert low < figures["alarms_per_hour"] < high
    most = json.loads(run(tiny_bundle, "--false-alarms", sound, "--json", "--sensitivity", "1").stdout)
    assert most["n_alarms"] > figures["n_alarms"] > 0
    assert "false words in 6.0 seconds of 2 files" in run(tiny_bundle, "--false-alarms", sound).stdout


def test_false_alarms_beside_words_that_are_missed(tiny_bundle: Path, sound: Path) -> None:
    manifest = sound.parent / "said.jsonl"
    manifest.write_text(json.dumps({"audio": "sound/0.wav", "text": "yes no up"}) + "\n")
    figures = json.loads(run(tiny_bundle, manifest, "--false-alarms", sound, "--json").stdout)
    assert figures["n_words"] == 3
    assert all(0 <= point["misses"] <= 1 for point in figures["curve"])


def test_false_alarms_of_a_split(tiny_bundle: Path, sound: Path) -> None:
    rows = [{"audio": f"{i}.wav", "text": "well", "split": split} for i, split in enumerate(("a", "b"))]
    (sound / "list.jsonl").write_text("\n".join(map(json.dumps, rows)))
    both, one, limited = (
        json.loads(run(tiny_bundle, "--false-alarms", sound / "list.jsonl", "--json", *options).stdout)
        for options in ([], ["--split", "b"], ["--limit", "1"])
    )
    assert (both["n_files"], one["n_files"], limited["n_files"]) == (2, 1, 1)
    assert [name for name, _ in one["worst"]] == ["1.wav"] and [n for n, _ in limited["worst"]] == ["0.wav"]
    (sound / "list.jsonl").rename(sound / "manifest.jsonl")
    assert json.loads(run(tiny_bundle, "--false-alarms", sound, "--json", "--split", "b").stdout) == one
    refused = run(tiny_bundle, "--false-alarms", sound, "--split", "c")
    assert refused.exit_code == 1 and "has no split 'c'; it has a, b" in refused.stderr
    # sound that names no splits, beside clips that do
    clips = sound.parent / "clips.csv"
    clips.write_text("audio,text,split\nsound/0.wav,yes,a\n")
    (sound / "manifest.jsonl").unlink()
    beside = run(tiny_bundle, clips, "--false-alarms", sound, "--json", "--split", "a")
    assert json.loads(beside.stdout)["n_files"] == 2
    alone = run(tiny_bundle, "--false-alarms", sound, "--split", "a")
    assert alone.exit_code == 2 and "has no manifest that names splits; leave --split out" in alone.stderr


def test_a_folder_too_high_is_told_of(tiny_bundle: Path, sound: Path) -> None:
    labels = sound.parent / "all" / "train"
    (labels / "yes").mkdir(parents=True)
    (sound / "0.wav").rename(labels / "yes" / "0.wav")
    high = run(tiny_bundle, labels.parent)
    assert "(train) is named by a word of tiny" in high.stderr and high.exit_code == 0
    assert "is named by a word" not in run(tiny_bundle, labels).stderr


def test_one_clip_is_told_to_be_too_few(tiny_bundle: Path, sound: Path) -> None:
    for asked in ((), ("--sweep-latency",), ("--robustness",)):
        result = run(tiny_bundle, sound.parent, "--limit", "1", *asked)
        assert "alone tells nothing of other clips: intervals are unknown or mean little" in result.stderr
        assert "unknown" in result.stdout


def test_a_folder_named_by_a_word_is_no_false_alarm(tiny_bundle: Path, sound: Path) -> None:
    (sound / "yes").mkdir()
    (sound / "0.wav").rename(sound / "yes" / "0.wav")
    result = run(tiny_bundle, "--false-alarms", sound)
    assert result.exit_code == 1
    assert "1 clips say words of the vocabulary, 0.wav for one: 'yes'" in result.stderr


@pytest.mark.parametrize("option", [("--words", "yes"), ("--speaker", "bob")])
def test_what_chooses_clips_needs_some(tiny_bundle: Path, sound: Path, option: tuple[str, str]) -> None:
    result = run(tiny_bundle, "--false-alarms", sound, *option)
    assert result.exit_code == 2
    assert f"{option[0]} choose clips of a MANIFEST, whose misses are counted; give one" in result.stderr


def test_a_plot_of_false_alarms(tiny_bundle: Path, sound: Path) -> None:
    clips = sound.parent / "clips.csv"
    clips.write_text("audio,text\nsound/0.wav,yes\n")
    drawing = sound.parent / "alarms.svg"
    for manifest, axis in (([], "sensitivity"), ([clips], "words missed")):
        assert run(tiny_bundle, *manifest, "--false-alarms", sound, "--plot", drawing).exit_code == 0
        drawn = ElementTree.fromstring(drawing.read_text())
        texts = {text.strip() for text in drawn.itertext()}
        assert {"False alarms", "false words an hour", axis} <= texts


def test_false_alarms_of_sound_that_says_words(tiny_bundle: Path, sound: Path) -> None:
    (sound / "manifest.jsonl").write_text(json.dumps({"audio": "0.wav", "text": "well yes"}) + "\n")
    result = run(tiny_bundle, "--false-alarms", sound)
    assert result.exit_code == 1
    assert "1 clips say words of the vocabulary, 0.wav for one: 'well yes'" in result.stderr


def test_neither_manifest_nor_alarms(tiny_bundle: Path) -> None:
    result = run(tiny_bundle)
    assert (result.exit_code, "give a MANIFEST" in result.stderr) == (2, True)


@pytest.mark.parametrize("value", ["-0.1", "1.1", "much"])
def test_a_sensitivity_out_of_range(tiny_bundle: Path, sound: Path, value: str) -> None:
    result = run(tiny_bundle, "--false-alarms", sound, "--sensitivity", value)
    assert (result.exit_code, "--sensitivity" in result.stderr) == (2, True)
