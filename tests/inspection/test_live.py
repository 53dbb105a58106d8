import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handwriting import make_pen_bundle
from tiny import make_tiny_bundle, speechlike
from wrist import make_wrist_bundle

from speechlstm.errors import ConfigError
from speechlstm.features.mfcc import MfccConfig
from speechlstm.inspection import live as home
from speechlstm.inspection.live import LiveInspector, Overheard, Picture
from speechlstm.live import Listener
from speechlstm.messages import Final, Gap, Overflow, Partial, Word
from speechlstm.model.cell import Gates
from speechlstm.recognizer import Recognizer
from speechlstm.sinks.sink import Sink

SOUND = speechlike(20_000)


class Words(Sink):
    """Keeps the final words."""

    def __init__(self) -> None:
        self.words: list[Word] = []

    def handle(self, event: Any) -> None:
        self.words += event.words if isinstance(event, Final) else ()


class Painter:
    """Keeps what it is to draw, and draws no faster than it is let."""

    def __init__(self, *, is_free: bool = True) -> None:
        self.pictures: list[Picture] = []
        self.words: list[str] = []
        self.may_draw = threading.Event()
        if is_free:
            self.may_draw.set()

    def __call__(self, picture: Picture, final: tuple[str, ...]) -> None:
        self.may_draw.wait(60)
        self.pictures.append(picture)
        self.words += final


@pytest.fixture(scope="module")
def recognizer(tiny_bundle: Path) -> Recognizer:
    return Recognizer.load(tiny_bundle)


@pytest.fixture(scope="module")
def with_lead(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    """One that takes silence as heard before the sound, which fills a chunk and begins another."""
    features = MfccConfig(fmin_hz=40.0, fmax_hz=4000.0, lead_frames=13)
    return Recognizer.load(make_tiny_bundle(tmp_path_factory.mktemp("lead") / "tiny", features=features))


def cut(x: np.ndarray, n: int = 480) -> list[np.ndarray]:
    return [x[i : i + n] for i in range(0, len(x), n)]


def spoilt(chunks: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Each in the same buffer, as a source may give them."""
    for chunk in chunks:
        buffer = chunk.copy()
        yield buffer
        buffer[...] = np.nan


def last_picture(recognizer: Recognizer, items: Any, n_units: int = 3) -> Picture:
    painter = Painter()
    with LiveInspector(recognizer, painter, n_units=n_units) as inspector:
        for item in items:
            inspector.hear(item)
    return painter.pictures[-1]


@pytest.mark.parametrize("size", [37, 480, 20_000])
@pytest.mark.parametrize("which", ["recognizer", "with_lead"])
def test_a_picture_shows_what_a_trace_tells(request: pytest.FixtureRequest, which: str, size: int) -> None:
    recognizer: Recognizer = request.getfixturevalue(which)
    trace = recognizer.trace(SOUND)
    picture = last_picture(recognizer, spoilt(cut(SOUND, size)))
    assert picture.strip.shape == (32, trace.n_frames)
    assert picture.strip.min() >= 0 and picture.strip.max() <= 1 and picture.strip.std() > 0.05
    np.testing.assert_allclose(picture.strip, home._strip(recognizer, trace.features), rtol=0, atol=1e-4)
    for i, name in enumerate(recognizer.bundle.vocabulary):
        expected = np.exp(trace.answer.log_probs[:, i + 1])
        np.testing.assert_allclose(picture.posteriors[name], expected, rtol=0, atol=1e-4)
    assert len(picture.units) == 3
    for unit, gates in picture.units.items():
        expected_gates = trace.cells()[unit.layer, unit.direction]
        for part, expected in zip(gates, expected_gates, strict=True):
            np.testing.assert_allclose(part, expected[:, unit.number], rtol=0, atol=1e-4)


def test_the_units_are_the_busiest(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "_STAY_S", -1.0)
    picture, trace = last_picture(recognizer, [SOUND], n_units=32), recognizer.trace(SOUND)
    moved = [
        np.abs(np.diff(trace.cells()[name.layer, name.direction].hidden[:, name.number])).sum()
        for name in picture.units
    ]
    assert len(moved) == 32
    np.testing.assert_array_less(np.diff(moved), 1e-3)


def test_a_long_stream_shows_its_end_only(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "_N_KEPT", 30)
    picture, trace = last_picture(recognizer, cut(SOUND, 240)), recognizer.trace(SOUND)
    name = recognizer.bundle.vocabulary[0]
    assert len(picture.posteriors[name]) == picture.strip.shape[1] == 30
    expected = np.exp(trace.answer.log_probs[-30:, 1])
    np.testing.assert_allclose(picture.posteriors[name], expected, rtol=0, atol=1e-4)
    for unit, gates in picture.units.items():
        shown = Gates(*(part[:, unit.number] for part in trace.cells()[unit.layer, unit.direction]))
        assert 20 < len(gates.cell) <= 30
        np.testing.assert_allclose(gates.cell, shown.cell[-len(gates.cell) :], rtol=0, atol=1e-4)


def test_the_recogniser_never_waits_for_a_picture(recognizer: Recognizer) -> None:
    """Nothing is drawn before the whole stream is heard, and the stream is heard all the same."""
    chunks = cut(speechlike(80_000))
    alone, watched, painter = Words(), Words(), Painter(is_free=False)
    Listener(recognizer, chunks, alone).run()
    with LiveInspector(recognizer, painter) as inspector:
        Listener(recognizer, Overheard(chunks, inspector), watched).run()
        assert painter.pictures == []
        # of ten seconds no more wait than three, and the chunk that went over
        assert sum(len(item) for item in inspector._waiting if isinstance(item, np.ndarray)) <= 24_480
        painter.may_draw.set()
    assert watched.words == alone.words
    assert len(alone.words) > 10
    assert 1 <= inspector.n_pictures <= 3
    assert painter.pictures[-1].n_left_out >= 2


def test_handing_on_costs_next_to_nothing(recognizer: Recognizer) -> None:
    """Measured by the time of the thread, which other programs do not add to."""
    chunks = cut(speechlike(480_000))
    with LiveInspector(recognizer, Painter()) as inspector:
        began_s = time.thread_time()
        for chunk in chunks:
            inspector.hear(chunk)
        took_s = time.thread_time() - began_s
    # a minute of sound
    assert took_s < 0.6


def test_no_more_pictures_than_were_asked_for(recognizer: Recognizer) -> None:
    painter = Painter()
    with LiveInspector(recognizer, painter, every_s=0.2) as inspector:
        for chunk in cut(SOUND, 240):
            inspector.hear(chunk)
            time.sleep(0.005)
        began_s = time.monotonic()
    lasted_s = 84 * 0.005 + time.monotonic() - began_s
    assert 2 <= inspector.n_pictures <= lasted_s / 0.2 + 30
    assert inspector.n_pictures < 42


def test_after_a_gap_it_begins_afresh(recognizer: Recognizer) -> None:
    picture = last_picture(recognizer, [SOUND[:9000], Gap(100), SOUND[9000:]])
    expected = np.exp(recognizer.trace(SOUND[9000:]).answer.log_probs[:, 1])
    np.testing.assert_allclose(picture.posteriors["yes"], expected, rtol=0, atol=1e-4)


def test_words_and_losses_are_told(recognizer: Recognizer) -> None:
    painter = Painter()
    with LiveInspector(recognizer, painter) as inspector:
        inspector.tell(Partial((Word("a", 0, 1, 1.0),)))
        inspector.tell(Final((Word("a", 0, 1, 1.0), Word("b", 1, 2, 1.0))))
        inspector.tell(Partial((Word("c", 2, 3, 1.0),)))
        inspector.hear(Overflow(3))
    assert painter.words == ["a", "b"]
    assert (painter.pictures[-1].believed, painter.pictures[-1].n_lost) == (("c",), 1)


def test_what_drawing_fails_with_comes_at_the_end(recognizer: Recognizer) -> None:
    def fail(picture: Picture, final: tuple[str, ...]) -> None:
        raise OSError("the terminal is gone")

    heard = Words()
    with (
        pytest.raises(OSError, match="the terminal is gone"),
        LiveInspector(recognizer, fail) as inspector,
    ):
        Listener(recognizer, Overheard(cut(SOUND), inspector), heard).run()
    assert heard.words


def test_a_source_that_is_iterated_anew(recognizer: Recognizer) -> None:
    with LiveInspector(recognizer, Painter()) as inspector:
        source = Overheard(cut(SOUND), inspector)
        assert len(list(source)) == len(list(source)) == len(cut(SOUND))


def test_a_source_that_is_there_again_is_traced_anew(recognizer: Recognizer) -> None:
    painter, chunks = Painter(), cut(SOUND[:8_000])
    with LiveInspector(recognizer, painter) as inspector:
        source = Overheard(chunks, inspector)
        assert len([*source, *source]) == 2 * len(chunks)
    again, once = painter.pictures[-1], last_picture(recognizer, chunks)
    for name, posteriors in once.posteriors.items():
        np.testing.assert_array_equal(again.posteriors[name], posteriors)


def test_a_sensor(tmp_path: Path) -> None:
    recognizer = Recognizer.load(make_wrist_bundle(tmp_path / "wrist"))
    x = np.random.default_rng(0).normal(size=(333, 2)).astype(np.float32)
    picture = last_picture(recognizer, [x])
    assert picture.strip.shape == (8, 84)
    assert tuple(picture.posteriors) == recognizer.bundle.vocabulary


def test_a_pen_has_no_time_to_draw(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="reads a pen"):
        LiveInspector(Recognizer.load(make_pen_bundle(tmp_path / "pen")), Painter())
