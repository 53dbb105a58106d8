"""How errors grow with what happens to sound on its way: noise, level, lines and rooms."""

from speechlstm.evaluation.robustness.degrade import read_noises
from speechlstm.evaluation.robustness.robustness import ConditionScore, Robustness, robustness

__all__ = ["ConditionScore", "Robustness", "read_noises", "robustness"]
