"""How well a recogniser does on sound it was not trained on, and how sure that is."""

from speechlstm.evaluation.bootstrap import ratio_interval
from speechlstm.evaluation.clip_stream import read_sounds
from speechlstm.evaluation.curves import (
    alarms_svg,
    delay_chart,
    dial_chart,
    dial_svg,
    endless_chart,
    endless_svg,
    robustness_charts,
    robustness_svg,
)
from speechlstm.evaluation.dial import Dial, DialPoint, sweep_latency
from speechlstm.evaluation.endless import Endless, endless
from speechlstm.evaluation.evaluate import evaluate
from speechlstm.evaluation.forecasts import ForecastEvaluation, ForecastRequest, evaluate_forecasts
from speechlstm.evaluation.intervals import wilson
from speechlstm.evaluation.lookahead import LookaheadComparison, compare_lookahead
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.robustness import Robustness, read_noises, robustness
from speechlstm.evaluation.segments import (
    SegmentEvaluation,
    SegmentResult,
    SegmentScorer,
    evaluate_recordings,
    timelines_svg,
)
from speechlstm.evaluation.strokes import StrokeEvaluation, evaluate_strokes
from speechlstm.evaluation.word_times import WordTimes, word_times
from speechlstm.evaluation.words import ClipResult, WordErrors, confusions

__all__ = [
    "ClipResult",
    "Dial",
    "DialPoint",
    "Endless",
    "Evaluation",
    "ForecastEvaluation",
    "ForecastRequest",
    "LookaheadComparison",
    "Robustness",
    "SegmentEvaluation",
    "SegmentResult",
    "SegmentScorer",
    "StrokeEvaluation",
    "WordErrors",
    "WordTimes",
    "alarms_svg",
    "compare_lookahead",
    "confusions",
    "delay_chart",
    "dial_chart",
    "dial_svg",
    "endless",
    "endless_chart",
    "endless_svg",
    "evaluate",
    "evaluate_forecasts",
    "evaluate_recordings",
    "evaluate_strokes",
    "ratio_interval",
    "read_noises",
    "read_sounds",
    "robustness",
    "robustness_charts",
    "robustness_svg",
    "sweep_latency",
    "timelines_svg",
    "wilson",
    "word_times",
]
