"""What ``speechlstm listen`` says of itself: at the beginning, and at the end."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from speechlstm.cli.live_request import LiveRequest
from speechlstm.timing import Rate, milliseconds, seconds

if TYPE_CHECKING:
    from speechlstm.live import LiveStats
    from speechlstm.recognizer import Recognizer

__all__ = ["beginning", "name_of", "summary"]

# what final words are called; forecasts are none
_COUNTED = {"words": "words", "segments": "segments", "writing": "pieces of writing"}


def beginning(recognizer: "Recognizer", source: Any, request: LiveRequest) -> str:
    """Device or file, rate, model and delay."""
    is_device = hasattr(source, "device_latency_s")
    rate_hz = _source_rate_hz(source, request)
    at = f" at {rate_hz} Hz" if rate_hz else ""
    return (
        f"listening to {name_of(source, request)}{at} "
        f"with {recognizer.bundle.name}, latency {recognizer.latency}\n"
        f"algorithmic delay {_delay(recognizer, rate_hz)}"
        + (f"; the device adds up to {1000 * source.device_latency_s:.0f} ms" if is_device else "")
        + _warm_up(recognizer)
    )


def _warm_up(recognizer: "Recognizer") -> str:
    """When the first forecast is to be expected."""
    n = getattr(recognizer.bundle.config.decoder, "warm_up_frames", 0)
    if recognizer.kind != "forecasts" or n <= 1:
        return ""
    wait_s = float(n / recognizer.sample_rate_hz)
    return f"\nthe first forecast comes after {n} samples without a gap ({wait_s:.10g} s)"


def _source_rate_hz(source: Any, request: LiveRequest) -> Rate | None:
    if hasattr(source, "device_rate_hz"):
        return int(source.device_rate_hz)
    # records come at the model's rate
    rate_hz: Rate | None = getattr(source, "source_rate_hz", source.sample_rate_hz)
    return rate_hz or request.sample_rate


def name_of(source: Any, request: LiveRequest) -> str:
    """What a user calls the source."""
    if request.input_ is None:
        return str(getattr(source, "device_name", None) or source.name)
    return "standard input" if request.input_ == "-" else request.input_


def _delay(recognizer: "Recognizer", source_rate_hz: Rate | None) -> str:
    if recognizer.reads_pen:
        return (
            "none: a character or word is final when it ends, at a blank line, the end of the input, or "
            "a rest of the pen where points carry their time"
        )
    from speechlstm.sources.resample import resampling_delay_samples

    rate_hz = recognizer.sample_rate_hz
    model_ms = milliseconds(recognizer.latency_samples - recognizer.wait_samples, rate_hz)
    wait_s = seconds(recognizer.wait_samples, rate_hz)
    waiting = f"; a word waits up to {wait_s:.1f} s for the rest of its phrase" if wait_s else ""
    if source_rate_hz is None:
        return f"{model_ms} ms, and that of resampling to {rate_hz} Hz{waiting}"
    if not recognizer.hears_sound:
        return f"{model_ms} ms"
    resampling_ms = milliseconds(resampling_delay_samples(int(source_rate_hz), int(rate_hz)), rate_hz)
    both = f"{model_ms} ms of the model, {resampling_ms} ms of resampling"
    return f"{model_ms + resampling_ms} ms: {both}{waiting}"


def summary(stats: "LiveStats", *, kind: str, full: bool) -> "Iterator[str]":
    """How it went, a line or two; ``kind`` is what the model gives."""
    rtf = "-" if stats.rtf is None else f"{stats.rtf:.3f}"
    yield (
        f"heard {stats.heard_s:.1f} s: real-time factor {rtf}, overflows {stats.n_overflows}, "
        f"dropped samples {stats.n_dropped_samples}"
    )
    if full:
        counted = f"{_COUNTED[kind]} {stats.n_words}, " if kind in _COUNTED else ""
        yield (
            f"{counted}processing {stats.processing_s:.3f} s, "
            f"longest step {1000 * stats.longest_step_s:.1f} ms, reconnections {stats.n_reconnections}"
        )
