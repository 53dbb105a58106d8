import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from speechlstm.errors import DeviceError, MissingDependency
from speechlstm.live import Reopenable
from speechlstm.sources.sensor import Sensor
from speechlstm.sources.serial_port import SerialSource

SENSOR = Sensor(("x", "y"), 50, max_gap_s=1.0)


class Board:
    """The far end of a pair of pseudo-terminals, which prints as a microcontroller does."""

    def __init__(self) -> None:
        self._ends: tuple[int, ...] = os.openpty()
        self.port = os.ttyname(self._ends[1])

    def print(self, text: str) -> None:
        os.write(self._ends[0], text.encode())

    def pull_out(self) -> None:
        """Close both ends, once."""
        ends, self._ends = self._ends, ()
        for end in ends:
            os.close(end)


def replug(port: Path, board: Board) -> None:
    """Have a port, a link, lead to another board."""
    port.unlink(missing_ok=True)
    port.symlink_to(board.port)


@pytest.fixture
def board() -> Iterator[Board]:
    pytest.importorskip("serial", reason="pyserial is not installed")
    board = Board()
    yield board
    board.pull_out()


def test_a_header_and_lines_at_once(board: Board) -> None:
    with SerialSource(board.port, SENSOR) as source:
        rescue = threading.Timer(20, source.stop)
        rescue.start()
        chunks = iter(source)
        board.print("time_ms,x,y\r\n0,1,2\r\n")
        assert next(chunks).tolist() == [[1, 2]]
        board.print("20,3")
        board.print(",4\r\n")
        assert next(chunks).tolist() == [[3, 4]]
        source.stop()
        assert list(chunks) == []
        rescue.cancel()
    assert source.warning is None


def test_given_columns_drop_the_line_whose_beginning_was_missed(board: Board) -> None:
    with SerialSource(board.port, SENSOR, columns=["x", "y"]) as source:
        board.print("4")
        board.print("56,7\n1,2\n")
        assert next(iter(source)).tolist() == [[1, 2]]
    assert source.problems.n_dropped == 0


def test_json_after_the_rest_of_a_line(board: Board) -> None:
    with SerialSource(board.port, SENSOR) as source:
        board.print('1,"y":2}\n{"x":1,"y":2}\n')
        assert next(iter(source)).tolist() == [[1, 2]]
    assert source.problems.n_broken_json == 1


def test_a_port_that_is_pulled_out(board: Board) -> None:
    with SerialSource(board.port, SENSOR) as source:
        chunks = iter(source)
        board.print("x,y\n1,2\n")
        np.testing.assert_array_equal(next(chunks), [[1, 2]])
        board.pull_out()
        with pytest.raises(DeviceError, match=rf"{board.port}: is gone \(.*\); plug it in again"):
            next(chunks)


def test_a_port_that_comes_back(tmp_path: Path, board: Board) -> None:
    port, again = tmp_path / "usb", Board()
    replug(port, board)
    with SerialSource(str(port), SENSOR) as source:
        chunks = iter(source)
        board.print("x,y\n1,2\n3")
        np.testing.assert_array_equal(next(chunks), [[1, 2]])
        board.pull_out()
        with pytest.raises(DeviceError):
            list(chunks)
        port.unlink()
        with pytest.raises(DeviceError, match="cannot be opened as a serial port"):
            source.reopen()
        replug(port, again)
        source.reopen()
        # the end of a line whose beginning was missed, which must not be joined with that of before
        again.print("3,4\n5,6\n")
        np.testing.assert_array_equal(next(iter(source)), [[5, 6]])
    again.pull_out()
    assert source.problems.n_dropped == 0
    assert isinstance(source, Reopenable) and source.device_name == str(port)


def test_a_port_that_comes_back_before_its_header(tmp_path: Path, board: Board) -> None:
    port, again = tmp_path / "usb", Board()
    replug(port, board)
    with SerialSource(str(port), SENSOR) as source:
        board.print("boot v1\n")
        threading.Timer(0.3, board.pull_out).start()
        with pytest.raises(DeviceError):
            list(source)
        replug(port, again)
        source.reopen()
        again.print("x,y\n5,6\n")
        np.testing.assert_array_equal(next(iter(source)), [[5, 6]])
    again.pull_out()


def test_no_such_port() -> None:
    pytest.importorskip("serial", reason="pyserial is not installed")
    with (
        pytest.raises(DeviceError, match=r"/dev/nothing: cannot be opened as a serial port .*ports here:"),
        SerialSource("/dev/nothing", SENSOR),
    ):
        pass


def test_without_pyserial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    with (
        pytest.raises(MissingDependency, match=r"needs pyserial.*pip install 'speechlstm\[sensors\]'"),
        SerialSource("/dev/nothing", SENSOR),
    ):
        pass
