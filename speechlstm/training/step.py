"""The train step: one ``tf.function``, on one device or mirrored over several GPUs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from speechlstm.errors import ConfigError
from speechlstm.model.config import NetworkConfig
from speechlstm.model.layer import LayerState
from speechlstm.model.network import Network
from speechlstm.training.settings import TrainingConfig

__all__ = ["TrainStep", "strategy_for"]


def strategy_for(devices: Sequence[str] | None = None) -> Any:
    """How to spread a step: mirrored over all GPUs seen (or ``devices``), or plain for at most one."""
    gpus = [device.name for device in tf.config.list_logical_devices("GPU")]
    devices = gpus if devices is None else list(devices)
    return tf.distribute.MirroredStrategy(devices) if len(devices) > 1 else tf.distribute.get_strategy()


class TrainStep:
    """Network, optimizer and the compiled step.

    Args:
        network: Sizes.
        config: How to train.
        losses: Of the network's outputs and a batch, the terms of the loss by name; ``total`` is minimised.
        seed: Seed of the first weights and of dropout.
        strategy: What :func:`strategy_for` gave.

    Raises:
        ConfigError: A batch that cannot be shared out evenly among the strategy's devices.
    """

    def __init__(
        self,
        network: NetworkConfig,
        config: TrainingConfig,
        losses: Callable[[Any, Any], dict[str, Any]],
        *,
        seed: int = 0,
        strategy: Any = None,
    ) -> None:
        self.config, self.strategy, self._losses = config, strategy or strategy_for(), losses
        self._share(config.batch_size)
        self._half = config.mixed_precision and bool(tf.config.list_physical_devices("GPU"))
        with self.strategy.scope(), _precision(self._half):
            self.network = Network(network, dropout=config.dropout, seed=seed)
            self.optimizer = self._make_optimizer()
            self.optimizer.build(self.network.trainable_variables)
        self._carried: list[tuple[Any, Any]] | None = None
        # one function for each setting of the dial: they are few, and each is traced once
        self._compiled: dict[tuple[int, int], Any] = {}

    def __call__(self, batch: Any, *, chunk: int, lookahead: int, carry: bool) -> dict[str, float]:
        """Train on one batch.

        Args:
            batch: A named tuple of arrays, streams first, the frames ``x`` ``[B, T, n_features]`` among them;
                ``B`` is a multiple of the number of replicas.
            chunk: Frames answered at a time; 0 for the whole stream.
            lookahead: Frames seen beyond them.
            carry: Whether to begin from the forward state that the last batch ended with.

        Returns:
            The terms of the loss before the step, means over the replicas.
        """
        n_frames = batch.x.shape[1]
        zeros = tf.zeros((self._share(len(batch.x)), self.network.config.units))
        before = self._carried if carry and self._carried else [(zeros, zeros)] * len(self.network.encoder)
        setting = (chunk or n_frames, lookahead)
        if setting not in self._compiled:
            self._compiled[setting] = tf.function(partial(self._distributed, *setting), reduce_retracing=True)
        values, self._carried = self._compiled[setting](self._spread(batch), before)
        return {name: float(value) for name, value in values.items()}

    def begin(self, seed: int) -> None:
        """Go back to where a new train step with this seed begins; what is compiled stays so."""
        new = TrainStep(
            self.network.config,
            self.config,
            self._losses,
            seed=seed,
            strategy=self.strategy,
        )
        self.restore(new.arrays())

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that the next step depends on but its batch: the network's weights by name, and
        ``optimizer.{i}``, ``dropout.{i}`` (states of the generators) and ``carried.{i}.{h|c}``.
        """
        found = {name: np.asarray(v) for name, v in self._variables().items()}
        for i, state in enumerate(self._carried or ()):
            found |= {f"carried.{i}.{name}": np.asarray(v) for name, v in zip("hc", state, strict=True)}
        return found | self.network.weights_by_name()

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go back to where :meth:`arrays` was asked for.

        Raises:
            KeyError: An array is missing.
            ValueError: One is of another shape.
        """
        self.network.set_weights_by_name(arrays)
        for name, variable in self._variables().items():
            variable.assign(arrays[name])
        names = [(f"carried.{i}.h", f"carried.{i}.c") for i in range(len(self.network.encoder))]
        # with another number of devices, a device has another number of streams: none to go on from
        n_streams = self._share(self.config.batch_size)
        fits = names[0][0] in arrays and len(arrays[names[0][0]]) == n_streams
        self._carried = [(tf.constant(arrays[h]), tf.constant(arrays[c])) for h, c in names] if fits else None

    def _variables(self) -> dict[str, Any]:
        found = {f"optimizer.{i}": v for i, v in enumerate(self.optimizer.variables)}
        dropouts = [layer for layer in self.network.dropouts if layer.rate > 0]
        return found | {f"dropout.{i}": layer.seed_generator.state for i, layer in enumerate(dropouts)}

    def _share(self, n_streams: int) -> int:
        """Streams that each device gets."""
        n: int = self.strategy.num_replicas_in_sync
        if n_streams % n:
            raise ConfigError(
                f"a batch of {n_streams} cannot be shared out among {n} devices; "
                f"--set training.batch_size={-(-n_streams // n) * n}"
            )
        return n_streams // n

    def _make_optimizer(self) -> Any:
        c = self.config
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0,
            max(1, c.n_steps - c.n_warmup),
            alpha=0.01,
            warmup_target=c.learning_rate,
            warmup_steps=c.n_warmup,
        )
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=c.weight_decay, global_clipnorm=5.0)
        return keras.optimizers.LossScaleOptimizer(optimizer) if self._half else optimizer

    def _spread(self, batch: Any) -> Any:
        if self.strategy.num_replicas_in_sync == 1:
            return type(batch)(*(tf.convert_to_tensor(array) for array in batch))
        share = self._share(len(batch.x))

        def part(context: Any) -> Any:
            i = context.replica_id_in_sync_group * share
            return type(batch)(*(tf.convert_to_tensor(array[i : i + share]) for array in batch))

        return self.strategy.experimental_distribute_values_from_function(part)

    def _distributed(self, chunk: int, lookahead: int, batch: Any, before: Any) -> Any:
        values, after = self.strategy.run(self._replica, (batch, chunk, lookahead, before))
        mean = tf.distribute.ReduceOp.MEAN
        # every replica may go on from any other's state: they are streams like any
        first = tf.nest.map_structure(lambda v: self.strategy.experimental_local_results(v)[0], after)
        return {n: self.strategy.reduce(mean, v, axis=None) for n, v in values.items()}, first

    def _replica(self, batch: Any, chunk: int, lookahead: int, before: Any) -> Any:
        with tf.GradientTape() as tape:
            zeros = self.network.initial_state(batch.x.shape[0], lookahead)
            state = [
                LayerState(tf.cast(h, z.h.dtype), tf.cast(k, z.c.dtype), z.tail)
                for z, (h, k) in zip(zeros, before, strict=True)
            ]
            outputs, after = self.network.whole(batch.x, chunk, lookahead, state, training=True)
            terms = self._losses(outputs, batch)
            scaled = self.optimizer.scale_loss(terms["total"])
        variables = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(scaled, variables), variables)
        carried = [(tf.cast(s.h, tf.float32), tf.cast(s.c, tf.float32)) for s in after]
        return terms, carried


@contextmanager
def _precision(half: bool) -> Iterator[None]:
    """``mixed_float16`` while a network is built, if asked for."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16" if half else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
