"""A matrix as a picture inside a page: PNG with a palette (ISO/IEC 15948)."""

import struct
import zlib
from base64 import b64encode

import numpy as np

__all__ = ["picture_uri"]

# viridis (van der Walt and Smith, 2015) at nine places
_VIRIDIS = ("440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725")


def picture_uri(values: np.ndarray, *, low: float, high: float) -> str:
    """A picture of a matrix, as an address that holds the picture itself.

    Args:
        values: ``[row, column]``, the first row on top.
        low: What is darkest.
        high: What is brightest, above ``low``.

    Returns:
        ``data:image/png;base64,...``.
    """
    share = np.nan_to_num((values - low) / (high - low), nan=0.0)
    levels = np.rint(255 * np.clip(share, 0.0, 1.0)).astype(np.uint8)
    n_rows, n_columns = levels.shape
    rows = np.zeros((n_rows, n_columns + 1), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = levels
    head = struct.pack(">IIBBBBB", n_columns, n_rows, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", _palette()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)
    return "data:image/png;base64," + b64encode(png).decode("ascii")


def _palette() -> bytes:
    """256 colours of three bytes."""
    anchors = np.array([list(bytes.fromhex(colour)) for colour in _VIRIDIS], np.float64)
    at, places = np.linspace(0, 1, 256), np.linspace(0, 1, len(anchors))
    channels = [np.interp(at, places, anchors[:, i]) for i in range(3)]
    return np.rint(np.column_stack(channels)).astype(np.uint8).tobytes()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
