"""Streams of hours: whether errors, memory or state grow, and rules for the state that is carried."""

from speechlstm.evaluation.endless.endless import endless
from speechlstm.evaluation.endless.report import Endless

__all__ = ["Endless", "endless"]
