from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest

from speechlstm.page import picture_uri


def test_a_picture_is_what_a_reader_of_pictures_sees() -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow reads the picture")
    values = np.linspace(-1, 2, 35).reshape(5, 7)
    values[0, 0] = np.nan
    head, data = picture_uri(values, low=0, high=1).split(",")
    assert head == "data:image/png;base64"
    with image.open(BytesIO(b64decode(data))) as read:
        read.load()
        levels, colours = np.asarray(read), np.asarray(read.convert("RGB"))
    expected = np.rint(255 * np.clip(values, 0, 1))
    expected[0, 0] = 0
    np.testing.assert_array_equal(levels, expected)
    assert colours[0, 0].tolist() == [0x44, 0x01, 0x54]  # viridis's ends
    assert colours[-1, -1].tolist() == [0xFD, 0xE7, 0x25]
