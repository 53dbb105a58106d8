import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from browser import Browser
from click.testing import CliRunner, Result
from tiny import speechlike

from speechlstm.cli.main import cli
from speechlstm.data.manifest import Clip
from speechlstm.evaluation import Evaluation, evaluate
from speechlstm.evaluation.alarms import false_alarms
from speechlstm.evaluation.pages import Measured, words_page
from speechlstm.evaluation.pages.clip import MAX_SHOWN_SAMPLES, ClipView
from speechlstm.evaluation.pages.confusion import pair_counts
from speechlstm.messages import Word
from speechlstm.page import spectrogram_db
from speechlstm.recognizer import Recognizer

SVG = "{http://www.w3.org/2000/svg}"
RATE_HZ = 8000
NASTY = "</script><script>throw 1</script> yes"


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("sound")
    names = ["0.wav", "<b> & 'quoted'.wav", "2.wav", "long.wav"]
    for i, (name, n) in enumerate(zip(names, (RATE_HZ, RATE_HZ, 2 * RATE_HZ, 13 * RATE_HZ), strict=True)):
        soundfile.write(folder / name, speechlike(n, seed=i), RATE_HZ)
    return [folder / name for name in names]


@pytest.fixture(scope="module")
def evaluation(recognizer: Recognizer, sounds: list[Path]) -> Evaluation:
    texts = ["yes no", NASTY, "nothing of interest", "down"]
    clips = [
        Clip(path, text, f"<i>{i % 2}") for i, (path, text) in enumerate(zip(sounds, texts, strict=True))
    ]
    return evaluate(recognizer, [*clips, Clip(sounds[0].parent / "gone.wav", "up")])


def page_of(recognizer: Recognizer, measured: Measured) -> str:
    return str(words_page(recognizer, measured, what="a <set>", command="speechlstm evaluate m d"))


def test_a_browser_shows_all_parts_and_finds_no_fault(
    recognizer: Recognizer, evaluation: Evaluation, sounds: list[Path], browser: Browser
) -> None:
    measured = Measured(evaluation, false_alarms(recognizer, sounds[:2]))
    shown = browser.load(page_of(recognizer, measured))
    assert shown.errors == []
    names = ("short", "confusions", "speakers", "confidence", "alarms", "worst")
    assert re.findall('<section id="([^"]*)"', shown) == list(names)
    assert re.findall('<a href="#([^"]*)"', shown) == list(names)
    assert shown.count("<audio") == shown.count('class="now"') == 4
    told = re.sub('base64,[^"]*', "", shown)
    assert not re.search(r"\b(NaN|nan|None|inf)\b", told)
    text = unescape(shown)
    assert "said nothing" not in text and "said (nothing)" in text.replace('<b class="said">', "")
    assert f"whole text: {NASTY}" in text


def test_the_sound_plays_and_a_click_in_the_picture_goes_there(
    recognizer: Recognizer, evaluation: Evaluation, browser: Browser
) -> None:
    page = page_of(recognizer, Measured(evaluation))
    click = """<script>addEventListener('load', () => {
        const svg = document.querySelector('.clip svg'), box = svg.getBoundingClientRect();
        const audio = document.querySelector('.clip audio');
        const share = (Number(svg.dataset.left) + svg.dataset.width / 2) / svg.viewBox.baseVal.width;
        audio.play = () => {};
        svg.dispatchEvent(new MouseEvent('click', {clientX: box.left + box.width * share}));
        audio.dispatchEvent(new Event('seeked'));
        document.body.dataset.at = audio.currentTime / svg.dataset.seconds;
    });</script></body>"""
    shown = browser.load(page.replace("</body>", click))
    assert shown.errors == []
    at = shown.partition('data-at="')[2].partition('"')[0]
    assert float(at) == pytest.approx(0.5, abs=0.01)
    assert 'class="now playing"' in shown


def test_words_lie_over_the_sound_they_were_heard_in() -> None:
    words = (Word("up", 2000, 4000, 0.75), Word("down", 6000, 8000, 1.0))
    log_probs = np.log(np.full((33, 3), 1 / 3))
    view = ClipView(np.zeros(8000), 8000, log_probs, 240, ("up", "down"), words)
    root = ElementTree.fromstring(view.draw("t"))
    left, width = (float(root.get(f"data-{name}", "")) for name in ("left", "width"))
    bands = [r for r in root.iter(f"{SVG}rect") if r.get("class") == "band"]
    places = [(float(b.get("x", "")), float(b.get("width", ""))) for b in bands]
    assert places == [
        pytest.approx((left + width / 4, width / 4)),
        pytest.approx((left + 3 * width / 4, width / 4)),
    ]
    told = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "up 0.75" in told and "down 1.00" in told
    lines = [line.get("points", "").split() for line in root.iter(f"{SVG}polyline")]
    assert [len(points) for points in lines] == [33, 33, 33]
    first, last = (float(lines[0][i].split(",")[0]) for i in (0, -1))
    assert first == pytest.approx(left + width * 120 / 8000, abs=0.1)
    assert last == pytest.approx(left + width * (32 * 240 + 120) / 8000, abs=0.1)


def test_what_was_said_has_a_line_though_the_model_did_not_think_of_it() -> None:
    log_probs = np.log(np.tile([0.999, 0.0005, 0.0005], (33, 1)))
    view = ClipView(np.zeros(8000), 8000, log_probs, 240, ("up", "down"), (), ("down",))
    root = ElementTree.fromstring(view.draw("t"))
    assert len(list(root.iter(f"{SVG}polyline"))) == 2  # the word, and no word
    told = [text.text for text in root.iter(f"{SVG}text")]
    assert "down" in told and "up" not in told


def test_a_tone_lies_at_its_frequency_and_level() -> None:
    t = np.arange(8000) / 8000
    level_db = spectrogram_db(0.1 * np.sin(2 * np.pi * 1000 * t), 8000)
    assert level_db.shape == (101, 101)
    assert np.argmax(level_db[:, 50]) == 1000 * 200 // 8000
    assert level_db[:, 50].max() == pytest.approx(-20, abs=0.1)
    assert spectrogram_db(np.zeros(0), 8000).tolist() == [[-120.0]] * 101


def test_a_confidence_is_told_in_its_bins(recognizer: Recognizer, evaluation: Evaluation) -> None:
    page = page_of(recognizer, Measured(evaluation))
    told = page[page.index('<section id="confidence">') : page.index('<section id="worst">')]
    words = evaluation.confidence.words
    for one in words.bins:
        row = f'<td class="number">{one.n}</td><td class="number">{one.confidence:.2f}</td>'
        assert row in told
    assert f"{100 * (words.ece or 0):.1f} %" in told


def test_pairs_are_counted_with_what_is_right(evaluation: Evaluation) -> None:
    pairs = pair_counts(evaluation.results)
    errors = evaluation.errors
    right = sum(n for (said, heard), n in pairs.items() if said == heard)
    assert right == errors.n_words - errors.deletions - errors.substitutions
    assert sum(n for (said, _), n in pairs.items() if not said) == errors.insertions
    assert sum(n for (said, _), n in pairs.items() if said) == errors.n_words


def test_ten_clips_of_noise_stay_below_five_megabytes(recognizer: Recognizer, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.99, 0.99, 2 * MAX_SHOWN_SAMPLES)
    path = tmp_path / "noise.wav"
    soundfile.write(path, noise, RATE_HZ)
    page = page_of(recognizer, Measured(evaluate(recognizer, [Clip(path, "yes")] * 12)))
    assert page.count("<audio") == 10
    assert "the first 12 s of 24 s" in page
    assert len(page.encode()) < 5e6


def test_where_all_is_right_there_is_nothing_to_hear(recognizer: Recognizer, sounds: list[Path]) -> None:
    text = recognizer.transcribe(sounds[0]).text
    page = page_of(recognizer, Measured(evaluate(recognizer, [Clip(sounds[0], text)])))
    assert "<audio" not in page and 'id="worst"' not in page
    assert "100.0 %" in page and "1 clips" not in page


def test_a_clip_that_is_gone_by_then_is_named(recognizer: Recognizer, evaluation: Evaluation) -> None:
    gone = tuple(
        replace(r, clip=replace(r.clip, audio=r.clip.audio.with_name("gone.wav"))) for r in evaluation.results
    )
    page = page_of(recognizer, Measured(replace(evaluation, results=gone)))
    assert "gone.wav: no such file; check the name" in page and "<audio" not in page


def test_nothing_right_and_nothing_said(recognizer: Recognizer, sounds: list[Path]) -> None:
    unread = evaluate(recognizer, [Clip(sounds[0].parent / "gone.wav", "up")])
    assert "unknown" in page_of(recognizer, Measured(unread))
    nothing = evaluate(recognizer, [Clip(sounds[0], "")])
    assert 'id="worst"' in page_of(recognizer, Measured(nothing))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)])


@pytest.fixture
def manifest(sounds: list[Path], tmp_path: Path) -> Path:
    rows = [{"audio": str(path), "text": text} for path, text in zip(sounds[:2], ("yes", NASTY), strict=True)]
    path = tmp_path / "manifest.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_all_that_can_be_asked_for_stands_on_one_page(
    tiny_bundle: Path, manifest: Path, sounds: list[Path], tmp_path: Path, browser: Browser
) -> None:
    page = tmp_path / "all.html"
    asked = ["--sweep-latency", "--robustness", "--endless", 0.002, "--false-alarms", sounds[2]]
    result = run(tiny_bundle, manifest, *asked, "--report", page, "--json", "--latency", "low")
    assert (result.exit_code, result.stderr) == (0, "")
    figures = json.loads(result.stdout)
    assert [point["latency"] for point in figures["dial"]] == ["low", "balanced", "high", "offline"]
    assert figures["wer"] == figures["dial"][0]["wer"] == figures["robustness"]["clean"]["wer"]
    assert figures["endless"]["hours"] > 0 and figures["hours"] > 0
    shown = browser.load(page.read_text())
    assert shown.errors == []
    for name in ("alarms", "latency", "robustness", "endless"):
        assert f'<section id="{name}">' in shown
    assert not re.search(r"\b(NaN|nan|None|inf)\b", re.sub('base64,[^"]*', "", shown))
    both = run(tiny_bundle, manifest, "--sweep-latency", "--report", page, "--plot", tmp_path / "a.svg")
    assert both.exit_code == 2 and "--report draws all of it; leave --plot out" in both.stderr


def test_the_command_writes_the_page_beside_its_figures(
    tiny_bundle: Path, manifest: Path, sounds: list[Path], tmp_path: Path
) -> None:
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    (quiet / "a.wav").write_bytes(sounds[2].read_bytes())
    page = tmp_path / "a page.html"
    result = run(tiny_bundle, manifest, "--false-alarms", quiet, "--report", page, "--json", "--limit", 2)
    assert (result.exit_code, result.stderr) == (0, "")
    figures = json.loads(result.stdout)
    assert figures["n_clips"] == 2 and figures["hours"] == pytest.approx(2 / 3600)
    assert figures["false_alarms"]["alarms_per_hour"] == figures["alarms_per_hour"]
    text = unescape(page.read_text())
    assert f"--false-alarms {quiet} --report '{page}'" in text and "--json --limit 2" in text
    assert f"<h1>tiny on {tmp_path.name}</h1>" in text


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("none/a.html", "No such file or directory; make its folder first"),
        ("a.pdf", "ends in .pdf; expected .html"),
        ("", "is a directory"),
    ],
)
def test_a_page_that_cannot_be_written_is_told_of_first(
    tiny_bundle: Path, manifest: Path, tmp_path: Path, page: str, told: str
) -> None:
    result = run(tiny_bundle, manifest, "--report", tmp_path / page)
    assert result.exit_code != 0 and result.stdout == ""
    assert told in result.stderr


def test_a_page_needs_clips(tiny_bundle: Path, sounds: list[Path], tmp_path: Path) -> None:
    result = run(tiny_bundle, "--false-alarms", sounds[0].parent, "--report", tmp_path / "a.html")
    assert result.exit_code == 2 and "give a MANIFEST to measure on" in result.stderr
    assert not (tmp_path / "a.html").exists()
