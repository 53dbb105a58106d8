"""The weights of a graph, by name and shape, read without the ``onnx`` package: to run a model is light.

Of ONNX's protocol buffers only what holds the weights is read (``onnx.proto`` of the ONNX standard)::

    ModelProto.graph = 7, GraphProto.initializer = 5
    TensorProto.dims = 1, .data_type = 2, .name = 8, .raw_data = 9
"""

from collections.abc import Iterator

import numpy as np

from speechlstm.errors import BundleError

__all__ = ["TO_KERAS", "TO_ONNX", "read_weights", "reorder_gates"]

# Keras orders the gates input, forget, candidate, output; ONNX input, output, forget, candidate
TO_ONNX, TO_KERAS = [0, 3, 1, 2], [0, 2, 3, 1]
_GRAPH, _INITIALIZER = 7, 5
_DIMS, _DATA_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9
_FLOAT = 1
# what a field's wire type says of its length
_VARINT, _EIGHT_BYTES, _COUNTED, _FOUR_BYTES = 0, 1, 2, 5


def read_weights(model: bytes) -> dict[str, np.ndarray]:
    """The weights of a graph that :func:`speechlstm.export.onnx_graph.build_graph` made.

    Args:
        model: The serialised graph.

    Returns:
        ``encoder.{i}.{forward|backward}.{kernel|recurrent|bias}`` with Keras's shapes and order of gates
        (input, forget, candidate, output), and the ``.kernel`` and ``.bias`` of every head.

    Raises:
        BundleError: It is no such graph.
    """
    try:
        tensors = dict(_initializers(memoryview(model)))
    except (IndexError, ValueError) as error:
        raise BundleError(f"the model's graph cannot be read: {error}; get the model again") from error
    weights: dict[str, np.ndarray] = {}
    for name, value in tensors.items():
        stem, _, kind = name.rpartition(".")
        if kind in ("W", "R"):
            weights[f"{stem}.{'kernel' if kind == 'W' else 'recurrent'}"] = reorder_gates(
                value[0], TO_KERAS
            ).T
        elif kind == "B":
            weights[f"{stem}.bias"] = reorder_gates(value[0, : value.shape[1] // 2], TO_KERAS)
        elif kind in ("kernel", "bias"):
            weights[name] = value
    if not any(name.endswith(".recurrent") for name in weights):
        raise BundleError(
            "the model's graph holds no weights of LSTM cells that could be looked into; "
            "make the bundle with speechlstm"
        )
    return weights


def reorder_gates(gates: np.ndarray, order: list[int]) -> np.ndarray:
    """The four quarters of an array in another order."""
    return np.concatenate([np.split(gates, 4)[i] for i in order])


def _initializers(model: memoryview) -> Iterator[tuple[str, np.ndarray]]:
    """Name and value of each initializer that is of floats."""
    for number, graph in _fields(model):
        if number != _GRAPH or isinstance(graph, int):
            continue
        for number, tensor in _fields(graph):
            if number == _INITIALIZER and not isinstance(tensor, int):
                yield from _floats(tensor)


def _floats(tensor: memoryview) -> Iterator[tuple[str, np.ndarray]]:
    shape: list[int] = []
    kind, name, raw = 0, "", b""
    for number, value in _fields(tensor):
        if isinstance(value, int):
            kind = value if number == _DATA_TYPE else kind
            shape += [value] if number == _DIMS else []
        elif number == _DIMS:
            shape += _packed(value)
        elif number == _NAME:
            name = bytes(value).decode()
        elif number == _RAW_DATA:
            raw = bytes(value)
    if kind == _FLOAT:
        yield name, np.frombuffer(raw, "<f4").reshape(shape)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field of a message: an integer, or the bytes of what is counted."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        n_bytes = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(kind)
        if kind == _COUNTED:
            n_bytes, at = _varint(message, at)
        if n_bytes is None or at + n_bytes > len(message):
            raise ValueError(f"byte {at} begins no field")
        yield key >> 3, message[at : at + n_bytes]
        at += n_bytes


def _packed(values: memoryview) -> list[int]:
    found, at = [], 0
    while at < len(values):
        value, at = _varint(values, at)
        found.append(value)
    return found


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """An integer of seven bits a byte, the lowest first; and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at
