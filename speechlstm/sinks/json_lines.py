"""Live events as JSON lines; words in the shapes of Vosk."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO

import numpy as np

from speechlstm.messages import Event, Final, Forecast, Kind, Partial, Utterance, Word
from speechlstm.sinks.forecasts import moment
from speechlstm.sinks.rows import WordRow, segment_row, utterance_row, word_row
from speechlstm.sinks.sink import Sink
from speechlstm.timing import Rate, Start, seconds

__all__ = ["JsonLinesSink"]


class JsonLinesSink(Sink):
    """Writes each event at once.

    ``{"partial": "three five"}``, ``{"text": "three", "result": [{"word", "start", "end", "conf"}]}``
    with times in seconds from the start of the stream, and ``{"overflow": n}`` for ``n`` lost samples. With
    ``utterances`` a partial is all of the open utterance, final words included, and the other line comes when
    it is over, with the confidence of the whole, ``"conf"``. Of a
    model for segments each that is final is a line, ``{"label", "start", "end", "conf"}``. A forecast is
    ``{"forecast": {"made", "step_s", "quantiles", "channels": {name: {"mean", "quantiles"}}}}``: of every
    channel its mean and quantiles at every step, the first ``step_s`` after ``made``, the newest sample: a
    date where the records carry dates.

    Args:
        file: Where the lines go; left open.
        sample_rate_hz: The model's sample rate, the unit of the words' times.
        kind: What the model gives.
        utterances: Whether the stream tells when an utterance is over.
        partials: Whether the final words of an utterance that is not over are told, too.
        start: The time of the first sample, as the records have it; None where it is not known. Forecasts are
            dated by it.

    Example:
        >>> import sys
        >>> sink = JsonLinesSink(sys.stdout, sample_rate_hz=8_000)
        >>> sink.handle(Final((Word("go", 800, 2_400, 0.98),)))
        {"text": "go", "result": [{"word": "go", "start": 0.1, "end": 0.3, "conf": 0.98}]}
    """

    def __init__(
        self,
        file: TextIO,
        *,
        sample_rate_hz: Rate,
        kind: Kind = "words",
        utterances: bool = False,
        partials: bool = True,
        start: Callable[[], Start | None] = lambda: None,
    ) -> None:
        self._file = file
        self._sample_rate_hz, self._start = sample_rate_hz, start
        # final words of the open utterance; None where there are no utterances
        self._open: tuple[Word, ...] | None = () if utterances else None
        self._partials, self._partial_text = partials, ""
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
        if isinstance(event, Utterance):
            self._open, self._partial_text = (), ""
            yield utterance_row(event, self._sample_rate_hz)
        elif isinstance(event, Final) and self._open is not None:
            self._open += event.words
            yield from self._partial(self._open)
        elif isinstance(event, Partial) and self._open is not None:
            yield from self._partial((*self._open, *event.words))
        elif isinstance(event, Partial):
            yield {"partial": _text(event.words)}
        elif isinstance(event, Forecast):
            yield {"forecast": self._forecast(event)}
        elif not isinstance(event, Final):
            yield {"overflow": event.n_samples}
        elif self._kind == "segments":
            yield from (segment_row(segment, self._sample_rate_hz) for segment in event.words)
        else:
            yield {"text": _text(event.words), "result": self._rows(event.words)}

    def _partial(self, words: Sequence[Word]) -> Iterator[Mapping[str, Any]]:
        """All of the open utterance, where that is not what was said last."""
        if self._partials and (text := _text(words)) != self._partial_text:
            self._partial_text = text
            yield {"partial": text}

    def _rows(self, words: Sequence[Word]) -> list[WordRow]:
        return [word_row(word, self._sample_rate_hz) for word in words]

    def _forecast(self, event: Forecast) -> dict[str, Any]:
        rate = self._sample_rate_hz
        return {
            "made": moment(event.n_samples - 1, rate, self._start()),
            "step_s": seconds(1, rate),
            "quantiles": list(event.quantiles),
            "channels": {
                name: {"mean": _six_digits(mean), "quantiles": _six_digits(values)}
                for name, mean, values in zip(event.channels, event.mean, event.values, strict=True)
            },
        }


def _six_digits(values: np.ndarray) -> Any:
    """Numbers as JSON, to six digits, in the shape of the array."""
    return np.array([float(f"{value:.6g}") for value in values.flat]).reshape(values.shape).tolist()


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
