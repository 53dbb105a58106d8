import datetime
import platform
from importlib.metadata import version

from speechlstm.bench.machine import this_machine
from speechlstm.machine import n_cores


def test_this_machine() -> None:
    machine = this_machine()
    assert abs(datetime.date.fromisoformat(machine.date) - datetime.date.today()) < datetime.timedelta(days=2)
    assert machine.python == platform.python_version()
    assert machine.packages["onnxruntime"] == version("onnxruntime")
    assert machine.n_cores == n_cores() >= 1
    assert machine.cpu.strip() == machine.cpu != ""
