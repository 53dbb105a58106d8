"""What the network is trained to make small, in ``keras.ops``.

A word may be answered only in its window, from its start to a little after its end. With ``A_t`` the
tokens allowed at frame ``t`` (the blank always), the likelihood of all paths that keep to the windows is

    P = prod_t P(A_t) * CTC(softmax over A_t)

so the loss is CTC of the masked logits plus ``-sum_t log P(A_t)``: connectionist temporal classification
(Graves et al., 2006) restricted by alignment, which keeps words from coming late.
"""

from typing import Any, NamedTuple

from keras import ops

from speechlstm.training.ctc import ctc
from speechlstm.training.settings import TrainingConfig

__all__ = ["Losses", "losses"]

_NEVER = -30.0
_FAR = 1e9


class Losses(NamedTuple):
    """Means over the batch.

    Attributes:
        total: What is minimised.
        ctc: Negative log-likelihood of the restricted paths, a stream.
        pooled: Cross-entropy of the words' logits pooled over their time, a word.
        extent: Mean absolute error of start and end, in frames.
        phones: As ``ctc``, of the phones of all that is said.
    """

    total: Any
    ctc: Any
    pooled: Any
    extent: Any
    phones: Any


def losses(outputs: Any, batch: Any, config: TrainingConfig) -> Losses:
    """All terms.

    Args:
        outputs: :class:`speechlstm.model.network.Outputs`; token 0 of ``logits`` and of ``phones`` is blank.
        batch: A :class:`speechlstm.training.words.examples.Batch` of tensors.
        config: Weights of the terms.
    """
    logits = outputs.logits
    inside = _inside(logits.shape[1], batch.labels, batch.windows)
    one_hot = ops.one_hot(batch.labels, logits.shape[2])
    ctc = ops.mean(_restricted_ctc(logits, batch.labels, inside))
    pooled = _pooled(logits, inside, one_hot, batch.bounds)
    error = _extent(outputs.extent, inside, batch.bounds)
    n_words = ops.sum(ops.cast(batch.labels >= 0, "float32")) / logits.shape[0]
    total = ctc + n_words * (config.pooled_weight * pooled + config.extent_weight * error)
    phones = ops.zeros(())
    if outputs.phones.shape[-1]:
        phones = ops.mean(_phones(outputs.phones, batch))
        total = total + config.phone_weight * phones
    return Losses(total, ctc, pooled, error, phones)


def _inside(n_frames: int, labels: Any, windows: Any) -> Any:
    """1 in the frames in which each label may be answered, ``[B, W, T]``."""
    frames = ops.arange(n_frames)
    inside = (frames >= windows[:, :, 0:1]) & (frames < windows[:, :, 1:2]) & (labels[:, :, None] >= 0)
    return ops.cast(inside, "float32")


def _restricted_ctc(logits: Any, labels: Any, inside: Any) -> Any:
    """The loss that this module's docstring derives, of every row ``[B]``."""
    n_outputs = logits.shape[2]
    allowed = ops.einsum("bwt,bwv->btv", inside, ops.one_hot(labels, n_outputs)) > 0
    allowed = allowed | (ops.arange(n_outputs) == 0)
    masked = ops.where(allowed, logits, logits + _NEVER)
    outside = ops.logsumexp(logits, axis=-1) - ops.logsumexp(masked, axis=-1)
    return ctc(masked, labels) + ops.sum(outside, axis=-1)


def _phones(logits: Any, batch: Any) -> Any:
    """The same of phones; frames whose phones nobody knows are taken for blanks, at no cost."""
    blank = _NEVER * ops.cast(ops.arange(logits.shape[2]) > 0, "float32")
    logits = ops.where(batch.unknown[:, :, None], blank, logits)
    inside = _inside(logits.shape[1], batch.phones, batch.phone_windows)
    return _restricted_ctc(logits, batch.phones, inside)


def _pooled(logits: Any, inside: Any, one_hot: Any, bounds: Any) -> Any:
    """Cross-entropy of ``log sum exp`` over a word's frames, among words: breaks CTC's plateau of blanks."""
    words = logits[:, None, :, 1:] + (1 - inside[..., None]) * _NEVER
    log_probs = ops.log_softmax(ops.logsumexp(words, axis=2), axis=-1)
    known = ops.cast(~ops.isnan(bounds[..., 0]), "float32")
    picked = ops.sum(log_probs * one_hot[..., 1:], axis=-1) * known
    return -ops.sum(picked) / ops.maximum(ops.sum(known), 1.0)


def _extent(extent: Any, inside: Any, bounds: Any) -> Any:
    """Mean absolute error of ``[middle - start, end - middle]``, over all frames that may answer a word of
    known bounds; where two may be answered, that of the word whose middle is nearer.
    """
    middle = ops.arange(extent.shape[1], dtype="float32") + 0.5
    known = ~ops.isnan(bounds[..., 0:1])
    start = ops.where(known, bounds[..., 0:1], 0.0)
    end = ops.where(known, bounds[..., 1:2], 0.0)
    # [B, W, T]
    distance = ops.where((inside > 0) & known, ops.abs(middle - (start + end) / 2), _FAR)
    nearest = (distance < _FAR) & (distance <= ops.min(distance, axis=1, keepdims=True))
    inside = ops.cast(nearest, "float32")
    error = ops.abs(extent[:, None, :, 0] - (middle - start)) + ops.abs(
        extent[:, None, :, 1] - (end - middle)
    )
    return 0.5 * ops.sum(error * inside) / ops.maximum(ops.sum(inside), 1.0)
