"""A tiny recogniser at each setting of its dial, sound for it, and what its streams say."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
from tiny import speechlike

from speechlstm.messages import Event, Final, Utterance, Word
from speechlstm.recognizer import Recognizer, Stream

__all__ = ["FRAME", "SOUND", "at", "final_words", "hear", "pieces", "utterances"]

SOUND = speechlike(16_000)
FRAME = 240


@cache
def at(folder: Path, latency: str) -> Recognizer:
    return Recognizer.load(folder, latency=latency)


def hear(stream: Stream, chunks: Iterable[np.ndarray]) -> list[Event]:
    """All events; every chunk comes in a buffer that is spoilt afterwards."""
    events: list[Event] = []
    for chunk in chunks:
        buffer = chunk.copy()
        events += stream.feed(buffer)
        buffer[...] = np.nan
    return [*events, *stream.finish()]


def utterances(events: Iterable[Event]) -> list[Utterance]:
    return [event for event in events if isinstance(event, Utterance)]


def final_words(events: Iterable[Event]) -> tuple[Word, ...]:
    return tuple(word for event in events if isinstance(event, Final) for word in event.words)


def pieces(sound: np.ndarray, size: int) -> list[np.ndarray]:
    return [sound[i : i + size] for i in range(0, len(sound), size)]
