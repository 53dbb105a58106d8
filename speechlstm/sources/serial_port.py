"""A sensor heard through a serial port; pyserial is loaded only when one is opened."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from types import TracebackType
from typing import Any

from speechlstm.errors import DeviceError
from speechlstm.messages import Gap
from speechlstm.sources.decoder import RecordDecoder
from speechlstm.sources.extra import load_extra
from speechlstm.sources.samples import Samples
from speechlstm.sources.sensor import Sensor
from speechlstm.sources.sensor_stream import SensorStream

__all__ = ["SerialSource"]

_LOOK_S = 0.1


class SerialSource:
    """The lines of a serial port as a source: CSV or JSON, as a microcontroller prints them.

    Who opens a port in mid-stream hears the end of a line first. Where ``columns`` are given, the first line
    is dropped for that; else it has to be the header, which boards print that restart when they are opened.

    Args:
        port: Name of the port, as ``/dev/ttyUSB0`` or ``COM3``.
        sensor: What the model wants.
        columns: Names of the columns of CSV, where there is no header.
        baud_rate: Bits a second.

    Attributes:
        name: The port.
        device_name: The same, as what is waited for where it is lost.
        sample_rate_hz: Rate of the samples.
        problems: What was odd so far.
        warning: All of that in a line, or None.

    Raises:
        MissingDependency: On opening: pyserial is not installed.
        DeviceError: On opening: no such port, or it refuses. While iterating: it was pulled out; all it gave
            until then has come out before.
        DataError: While iterating: a channel that is missing, or no header.
    """

    def __init__(
        self,
        port: str,
        sensor: Sensor,
        *,
        columns: Sequence[str] | None = None,
        baud_rate: int = 115_200,
    ) -> None:
        self.name = self.device_name = port
        self.sample_rate_hz: int | Fraction = sensor.sample_rate_hz
        self._sensor = sensor
        self._decoder = RecordDecoder(
            sensor.channels, sample_rate_hz=sensor.record_rate_hz, columns=columns, name=port
        )
        self.problems = self._decoder.problems
        self._is_cut = self._are_columns_given = columns is not None
        self._baud_rate = baud_rate
        self._port: Any = None
        self._stopped = False

    @property
    def warning(self) -> str | None:
        """What is odd, in a line."""
        return self.problems.describe()

    def __enter__(self) -> "SerialSource":
        serial = load_extra("serial", what="hearing a serial port needs pyserial")
        try:
            self._port = serial.Serial(self.name, self._baud_rate, timeout=_LOOK_S)
        except (OSError, ValueError) as error:
            there = [port.device for port in load_extra("serial.tools.list_ports", what="").comports()]
            raise DeviceError(
                f"{self.name}: cannot be opened as a serial port ({error}); "
                f"check its name and permissions; ports here: {', '.join(there) or 'none'}"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def __iter__(self) -> Iterator[Samples | Gap]:
        if self._port is None:
            raise DeviceError(f"{self.name} is not open; use `with SerialSource(...) as source:`")
        stream = SensorStream(self._sensor, self.problems)
        gone: OSError | None = None
        while not self._stopped and gone is None:
            try:
                data = self._port.read(max(1, self._port.in_waiting))
            except OSError as error:  # pyserial's own errors are of this kind
                data, gone = b"", error
            yield from stream.feed(self._decoder.feed(self._whole(data)))
        yield from stream.finish()
        if gone is not None:
            raise DeviceError(
                f"{self.name}: is gone ({gone}); plug it in again and restart, or listen with --reconnect"
            ) from gone

    def reopen(self) -> None:
        """Try to open the port again after it was gone; then iterate anew.

        Raises:
            DeviceError: It is not back yet; wait and try again.
        """
        self.__exit__(None, None, None)
        self.__enter__()
        # of the line that it was gone in, and of the one that it comes back in, a part is missing; before
        # there was a header the latter may be it
        self._decoder.forget_rest()
        self._is_cut = self._are_columns_given or self._decoder.is_laid_out

    def stop(self) -> None:
        """End the iteration within a tenth of a second; safe in any thread and signal handler."""
        self._stopped = True

    def _whole(self, data: bytes) -> bytes:
        """The bytes without those of a line whose beginning was missed."""
        if not self._is_cut:
            return data
        _, newline, rest = data.partition(b"\n")
        self._is_cut = not newline
        return rest
