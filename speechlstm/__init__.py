"""Streaming bidirectional LSTM recognition of closed vocabularies and events.

Example:
    >>> from speechlstm import Recognizer  # doctest: +SKIP
    >>> Recognizer.load("words-en").transcribe("digits.wav").text  # doctest: +SKIP
    'three five zero nine'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from speechlstm.errors import SpeechLSTMError
    from speechlstm.messages import Event, Final, Forecast, Overflow, Partial, Transcript, Utterance, Word
    from speechlstm.recognizer import Recognizer, Stream
    from speechlstm.trace import Trace

__all__ = [
    "Event",
    "Final",
    "Forecast",
    "Overflow",
    "Partial",
    "Recognizer",
    "SpeechLSTMError",
    "Stream",
    "Trace",
    "Transcript",
    "Utterance",
    "Word",
]

_HOMES = {
    "Recognizer": "speechlstm.recognizer",
    "Stream": "speechlstm.recognizer",
    "Trace": "speechlstm.trace",
    "SpeechLSTMError": "speechlstm.errors",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name not in __all__:
        raise AttributeError(f"module 'speechlstm' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "speechlstm.messages")), name)


def _version() -> str:
    # what reads packages' descriptions takes longer to import than all that a command needs before its model
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("speechlstm")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0+unknown"
