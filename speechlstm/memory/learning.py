"""A network of one recurrent layer learns a problem."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from speechlstm.config import require
from speechlstm.errors import missing_extra
from speechlstm.memory.problems import Problem

__all__ = ["Attempt", "Cell", "LearnConfig", "learn", "recurrent_layer"]

Cell = Literal["lstm", "rnn"]
_CELLS = ("lstm", "rnn")
# held out of training: the same sequences at every look
_N_HELD_OUT, _HELD_OUT_SEED = 500, 1
_SOLVED = 0.9


@dataclass(frozen=True, slots=True)
class LearnConfig:
    """How a problem is learnt.

    Attributes:
        units: Of the recurrent layer.
        n_steps: Batches.
        batch_size: Sequences in a batch, drawn anew for each.
        learning_rate: Adam's.
        clip_norm: Longest gradient; without it a plain network's explodes now and then.
        forget_bias: Of the LSTM's forget gate at first. At 3 it keeps 0.95 of its cell from frame to frame,
            at 1 (Keras's) 0.73, too little for lags of 40; the LSTM of 1997 had no such gate, and kept all.
        look_every: Steps between looks at held-out sequences.
        seed: Of the first weights and of the batches.
    """

    units: int = 32
    n_steps: int = 1000
    batch_size: int = 64
    learning_rate: float = 5e-3
    clip_norm: float = 1.0
    forget_bias: float = 3.0
    look_every: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        counts = (self.units, self.n_steps, self.batch_size, self.look_every)
        require(min(counts) >= 1, f"expected at least one unit, step and sequence, got {self}")
        require(
            self.learning_rate > 0 and self.clip_norm > 0,
            f"learning_rate and clip_norm must be positive, got {self}",
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one network fared with one problem, on sequences held out of training.

    Attributes:
        problem: The problem.
        cell: The network's cell.
        steps: Steps done at each look.
        losses: Loss at each look; compare with ``problem.chance``.
        right: Share of sequences answered rightly at each look, 0 to 1.
        layer: The Keras layer as it was learnt, for :func:`speechlstm.memory.gradients.gradient_norms`.
    """

    problem: Problem
    cell: Cell
    steps: tuple[int, ...]
    losses: tuple[float, ...]
    right: tuple[float, ...]
    layer: Any = field(compare=False, repr=False)

    @property
    def solved_after(self) -> int | None:
        """Steps after which nine of ten sequences were right; None if they never were."""
        return next((n for n, share in zip(self.steps, self.right, strict=True) if share >= _SOLVED), None)


def learn(problem: Problem, *, cell: Cell = "lstm", config: LearnConfig | None = None) -> Attempt:
    """Train one recurrent layer and a dense one on a problem.

    Args:
        problem: The problem.
        cell: ``lstm``, or ``rnn`` for the plain recurrent network, ``h = tanh(W x + R h' + b)``.
        config: How to train.

    Returns:
        What became of it. The same arguments give the same, but for the rounding of the machine.

    Raises:
        ConfigError: Another cell.
        MissingDependency: TensorFlow is not installed.
    """
    c = config or LearnConfig()
    layer = recurrent_layer(cell, c.units, seed=c.seed, forget_bias=c.forget_bias)
    model = _model(problem, layer, c)
    rng, held_out = (np.random.default_rng([c.seed, i]) for i in (0, _HELD_OUT_SEED))
    x, answers = problem.batch(_N_HELD_OUT, held_out)
    steps, losses, right = [], [], []
    with _compiled_anew():
        for step in range(1, c.n_steps + 1):
            model.train_on_batch(*problem.batch(c.batch_size, rng))
            if step % c.look_every == 0 or step == c.n_steps:
                outputs = np.asarray(model.predict_on_batch(x))
                steps.append(step)
                losses.append(float(model.test_on_batch(x, answers)))
                right.append(float(problem.right(outputs, answers).mean()))
    return Attempt(problem, cell, tuple(steps), tuple(losses), tuple(right), layer)


def recurrent_layer(cell: Cell, units: int, *, seed: int = 0, forget_bias: float = 1.0) -> Any:
    """A Keras layer ``[batch, time, features] -> [batch, time, units]``, its weights drawn from ``seed``.

    Raises:
        ConfigError: Another cell.
        MissingDependency: TensorFlow is not installed.
    """
    require(cell in _CELLS, f"cell must be {' or '.join(_CELLS)}, got {cell!r}")
    keras = _keras()
    kernel = keras.initializers.GlorotUniform(seed=2 * seed)
    recurrent = keras.initializers.Orthogonal(seed=2 * seed + 1)
    if cell == "rnn":
        return keras.layers.SimpleRNN(
            units, return_sequences=True, kernel_initializer=kernel, recurrent_initializer=recurrent
        )
    return keras.layers.LSTM(
        units,
        return_sequences=True,
        kernel_initializer=kernel,
        recurrent_initializer=recurrent,
        unit_forget_bias=False,
        bias_initializer=lambda shape, dtype=None: keras.ops.convert_to_tensor(
            np.repeat([0, forget_bias, 0, 0], units).astype("f")
        ),
    )


def _model(problem: Problem, layer: Any, c: LearnConfig) -> Any:
    keras = _keras()
    model = keras.Sequential(
        [
            keras.layers.Input((problem.n_frames, problem.n_features)),
            layer,
            keras.layers.Cropping1D((problem.n_frames - problem.n_answers, 0)),
            keras.layers.Dense(
                max(1, problem.n_kinds), kernel_initializer=keras.initializers.GlorotUniform(seed=c.seed)
            ),
        ]
    )
    loss = (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        if problem.n_kinds
        else keras.losses.MeanSquaredError()
    )
    model.compile(keras.optimizers.Adam(c.learning_rate, global_clipnorm=c.clip_norm), loss)
    return model


@contextmanager
def _compiled_anew() -> Iterator[None]:
    """Every network is compiled once; of several in a row TensorFlow believes that it was one, and warns."""

    def is_no_false_alarm(record: logging.LogRecord) -> bool:
        return "triggered tf.function retracing" not in record.getMessage()

    logger = logging.getLogger("tensorflow")
    logger.addFilter(is_no_false_alarm)
    try:
        yield
    finally:
        logger.removeFilter(is_no_false_alarm)


def _keras() -> Any:
    from speechlstm.engine.quiet import quiet_tensorflow

    quiet_tensorflow()
    try:
        import keras
    except ImportError as error:
        raise missing_extra(f"to learn needs {error.name}", "train") from error
    return keras
