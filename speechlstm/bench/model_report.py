"""What a model costs: counts beside times, as a table or as JSON."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from speechlstm.bench.machine import Machine
from speechlstm.bench.model_cost import PartCost, Span, part_costs, span_of
from speechlstm.bench.part_times import REST
from speechlstm.bench.report import about, digits, markdown_table, time_text
from speechlstm.bundle import Bundle
from speechlstm.errors import SpeechLSTMError

__all__ = ["ModelReport", "PartReport", "measure_model"]

# every library's threads, of which one is measured
_ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


@dataclass(frozen=True, slots=True)
class PartReport:
    """One part of a model, for a span of what is heard.

    Attributes:
        name: What it is.
        n_numbers: Numbers that it holds.
        multiply_adds: For the span; None where it is not made of products.
        bytes_moved: For the span; see :mod:`speechlstm.bench.model_cost`.
        busy_s: Seconds of one thread for the span.
        share_of_limit: Multiply-adds in that time, over those of a product of large matrices in it; None
            without any.
    """

    name: str
    n_numbers: int
    multiply_adds: float | None
    bytes_moved: float
    busy_s: float
    share_of_limit: float | None


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What a model costs, live, at one setting of the dial, on one thread.

    Attributes:
        model: Its name.
        latency: The setting.
        span: What costs are given for.
        limit_per_s: Multiply-adds a second of a product of large matrices, on one thread of this machine.
        parts: The parts, in the order of the data.
    """

    model: str
    latency: str
    span: Span
    limit_per_s: float
    parts: tuple[PartReport, ...]

    @property
    def total(self) -> PartReport:
        """All parts together."""
        products = sum(part.multiply_adds or 0 for part in self.parts)
        busy_s = sum(part.busy_s for part in self.parts)
        return PartReport(
            "all",
            sum(part.n_numbers for part in self.parts),
            products,
            sum(part.bytes_moved for part in self.parts),
            busy_s,
            products / busy_s / self.limit_per_s,
        )

    def to_json(self, machine: Machine) -> str:
        """One object: ``machine``, ``model``, ``latency``, ``per``, ``limit_per_s``, ``parts``, ``total``."""
        told: dict[str, Any] = {
            "machine": dataclasses.asdict(machine),
            "model": self.model,
            "latency": self.latency,
            "per": self.span.name,
            "limit_per_s": self.limit_per_s,
            "parts": [dataclasses.asdict(part) for part in self.parts],
            "total": dataclasses.asdict(self.total),
        }
        return json.dumps(told, indent=2, ensure_ascii=False)

    def to_markdown(self, machine: Machine) -> str:
        """A table that reads well as it is, under lines on machine and model."""
        head = ("part", "numbers", "multiply-adds", "bytes", "time", "of the limit")
        rows = [_row(part) for part in (*self.parts, self.total)]
        return "\n".join([*about(machine), "", *self._about(), "", *markdown_table([head, *rows])])

    def _about(self) -> Iterator[str]:
        yield (
            f"{self.model} at {self.latency}, live, one stream, one thread; multiply-adds, bytes and time a "
            f"{self.span.name}."
        )
        limit = _scaled(self.limit_per_s)
        yield f"The limit is a product of large matrices: {limit} multiply-adds a second of a thread."


def measure_model(bundle: Bundle, latency: str, *, measure_s: float) -> ModelReport:
    """Count what each part of a model does, and measure how long it takes.

    Args:
        bundle: The model.
        latency: The setting of its dial.
        measure_s: Seconds to measure for.

    Raises:
        SpeechLSTMError: Measuring, which is a program of its own, failed.
    """
    costs, span = part_costs(bundle, bundle.config.latency[latency]), span_of(bundle)
    told = _times(bundle, latency, measure_s)
    limit: float = told["limit"]
    seconds: dict[str, float] = told["frame_s"]
    named = {cost.name: cost for cost in costs}
    named[REST] = PartCost(REST, 0, None, 0.0)
    order = [*(cost.name for cost in costs[:-1]), REST, costs[-1].name]
    parts = [_part(named[name], seconds[name], span, limit) for name in order]
    return ModelReport(bundle.name, latency, span, limit, tuple(parts))


def _part(cost: PartCost, frame_s: float, span: Span, limit_per_s: float) -> PartReport:
    products, n = cost.n_multiply_adds, span.n_frames
    # a part that takes no measurable time has no rate
    share = None if products is None or not frame_s else products / frame_s / limit_per_s
    return PartReport(
        cost.name,
        cost.n_numbers,
        None if products is None else n * products,
        n * cost.n_bytes,
        n * frame_s,
        share,
    )


def _times(bundle: Bundle, latency: str, measure_s: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "speechlstm.bench.part_times", str(bundle.path), latency, str(measure_s)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | _ONE_THREAD, check=False)
    if done.returncode:
        raise SpeechLSTMError(
            f"{' '.join(command[1:])} ended with exit code {done.returncode}, expected 0: {done.stderr}"
        )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _row(part: PartReport) -> tuple[str, ...]:
    return (
        part.name,
        f"{part.n_numbers:,}",
        "" if part.multiply_adds is None else _scaled(part.multiply_adds),
        _scaled(part.bytes_moved),
        time_text(part.busy_s),
        "" if part.share_of_limit is None else f"{digits(100 * part.share_of_limit)} %",
    )


def _scaled(n: float) -> str:
    for scale, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if n >= scale:
            return f"{digits(n / scale)} {unit}"
    return digits(n)
