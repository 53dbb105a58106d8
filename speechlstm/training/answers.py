"""What users would get from weights that are being trained: answers by the engine that runs models."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from speechlstm.engine.engine import Answer
from speechlstm.engine.onnx import OnnxEngine
from speechlstm.engine.stage import Latency, Lead, NetworkStage, answer_batch
from speechlstm.export.onnx_graph import build_graph
from speechlstm.model.config import NetworkConfig

__all__ = ["answered", "running_engine"]

T = TypeVar("T")


def running_engine(network: NetworkConfig, weights: Mapping[str, np.ndarray]) -> OnnxEngine:
    """The engine of these weights."""
    return OnnxEngine(build_graph(network, weights), network, n_threads=2)


def answered(
    engine: OnnxEngine,
    latency: Latency,
    items: Sequence[tuple[T, np.ndarray]],
    *,
    lead: Lead | None = None,
    n_together: int = 64,
) -> Iterator[tuple[T, Answer]]:
    """What is true of each item and what the engine answers, several side by side.

    Args:
        engine: The engine.
        latency: Chunk and look-ahead.
        items: What is true of each, and its frames ``[n, n_features]``; those of like lengths beside each
            other take the least time.
        lead: As of :class:`speechlstm.engine.stage.NetworkStage`.
        n_together: How many.
    """
    stage = NetworkStage(engine, latency, lead)
    for i in range(0, len(items), n_together):
        part = items[i : i + n_together]
        answers = answer_batch(stage, [frames for _, frames in part])
        yield from zip((truth for truth, _ in part), answers, strict=True)
