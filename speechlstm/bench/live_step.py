"""One live step of the network: against the bare LSTM nodes, against Keras, and many streams together."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator

import numpy as np

from speechlstm.bench.bare_nodes import bare_lstm_step
from speechlstm.bench.figure import Figure, Setup
from speechlstm.bench.stopwatch import interleaved
from speechlstm.engine.engine import Engine
from speechlstm.engine.stage import Latency, zero_state
from speechlstm.errors import MissingDependency, SpeechLSTMError
from speechlstm.machine import n_cores
from speechlstm.recognizer import Recognizer

__all__ = ["against_bare_nodes", "against_keras", "live_step", "streams_together"]

_N_STREAMS = 256
_N_ROUNDS = 3
# nothing but the one thread that is measured, and no graphics card
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


def against_bare_nodes(setup: Setup) -> Iterator[Figure]:
    """One step at ``balanced``, one thread, over the LSTM nodes of the same sizes and nothing else."""
    recognizer = Recognizer.load(setup.model)
    setting = recognizer.network.setting
    functions = [live_step(recognizer.engine, setting), bare_lstm_step(recognizer.bundle.model, setting)]
    step_s, bare_s = interleaved(functions, measure_s=setup.measure_s)
    yield Figure(
        "live step / bare LSTM nodes, 1 thread",
        "x",
        step_s / bare_s,
        at_most=1.5,
        seconds={"live step": step_s, "bare LSTM nodes": bare_s},
    )


def against_keras(setup: Setup) -> Iterator[Figure]:
    """The same weights as a Keras ``tf.function``, over one step; each in processes of its own, in turns.

    Nobody runs both in one process, and there TensorFlow's threads slow ONNX Runtime by a third or more.
    """
    engines = ("keras", "onnx")
    rounds = [
        [_engine_step(setup.model, engine, setup.measure_s / _N_ROUNDS) for engine in engines]
        for _ in range(_N_ROUNDS)
    ]
    keras_s, onnx_s = (statistics.median(taken) for taken in zip(*rounds, strict=True))
    yield Figure(
        "Keras tf.function / live step, 1 thread",
        "x",
        keras_s / onnx_s,
        at_least=8.0,
        seconds={"Keras": keras_s, "live step": onnx_s},
    )


def streams_together(setup: Setup) -> Iterator[Figure]:
    """Live streams that the network keeps up with on this machine when they are stepped in one call."""
    recognizer = Recognizer.load(setup.model, n_threads=n_cores())
    setting, features = recognizer.network.setting, recognizer.bundle.config.features
    chunk_s = float(setting.chunk_frames * features.frame_samples / features.sample_rate_hz)
    step = live_step(recognizer.engine, setting, n_streams=_N_STREAMS)
    (step_s,) = interleaved([step], measure_s=setup.measure_s)
    yield Figure(
        f"live streams, network, {_N_STREAMS} a step, all cores",
        "streams",
        _N_STREAMS * chunk_s / step_s,
        seconds={f"step of {_N_STREAMS}": step_s, "its sound": chunk_s},
    )


def live_step(engine: Engine, setting: Latency, *, n_streams: int = 1) -> Callable[[], object]:
    """A function that steps ``n_streams`` streams by one chunk."""
    shape = (setting.chunk_frames, n_streams, engine.config.n_features)
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    state = zero_state(engine, n_streams, setting.lookahead_frames)
    return lambda: engine.step(x, state, chunk=setting.chunk_frames, lookahead=setting.lookahead_frames)


def _engine_step(model: str, engine: str, measure_s: float) -> float:
    """Seconds of one step, measured by :mod:`speechlstm.bench.engine_step`."""
    command = [sys.executable, "-m", "speechlstm.bench.engine_step", model, engine, str(measure_s)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | _ONE_THREAD, check=False)
    if done.returncode:
        raise SpeechLSTMError(
            f"{' '.join(command[1:])} ended with exit code {done.returncode}: {done.stderr}"
        )
    told = json.loads(done.stdout)
    if "missing" in told:
        raise MissingDependency(told["missing"])
    step_s: float = told["step_s"]
    return step_s
