import json
from pathlib import Path

import pytest
import soundfile
from tiny import speechlike

from speechlstm.data.manifest import Clip
from speechlstm.errors import DataError
from speechlstm.evaluation import Robustness, evaluate, robustness, robustness_svg
from speechlstm.evaluation.robustness.room import Room
from speechlstm.recognizer import Recognizer

# large rooms have hundreds of thousands of images
ROOM = Room((3.0, 2.5, 2.4), 0.2, 1.0)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, recognizer: Recognizer) -> list[Clip]:
    """Clips of twelve speakers whose texts are what is heard, but for the last two."""
    folder, made = tmp_path_factory.mktemp("sound"), []
    for i in range(12):
        path = folder / f"{i}.wav"
        soundfile.write(path, speechlike(8000 + 400 * i, seed=i), 8000, subtype="FLOAT")
        text = recognizer.transcribe(path).text if i < 10 else "stop stop stop"
        made.append(Clip(path, text, f"s{i}"))
    return made


@pytest.fixture(scope="module")
def found(recognizer: Recognizer, clips: list[Clip]) -> Robustness:
    return robustness(recognizer, clips, rooms=[ROOM])


def test_clean_is_what_evaluate_says(recognizer: Recognizer, clips: list[Clip], found: Robustness) -> None:
    plain = evaluate(recognizer, clips)
    assert (found.clean.wer, found.clean.wer_ci95) == (plain.wer, plain.wer_ci95)
    assert (found.clean.exact, found.clean.exact_ci95) == (plain.exact, plain.exact_ci95)
    assert (found.n_clips, found.n_words, found.ci95_unit) == (12, plain.errors.n_words, "speakers")
    assert found.clean.times_clean == 1


def test_every_kind_has_its_conditions(found: Robustness) -> None:
    assert [s.name for s in found.of("noise")] == ["20 dB", "15 dB", "10 dB", "5 dB", "0 dB"]
    assert [s.value for s in found.of("level")] == [-40, -30, -20, -10, 0]
    assert [s.name for s in found.of("bandwidth")] == ["8 kHz", "16 kHz", "telephone"]
    assert [s.name for s in found.of("room")] == ["200 ms"]


def test_sound_at_the_model_s_own_rate_is_unchanged_and_noise_does_harm(found: Robustness) -> None:
    assert found.of("bandwidth")[0].errors == found.clean.errors
    loud = found.of("noise")[-1]
    assert loud.wer is not None and found.clean.wer is not None
    assert loud.wer > found.clean.wer
    assert loud.times_clean == pytest.approx(loud.errors.total / found.clean.errors.total)
    low, high = loud.times_clean_ci95 or (0, 0)
    assert 1 < low < loud.times_clean < high


def test_it_is_the_same_every_time_and_another_seed_is_not(
    recognizer: Recognizer, clips: list[Clip], found: Robustness
) -> None:
    assert robustness(recognizer, clips, rooms=[ROOM]).to_json() == found.to_json()
    assert robustness(recognizer, clips, rooms=[ROOM], seed=1).scores != found.scores


def test_the_json_holds_the_ratio_at_10_db(found: Robustness) -> None:
    figures = json.loads(json.dumps(found.to_json(), allow_nan=False))
    at_10_db = next(s for s in figures["scores"] if s["name"] == "10 dB")
    assert figures["times_clean_10_db"] == at_10_db["times_clean"]
    assert figures["times_clean_10_db_ci95"] == at_10_db["times_clean_ci95"]
    assert "n_clips" not in found.summary() and found.summary()["n_heard"] == 12


def test_the_table_and_the_drawing_show_every_condition(found: Robustness) -> None:
    table = found.as_table().splitlines()
    assert table[1] == "3 noises: generated: white, pink and speech-shaped"
    assert [line.split()[0] for line in table[5:-2]] == ["clean", *(s.kind for s in found.scores)]
    assert table[-2:] == ["", "levels are of the loudest sample"]
    drawing = robustness_svg(found)
    assert all(
        title in drawing for title in ("Noise (generated", "Level", "Bandwidth", "200 ms", "telephone")
    )


def test_one_clip_without_errors_is_no_certainty(recognizer: Recognizer, clips: list[Clip]) -> None:
    one = robustness(recognizer, clips[:1], rooms=[ROOM])
    assert one.clean.wer == 0 and one.clean.wer_ci95 is None
    assert one.clean.exact_ci95 == pytest.approx((0.2065, 1), abs=1e-4)
    assert all(s.times_clean is None and s.times_clean_ci95 is None for s in one.scores)
    assert "unknown" in one.as_table()


def test_what_cannot_be_read_is_told(recognizer: Recognizer, clips: list[Clip]) -> None:
    gone = Clip(Path("gone.wav"), "yes")
    found = robustness(recognizer, [gone, clips[0]], rooms=[ROOM])
    assert (found.n_clips, found.n_failed) == (1, 1) and "gone.wav" in found.failed[0]
    with pytest.raises(DataError, match="none of 1 clips could be read"):
        robustness(recognizer, [gone])
