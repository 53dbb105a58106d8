"""What a sensor's segments are worth: scored by frame and by segment, reported, and drawn over time."""

from speechlstm.evaluation.segments.evaluate import evaluate_recordings
from speechlstm.evaluation.segments.report import SegmentEvaluation
from speechlstm.evaluation.segments.scorer import SegmentResult, SegmentScorer
from speechlstm.evaluation.segments.timeline import timeline_chart, timelines_svg

__all__ = [
    "SegmentEvaluation",
    "SegmentResult",
    "SegmentScorer",
    "evaluate_recordings",
    "timeline_chart",
    "timelines_svg",
]
