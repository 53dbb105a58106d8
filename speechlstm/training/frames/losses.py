"""What a network for classes of frames is trained to make small, in ``keras.ops``."""

from typing import Any

from keras import ops

__all__ = ["losses"]


def losses(logits: Any, batch: Any) -> dict[str, Any]:
    """Mean cross-entropy over the frames whose class is known, and the share of them that come right.

    Args:
        logits: ``[B, T, n_classes]``.
        batch: A :class:`speechlstm.training.frames.examples.Batch` of tensors.

    Returns:
        ``total`` and ``frames_wrong`` (0 to 1), scalars.
    """
    known = ops.cast(batch.classes >= 0, "float32")
    n_known = ops.maximum(ops.sum(known), 1.0)
    picked = ops.one_hot(ops.maximum(batch.classes, 0), logits.shape[-1])
    log_probs = ops.log_softmax(logits, axis=-1)
    total = -ops.sum(ops.sum(log_probs * picked, axis=-1) * known) / n_known
    wrong = ops.cast(ops.argmax(logits, axis=-1) != ops.cast(batch.classes, "int32"), "float32")
    return {"total": total, "frames_wrong": ops.sum(wrong * known) / n_known}
