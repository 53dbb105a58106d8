"""What the memory of an LSTM buys: problems that need it, and networks that have it and have it not.

Example:
    >>> from speechlstm.memory import AddingProblem, gradient_norms, learn  # doctest: +SKIP
    >>> attempt = learn(AddingProblem(lag=20), cell="lstm")  # doctest: +SKIP
    >>> attempt.solved_after  # doctest: +SKIP
    300
    >>> x, _ = attempt.problem.batch(16, np.random.default_rng(0))  # doctest: +SKIP
    >>> gradient_norms(attempt.layer, x)  # doctest: +SKIP
"""

from speechlstm.memory.gradients import gradient_norms
from speechlstm.memory.learning import Attempt, LearnConfig, learn, recurrent_layer
from speechlstm.memory.problems import AddingProblem, CopyingProblem, Problem

__all__ = [
    "AddingProblem",
    "Attempt",
    "CopyingProblem",
    "LearnConfig",
    "Problem",
    "gradient_norms",
    "learn",
    "recurrent_layer",
]
