"""Many streams of a sensor, stepped together from samples to segments."""

from collections.abc import Callable, Iterator
from itertools import cycle

import numpy as np

from speechlstm.bench.figure import Figure, Setup
from speechlstm.bench.stopwatch import interleaved
from speechlstm.engine.engine import Answer
from speechlstm.engine.stage import zero_state
from speechlstm.machine import n_cores
from speechlstm.messages import Word
from speechlstm.recognizer import Recognizer

__all__ = ["sensor_streams", "together"]

_N_STREAMS = 1000


def sensor_streams(setup: Setup) -> Iterator[Figure]:
    """How many times faster than they come a thousand streams are answered."""
    recognizer = Recognizer.load(setup.sensor_model, n_threads=n_cores())
    rate_hz, n_samples = recognizer.sample_rate_hz, _chunk_samples(recognizer)
    shape = (_N_STREAMS, 10 * n_samples, len(recognizer.sensor.channels))
    samples = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    samples_s = float(n_samples / rate_hz)
    (step_s,) = interleaved([together(recognizer, samples)], measure_s=setup.measure_s)
    yield Figure(
        f"{_N_STREAMS:,} sensor streams at {rate_hz} Hz, samples to segments / real time, all cores",
        "x",
        samples_s / step_s,
        at_least=1.0,
        seconds={f"step of {_N_STREAMS:,}": step_s, "its samples": samples_s},
    )


def together(recognizer: Recognizer, samples: np.ndarray) -> Callable[[], list[tuple[Word, ...]]]:
    """A function that takes every stream on by a chunk, and gives the segments that ended in each.

    Front end and decoder go stream by stream, the network through all of them in one call.

    Args:
        recognizer: A model that hears a sensor.
        samples: ``[n_streams, n, n_channels]``, whole chunks; after the last comes the first again.
    """
    setting, engine = recognizer.network.setting, recognizer.engine
    features, decoder, n_streams = recognizer.features, recognizer.decoder, len(samples)
    chunks = cycle(np.split(samples, samples.shape[1] // _chunk_samples(recognizer), axis=1))
    n_early = engine.config.n_layers * setting.lookahead_frames
    before = [features.initial_state() for _ in range(n_streams)]
    network = zero_state(engine, n_streams, setting.lookahead_frames)
    after = [decoder.initial_state() for _ in range(n_streams)]

    def step() -> list[tuple[Word, ...]]:
        nonlocal before, network, after, n_early
        heard = [features.step(x, state) for x, state in zip(next(chunks), before, strict=True)]
        before = [state for _, state in heard]
        frames = np.stack([x for x, _ in heard], axis=1)
        # until the first window is full there is nothing to answer
        if len(frames) < setting.chunk_frames:
            return [()] * n_streams
        answer, network = engine.step(
            frames, network, chunk=setting.chunk_frames, lookahead=setting.lookahead_frames
        )
        # the first answers are of the zeros before the first frame
        parts = [part[n_early:].swapaxes(0, 1) for part in answer]
        n_early = max(0, n_early - len(frames))
        streams = zip(zip(*parts, strict=True), after, strict=True)
        told = [decoder.step(Answer(*answered), state) for answered, state in streams]
        after = [state for _, state in told]
        return [segments for segments, _ in told]

    return step


def _chunk_samples(recognizer: Recognizer) -> int:
    """Samples that make a chunk of the network."""
    return recognizer.network.setting.chunk_frames * recognizer.bundle.config.features.frame_samples
