import json

from speechlstm.bench.figure import Figure
from speechlstm.bench.machine import Machine
from speechlstm.bench.report import as_json, as_markdown

MACHINE = Machine("2026-01-31", "Abacus 9", 2, 0.25, "Linux-6", "3.11.7", {"numpy": "2.0", "soxr": "0.5"})
FIGURES = [
    Figure("memory", "MB", 123.4, at_most=150),
    Figure("kaldi", skipped="not there:\npip install a|b"),
    Figure("step", "x", 1.2345, at_most=1.5, seconds={"ours": 0.000281, "theirs": 0.0002}),
    Figure("files", "x", 799.6, at_least=800, seconds={"sound": 18000, "command": 22.51}),
    Figure("share", "%", 3.0),
    Figure("broken", failed="ValueError: no"),
]


def test_markdown() -> None:
    assert as_markdown(FIGURES, MACHINE) == (
        "2026-01-31, Abacus 9, 2 cores, load 0.25 before, Linux-6.\n"
        "Python 3.11.7, numpy 2.0, soxr 0.5.\n"
        "\n"
        "| what   | measured | target         | met | from                           |\n"
        "|--------|----------|----------------|-----|--------------------------------|\n"
        "| step   | 1.23 x   | at most 1.5 x  | yes | ours 281 µs, theirs 200 µs     |\n"
        "| files  | 800 x    | at least 800 x | no  | sound 18,000 s, command 22.5 s |\n"
        "| memory | 123 MB   | at most 150 MB | yes |                                |\n"
        "| share  | 3 %      |                |     |                                |\n"
        "| kaldi  | skipped  |                |     | not there: pip install a\\|b    |\n"
        "| broken | failed   |                |     | ValueError: no                 |"
    )


def test_json() -> None:
    told = json.loads(as_json(FIGURES, MACHINE))
    assert told["machine"]["packages"] == {"numpy": "2.0", "soxr": "0.5"}
    assert [f["name"] for f in told["figures"]] == ["step", "files", "memory", "share", "kaldi", "broken"]
    assert [f["met"] for f in told["figures"]] == [True, False, True, None, None, None]
    assert told["figures"][0]["seconds"] == {"ours": 0.000281, "theirs": 0.0002}


def test_load_and_one_core() -> None:
    machine = Machine("2026-01-31", "Abacus 9", 1, None, "Windows", "3.13.0", {"numpy": "2.0"})
    assert as_markdown([], machine).startswith("2026-01-31, Abacus 9, 1 core, Windows.\n")
