"""What a network for handwriting is trained to make small, in ``keras.ops``."""

from typing import Any

from keras import ops

from speechlstm.training.ctc import ctc

__all__ = ["class_losses", "word_losses"]


def class_losses(logits: Any, batch: Any) -> dict[str, Any]:
    """Cross-entropy of the mean logits of each piece, and the share of pieces that come right.

    Args:
        logits: ``[B, T, n_classes]``.
        batch: A :class:`speechlstm.training.strokes.examples.Batch` of tensors.

    Returns:
        ``total`` and ``wrong`` (0 to 1), scalars.
    """
    n_frames = ops.cast(batch.n_frames, "float32")
    inside = ops.cast(ops.arange(logits.shape[1])[None] < batch.n_frames[:, None], "float32")
    mean = ops.sum(logits * inside[..., None], axis=1) / n_frames[:, None]
    picked = ops.one_hot(batch.labels[:, 0], logits.shape[-1])
    total = -ops.mean(ops.sum(ops.log_softmax(mean, axis=-1) * picked, axis=-1))
    wrong = ops.cast(ops.argmax(mean, axis=-1) != ops.cast(batch.labels[:, 0], "int32"), "float32")
    return {"total": total, "wrong": ops.mean(wrong)}


def word_losses(outputs: Any, batch: Any) -> dict[str, Any]:
    """CTC of the characters, a piece and a character.

    Args:
        outputs: :class:`speechlstm.model.network.Outputs`; token 0 of ``logits`` is the blank.
        batch: A :class:`speechlstm.training.strokes.examples.Batch` of tensors.

    Returns:
        ``total``, the mean over the pieces, and ``a_character``, scalars.
    """
    total = ops.mean(ctc(outputs.logits, batch.labels, batch.n_frames))
    n_characters = ops.mean(ops.sum(ops.cast(batch.labels >= 0, "float32"), axis=1))
    # nothing is known of where a character begins and ends, and every weight needs a gradient
    idle = 0.0 * ops.mean(outputs.extent)
    return {"total": total + idle, "a_character": total / n_characters}
