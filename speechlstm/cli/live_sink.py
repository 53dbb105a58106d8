"""Where ``speechlstm listen`` puts what it heard."""

import sys
from io import StringIO
from typing import TYPE_CHECKING

from speechlstm.cli.live_request import LiveRequest

if TYPE_CHECKING:
    from speechlstm.inspection.live import LiveInspector
    from speechlstm.recognizer import Recognizer
    from speechlstm.sinks.sink import Sink
    from speechlstm.sources.source import Source
    from speechlstm.timing import Start

__all__ = ["sink_of"]

# without utterances, a pause this long between two words begins a line
_GAP_MS = 1000


def sink_of(
    request: LiveRequest,
    recognizer: "Recognizer",
    source: "Source",
    *,
    utterances: bool,
    inspector: "LiveInspector | None",
) -> "Sink":
    """The terminal or JSON lines; with an inspector, its picture too, or in their place.

    Args:
        request: The options.
        recognizer: The model.
        source: What is heard; it may know when its first sample was.
        utterances: Whether utterances are told.
        inspector: Draws the network's gates; None for words alone.
    """
    if inspector is None:
        return _words_sink(request, recognizer, source, utterances=utterances)
    from speechlstm.cli.live_picture import ToldSink

    # the picture has the words where there is but one terminal
    is_drawn = sys.stdout.isatty()
    words = None if is_drawn else _words_sink(request, recognizer, source, utterances=utterances)
    return ToldSink(inspector, words)


def _words_sink(
    request: LiveRequest, recognizer: "Recognizer", source: "Source", *, utterances: bool
) -> "Sink":
    rate_hz = recognizer.sample_rate_hz

    def start() -> "Start | None":
        return getattr(source, "start", None)

    if request.format_name == "jsonl":
        from speechlstm.sinks.json_lines import JsonLinesSink

        return JsonLinesSink(
            sys.stdout,
            sample_rate_hz=rate_hz,
            kind=recognizer.kind,
            utterances=utterances,
            partials=not request.no_partials,
            start=start,
        )
    from speechlstm.sinks.terminal import TerminalSink

    return TerminalSink(
        sample_rate_hz=rate_hz,
        err=StringIO() if request.inspect else None,
        gap_ms=None if utterances else _GAP_MS,
        one_a_line=not recognizer.hears_sound,
        start=start,
    )
