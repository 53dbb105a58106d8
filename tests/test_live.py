import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import speechlike

from speechlstm.decode.endpoint import EndpointConfig
from speechlstm.errors import AudioError, DataError, DeviceError
from speechlstm.live import Listener, LiveStats, Reconnection
from speechlstm.messages import Event, Final, Gap, Overflow, Partial, Utterance, Word
from speechlstm.recognizer import Recognizer
from speechlstm.sinks.sink import Sink
from speechlstm.sources.recording import RecordingWriter

SOUND = speechlike(5 * 8_000)


class Viewer(Sink):
    """Keeps events and levels, and what someone who reads them would see.

    A final ends the partial before it; whether words that lie after the final stay seen until the next
    partial (the terminal's way) or not (Vosk's) must make no difference in the end.
    """

    def __init__(self, keeps_open_words: bool = True) -> None:
        self.keeps_open_words = keeps_open_words
        self.events: list[Event] = []
        self.levels: list[tuple[float, float]] = []
        self.final: list[Word] = []
        self.believed: tuple[Word, ...] = ()
        self.n_closed = 0

    def handle(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Final):
            self.final += event.words
            final_to = event.words[-1].end_samples
            open_words = tuple(word for word in self.believed if word.start_samples >= final_to)
            self.believed = open_words if self.keeps_open_words else ()
        elif isinstance(event, Partial):
            self.believed = event.words

    def level(self, rms_dbfs: float, peak_dbfs: float) -> None:
        self.levels.append((rms_dbfs, peak_dbfs))

    def close(self) -> None:
        self.n_closed += 1


def cut(x: np.ndarray, n: int = 480) -> list[np.ndarray]:
    return [x[i : i + n] for i in range(0, len(x), n)]


def then(chunks: Iterable[Any], error: Exception) -> Iterator[Any]:
    yield from chunks
    raise error


def hear(recognizer: Recognizer, source: Iterable[Any], **options: Any) -> tuple[Viewer, LiveStats]:
    viewer = Viewer()
    listener = Listener(recognizer, source, viewer, **options)
    listener.run()
    return viewer, listener.stats


def assert_same(words: Sequence[Word], expected: Sequence[Word]) -> None:
    assert texts(words) == texts(expected) != []
    for field, atol in (("start_samples", 1), ("end_samples", 1), ("confidence", 1e-4)):
        got, wanted = ([getattr(word, field) for word in some] for some in (words, expected))
        np.testing.assert_allclose(got, wanted, rtol=0, atol=atol)


def texts(words: Iterable[Word]) -> list[str]:
    return [word.text for word in words]


@settings(max_examples=20, deadline=None)
@given(sizes=st.lists(st.integers(0, 6_000), max_size=12), partials=st.booleans())
def test_any_chunks_give_the_words_of_the_whole(
    recognizer: Recognizer, sizes: list[int], partials: bool
) -> None:
    viewer, stats = hear(
        recognizer, np.split(SOUND, np.minimum(np.cumsum(sizes), len(SOUND))), partials=partials
    )
    assert_same(viewer.final, recognizer.transcribe(SOUND).words)
    assert viewer.believed == ()
    assert (stats.n_samples, stats.n_words) == (len(SOUND), len(viewer.final))


@pytest.mark.parametrize("latency", ["low", "balanced"])
@pytest.mark.parametrize("keeps_open_words", [False, True])
def test_what_is_seen_at_any_moment_is_the_transcript_up_to_then(
    tiny_bundle: Path, latency: str, keeps_open_words: bool
) -> None:
    recognizer, viewer = Recognizer.load(tiny_bundle, latency=latency), Viewer(keeps_open_words)
    n_frame = recognizer.bundle.config.features.frame_samples
    stream = recognizer.stream()
    for n_heard in range(n_frame, 20_000, n_frame):
        for event in stream.feed(SOUND[n_heard - n_frame : n_heard]):
            viewer.handle(event)
        expected = recognizer.transcribe(SOUND[:n_heard]).words
        assert texts([*viewer.final, *viewer.believed]) == texts(expected)
    assert any(isinstance(event, Partial) and len(event.words) > 1 for event in viewer.events)


def test_a_partial_is_not_said_twice(recognizer: Recognizer) -> None:
    viewer, _ = hear(recognizer, cut(SOUND, 60))
    for before, after in zip(viewer.events, viewer.events[1:], strict=False):
        if isinstance(before, Partial) and isinstance(after, Partial):
            assert texts(before.words) != texts(after.words)


def test_a_word_is_final_within_the_declared_delay(recognizer: Recognizer) -> None:
    viewer, n_heard = Viewer(), 0
    stream = recognizer.stream()
    for chunk in cut(SOUND, 80):
        n_heard += len(chunk)
        for event in stream.feed(chunk):
            viewer.handle(event)
            if isinstance(event, Final):
                assert n_heard - event.words[0].start_samples < recognizer.latency_samples + 2_000
    shown_early = [e for e in viewer.events if isinstance(e, Partial) and e.words]
    assert len(shown_early) >= 5


def test_without_partials_there_are_none(recognizer: Recognizer) -> None:
    viewer, _ = hear(recognizer, cut(SOUND), partials=False)
    assert {type(event) for event in viewer.events} == {Final}


def test_levels_go_to_the_sink(recognizer: Recognizer) -> None:
    viewer, _ = hear(recognizer, [np.full(480, 0.1, np.float32), np.zeros(480, np.float32)])
    assert viewer.levels == [pytest.approx((-20, -20), abs=0.01), (-120, -120)]


def test_overflows_go_to_the_sink_in_their_place_and_are_counted(recognizer: Recognizer) -> None:
    viewer, stats = hear(recognizer, [SOUND[:800], Overflow(720), SOUND[800:1_600], Overflow(0)])
    assert [event for event in viewer.events if isinstance(event, Overflow)] == [Overflow(720), Overflow(0)]
    assert (stats.n_overflows, stats.n_dropped_samples, stats.n_samples) == (2, 720, 1_600)


def test_figures(recognizer: Recognizer) -> None:
    _, stats = hear(recognizer, cut(SOUND))
    assert stats.heard_s == 5
    assert 0 < stats.longest_step_s <= stats.processing_s
    assert stats.rtf == stats.processing_s / 5
    assert hear(recognizer, [])[1] == LiveStats(0, 8_000)
    assert LiveStats(0, 8_000).rtf is None


@pytest.mark.parametrize(
    "error",
    [AudioError("holds NaN"), DataError("is a damaged gzip"), DeviceError("it stopped giving sound")],
)
def test_words_before_a_failure_are_not_lost(recognizer: Recognizer, error: Exception) -> None:
    viewer = Viewer()
    with pytest.raises(type(error), match=str(error)):
        Listener(recognizer, then(cut(SOUND), error), viewer).run()
    assert_same(viewer.final, recognizer.transcribe(SOUND).words)


def test_a_sink_that_fails_is_left_alone(recognizer: Recognizer) -> None:
    class Broken(Viewer):
        def handle(self, event: Event) -> None:
            super().handle(event)
            raise BrokenPipeError("nobody reads")

    viewer = Broken()
    with pytest.raises(BrokenPipeError, match="nobody reads"):
        Listener(recognizer, cut(SOUND), viewer).run()
    assert len(viewer.events) == 1


def test_the_recording_is_what_was_heard(recognizer: Recognizer, tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "heard.wav", 8_000) as recording:
        hear(recognizer, [SOUND[:1_000], Overflow(300), SOUND[1_000:]], recording=recording)
    heard, rate = soundfile.read(tmp_path / "heard.wav", dtype="float32")
    assert rate == 8_000
    np.testing.assert_allclose(heard, SOUND, atol=1 / 32_768)


def test_words_up_to_a_full_disk_are_not_lost(recognizer: Recognizer, tmp_path: Path) -> None:
    class Full(RecordingWriter):
        def write(self, samples: np.ndarray) -> None:
            if self.n_samples >= 24_000:
                raise AudioError("heard.wav: writing failed (No space left on device)")
            super().write(samples)

    viewer = Viewer()
    with (
        Full(tmp_path / "heard.wav", 8_000) as recording,
        pytest.raises(AudioError, match="No space left"),
    ):
        Listener(recognizer, cut(SOUND), viewer, recording=recording).run()
    assert_same(viewer.final, recognizer.transcribe(SOUND[:24_000]).words)


def test_after_a_reconnection_the_model_begins_afresh_and_time_goes_on(recognizer: Recognizer) -> None:
    class Device:
        """Vanishes after the first part of the sound, and ends after the second."""

        parts = iter([then(cut(SOUND[:16_000]), DeviceError("gone")), cut(SOUND[16_000:])])

        def __iter__(self) -> Iterator[Any]:
            return iter(next(self.parts))

    lost: list[DeviceError] = []
    viewer, stats = hear(recognizer, Device(), on_lost=lambda error: not lost.append(error))
    first, second = recognizer.transcribe(SOUND[:16_000]), recognizer.transcribe(SOUND[16_000:])
    later = [
        Word(w.text, w.start_samples + 16_000, w.end_samples + 16_000, w.confidence) for w in second.words
    ]
    assert_same(viewer.final, [*first.words, *later])
    assert (str(lost[0]), len(lost), viewer.n_closed) == ("gone", 1, 1)
    assert (stats.n_samples, stats.n_reconnections) == (len(SOUND), 1)


def test_a_wait_that_is_given_up_is_no_failure(recognizer: Recognizer) -> None:
    viewer, stats = hear(recognizer, then(cut(SOUND), DeviceError("gone")), on_lost=lambda error: False)
    assert stats.n_reconnections == 0
    assert_same(viewer.final, recognizer.transcribe(SOUND).words)


def test_a_source_can_be_stopped_from_another_thread(recognizer: Recognizer) -> None:
    stopped = threading.Event()

    def endless() -> Iterator[np.ndarray]:
        for i in range(10_000):
            if stopped.is_set():
                return
            yield SOUND[i % 60 * 480 :][:480]
            time.sleep(0.001)

    viewer = Viewer()
    listener = Listener(recognizer, endless(), viewer)
    thread = threading.Thread(target=listener.run)
    thread.start()
    until_s = time.monotonic() + 20
    while listener.stats.n_words < 3 and time.monotonic() < until_s:
        time.sleep(0.01)
    stopped.set()
    thread.join(10)
    assert not thread.is_alive()
    assert listener.stats.n_words == len(viewer.final) >= 3
    assert viewer.believed == ()


class Away:
    """A device that is back at the third look."""

    device_name = "USB Mic"

    def __init__(self) -> None:
        self.n_looks = 0

    def reopen(self) -> None:
        self.n_looks += 1
        if self.n_looks < 3:
            raise DeviceError("not back yet")


def test_waiting_for_a_device() -> None:
    said: list[str] = []
    device = Away()
    assert Reconnection(device, said.append, every_s=0.01)(DeviceError("gone"))
    assert said == ["device lost, waiting for it", "hearing 'USB Mic' again"]
    assert device.n_looks == 3


def test_a_wait_can_be_stopped() -> None:
    device = Away()
    waiting = Reconnection(device, lambda message: None, every_s=60)
    threading.Timer(0.05, waiting.stop).start()
    began_s = time.monotonic()
    assert not waiting(DeviceError("gone"))
    assert time.monotonic() - began_s < 5
    assert device.n_looks == 0


def test_utterances_lie_where_their_words_do_after_a_gap(recognizer: Recognizer) -> None:
    gap = Gap(8_000)
    viewer, stats = hear(recognizer, [*cut(SOUND), gap, *cut(SOUND)], endpoint=EndpointConfig(2, 30))
    assert (stats.n_samples, stats.heard_s) == (2 * len(SOUND) + gap.n_samples, 10)
    told = [event for event in viewer.events if isinstance(event, Utterance)]
    assert [word for utterance in told for word in utterance.words] == viewer.final
    later_ones = [one for one in told if one.words[0].start_samples >= len(SOUND) + gap.n_samples]
    assert 0 < len(later_ones) < len(told)
    # what was open at the gap ended there
    assert all(one.words[-1].start_samples < one.end_samples <= stats.n_samples + 8_000 for one in told)
