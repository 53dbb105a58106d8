"""Seconds that each part of a model takes, on one thread, as JSON; a program, since threads are set at start.

python -m speechlstm.bench.part_times MODEL LATENCY SECONDS
"""

import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from speechlstm.bench.model_cost import DECODER, FRONT_END
from speechlstm.bench.sound import speech
from speechlstm.engine.stage import Latency, zero_state
from speechlstm.recognizer import Recognizer
from speechlstm.stage import Stage

__all__ = ["REST", "main", "node_times", "part_of", "stage_times"]

REST = "chunks, states, calls"
_MATRIX = 512
_LEAST_FRAMES = 200
_N_ROUNDS = 5


def main(model: str, latency: str, measure_s: float) -> None:
    """Print ``{"frame_s": {part: seconds a frame}, "limit": multiply-adds a second}``.

    The limit is that of a product of two square matrices. It and the stages are measured in turns.
    """
    recognizer = Recognizer.load(model, latency=latency)
    chunks = _chunks(recognizer)
    rounds: list[tuple[float, ...]] = []
    products_s: list[float] = []
    until = time.perf_counter() + measure_s / 2
    while len(rounds) < _N_ROUNDS or time.perf_counter() < until:
        products_s.append(_product_s())
        rounds.append(stage_times(recognizer, chunks))
    front_end_s, network_s, decoder_s = (statistics.median(column) for column in zip(*rounds, strict=True))
    nodes = node_times(recognizer, measure_s / 2)
    # beside the nodes that lay out chunks: the call itself, and what goes in and out
    nodes[REST] += max(0.0, network_s - sum(nodes.values()))
    frame_s = {FRONT_END: front_end_s, **nodes, DECODER: decoder_s}
    print(json.dumps({"frame_s": frame_s, "limit": _MATRIX**3 / min(products_s)}))


def stage_times(recognizer: Recognizer, chunks: list[np.ndarray]) -> tuple[float, ...]:
    """Seconds a frame that front end, network and decoder take, chunk by chunk as in a live stream."""
    stages: tuple[Stage[Any], ...] = (recognizer.features, recognizer.network, recognizer.decoder)
    states: list[Any] = [stage.initial_state() for stage in stages]
    taken, n_frames = [0.0] * len(stages), 0
    for x in chunks:
        for i, stage in enumerate(stages):
            # of the thread, not of the clock: what else the machine does is no time of ours
            began = time.thread_time()
            x, states[i] = stage.step(x, states[i])
            taken[i] += time.thread_time() - began
            n_frames += len(x) if i == 0 else 0
    return tuple(seconds / n_frames for seconds in taken)


def node_times(recognizer: Recognizer, measure_s: float) -> dict[str, float]:
    """Seconds a frame of each part of the network's graph, by ONNX Runtime's profile.

    The profile counts whole microseconds, of every run of every node; the median of a node's runs is taken.
    """
    setting = recognizer.network.setting
    with tempfile.TemporaryDirectory() as folder:
        session = _profiled(recognizer.bundle.model, Path(folder))
        step = _step(session, recognizer, setting)
        until = time.perf_counter() + measure_s
        n_steps = 0
        while n_steps < _N_ROUNDS or time.perf_counter() < until:
            step()
            n_steps += 1
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    runs: dict[str, list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            runs[event["name"].removesuffix("_kernel_time")].append(event["dur"] * 1e-6)
    parts: dict[str, float] = defaultdict(float)
    for node, seconds in runs.items():
        parts[part_of(node)] += statistics.median(seconds) / setting.chunk_frames
    return dict(parts)


def part_of(node: str) -> str:
    """The part that a node of the graph belongs to, by its name.

    Example:
        >>> part_of("encoder.0.backward.gathered"), part_of("extent.product"), part_of("tail0_after")
        ('layer 1 backward', 'head extent', 'chunks, states, calls')
    """
    first, *more = node.split(".")
    if first == "encoder" and more[1] in ("forward", "backward"):
        return f"layer {int(more[0]) + 1} {more[1]}"
    if first == "hear_phones" or node in ("phones.heard", "phones.y"):
        return "phones heard"
    head = {"logits": "tokens", "log_probs": "tokens", "base": "values"}.get(first, first)
    return f"head {head}" if head in ("tokens", "extent", "values", "phones") else REST


def _profiled(model: bytes, folder: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / "profile")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _step(session: Any, recognizer: Recognizer, setting: Latency) -> Callable[[], object]:
    engine = recognizer.engine
    shape = (setting.chunk_frames, 1, engine.config.n_features)
    feed: dict[str, np.ndarray] = {
        "x": np.random.default_rng(0).normal(size=shape).astype(np.float32),
        "chunk": np.array(setting.chunk_frames, np.int64),
        "lookahead": np.array(setting.lookahead_frames, np.int64),
    }
    for i, layer in enumerate(zero_state(engine, 1, setting.lookahead_frames)):
        feed |= {f"h{i}": layer.h, f"c{i}": layer.c, f"tail{i}": layer.tail}
    return lambda: session.run(None, feed)


def _chunks(recognizer: Recognizer) -> list[np.ndarray]:
    """What a live stream would bring, one chunk of the network at a time."""
    features = recognizer.bundle.config.features
    n_chunk = recognizer.network.setting.chunk_frames * features.frame_samples
    n_samples = n_chunk * -(-max(_LEAST_FRAMES * features.frame_samples, 2 * n_chunk) // n_chunk)
    if recognizer.hears_sound:
        samples = speech(n_samples / recognizer.sound_rate_hz, recognizer.sound_rate_hz)[:n_samples]
    elif recognizer.reads_pen:
        samples = _loops(max(n_samples, 20 * _LEAST_FRAMES))
    else:
        shape = (n_samples, len(recognizer.sensor.channels))
        samples = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    return [samples[i : i + n_chunk] for i in range(0, len(samples), n_chunk)]


def _loops(n_points: int) -> np.ndarray:
    """A pen that draws loops from left to right: ``[n, 3]``."""
    t = np.arange(n_points)
    return np.stack([t / 40 + np.cos(t / 6), np.sin(t / 6), np.zeros(n_points)], axis=1).astype(np.float32)


def _product_s() -> float:
    a = np.full((_MATRIX, _MATRIX), 0.5, np.float32)
    began = time.thread_time()
    a @ a
    return time.thread_time() - began


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
