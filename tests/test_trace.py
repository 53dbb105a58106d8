from pathlib import Path

import numpy as np
import pytest
import soundfile
from handwriting import make_pen_bundle
from tides import make_tides_bundle
from tiny import make_tiny_bundle, speechlike
from wrist import make_wrist_bundle

from speechlstm.bundle import LATENCIES
from speechlstm.errors import AudioError, BundleError, ConfigError
from speechlstm.features.mfcc import MfccConfig
from speechlstm.model.cell import cell_weights, lstm_step
from speechlstm.recognizer import Recognizer

SOUND = speechlike(12_345)
# its last chunk is unfilled at every setting of the tiny model's dial
N_LEAD = 13


def at(folder: Path, latency: str = "balanced") -> Recognizer:
    return Recognizer.load(folder, latency=latency)


@pytest.fixture(params=[0, N_LEAD], ids=["no lead", "lead"])
def bundle(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A tiny bundle, with and without silence before the sound."""
    return make_tiny_bundle(
        tmp_path / "tiny", features=MfccConfig(fmin_hz=40.0, fmax_hz=4000.0, lead_frames=request.param)
    )


@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("n_samples", [0, 1, 240, 1000, 12_345])
def test_posteriors_are_those_of_the_ordinary_run(bundle: Path, latency: str, n_samples: int) -> None:
    recognizer = at(bundle, latency)
    trace, expected = recognizer.trace(SOUND[:n_samples]), recognizer.posteriors(SOUND[:n_samples])
    np.testing.assert_allclose(trace.answer.log_probs, expected.log_probs, rtol=0, atol=1e-4)
    np.testing.assert_allclose(trace.answer.extent, expected.extent, rtol=0, atol=1e-4)
    (of_batch,) = recognizer.posteriors_batch([SOUND[:n_samples]])
    np.testing.assert_allclose(trace.answer.log_probs, of_batch.log_probs, rtol=0, atol=1e-4)
    assert trace.n_frames == len(expected.log_probs) == -(-n_samples // 240)
    for gates in trace.cells().values():
        assert {part.shape for part in gates} == {(trace.n_frames, 8)}


@pytest.mark.parametrize("latency", ["low", "balanced"])
def test_gates_lie_beside_the_frame_they_are_of(bundle: Path, latency: str) -> None:
    """Each frame follows from the frame before it, or in a window after it, by one step of the cell."""
    recognizer = at(bundle, latency)
    trace, weights = recognizer.trace(SOUND), recognizer.bundle.weights()
    chunk = recognizer.network.setting.chunk_frames
    lookahead = recognizer.network.setting.lookahead_frames
    heard, features = trace.features, recognizer.bundle.config.features
    assert isinstance(features, MfccConfig)
    for i, layer in enumerate(trace.layers):
        ahead, back = cell_weights(weights, i, "forward"), cell_weights(weights, i, "backward")
        for t in range(1, trace.n_frames):
            step = lstm_step(heard[t], layer.forward.hidden[t - 1], layer.forward.cell[t - 1], ahead)
            np.testing.assert_allclose(step, [part[t] for part in layer.forward], rtol=0, atol=1e-5)
            # this layer's windows begin at every chunk of what is (i + 1) * lookahead frames late
            if (features.lead_frames + t + (i + 1) * lookahead) % chunk == 0:
                continue
            step = lstm_step(heard[t - 1], layer.backward.hidden[t], layer.backward.cell[t], back)
            np.testing.assert_allclose(step, [part[t - 1] for part in layer.backward], rtol=0, atol=1e-5)
        heard = np.concatenate([layer.forward.hidden, layer.backward.hidden], axis=1)


@pytest.mark.parametrize("latency", ["low", "balanced"])
@pytest.mark.parametrize("n_samples", [0, 1, 12_345])
def test_phones_are_told_by_the_lower_layers(tmp_path: Path, latency: str, n_samples: int) -> None:
    """Of two layers the first tells them, and the second hears its frames with what they tell."""
    recognizer = at(make_tiny_bundle(tmp_path / "tiny", phones=("AH", "B", "CH")), latency)
    trace, weights = recognizer.trace(SOUND[:n_samples]), recognizer.bundle.weights()
    below = trace.layers[0]
    y = np.concatenate([below.forward.hidden, below.backward.hidden], axis=1)
    odds = np.exp(y @ weights["phones.kernel"] + weights["phones.bias"])
    expected = odds / odds.sum(axis=1, keepdims=True)
    assert trace.phones.shape == (trace.n_frames, 4)
    np.testing.assert_allclose(np.exp(trace.phones), expected, rtol=0, atol=1e-5)
    usual = recognizer.posteriors(SOUND[:n_samples]).log_probs
    np.testing.assert_allclose(trace.answer.log_probs, usual, rtol=0, atol=1e-4)
    above, ahead = trace.layers[1].forward, cell_weights(weights, 1, "forward")
    heard = y + expected @ weights["hear_phones.kernel"] + weights["hear_phones.bias"]
    for t in range(1, trace.n_frames, 50):
        step = lstm_step(heard[t], above.hidden[t - 1], above.cell[t - 1], ahead)
        np.testing.assert_allclose(step.cell, above.cell[t], rtol=0, atol=1e-4)


@pytest.mark.train
def test_phones_are_those_of_the_network_that_learnt(tmp_path: Path) -> None:
    from speechlstm.model.network import Network

    recognizer = at(make_tiny_bundle(tmp_path / "tiny", phones=("AH", "B", "CH")))
    trace, config = recognizer.trace(SOUND), recognizer.bundle.config
    network = Network(config.network)
    network.set_weights_by_name(recognizer.bundle.weights())
    chunk, lookahead = config.latency["balanced"].chunk_frames, config.latency["balanced"].lookahead_frames
    state = network.initial_state(1, lookahead)
    outputs, _ = network.whole(trace.features[np.newaxis], chunk, lookahead, state)
    logits = outputs.phones.numpy()[0]
    expected = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(trace.phones, expected, rtol=0, atol=1e-4)


def test_a_window_begins_from_nothing_at_the_end_of_its_look_ahead(tiny_bundle: Path) -> None:
    recognizer = at(tiny_bundle)
    trace, cell = recognizer.trace(SOUND), cell_weights(recognizer.bundle.weights(), 0, "backward")
    chunk, lookahead = 8, 4
    # the first window that is full of frames answers frames 4 to 11, and sees up to frame 15
    hidden = state = np.zeros(8, np.float32)
    for t in range(chunk + 2 * lookahead - 1, lookahead - 1, -1):
        gates = lstm_step(trace.features[t], hidden, state, cell)
        hidden, state = gates.hidden, gates.cell
        if t < chunk + lookahead:
            np.testing.assert_allclose(gates, [part[t] for part in trace.layers[0].backward], atol=1e-5)


def test_files_arrays_and_other_rates(tiny_bundle: Path, tmp_path: Path) -> None:
    recognizer = at(tiny_bundle)
    soundfile.write(tmp_path / "a.wav", np.stack([SOUND, 0 * SOUND], axis=1), 8000, subtype="FLOAT")
    whole, found = recognizer.trace(SOUND), recognizer.trace(tmp_path / "a.wav", channel=0)
    assert found.arrays().keys() == whole.arrays().keys()
    assert all((found.arrays()[name] == value).all() for name, value in whole.arrays().items())
    assert recognizer.trace(SOUND, sample_rate_hz=16_000).n_samples == pytest.approx(len(SOUND) / 2, abs=1)
    with pytest.raises(AudioError, match="expected a path or an array"):
        recognizer.trace(3.0)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="which says its own"):
        recognizer.trace(tmp_path / "a.wav", sample_rate_hz=8000)
    with pytest.raises(ConfigError, match="channel 1 of an array"):
        recognizer.trace(SOUND, channel=1)


def test_names_and_times(tiny_bundle: Path) -> None:
    trace = at(tiny_bundle).trace(SOUND)
    named = trace.arrays()
    assert len(named) == 4 + 2 * 2 * 6
    assert named["layer1.backward.forget"] is trace.layers[1].backward.forget
    np.testing.assert_allclose(named["times_s"][:3], [0, 0.03, 0.06])
    assert trace.n_samples == len(SOUND)


def test_a_sensor(tmp_path: Path) -> None:
    recognizer = at(make_wrist_bundle(tmp_path / "wrist"))
    x = np.random.default_rng(0).normal(size=(333, 2)).astype(np.float32)
    trace = recognizer.trace(x)
    expected = recognizer.posteriors(x).log_probs
    np.testing.assert_allclose(trace.answer.log_probs, expected, rtol=0, atol=1e-4)
    assert trace.n_frames == -(-333 // 4)
    assert recognizer.trace(x[:0]).n_frames == 0
    assert "extent" not in trace.arrays()


def test_a_pen(tmp_path: Path) -> None:
    recognizer = at(make_pen_bundle(tmp_path / "pen"))
    points = np.array([[x, np.sin(x), 0] for x in np.linspace(0, 6, 80)], np.float32)
    trace, expected = recognizer.trace(points), recognizer.posteriors(points)
    assert trace.n_frames == len(expected.log_probs) > 5
    np.testing.assert_allclose(trace.answer.log_probs, expected.log_probs, rtol=0, atol=1e-4)


def test_a_forecast(tmp_path: Path) -> None:
    recognizer = at(make_tides_bundle(tmp_path / "tides"))
    x = np.random.default_rng(0).normal(size=(90, recognizer.bundle.config.features.n_channels))
    trace, expected = recognizer.trace(x.astype(np.float32)), recognizer.posteriors(x.astype(np.float32))
    assert trace.n_frames == len(expected.values) == 90
    np.testing.assert_allclose(trace.answer.values, expected.values, rtol=0, atol=1e-4)


def test_a_graph_without_cells(tiny_bundle: Path) -> None:
    recognizer = at(tiny_bundle)
    object.__setattr__(recognizer.bundle, "model", b"")
    with pytest.raises(BundleError, match="holds no weights of LSTM cells that could be looked into"):
        recognizer.trace(SOUND)


def test_a_trace_changes_nothing_of_the_recogniser(tmp_path: Path) -> None:
    recognizer = at(make_tiny_bundle(tmp_path / "tiny"))
    before = recognizer.transcribe(SOUND)
    recognizer.trace(SOUND)
    assert recognizer.transcribe(SOUND) == before
