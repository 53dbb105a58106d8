"""How well a recogniser does on sound it was not trained on, and how sure that is."""

from speechlstm.evaluation.evaluate import evaluate
from speechlstm.evaluation.forecast_report import ForecastEvaluation
from speechlstm.evaluation.forecasts import ForecastRequest, evaluate_forecasts
from speechlstm.evaluation.intervals import ratio_interval, wilson
from speechlstm.evaluation.lookahead import LookaheadComparison, compare_lookahead
from speechlstm.evaluation.recordings import evaluate_recordings
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.segment_report import SegmentEvaluation
from speechlstm.evaluation.segments import SegmentResult, SegmentScorer
from speechlstm.evaluation.strokes import StrokeEvaluation, evaluate_strokes
from speechlstm.evaluation.timeline import timeline_svg, timelines_svg
from speechlstm.evaluation.words import ClipResult, WordErrors, confusions

__all__ = [
    "ClipResult",
    "Evaluation",
    "ForecastEvaluation",
    "ForecastRequest",
    "LookaheadComparison",
    "SegmentEvaluation",
    "SegmentResult",
    "SegmentScorer",
    "StrokeEvaluation",
    "WordErrors",
    "compare_lookahead",
    "confusions",
    "evaluate",
    "evaluate_forecasts",
    "evaluate_recordings",
    "evaluate_strokes",
    "ratio_interval",
    "timeline_svg",
    "timelines_svg",
    "wilson",
]
