import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser import Browser
from handwriting import make_pen_bundle
from tides import make_tides_bundle
from tiny import make_tiny_bundle, speechlike
from wrist import make_wrist_bundle

from speechlstm.errors import ConfigError, DataError
from speechlstm.features.mfcc import MfccConfig
from speechlstm.inspection.inspection import Inspection, inspection_of
from speechlstm.inspection.numbers import inspection_arrays, inspection_object
from speechlstm.inspection.page import inspection_page
from speechlstm.inspection.panels import LEFT, TOTAL, WIDTH
from speechlstm.inspection.units import UnitName, time_constants
from speechlstm.recognizer import Recognizer

SOUND = speechlike(12_345)
DRAWN = (UnitName(1, "backward", 3), UnitName(0, "forward", 0))


@pytest.fixture(scope="module", params=[0, 13], ids=["no lead", "lead"])
def inspection(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    features = MfccConfig(fmin_hz=40.0, fmax_hz=4000.0, lead_frames=request.param)
    folder = make_tiny_bundle(tmp_path_factory.mktemp("models") / "tiny", features=features)
    return inspection_of(Recognizer.load(folder), SOUND, name="noise <b>.wav", start_samples=4000)


@pytest.fixture(scope="module")
def of_sensor(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    recognizer = Recognizer.load(make_wrist_bundle(tmp_path_factory.mktemp("models") / "wrist"))
    x = np.random.default_rng(0).normal(size=(333, 2)).astype(np.float32)
    return inspection_of(recognizer, x, name="wrist.csv")


def test_it_hears_what_the_recogniser_hears(inspection: Inspection) -> None:
    words = inspection.recognizer.transcribe(SOUND).words
    assert len(words) > 5
    assert [word.text for word in inspection.words] == [word.text for word in words]


def test_every_unit_is_told_of(inspection: Inspection) -> None:
    assert len(inspection.units) == 2 * 2 * 8
    unit = inspection.unit(DRAWN[0])
    forget = inspection.trace.layers[1].backward.forget
    assert unit.memory_frames == pytest.approx(time_constants(forget)[3])
    assert unit.effect_bits == pytest.approx(inspection.effects_bits[DRAWN[0]].mean())
    assert unit.information_bits.keys() == {word.text for word in inspection.words}
    assert any(one.text is not None for one in inspection.units)


def test_the_most_telling_come_first(inspection: Inspection) -> None:
    effects = [inspection.unit(name).effect_bits for name in inspection.most_telling(32)]
    assert effects == sorted(effects, reverse=True)
    assert effects[0] > effects[-1] >= 0


def test_numbers(inspection: Inspection) -> None:
    told = json.loads(json.dumps(inspection_object(inspection, DRAWN)))
    assert (told["model"], told["file"], told["start"]) == ("tiny", "noise <b>.wav", 0.5)
    assert [word["word"] for word in told["words"]] == [word.text for word in inspection.words]
    assert told["words"][0]["start"] >= 0.5
    assert (told["drawn"], len(told["units"])) == (["1b3", "0f0"], 32)
    arrays = inspection_arrays(inspection)
    n_words, n_frames = len(arrays["words"]), inspection.trace.n_frames
    assert arrays["information_bits"].shape == (32, n_words)
    assert arrays["effects_bits"].shape == (32, n_frames)
    assert not {"phones", "phone_labels"} & arrays.keys()
    assert arrays["layer1.backward.cell"].shape == (n_frames, 8)
    assert arrays["units"].tolist() == [unit["unit"] for unit in told["units"]]


def test_a_page_loads_without_complaint_and_tells_values(inspection: Inspection, browser: Browser) -> None:
    page = str(inspection_page(inspection, DRAWN))
    assert "noise &lt;b&gt;.wav" in page and "noise <b>" not in page
    pointed = page.replace(
        "</body>",
        """<script>
        const box = panels.getBoundingClientRect(), x = (shown.left + shown.width * 0.5) / shown.total;
        panels.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + box.width * x }));
        heads[1].click();
        </script></body>""",
    )
    loaded = browser.load(pointed)
    assert loaded.errors == []
    values = re.findall(r'<output id="value-\d+">(.*?)</output>', loaded)
    assert len(values) == 4 + 3 * len(DRAWN)
    middle = inspection.trace.n_frames // 2
    gates = inspection.trace.layers[1].backward
    expected = (float(part[middle, 3]) for part in (gates.input, gates.forget, gates.output))
    assert values[4] == "i {:.3f}   f {:.3f}   o {:.3f}".format(*expected)
    best = int(inspection.trace.answer.log_probs[middle].argmax())
    assert values[2].startswith(inspection.labels[best])
    seconds = float(re.search(r'<output id="now">([\d.]+) s', loaded)[1])  # type: ignore[index]
    assert seconds == pytest.approx(0.5 + 0.5 * inspection.trace.n_frames * 0.03, abs=0.02)
    first = re.search(r'<table id="units">.*?<tbody><tr[^>]*><td>(\w+)', loaded, re.DOTALL)
    slowest = max(inspection.units, key=lambda unit: unit.memory_frames)
    assert first is not None and first[1] == str(slowest.name)


def test_the_players_cursor_moves_through_all_panels(inspection: Inspection, browser: Browser) -> None:
    page = str(inspection_page(inspection, DRAWN)).replace(
        "</body>",
        "<script>sound.currentTime = 0.76; sound.dispatchEvent(new Event('seeked'));</script></body>",
    )
    loaded = browser.load(page)
    assert loaded.errors == []
    # the clip begins at 0.5 s of its file
    assert '<output id="now">1.26 s</output>' in loaded
    share = 0.76 / (inspection.trace.n_frames * inspection.frame_s)
    left = float(re.search(r'id="cursor" style="left: ([\d.]+)%', loaded)[1])  # type: ignore[index]
    assert left == pytest.approx(100 * (LEFT + WIDTH * share) / TOTAL, abs=0.01)
    frame = int(0.76 / inspection.frame_s)
    i, f, o = (float(inspection.trace.layers[1].backward[part][frame, 3]) for part in (0, 1, 3))
    assert f"i {i:.3f}   f {f:.3f}   o {o:.3f}" in loaded
    effect = inspection.effects_bits[DRAWN[1]][frame]
    assert f'<output id="value-9">bits {effect:.3f}</output>' in loaded


def test_units_are_sorted_by_what_they_tell_of_a_word(inspection: Inspection, browser: Browser) -> None:
    words = list(inspection.units[0].information_bits)
    place = len(words) - 1
    chosen = str(inspection_page(inspection, DRAWN)).replace(
        "</body>",
        f"""<script>word.value = '{place}'; word.dispatchEvent(new Event('change'));</script></body>""",
    )
    loaded = browser.load(chosen)
    assert loaded.errors == []
    table = loaded.partition('<table id="units">')[2]
    rows = re.findall(r"<tr[^>]*><td>(\w+)</td><td.*?</td><td>(\w*)</td><td[^>]*>([\d.]+)</td>", table)
    bits = {str(unit.name): unit.information_bits[words[place]] for unit in inspection.units}
    # shown are three decimals, rounded by the browser
    expected = sorted(bits.values(), reverse=True)
    assert [float(row[2]) for row in rows] == pytest.approx(expected, abs=0.00051)
    assert bits[rows[0][0]] == max(bits.values()) > 0
    assert rows[0][1] == words[place] and rows[0][2] == f"{bits[rows[0][0]]:.3f}"


def test_phones_are_drawn_by_their_names(tmp_path: Path, browser: Browser) -> None:
    recognizer = Recognizer.load(make_tiny_bundle(tmp_path / "tiny", phones=("AH", "B", "CH")))
    found = inspection_of(recognizer, SOUND[:4000], name="a")
    assert found.phone_labels == ("(blank)", "AH", "B", "CH")
    told = found.phones_told()
    assert told and set(told) <= {"AH", "B", "CH"}
    for name, values in told.items():
        column = found.phone_labels.index(name)
        np.testing.assert_allclose(values, np.exp(found.trace.phones[:, column]))
    page = str(inspection_page(found, found.most_telling(1)))
    assert "phones that the lower layers tell" in page
    assert browser.load(page).errors == []
    arrays = inspection_arrays(found)
    assert arrays["phone_labels"].tolist() == list(found.phone_labels)
    assert arrays["phones"].shape == (found.trace.n_frames, 4)


def test_phones_without_names_have_numbers(tmp_path: Path) -> None:
    recognizer = Recognizer.load(make_tiny_bundle(tmp_path / "tiny", phones=("AH", "B")))
    nameless = replace(recognizer.bundle, config=replace(recognizer.bundle.config, phones=()))
    found = inspection_of(Recognizer(nameless), SOUND[:4000], name="a")
    assert found.phone_labels == ("(blank)", "1", "2")


def test_a_page_of_a_sensor_has_no_player(of_sensor: Inspection, browser: Browser) -> None:
    page = str(inspection_page(of_sensor, of_sensor.most_telling(2)))
    assert "<audio" not in page
    assert browser.load(page).errors == []


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    recognizer = Recognizer.load(make_wrist_bundle(tmp_path / "wrist"))
    x = np.zeros((40, 2), np.float32)
    inspection_of(recognizer, x, name="a", report=lambda n_done, n: told.append((n_done, n)))
    assert told == [(i + 1, 12) for i in range(12)]


def test_silence_in_which_nothing_is_heard(tmp_path: Path, browser: Browser) -> None:
    recognizer = Recognizer.load(make_tiny_bundle(tmp_path / "tiny"), sensitivity=0.0)
    found = inspection_of(recognizer, np.zeros(240, np.float32), name="a")
    assert found.trace.n_frames == 1
    page = str(inspection_page(found, found.most_telling(1)))
    assert browser.load(page).errors == []


def test_what_cannot_be_drawn(tmp_path: Path) -> None:
    pen, tides = make_pen_bundle(tmp_path / "pen"), make_tides_bundle(tmp_path / "tides")
    with pytest.raises(
        ConfigError, match=r"reads a pen; what is drawn are words .* use Recognizer\.trace\(\)"
    ):
        inspection_of(Recognizer.load(pen), np.zeros((9, 3), np.float32), name="a")
    with pytest.raises(ConfigError, match="forecasts; what is drawn are words"):
        inspection_of(Recognizer.load(tides), np.zeros((9, 2), np.float32), name="a")
    tiny = Recognizer.load(make_tiny_bundle(tmp_path / "tiny"))
    with pytest.raises(DataError, match="a: holds no samples there"):
        inspection_of(tiny, SOUND[:0], name="a")
