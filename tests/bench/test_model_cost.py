"""Counts against the shapes that ONNX Runtime saw in a run of the graph."""

import json
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from handwriting import make_pen_bundle
from tides import make_tides_bundle
from tiny import random_weights
from wrist import make_wrist_bundle

from speechlstm.bench.model_cost import front_end_cost, network_costs, part_costs, span_of
from speechlstm.bench.part_times import part_of
from speechlstm.bundle import Bundle
from speechlstm.engine.stage import Latency
from speechlstm.export.onnx_graph import build_graph
from speechlstm.features.mfcc import Mfcc
from speechlstm.features.sensor import SensorFrontEnd
from speechlstm.features.sensor_config import SensorConfig, sensor_bands
from speechlstm.model.config import ForecastSize, NetworkConfig

NETWORKS = {
    "phones": NetworkConfig(n_features=5, n_outputs=4, n_layers=3, units=8, n_phones=6),
    "words": NetworkConfig(n_features=5, n_outputs=4, n_layers=3, units=8),
    "classes": NetworkConfig(n_features=6, n_outputs=3, n_layers=1, units=4, head="classes"),
    "forecast": NetworkConfig(
        n_features=2 + 3 + 2 * 4,
        n_outputs=2 * 4 * 3,
        n_layers=2,
        units=5,
        head="forecast",
        forecast=ForecastSize(2, (0, 1), 4, 3, has_base=True),
    ),
}


def products_seen(config: NetworkConfig, model: bytes, setting: Latency, folder: Path) -> dict[str, int]:
    """Multiply-adds of one chunk by part, from the shapes of a run without optimisations."""
    options = onnxruntime.SessionOptions()
    options.enable_profiling, options.profile_file_prefix = True, str(folder / "p")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    n, r = setting.chunk_frames, setting.lookahead_frames
    feed = {"chunk": np.int64(n), "lookahead": np.int64(r)}
    for x in session.get_inputs():
        if x.name not in feed:
            sizes = {"frames": n, "batch": 1, "lookahead_frames": r}
            feed[x.name] = np.zeros([sizes.get(d, d) for d in x.shape], np.float32)
    session.run(None, {name: np.asarray(value) for name, value in feed.items()})
    graph = onnx.load_from_string(model).graph
    shapes = {tensor.name: tensor.dims for tensor in graph.initializer}
    weights = {node.name: shapes[node.input[1]] for node in graph.node if node.op_type in ("LSTM", "MatMul")}
    seen: dict[str, int] = defaultdict(int)
    for event in json.loads(Path(session.end_profiling()).read_text()):
        node = event["name"].removesuffix("_kernel_time")
        if event["cat"] == "Node" and node in weights:
            x = next(iter(event["args"]["input_type_shape"][0].values()))
            # of an LSTM [1, gates, features] are the weights of the input, which meet those of the state
            n_columns, n_more = weights[node][1], weights[node][1] // 4 if len(weights[node]) == 3 else 0
            seen[part_of(node)] += x[0] * x[1] * n_columns * (x[2] + n_more)
    return dict(seen)


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("setting", [Latency(6, 5), Latency(1, 0)], ids=str)
def test_products_of_the_network(kind: str, setting: Latency, tmp_path: Path) -> None:
    config = NETWORKS[kind]
    model = build_graph(config, random_weights(config))
    counted = {c.name: c.n_multiply_adds for c in network_costs(config, setting)}
    seen = products_seen(config, model, setting, tmp_path)
    assert counted == pytest.approx({name: n / setting.chunk_frames for name, n in seen.items()})
    assert len(counted) == 2 * config.n_layers + {"words": 2, "phones": 4}.get(kind, 1)


@pytest.mark.parametrize("kind", NETWORKS)
def test_numbers_of_the_network(kind: str) -> None:
    config = NETWORKS[kind]
    graph = onnx.load_from_string(build_graph(config, random_weights(config))).graph
    held: dict[str, int] = defaultdict(int)
    for tensor in graph.initializer:
        stem, _, part = tensor.name.rpartition(".")
        if part in ("W", "R", "kernel", "bias"):
            held[part_of(tensor.name)] += math.prod(tensor.dims)
        elif part == "B":
            # ONNX has a bias for the input and one for the state, of which Keras needs one
            held[part_of(stem + ".B")] += math.prod(tensor.dims) // 2
    assert {c.name: c.n_numbers for c in network_costs(config, Latency(2, 1))} == held


def test_bytes_by_hand() -> None:
    config = NetworkConfig(n_features=3, n_outputs=2, n_layers=1, units=2, head="classes")
    forward, backward, head = network_costs(config, Latency(4, 2))
    # 4 gates of 3 inputs, 2 states and a bias, for 2 units, read once for 4 frames; 3 numbers in, 2 out
    assert forward.n_bytes == 4 * (48 / 4 + 3 + 2)
    # six frames are read for four
    assert backward.n_bytes == 4 * (48 / 4 + 3 * 6 / 4 + 2)
    assert head.n_bytes == 4 * (10 / 4 + 4 + 2)


def butterflies(n: int) -> int:
    """Of a complex transform, as Cooley and Tukey split it."""
    return 0 if n == 1 else 2 * butterflies(n // 2) + n // 2


def test_products_of_a_sounds_front_end(tiny_bundle: Path) -> None:
    bundle = Bundle.load(tiny_bundle)
    config = bundle.config.features
    mfcc = Mfcc(bundle.front_end.mel_filters, n_mfcc=config.n_mfcc, floor=config.floor)
    (front_end, *_) = part_costs(bundle, Latency(8, 4))
    # 200 samples are no power of two: the count lies between those of the powers beside it
    low, high = (n + 4 * butterflies(n) / 2 + mfcc._mel.size + mfcc._dct.size for n in (128, 256))
    assert front_end.n_multiply_adds is not None
    assert 3 * low < front_end.n_multiply_adds < 3 * high
    assert front_end.n_numbers == 32 * 101 + 2 * 20
    assert span_of(bundle).name == "second of sound"
    assert span_of(bundle).n_frames == pytest.approx(8000 / 240)


def test_products_of_a_sensors_front_end() -> None:
    config = SensorConfig(
        ("x", "y"),
        ("g", "g"),
        kind="cepstra",
        win_length=32,
        hop_length=5,
        n_bands=6,
        n_cepstra=4,
        centre_length=8,
        n_stack=2,
    )
    bands = sensor_bands(config)
    ones = np.ones(config.n_features, np.float32)
    found = front_end_cost(SensorFrontEnd(config, bands, ones, ones), Latency(4, 1))
    # a real transform costs half of a complex one, four multiply-adds a butterfly
    of_a_window = 32 + 4 * butterflies(32) / 2 + bands.size + 6 * 4 + 8
    assert found.n_multiply_adds == 2 * 2 * of_a_window
    assert found.n_numbers == bands.size + 2 * config.n_features


def test_what_has_no_products_and_no_seconds(tmp_path: Path) -> None:
    wrist = Bundle.load(make_wrist_bundle(tmp_path / "wrist"))
    assert (span_of(wrist).name, span_of(wrist).n_frames) == ("second", 20 / 4)
    assert part_costs(wrist, Latency(2, 1))[0].n_multiply_adds is None
    pen = Bundle.load(make_pen_bundle(tmp_path / "pen"))
    front_end, *_, decoder = part_costs(pen, Latency(2, 1))
    assert (front_end.n_multiply_adds, decoder.n_multiply_adds, decoder.n_numbers) == (None, None, 0)
    assert (span_of(pen).name, span_of(pen).n_frames) == ("frame", 1)


def test_products_of_a_history(tmp_path: Path) -> None:
    tides = Bundle.load(make_tides_bundle(tmp_path / "tides"))
    (front_end, *_) = part_costs(tides, Latency(1, 0))
    assert front_end.n_multiply_adds == tides.config.features.n_channels * tides.front_end.linear.size
