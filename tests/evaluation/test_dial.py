import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import soundfile
from tiny import SETTINGS, make_tiny_bundle, speechlike

from speechlstm.data.manifest import Clip
from speechlstm.errors import ConfigError, DataError
from speechlstm.evaluation import Dial, dial_svg, evaluate, sweep_latency
from speechlstm.recognizer import Recognizer


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bundle(tmp_path_factory.mktemp("dial") / "tiny", latency=SETTINGS)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, bundle: Path) -> list[Clip]:
    """Clips whose texts are what is heard at ``low``."""
    folder, recognizer, made = tmp_path_factory.mktemp("sound"), Recognizer.load(bundle, latency="low"), []
    for i in range(12):
        path = folder / f"{i}.wav"
        soundfile.write(path, speechlike(8000, seed=i), 8000)
        made.append(Clip(path, recognizer.transcribe(path).text, f"s{i}"))
    return made


@pytest.fixture(scope="module")
def dial(bundle: Path, clips: list[Clip]) -> Dial:
    return sweep_latency(Recognizer.load(bundle), clips)


def test_accuracy_is_what_evaluate_says_at_each_setting(bundle: Path, clips: list[Clip], dial: Dial) -> None:
    assert [point.latency for point in dial.points] == list(SETTINGS)
    for point in dial.points:
        recognizer = Recognizer.load(bundle, latency=point.latency)
        plain = evaluate(recognizer, clips)
        assert (point.evaluation.exact, point.evaluation.wer) == (plain.exact, plain.wer)
        assert (point.chunk_frames, point.lookahead_frames) == (
            SETTINGS[point.latency].chunk_frames,
            SETTINGS[point.latency].lookahead_frames,
        )
        assert point.bound_s == recognizer.latency_samples / 8000
    assert dial.points[0].evaluation.exact == 1


def test_what_is_lost_against_offline(dial: Dial) -> None:
    low, *_, offline = dial.points
    assert offline.evaluation.exact is not None and offline.evaluation.exact < 1
    assert low.exact_lost == pytest.approx(offline.evaluation.exact - 1)
    assert offline.exact_lost == 0 and offline.exact_lost_ci95 is None
    if low.exact_lost_ci95 is not None:
        assert low.exact_lost_ci95[0] <= low.exact_lost <= low.exact_lost_ci95[1] <= 0


def test_the_setting_asked_for_stands_for_the_model(dial: Dial) -> None:
    assert dial.asked == "balanced" and dial.point is dial.points[1]
    summary = dial.summary()
    assert summary["exact"] == dial.point.evaluation.exact
    assert [point["latency"] for point in summary["dial"]] == list(SETTINGS)


def test_delays_grow_with_the_setting(dial: Dial) -> None:
    medians = [point.delays.algorithmic.median_s for point in dial.points]
    assert None not in medians and medians == sorted(medians)  # type: ignore[type-var]
    for point in dial.points:
        assert point.delays.n_words >= 3
        p95_s = point.delays.algorithmic.p95_s
        assert p95_s is not None and p95_s <= point.bound_s + 0.02


def test_json_table_and_drawing(dial: Dial) -> None:
    figures = json.loads(json.dumps(dial.to_json(), allow_nan=False))
    assert figures["n_clips"] == 12 and "confusions" in figures
    low = figures["dial"][0]
    assert low["delays"]["final"]["median_s"] == dial.points[0].delays.final.median_s
    table = dial.as_table().splitlines()
    assert table[0] == f"12 clips, {figures['n_words']} words; 95 % intervals take speakers as independent"
    assert sum(line.startswith(tuple(SETTINGS)) for line in table) == 2 * len(SETTINGS)
    root = ElementTree.fromstring(dial_svg(dial))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("low") == 2 and texts.count("offline") == 1 and "emission" in texts


def test_one_clip_is_no_certainty(bundle: Path, clips: list[Clip]) -> None:
    one = sweep_latency(Recognizer.load(bundle), clips[:1])
    assert one.point.evaluation.wer_ci95 is None
    assert all(point.delays.final.median_ci95 is None for point in one.points)
    assert all(point.exact_lost_ci95 is None for point in one.points)
    assert "unknown" in one.as_table()
    assert dial_svg(one).startswith("<svg")


def test_clips_that_cannot_be_read(bundle: Path, clips: list[Clip]) -> None:
    recognizer, gone = Recognizer.load(bundle), Clip(Path("gone.wav"), "yes")
    found = sweep_latency(recognizer, [clips[0], gone, clips[1]], latencies=("low", "balanced"))
    assert (found.n_failed, found.point.evaluation.n_clips) == (1, 2)
    with pytest.raises(DataError, match="none of 1 clips could be read"):
        sweep_latency(recognizer, [gone])


def test_a_recogniser_at_another_setting_is_one_loaded_with_it(bundle: Path, clips: list[Clip]) -> None:
    recognizer = Recognizer.load(bundle, sensitivity=0.8)
    low, loaded = recognizer.at_latency("low"), Recognizer.load(bundle, latency="low", sensitivity=0.8)
    assert low.transcribe(clips[0].audio) == loaded.transcribe(clips[0].audio)
    assert (low.latency, low.latency_samples) == ("low", loaded.latency_samples)
    assert (recognizer.latency, low.engine) == ("balanced", recognizer.engine)
    with pytest.raises(ConfigError, match="unknown latency 'fast'"):
        recognizer.at_latency("fast")
