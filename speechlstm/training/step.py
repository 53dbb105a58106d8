"""The train step: one ``tf.function``, on one device or mirrored over several GPUs."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from speechlstm.model.config import NetworkConfig
from speechlstm.model.layer import LayerState
from speechlstm.model.network import Network
from speechlstm.training.examples import Batch
from speechlstm.training.losses import Losses, losses
from speechlstm.training.recipe import TrainingConfig

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
        seed: Seed of the first weights and of dropout.
        strategy: What :func:`strategy_for` gave.
    """

    def __init__(
        self, network: NetworkConfig, config: TrainingConfig, *, seed: int = 0, strategy: Any = None
    ) -> None:
        self.config, self.strategy = config, strategy or strategy_for()
        self._half = config.mixed_precision and bool(tf.config.list_physical_devices("GPU"))
        with self.strategy.scope(), _precision(self._half):
            self.network = Network(network, dropout=config.dropout, seed=seed)
            self.optimizer = self._make_optimizer()
            self.optimizer.build(self.network.trainable_variables)
        self._carried: list[tuple[Any, Any]] | None = None
        # one function for each setting of the dial: they are few, and each is traced once
        self._compiled: dict[tuple[int, int], Any] = {}

    def __call__(self, batch: Batch, *, chunk: int, lookahead: int, carry: bool) -> Losses:
        """Train on one batch.

        Args:
            batch: The batch; its size is a multiple of the number of replicas.
            chunk: Frames answered at a time; 0 for the whole stream.
            lookahead: Frames seen beyond them.
            carry: Whether to begin from the forward state that the last batch ended with.

        Returns:
            The losses before the step, means over the replicas.
        """
        n_frames = batch.x.shape[1]
        n_replicas = self.strategy.num_replicas_in_sync
        zeros = tf.zeros((len(batch.x) // n_replicas, self.network.config.units))
        before = self._carried if carry and self._carried else [(zeros, zeros)] * len(self.network.encoder)
        setting = (chunk or n_frames, lookahead)
        if setting not in self._compiled:
            self._compiled[setting] = tf.function(partial(self._distributed, *setting), reduce_retracing=True)
        values, self._carried = self._compiled[setting](self._spread(batch), before)
        return Losses(*(float(v) for v in values))

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

    def _spread(self, batch: Batch) -> Any:
        n = self.strategy.num_replicas_in_sync
        if n == 1:
            return Batch(*(tf.convert_to_tensor(array) for array in batch))
        share = len(batch.x) // n

        def part(context: Any) -> Batch:
            i = context.replica_id_in_sync_group * share
            return Batch(*(tf.convert_to_tensor(array[i : i + share]) for array in batch))

        return self.strategy.experimental_distribute_values_from_function(part)

    def _distributed(self, chunk: int, lookahead: int, batch: Any, before: Any) -> Any:
        values, after = self.strategy.run(self._replica, (batch, chunk, lookahead, before))
        mean = tf.distribute.ReduceOp.MEAN
        # every replica may go on from any other's state: they are streams like any
        first = tf.nest.map_structure(lambda v: self.strategy.experimental_local_results(v)[0], after)
        return [self.strategy.reduce(mean, v, axis=None) for v in values], first

    def _replica(self, batch: Batch, chunk: int, lookahead: int, before: Any) -> Any:
        c = self.config
        with tf.GradientTape() as tape:
            zeros = self.network.initial_state(batch.x.shape[0], lookahead)
            state = [
                LayerState(tf.cast(h, z.h.dtype), tf.cast(k, z.c.dtype), z.tail)
                for z, (h, k) in zip(zeros, before, strict=True)
            ]
            outputs, after = self.network.whole(batch.x, chunk, lookahead, state, training=True)
            terms = losses(
                outputs.logits,
                outputs.extent,
                batch,
                pooled_weight=c.pooled_weight,
                extent_weight=c.extent_weight,
            )
            scaled = self.optimizer.scale_loss(terms.total)
        variables = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(scaled, variables), variables)
        carried = [(tf.cast(s.h, tf.float32), tf.cast(s.c, tf.float32)) for s in after]
        return list(terms), carried


class _precision:
    """``mixed_float16`` while a network is built, if asked for."""

    def __init__(self, half: bool) -> None:
        self._policy = "mixed_float16" if half else "float32"

    def __enter__(self) -> None:
        self._before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self._policy)

    def __exit__(self, *_: object) -> None:
        keras.config.set_dtype_policy(self._before)
