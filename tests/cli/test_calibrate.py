import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from click.testing import CliRunner, Result
from tiny import speechlike

from speechlstm.bundle import Bundle
from speechlstm.cli.main import cli
from speechlstm.decode.config import DecoderConfig
from speechlstm.recognizer import Recognizer

ROOT = Path(__file__).parents[2]


@pytest.fixture
def model(tmp_path: Path, tiny_bundle: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path / "mine"))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory, tiny_bundle: Path) -> Path:
    """Noise in which the model finds words, of which every other one counts as said."""
    folder, recognizer = tmp_path_factory.mktemp("said"), Recognizer.load(tiny_bundle)
    rows = []
    for i in range(4):
        soundfile.write(folder / f"{i}.wav", speechlike(16_000, seed=i), 8000)
        found = [word.text for word in recognizer.transcribe(folder / f"{i}.wav").words]
        text = " ".join(found[::2]) if i < 3 else ""
        rows.append({"audio": f"{i}.wav", "text": text, "speaker": f"s{i}", "split": "validation"})
    path = folder / "manifest.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["calibrate", *map(str, arguments)])


def test_nothing_is_written_unless_that_is_asked_for(model: Path, manifest: Path) -> None:
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    result = run(model, manifest, "--split", "validation")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("clips            4, of 4 speakers\nwords            ")
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before


def test_what_was_chosen_is_written_into_another_folder(model: Path, manifest: Path, tmp_path: Path) -> None:
    target = tmp_path / "calibrated"
    result = run(model, manifest, "-o", target, "--json", "--words-per-hour", "3000")
    assert (result.exit_code, result.stderr) == (0, f"{target}: written\n")
    figures = json.loads(result.stdout)
    written = Bundle.load(target)
    decoder = written.config.decoder
    assert isinstance(decoder, DecoderConfig) and decoder.calibration is not None
    assert figures["config"]["threshold"] == decoder.threshold
    assert figures["config"]["blank_penalty"] == decoder.blank_penalty
    assert figures["config"]["calibration"]["offset"] == decoder.calibration.offset
    found = written.card["calibration"]
    assert found["how"]["manifests"] == ["/".join(manifest.parts[-2:])]
    assert found["words_per_hour"] == 3000
    assert "Calibrated on 4 clips of 4 speakers." in (target / "README.md").read_text()
    assert Bundle.load(model).config.decoder != decoder
    # and the written model runs, with confidences above its threshold
    words = Recognizer(written).transcribe(manifest.parent / "0.wav").words
    assert all(word.confidence >= decoder.threshold for word in words)


def test_a_penalty_that_is_given_rejects_alone(model: Path, manifest: Path, tmp_path: Path) -> None:
    target = tmp_path / "calibrated"
    # one that is not among those that are tried
    result = run(model, manifest, "-o", target, "--json", "--blank-penalty", "-0.3")
    figures, written = json.loads(result.stdout), Bundle.load(target)
    decoder = written.config.decoder
    assert isinstance(decoder, DecoderConfig) and decoder.calibration is not None
    assert (decoder.blank_penalty, decoder.threshold) == (-0.3, 0.0)
    assert written.card["calibration"]["how"]["blank_penalty"] == -0.3
    # all that it brings up is given, and is what was measured
    bare = replace(decoder, calibration=None)
    plain = Recognizer(replace(written, config=replace(written.config, decoder=bare)))
    clips = sorted(manifest.parent.glob("?.wav"))
    given = [[w.text for w in Recognizer(written).transcribe(clip).words] for clip in clips]
    assert given == [[w.text for w in plain.transcribe(clip).words] for clip in clips]
    assert figures["after"]["confidence"]["words"]["n"] == sum(map(len, given)) > 10
    assert run(model, manifest, "--blank-penalty", "nan").exit_code == 2


def test_a_model_is_not_replaced_unless_that_is_asked_for(
    model: Path, manifest: Path, tiny_bundle: Path
) -> None:
    refused = run(tiny_bundle, manifest, "-o", model)
    assert refused.exit_code == 2
    assert f"{model} holds a model; give another folder, or --overwrite" in refused.stderr
    assert Bundle.load(model).config == Bundle.load(tiny_bundle).config
    assert run(model, manifest, "--overwrite").exit_code == 0
    decoder = Bundle.load(model).config.decoder
    assert isinstance(decoder, DecoderConfig) and decoder.calibration is not None


def test_old_figures_are_told_of(model: Path, manifest: Path, tmp_path: Path) -> None:
    assert CliRunner().invoke(cli, ["evaluate", str(model), str(manifest), "--card", "a"]).exit_code == 0
    result = run(model, manifest, "-o", tmp_path / "new")
    assert "figures in its card are of the settings before; measure again" in result.stderr


def test_sound_without_words_beside_the_manifest(model: Path, manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "radio").mkdir()
    soundfile.write(tmp_path / "radio" / "a.wav", speechlike(32_000, seed=9), 8000)
    alone = json.loads(run(model, manifest, "--json").stdout)
    more = json.loads(run(model, manifest, "--json", "--false-alarms", tmp_path / "radio").stdout)
    assert more["n_clips"] == alone["n_clips"] + 1
    assert more["hours_without_words"] == pytest.approx(alone["hours_without_words"] + 4 / 3600)
    (tmp_path / "radio" / "manifest.jsonl").write_text(json.dumps({"audio": "a.wav", "text": "well yes"}))
    refused = run(model, manifest, "--false-alarms", tmp_path / "radio")
    assert (refused.exit_code, "1 clips say words of the vocabulary" in refused.stderr) == (1, True)


def test_a_clip_that_cannot_be_read_is_named_and_the_rest_counts(
    model: Path, manifest: Path, tmp_path: Path
) -> None:
    (tmp_path / "more.csv").write_text("audio,text\ngone.wav,yes\n")
    result = run(model, manifest, tmp_path / "more.csv")
    assert result.exit_code == 1
    assert "gone.wav" in result.stderr and result.stderr.endswith("1 of 5 clips failed\n")
    assert result.stdout.startswith("clips            4, 1 more failed, of 4 speakers\n")


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--words-per-hour", "0"], 2, "--words-per-hour"),
        (["--split", "test"], 1, "has no split 'test'; it has validation"),
        (["--limit", "1"], 1, "1 clips of 1 speakers: what is chosen must be tried on other speakers"),
    ],
)
def test_what_cannot_be(model: Path, manifest: Path, options: list[str], code: int, message: str) -> None:
    result = run(model, manifest, *options)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr


def test_a_sensor_is_not_calibrated(manifest: Path) -> None:
    result = run(ROOT / "models" / "activity", manifest)
    assert result.exit_code == 1
    told = "Error: activity decodes by 'segments'; only models of words are calibrated"
    assert told in result.stderr
    # before a list is read that is none of clips
    assert told in run(ROOT / "models" / "activity", ROOT / "samples" / "wrist.csv").stderr


def test_help_has_an_example() -> None:
    result = run("-h")
    assert result.exit_code == 0
    assert "  speechlstm calibrate my-model my-clips/ --split validation" in result.stdout
