"""Live events as JSON lines, in the shapes of Vosk."""

import json
from collections.abc import Sequence
from typing import Any, TextIO

from speechlstm.messages import Event, Final, Partial, Word
from speechlstm.sinks.rows import word_row
from speechlstm.sinks.sink import Sink

__all__ = ["JsonLinesSink"]


class JsonLinesSink(Sink):
    """Writes each event as one line, at once.

    ``{"partial": "three five"}``, ``{"text": "three", "result": [{"word", "start", "end", "conf"}]}``
    with times in seconds from the start of the stream, and ``{"overflow": n}`` for ``n`` lost samples.

    Args:
        file: Where the lines go; left open.
        sample_rate_hz: The model's sample rate, the unit of the words' times.

    Example:
        >>> import sys
        >>> sink = JsonLinesSink(sys.stdout, sample_rate_hz=8_000)
        >>> sink.handle(Final((Word("go", 800, 2_400, 0.98),)))
        {"text": "go", "result": [{"word": "go", "start": 0.1, "end": 0.3, "conf": 0.98}]}
    """

    def __init__(self, file: TextIO, *, sample_rate_hz: int) -> None:
        self._file = file
        self._sample_rate_hz = sample_rate_hz

    def handle(self, event: Event) -> None:
        self._file.write(json.dumps(self._shape(event), ensure_ascii=False) + "\n")
        self._file.flush()

    def level(self, rms_dbfs: float, peak_dbfs: float) -> None:
        """Nothing: Vosk has no shape for it."""

    def settled(self, n_samples: int) -> None:
        """Nothing: every line is out already."""

    def close(self) -> None:
        """Nothing: every line is out already."""

    def _shape(self, event: Event) -> dict[str, Any]:
        if isinstance(event, Partial):
            return {"partial": _text(event.words)}
        if isinstance(event, Final):
            words = [word_row(word, self._sample_rate_hz) for word in event.words]
            return {"text": _text(event.words), "result": words}
        return {"overflow": event.n_samples}


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
