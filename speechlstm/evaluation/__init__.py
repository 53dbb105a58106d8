"""How well a recogniser does on sound it was not trained on, and how sure that is."""

from speechlstm.evaluation.evaluate import evaluate
from speechlstm.evaluation.intervals import ratio_interval, wilson
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.words import ClipResult, WordErrors, confusions

__all__ = [
    "ClipResult",
    "Evaluation",
    "WordErrors",
    "confusions",
    "evaluate",
    "ratio_interval",
    "wilson",
]
