"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from speechlstm.machine import n_cores

__all__ = [
    "ENGINES",
    "LATENCIES",
    "MODEL",
    "engine_option",
    "jobs_option",
    "latency_option",
    "model_option",
    "sensitivity_option",
]

F = TypeVar("F", bound=Callable[..., Any])

# as Recognizer.load has them, which a test checks: to import it for a help text would be too slow
MODEL = "words-en"
LATENCIES = ("low", "balanced", "high", "offline")
ENGINES = ("onnx", "keras")


def model_option(command: F) -> F:
    """``-m MODEL``: a name or a folder."""
    return click.option(
        "-m",
        "--model",
        default=MODEL,
        show_default=True,
        metavar="MODEL",
        help="Name or folder of the model.",
    )(command)


def latency_option(command: F) -> F:
    """``--latency``: how far the model looks ahead."""
    return click.option(
        "--latency",
        type=click.Choice(LATENCIES),
        default="balanced",
        show_default=True,
        help="How far the model looks ahead before a word is final.",
    )(command)


def engine_option(command: F) -> F:
    """``--engine``: what runs the network."""
    return click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default="onnx",
        show_default=True,
        help="What runs the network; keras needs TensorFlow.",
    )(command)


def jobs_option(command: F) -> F:
    """``--jobs N``: threads, one a processor core if not given."""
    return click.option(
        "-j",
        "--jobs",
        type=click.IntRange(min=1),
        default=n_cores,
        show_default="one a core",
        metavar="N",
        help="Files at work at a time.",
    )(command)


def sensitivity_option(command: F) -> F:
    """``--sensitivity``: where the model stands between words missed and false ones."""
    return click.option(
        "--sensitivity",
        type=click.FloatRange(0, 1),
        default=0.5,
        show_default=True,
        metavar="0..1",
        help="More words, right and wrong, towards 1; 0.5 is the model's own operating point.",
    )(command)
