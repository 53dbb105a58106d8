"""A sensor heard through an MQTT broker; paho-mqtt is loaded only when one is opened."""

import queue
import re
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

from speechlstm.errors import ConfigError, DeviceError
from speechlstm.messages import Gap, Overflow
from speechlstm.sources.decoder import RecordDecoder
from speechlstm.sources.extra import load_extra
from speechlstm.sources.samples import Samples
from speechlstm.sources.sensor import Sensor
from speechlstm.sources.sensor_stream import SensorStream

__all__ = ["MqttSource"]

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_LOOK_S = 0.1
# a broker that does not answer is asked again soon
_REOPEN_S = 2.0


class MqttSource:
    """The messages of a topic as a source; each holds one JSON object or CSV line, or several lines.

    The network's thread enqueues, nothing more. Messages that the queue cannot take are counted, and told by
    an :class:`~speechlstm.messages.Overflow` before the next that it had taken.

    Args:
        url: ``mqtt://[user:password@]host[:1883]/topic``, the topic with ``+`` and ``#`` if wanted;
            ``mqtts://`` for TLS.
        sensor: What the model wants.
        columns: Names of the columns of CSV, where the first line is no header.
        timeout_s: How long to wait for the broker to accept.
        n_queue: Messages held, at most, for a reader that is late.

    Attributes:
        name: The url without its password.
        device_name: The same, as what is waited for where it is lost.
        sample_rate_hz: Rate of the samples.
        problems: What was odd so far.
        warning: All of that in a line, or None.

    Raises:
        ConfigError: The url is none.
        MissingDependency: On opening: paho-mqtt is not installed.
        DeviceError: On opening: an unknown host, a refused connection or topic. While iterating: the
            connection was lost; all that had come has been given before.
        DataError: While iterating: a channel that is missing, or no header.
    """

    def __init__(
        self,
        url: str,
        sensor: Sensor,
        *,
        columns: Sequence[str] | None = None,
        timeout_s: float = 10.0,
        n_queue: int = 10_000,
    ) -> None:
        self._url = _Url(url)
        self.name = self.device_name = self._url.name
        self.sample_rate_hz: int | Fraction = sensor.sample_rate_hz
        self._sensor = sensor
        self._decoder = RecordDecoder(
            sensor.channels, sample_rate_hz=sensor.record_rate_hz, columns=columns, name=self.name
        )
        self.problems = self._decoder.problems
        self._timeout_s = timeout_s
        self._queue: queue.Queue[bytes] = queue.Queue(n_queue)
        self._answer: queue.Queue[str] = queue.Queue()
        self._lost = ""
        self._n_lost = 0
        self._client: Any = None
        self._stopped = False

    @property
    def warning(self) -> str | None:
        """What is odd, in a line."""
        return self.problems.describe()

    def __enter__(self) -> "MqttSource":
        paho = load_extra("paho.mqtt.client", what="hearing an MQTT broker needs paho-mqtt")
        self._client = client = paho.Client(paho.CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        client.on_connect, client.on_subscribe = self._on_connect, self._on_subscribe
        client.on_message, client.on_disconnect = self._on_message, self._on_disconnect
        client.connect_timeout = self._timeout_s
        if self._url.user is not None:
            client.username_pw_set(self._url.user, self._url.password)
        if self._url.scheme == "mqtts":
            client.tls_set()
        try:
            client.connect(self._url.host, self._url.port)
        except (OSError, ValueError) as error:
            self._client = None
            raise self._failed(f"cannot be reached ({error})") from error
        client.loop_start()
        self._await_answer()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def __iter__(self) -> Iterator[Samples | Gap | Overflow]:
        if self._client is None:
            raise DeviceError(f"{self.name} is not open; use `with MqttSource(...) as source:`")
        stream = SensorStream(self._sensor, self.problems)
        while not self._stopped:
            payload = self._next()
            if payload is None:
                break
            if self._n_lost > self.problems.n_lost:
                self.problems.n_lost = self._n_lost
                yield Overflow(0)
            yield from stream.feed(self._decoder.feed(payload + b"\n"))
        yield from stream.finish()
        if not self._stopped:
            raise self._failed(self._lost)

    def reopen(self) -> None:
        """Try to connect again after the connection was lost; then iterate anew.

        Raises:
            DeviceError: The broker is not back yet; wait and try again.
        """
        self.__exit__(None, None, None)
        self._lost, self._answer = "", queue.Queue()
        self._timeout_s = min(self._timeout_s, _REOPEN_S)
        self.__enter__()

    def stop(self) -> None:
        """End the iteration within a tenth of a second; safe in any thread and signal handler."""
        self._stopped = True

    def _next(self) -> bytes | None:
        """The next message; None after :meth:`stop`, or when the connection is lost and all is given."""
        while not self._stopped:
            lost = bool(self._lost)  # asked first: what came before it is in the queue by then
            try:
                return self._queue.get(timeout=_LOOK_S)
            except queue.Empty:
                if lost:
                    return None
        return None

    def _await_answer(self) -> None:
        refused, until_s = f"gave no answer in {self._timeout_s:g} s", time.monotonic() + self._timeout_s
        while not self._stopped and time.monotonic() < until_s:
            try:
                refused = self._answer.get(timeout=min(_LOOK_S, self._timeout_s))
                break
            except queue.Empty:
                continue
        if refused and not self._stopped:
            self.__exit__(None, None, None)
            raise self._failed(refused)

    def _failed(self, reason: str) -> DeviceError:
        return DeviceError(
            f"{self.name} {reason}; check that a broker runs on {self._url.host}, port {self._url.port}, "
            "and that it lets you read the topic"
        )

    # what follows runs in paho's thread
    def _on_connect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._answer.put(f"refuses the connection ({reason})")
        else:
            client.subscribe(self._url.topic)

    def _on_subscribe(self, client: Any, data: Any, mid: Any, reasons: Any, properties: Any) -> None:
        failed = [str(reason) for reason in reasons if reason.is_failure]
        self._answer.put(f"refuses the topic ({failed[0]})" if failed else "")

    def _on_disconnect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        self._lost = f"lost its connection ({reason})"
        self._answer.put(self._lost)

    def _on_message(self, client: Any, data: Any, message: Any) -> None:
        try:
            self._queue.put_nowait(bytes(message.payload))
        except queue.Full:
            self._n_lost += 1


class _Url:
    """The parts of ``mqtt://user:password@host:port/topic``."""

    def __init__(self, url: str) -> None:
        try:
            # of a topic, `#` and `?` are parts as any other
            parts = urlsplit(url.replace("#", "%23").replace("?", "%3F"))
            port = parts.port
        except ValueError:
            # which quotes what may be a part of the password
            raise ConfigError(f"{_masked(url)!r} is no MQTT url; {_EXPECTED}") from None
        self.scheme, self.host, self.topic = parts.scheme, parts.hostname or "", unquote(parts.path[1:])
        if self.scheme not in _PORTS or not self.host or not self.topic:
            raise ConfigError(f"{_masked(url)!r} is no MQTT url; {_EXPECTED}")
        self.port = port or _PORTS[self.scheme]
        self.user = None if parts.username is None else unquote(parts.username)
        self.password = None if parts.password is None else unquote(parts.password)
        self.name = f"{self.scheme}://{self.host}:{self.port}/{self.topic}"
        if not _is_filter(self.topic):
            # a password with a slash in it is taken for port and topic
            told = _masked(url) if "@" in self.topic else self.name
            raise ConfigError(f"{told!r} has no topic that can be asked for; {_WILDCARDS}")


def _masked(url: str) -> str:
    """What is no url, without what may be a password: all from the first colon of its host to the last ``@``.

    Example:
        >>> _masked("http://ann:p/w@d@host/topic"), _masked("ann:pwd@host")
        ('http://ann:***@host/topic', 'ann:***@host')
    """
    return _PASSWORD.sub(r"\1:***@", url)


def _is_filter(topic: str) -> bool:
    """Whether a broker takes it: MQTT 3.1.1, section 4.7."""
    levels = topic.split("/")
    is_whole = all(level in ("+", "#") or not set("+#") & set(level) for level in levels)
    return is_whole and "#" not in levels[:-1] and len(topic.encode()) <= _MOST_BYTES and "\0" not in topic


_MOST_BYTES = 65_535
_PASSWORD = re.compile(r"^((?:\w*://)?[^:@]*):.*@", re.DOTALL)
_WILDCARDS = "expected + for a whole level and # for all that follow, as sensor/+/watch or sensor/#"
_EXPECTED = "expected mqtt://host/topic, as mqtt://localhost:1883/sensor/watch"
