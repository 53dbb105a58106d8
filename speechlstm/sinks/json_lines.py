"""Live events as JSON lines; words in the shapes of Vosk."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from speechlstm.messages import Event, Final, Kind, Partial, Word
from speechlstm.sinks.rows import segment_row, word_row
from speechlstm.sinks.sink import Sink

__all__ = ["JsonLinesSink"]


class JsonLinesSink(Sink):
    """Writes each event at once.

    ``{"partial": "three five"}``, ``{"text": "three", "result": [{"word", "start", "end", "conf"}]}``
    with times in seconds from the start of the stream, and ``{"overflow": n}`` for ``n`` lost samples. Of a
    model for segments each that is final is a line, ``{"label", "start", "end", "conf"}``.

    Args:
        file: Where the lines go; left open.
        sample_rate_hz: The model's sample rate, the unit of the words' times.
        kind: What the model gives.

    Example:
        >>> import sys
        >>> sink = JsonLinesSink(sys.stdout, sample_rate_hz=8_000)
        >>> sink.handle(Final((Word("go", 800, 2_400, 0.98),)))
        {"text": "go", "result": [{"word": "go", "start": 0.1, "end": 0.3, "conf": 0.98}]}
    """

    def __init__(self, file: TextIO, *, sample_rate_hz: int, kind: Kind = "words") -> None:
        self._file = file
        self._sample_rate_hz = sample_rate_hz
        self._kind = kind

    def handle(self, event: Event) -> None:
        for line in self._shapes(event):
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def level(self, rms_dbfs: float, peak_dbfs: float) -> None:
        """Nothing: Vosk has no shape for it."""

    def settled(self, n_samples: int) -> None:
        """Nothing: every line is out already."""

    def close(self) -> None:
        """Nothing: every line is out already."""

    def _shapes(self, event: Event) -> Iterator[Mapping[str, Any]]:
        if isinstance(event, Partial):
            yield {"partial": _text(event.words)}
        elif not isinstance(event, Final):
            yield {"overflow": event.n_samples}
        elif self._kind == "segments":
            yield from (segment_row(segment, self._sample_rate_hz) for segment in event.words)
        else:
            words = [word_row(word, self._sample_rate_hz) for word in event.words]
            yield {"text": _text(event.words), "result": words}


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
