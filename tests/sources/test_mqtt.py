import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speechlstm.errors import ConfigError, DeviceError, MissingDependency
from speechlstm.live import Reopenable
from speechlstm.messages import Gap, Overflow
from speechlstm.sources.mqtt import MqttSource
from speechlstm.sources.sensor import Sensor

SENSOR = Sensor(("x", "y"), 50, max_gap_s=1.0)


class Broker:
    """A real Mosquitto on a free port, of its own for each test, with a client that publishes."""

    def __init__(self, folder: Path, *settings: str, port: int | None = None) -> None:
        paho = pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")
        self.port = port or free_port()
        config = folder / "mosquitto.conf"
        config.write_text("\n".join([f"listener {self.port} 127.0.0.1", *settings, ""]))
        self._process = subprocess.Popen(
            [program(), "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        await_port(self.port)
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", self.port)
        self._client.loop_start()

    def url(self, topic: str = "watch", user: str = "") -> str:
        return f"mqtt://{user}127.0.0.1:{self.port}/{topic}"

    def publish(self, *payloads: str, topic: str = "watch") -> None:
        for payload in payloads:
            self._client.publish(topic, payload, qos=1).wait_for_publish(10)

    def end(self) -> None:
        self._client.loop_stop()
        self._process.terminate()
        self._process.wait(10)


def program() -> str:
    # Debian puts it where only root looks
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def await_port(port: int) -> None:
    until_s = time.monotonic() + 20
    while time.monotonic() < until_s:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("mosquitto did not start")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path, "allow_anonymous true")
    yield broker
    broker.end()


def take(chunks: Iterator[Any], n: int) -> np.ndarray:
    """Chunks until there are ``n`` samples."""
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) < n:
        parts.append(next(chunks))
    return np.concatenate(parts)


def test_json_and_lines_in_one_message(broker: Broker) -> None:
    with MqttSource(broker.url(), SENSOR) as source:
        rescue = threading.Timer(30, source.stop)
        rescue.start()
        chunks = iter(source)
        broker.publish('{"time_s": 0, "x": 1, "y": 2}')
        assert take(chunks, 1).tolist() == [[1, 2]]
        broker.publish('{"time_s":0.02,"x":3,"y":4}\n{"time_s":0.04,"x":5,"y":6}\n', "broken")
        assert take(chunks, 2).tolist() == [[3, 4], [5, 6]]
        broker.publish('{"time_s":5,"x":7,"y":8}', '{"time_s":5.02,"x":9,"y":10}')
        assert next(chunks) == Gap(247)
        assert take(chunks, 2).tolist() == [[7, 8], [9, 10]]
        source.stop()
        assert list(chunks) == []
        rescue.cancel()
    assert (
        source.warning == "1 of 6 records dropped: 1 not a JSON object (the first: line 5 is 'broken'); 1 gap"
    )


def test_csv_and_a_topic_of_many(broker: Broker) -> None:
    with MqttSource(broker.url("home/+/#"), SENSOR, columns=["time_s", "x", "y"]) as source:
        broker.publish("0,1,2", "0.02,3,4", topic="home/a/b")
        assert take(iter(source), 2).tolist() == [[1, 2], [3, 4]]


def test_what_the_queue_cannot_take_is_counted(broker: Broker) -> None:
    with MqttSource(broker.url(), SENSOR, n_queue=2) as source:
        broker.publish(*(f'{{"time_s":{i / 50},"x":{i},"y":0}}' for i in range(7)), "end")
        time.sleep(0.5)
        chunks = iter(source)
        assert next(chunks) == Overflow(0)
        assert take(chunks, 2)[:, 0].tolist() == [0, 1]
        assert source.problems.n_lost == 6


def test_a_lost_connection_is_told_after_all_that_came(broker: Broker) -> None:
    with MqttSource(broker.url(), SENSOR) as source:
        broker.publish('{"time_s":0,"x":1,"y":2}', '{"time_s":0.02,"x":3,"y":4}')
        time.sleep(0.3)
        broker.end()
        chunks = iter(source)
        assert take(chunks, 2).tolist() == [[1, 2], [3, 4]]
        with pytest.raises(DeviceError, match=rf"127.0.0.1:{broker.port}/watch lost its connection.*check"):
            next(chunks)


def test_a_broker_that_comes_back(broker: Broker, tmp_path: Path) -> None:
    with MqttSource(broker.url(), SENSOR) as source:
        chunks = iter(source)
        broker.publish('{"time_s":0,"x":1,"y":2}', '{"time_s":5,"x":3,"y":4}', '{"time_s":5.02,"x":3,"y":4}')
        assert take(chunks, 1).tolist() == [[1, 2]]
        broker.end()
        with pytest.raises(DeviceError, match="lost its connection"):
            list(chunks)
        with pytest.raises(DeviceError, match="cannot be reached"):
            source.reopen()
        again = Broker(tmp_path, "allow_anonymous true", port=broker.port)
        source.reopen()
        again.publish('{"time_s":9,"x":5,"y":6}')
        assert take(iter(source), 1).tolist() == [[5, 6]]
        again.end()
    # what was counted before is not forgotten
    assert source.problems.n_gaps == 1
    assert isinstance(source, Reopenable) and source.device_name == source.name


def test_stop_ends_the_wait_for_an_answer() -> None:
    pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = MqttSource(f"mqtt://127.0.0.1:{server.getsockname()[1]}/a", SENSOR)
        threading.Timer(0.3, source.stop).start()
        began_s = time.monotonic()
        with source:
            assert list(source) == []
        assert time.monotonic() - began_s < 5


def test_stop_ends_a_silent_topic(broker: Broker) -> None:
    with MqttSource(broker.url(), SENSOR) as source:
        threading.Timer(0.2, source.stop).start()
        assert list(source) == []


def test_a_broker_that_asks_for_a_password(tmp_path: Path) -> None:
    broker = Broker(tmp_path, "allow_anonymous false")
    try:
        with (
            pytest.raises(DeviceError, match=r"refuses the connection \(Not authorized\)") as error,
            MqttSource(broker.url(user="ann:secret@"), SENSOR),
        ):
            pass
        assert "secret" not in str(error.value)
    finally:
        broker.end()


def test_nobody_there() -> None:
    pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")
    port = free_port()
    with (
        pytest.raises(DeviceError, match=rf"127.0.0.1:{port}/a cannot be reached \(.*refused\); check that"),
        MqttSource(f"mqtt://127.0.0.1:{port}/a", SENSOR),
    ):
        pass
    with (
        pytest.raises(DeviceError, match=r"mqtt://nowhere.invalid:1883/a cannot be reached"),
        MqttSource("mqtt://nowhere.invalid/a", SENSOR),
    ):
        pass


def test_a_server_that_says_nothing() -> None:
    pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"mqtt://127.0.0.1:{server.getsockname()[1]}/a"
        with (
            pytest.raises(DeviceError, match=r"gave no answer in 0.3 s"),
            MqttSource(url, SENSOR, timeout_s=0.3),
        ):
            pass


@pytest.mark.parametrize(
    "url", ["", "localhost", "http://a/b", "mqtt://host", "mqtt:///topic", "mqtt://host:port/topic"]
)
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(ConfigError, match=r"is no MQTT url.*expected mqtt://host/topic"):
        MqttSource(url, SENSOR)


@pytest.mark.parametrize(
    "url",
    [
        "http://ann:secret@host/topic",
        "mqtt://ann:secret@host",
        "mqtt://ann:secret@host:port/topic",
        "mqtt://ann:sec/ret@host/topic",
        "mqtt://ann:s@secret@host/#/a",
        "ann:secret@host/topic",
        "mqtt://ann:secret@[host/topic",
        "mqtt://ann:1/secret@host/#/a",
    ],
)
def test_no_password_is_printed(url: str) -> None:
    with pytest.raises(ConfigError) as error:
        MqttSource(url, SENSOR)
    told = str(error.value)
    assert "host" in told and "sec" not in told and "ret" not in told
    assert error.value.__cause__ is None


@pytest.mark.parametrize("topic", ["a/#/b", "a#", "a/+#", "a/b+/c", "##", "a/%00", "a" * 65_536])
def test_topics_that_no_broker_takes(topic: str) -> None:
    """Asked for, they would end paho's thread, and nothing would be heard for ever."""
    with pytest.raises(
        ConfigError, match=r"has no topic that can be asked for; expected \+ for a whole level"
    ):
        MqttSource(f"mqtt://host/{topic}", SENSOR)


@pytest.mark.parametrize("topic", ["a", "#", "+", "a/+/b/#", "/a//b", "+/+"])
def test_topics_that_are_some(topic: str) -> None:
    assert MqttSource(f"mqtt://host/{topic}", SENSOR).name == f"mqtt://host:1883/{topic}"


def test_without_paho(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "paho.mqtt.client", None)
    with (
        pytest.raises(MissingDependency, match=r"needs paho-mqtt.*pip install 'speechlstm\[sensors\]'"),
        MqttSource("mqtt://a/b", SENSOR),
    ):
        pass
