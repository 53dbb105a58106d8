"""The public API: a bundle becomes something that hears."""

from speechlstm.recognizer.recognizer import Recognizer
from speechlstm.recognizer.stream import Stream

__all__ = ["Recognizer", "Stream"]
