"""What a stream believes before it is final."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contract import assert_close
from listening import FRAME, SOUND, final_words, hear, pieces
from tiny import make_tiny_bundle, speechlike

from speechlstm.engine.engine import Engine
from speechlstm.engine.stage import Latency
from speechlstm.messages import Final, Partial
from speechlstm.recognizer import Recognizer


def test_partials_come_first_and_change_nothing(recognizer: Recognizer) -> None:
    events = hear(recognizer.stream(), pieces(SOUND, 240))
    finals = hear(recognizer.stream(partials=False), pieces(SOUND, 240))
    assert {type(event) for event in finals} == {Final}
    assert final_words(events) == final_words(finals)
    assert isinstance(events[0], Partial)
    partials = [event for event in events if isinstance(event, Partial)]
    assert len(partials) > 10


def test_a_partial_says_something_new(recognizer: Recognizer) -> None:
    believed: tuple[str, ...] = ()
    for event in hear(recognizer.stream(), pieces(SOUND, 100)):
        if isinstance(event, Partial):
            texts = tuple(word.text for word in event.words)
            assert texts != believed
        believed = texts if isinstance(event, Partial) else ()


def test_belief_is_what_the_end_would_give(recognizer: Recognizer) -> None:
    stream, n_fed, n_beliefs, finals = recognizer.stream(), 0, 0, []
    for chunk in pieces(SOUND, 1200):
        events, n_fed = stream.feed(chunk), n_fed + len(chunk)
        finals += final_words(events)
        if events and isinstance(events[-1], Partial):
            believed = (*finals, *events[-1].words)
            assert_close(believed, recognizer.transcribe(SOUND[:n_fed]).words, 1e-4)
            n_beliefs += 1
    assert n_beliefs > 3


def test_a_belief_left_at_the_end_is_settled_or_taken_back(recognizer: Recognizer) -> None:
    lengths = range(2000, 16_000, 500)
    last = [hear(recognizer.stream(), pieces(SOUND[:n], 240))[-1] for n in lengths]
    assert all(isinstance(event, Final) or event == Partial(()) for event in last)
    assert {type(event) for event in last} == {Final, Partial}


class CountingEngine:
    """An engine that counts the frames it is asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.config, self.n_frames = engine, engine.config, 0

    def step(self, x: np.ndarray, *rest: Any, **how: int) -> Any:
        self.n_frames += len(x)
        return self._engine.step(x, *rest, **how)


@pytest.mark.parametrize("latency", ["balanced", "offline"])
def test_beliefs_take_time_in_proportion_to_the_sound(tmp_path: Path, latency: str) -> None:
    dial = {
        "low": Latency(2, 1),
        "balanced": Latency(8, 4),
        "high": Latency(16, 8),
        "offline": Latency(4000, 8),
    }
    recognizer = Recognizer.load(make_tiny_bundle(tmp_path / "long", latency=dial), latency=latency)
    recognizer.network.engine = counting = CountingEngine(recognizer.engine)
    stream, n_counted = recognizer.stream(), []
    for chunk in pieces(speechlike(1600 * FRAME), FRAME):
        stream.feed(chunk)
        n_counted.append(counting.n_frames)
    assert n_counted[-1] < 50 * 1600
    assert n_counted[-1] - n_counted[799] < 1.3 * n_counted[799]
