"""Plain ways to tell what a sensor is doing, to hold a model against: one-way LSTM, logistic regression."""

from collections.abc import Sequence

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from speechlstm.training.frames.examples import ExampleMaker, classes_of_frames
from speechlstm.training.recipe import Recipe

__all__ = ["FrameRegression", "OneWayLstm", "WindowRegression", "window_features"]


class OneWayLstm:
    """The class of each frame by Keras's own LSTM layers, which know the past alone.

    Args:
        recipe: Its steps, units and learning rate are those of the training.
        maker: Makes the batches.
    """

    def __init__(self, recipe: Recipe, maker: ExampleMaker) -> None:
        self._model = _one_way_lstm(recipe, maker)

    def classes(self, frames: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The classes of whole recordings, each of frames ``[time, n_features]``."""
        longest = max(map(len, frames))
        padded = np.stack([np.pad(x, ((0, longest - len(x)), (0, 0))) for x in frames])
        logits = np.asarray(self._model.predict_on_batch(padded))
        return [answer[: len(x)].argmax(axis=1) for answer, x in zip(logits, frames, strict=True)]


def _one_way_lstm(recipe: Recipe, maker: ExampleMaker) -> keras.Model:
    c, n_outputs = recipe.training, recipe.network_config.n_outputs
    keras.utils.set_random_seed(recipe.seed)
    layers = [keras.Input((None, recipe.features.width))]
    for _ in range(recipe.network.n_layers):
        lstm = keras.layers.LSTM(recipe.network.units, return_sequences=True)
        layers += [lstm, keras.layers.Dropout(c.dropout)]
    model = keras.Sequential([*layers, keras.layers.Dense(n_outputs)])
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, c.n_steps - c.n_warmup, alpha=0.01, warmup_target=c.learning_rate, warmup_steps=c.n_warmup
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    model.compile(keras.optimizers.AdamW(schedule, global_clipnorm=5.0), loss, jit_compile=False)
    for step in range(c.n_steps):
        first = recipe.seed * 2**32 + step * c.batch_size
        batch = maker.make(range(first, first + c.batch_size))
        model.train_on_batch(batch.x, batch.classes)
    return model


class FrameRegression:
    """The class of each frame from the window of samples around its middle.

    Args:
        recordings: Pairs of samples ``[n, n_channels]`` and their classes ``[n]``, -1 for none.
        window_samples: Length of the window.
        frame_samples: Samples from one frame to the next.
    """

    def __init__(
        self,
        recordings: Sequence[tuple[np.ndarray, np.ndarray]],
        window_samples: int,
        frame_samples: int,
    ) -> None:
        self._window_samples, self._frame_samples = window_samples, frame_samples
        x = np.concatenate([self._features(samples) for samples, _ in recordings])
        y = np.concatenate([classes_of_frames(classes, frame_samples) for _, classes in recordings])
        self._model = _regression().fit(x[y >= 0], y[y >= 0])

    def classes(self, samples: np.ndarray) -> np.ndarray:
        """The class of each frame of a recording."""
        return np.asarray(self._model.predict(self._features(samples)))

    def _features(self, samples: np.ndarray) -> np.ndarray:
        half, hop = self._window_samples // 2, self._frame_samples
        padded = np.pad(samples, ((half, half), (0, 0)), mode="edge")
        # window i of all has its middle at sample i
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half, axis=0)[:-1]
        middles = np.minimum(np.arange(-(-len(samples) // hop)) * hop + hop // 2, len(samples) - 1)
        return window_features(windows[middles])


class WindowRegression:
    """The class of whole windows.

    Args:
        windows: ``[n, window_samples, n_channels]``.
        classes: ``[n]``.
    """

    def __init__(self, windows: np.ndarray, classes: np.ndarray) -> None:
        self._model = _regression().fit(window_features(windows.swapaxes(1, 2)), classes)

    def classes(self, windows: np.ndarray) -> np.ndarray:
        """The class of each window."""
        return np.asarray(self._model.predict(window_features(windows.swapaxes(1, 2))))


def window_features(windows: np.ndarray) -> np.ndarray:
    """Of ``[n, n_channels, time]``, each channel's mean, deviation, least, most and mean step."""
    parts = [
        windows.mean(axis=2),
        windows.std(axis=2),
        windows.min(axis=2),
        windows.max(axis=2),
        np.abs(np.diff(windows, axis=2)).mean(axis=2),
    ]
    return np.concatenate(parts, axis=1)


def _regression() -> LogisticRegression:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
