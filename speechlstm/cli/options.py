"""Options that several commands share: the same name means the same thing, in the same words."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import click
from click.types import FloatParamType

from speechlstm.machine import n_cores
from speechlstm.timing import Rate

__all__ = [
    "ENGINES",
    "LATENCIES",
    "MODEL",
    "Finite",
    "FiniteNumber",
    "columns_option",
    "comma_separated",
    "engine_option",
    "jobs_option",
    "json_option",
    "latency_option",
    "model_option",
    "rate",
    "record_rate_option",
    "sample_rate_option",
    "sensitivity_option",
    "split_option",
    "together",
    "y_down_option",
]

Decorator = Callable[[Any], Any]

# as Recognizer.load has them, which a test checks: to import it for a help text would be too slow
MODEL = "words-en"
LATENCIES = ("low", "balanced", "high", "offline")
ENGINES = ("onnx", "keras")


class Finite(click.FloatRange):
    """A range without infinity, and without NaN, which lies in every range that click knows."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return _finite(self, super().convert(value, param, ctx), param, ctx)


class FiniteNumber(FloatParamType):
    """The same without bounds, of which a help text says nothing."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return _finite(self, super().convert(value, param, ctx), param, ctx)


def together(*options: Decorator) -> Decorator:
    """Several options as one decorator, in the order in which a help text lists them."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def json_option(help_text: str) -> Decorator:
    """``--json``: what is printed, as JSON."""
    return click.option("--json", "as_json", is_flag=True, help=help_text)


def comma_separated(
    context: click.Context, option: click.Parameter, text: str | None
) -> tuple[str, ...] | None:
    """The names in an option's text, blank ones left out; None where it was not given; its ``callback``."""
    if text is None:
        return None
    names = tuple(name for part in text.split(",") if (name := part.strip()))
    if not names:
        raise click.BadParameter(f"{text!r} names nothing; write names with commas between.", context, option)
    return names


def rate(context: click.Context, option: click.Parameter, text: str | None) -> Rate | None:
    """The rate in an option's text, a number or a fraction, None where it was not given; its ``callback``."""
    if text is None:
        return None
    try:
        # an exponent may take for ever
        found = Fraction("0" if "e" in text.lower() else text)
    except (ValueError, ZeroDivisionError):
        found = Fraction(0)
    if found <= 0:
        raise click.BadParameter(f"{text!r} is no rate above 0, as 100, 12.5 or 1/60.", context, option)
    # times are counted in whole numbers of 64 bits
    found = found.limit_denominator(10**6)
    return int(found) if found.denominator == 1 else found


model_option = click.option(
    "-m", "--model", default=MODEL, show_default=True, metavar="MODEL", help="Name or folder of the model."
)

latency_option = click.option(
    "--latency",
    type=click.Choice(LATENCIES),
    default="balanced",
    show_default=True,
    help="How far the model looks ahead before a word is final.",
)

engine_option = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="onnx",
    show_default=True,
    help="What runs the network; keras needs TensorFlow.",
)

sensitivity_option = click.option(
    "--sensitivity",
    type=Finite(0, 1),
    default=0.5,
    show_default=True,
    metavar="0..1",
    help="More words, right and wrong, towards 1; 0.5 is the model's own operating point.",
)

jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=n_cores,
    show_default="one a core",
    metavar="N",
    help="Files at work at a time.",
)

sample_rate_option = click.option(
    "--sample-rate", type=click.IntRange(min=1), metavar="HZ", help="Rate of raw sound on standard input."
)

record_rate_option = click.option(
    "--record-rate",
    callback=rate,
    metavar="HZ",
    help="Rate of a sensor's records that carry no time, as 100 or 1/60; else the model's own.",
)

columns_option = click.option(
    "--columns",
    callback=comma_separated,
    metavar="NAME,...",
    help="Columns of CSV records that have no header.",
)

y_down_option = click.option(
    "--y-down", is_flag=True, help="Of a pen's points, y grows downwards, as on a screen."
)

split_option = click.option("--split", metavar="NAME", help="Only the clips of this split.")


def _finite(
    kind: Finite | FiniteNumber, found: Any, param: click.Parameter | None, ctx: click.Context | None
) -> Any:
    """What an option was converted to, unless it is NaN or infinite."""
    if not math.isfinite(found):
        kind.fail(f"{found} is no finite number.", param, ctx)
    return found
