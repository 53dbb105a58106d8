"""Streams that never end: whether errors, memory or the carried state grow with the hours."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from speechlstm.config import require
from speechlstm.data.manifest import Clip
from speechlstm.engine.engine import LayerState
from speechlstm.engine.stage import NetworkState
from speechlstm.evaluation.clip_stream import ClipStreamConfig, Heard, Piece, Sound, errors_of, heard_in, rounds
from speechlstm.evaluation.intervals import Interval, clip_ratio_interval, sampling_units, statistic_intervals
from speechlstm.evaluation.state_policy import POLICIES, StatePolicy, following
from speechlstm.evaluation.table import limits, percent
from speechlstm.evaluation.words import WordErrors
from speechlstm.messages import Word
from speechlstm.stage import Chain

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer
