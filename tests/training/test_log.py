"""The log of a run that goes on."""

import io
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from speechlstm.errors import OutputError

pytestmark = pytest.mark.train

_ROWS = "step,seconds,words.error\r\n2,10.0,0.75\r\n4,20.0,0.25\r\n6,30.0,0.0\r\n8,40"


def test_rows_beyond_the_checkpoint_are_dropped_and_the_others_kept(tmp_path: Path) -> None:
    from speechlstm.training.log import Log
    from speechlstm.training.task import Score

    (tmp_path / "log.csv").write_text(_ROWS, newline="")
    log = Log(tmp_path, n_steps=8, first_step=4, out=io.StringIO())
    assert (tmp_path / "log.csv").read_text() == "step,seconds,words.error\n2,10.0,0.75\n4,20.0,0.25\n"
    assert log.seconds > 20
    assert not log.is_best({"words": Score(0.25, {}, 4)})
    assert log.is_best({"words": Score(0.2, {}, 4)})


def test_a_network_that_diverges_is_never_the_best_and_what_was_stays_so(tmp_path: Path) -> None:
    from speechlstm.training.log import Log
    from speechlstm.training.task import Score

    def scored(error: float) -> dict[str, Score]:
        return {"words": Score(error, {}, 4), "others": Score(0.0, {}, 4)}

    log = Log(tmp_path, n_steps=8, first_step=0, out=io.StringIO())
    found = [log.is_best(scored(error)) for error in (0.5, math.nan, 0.6, 0.55, 0.4)]
    assert found == [True, False, False, False, True]
    (tmp_path / "log.csv").write_text("step,seconds,words.error\n2,10.0,0.75\n4,20.0,nan\n", newline="")
    log = Log(tmp_path, n_steps=8, first_step=4, out=io.StringIO())
    assert [log.is_best({"words": Score(error, {}, 4)}) for error in (0.8, 0.7)] == [False, True]


def test_names_of_any_language_stand_in_the_log(tmp_path: Path) -> None:
    code = (
        "import io, sys\nfrom pathlib import Path\nfrom speechlstm.training.log import Log\n"
        "from speechlstm.training.task import Score\n"
        "for _ in range(2):\n"
        "    log = Log(Path(sys.argv[1]), n_steps=9, first_step=4, out=io.StringIO())\n"
        "    scores = {'\\u0441': Score(0.25, {'exact': 0.75}, 4)}\n"
        "    log.validated(4, [{'total': 1.0}], scores, frames_per_s=1.0, share_waiting=0.0)\n"
    )
    # a locale that has no such letters, as on Windows
    locale = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], env=locale, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    head, *rows = (tmp_path / "log.csv").read_text(encoding="utf-8").splitlines()
    assert head.endswith("\u0441.error,\u0441.exact") and len(rows) == 2


def test_progress_is_told_in_place_of_lines(tmp_path: Path) -> None:
    from speechlstm.training.log import Log, Progress
    from speechlstm.training.task import Score

    out = io.StringIO()
    told: list[Progress] = []
    log = Log(tmp_path, n_steps=60, first_step=0, out=out, tell=told.append)
    losses = [{"total": float(i)} for i in range(50)]
    log.progress(25, losses[:25])
    log.validated(50, losses, {"words": Score(0.25, {"exact": 0.75}, 4)}, frames_per_s=1.0, share_waiting=0.0)
    assert out.getvalue() == ""
    assert [(p.step, p.n_steps, p.losses["total"]) for p in told] == [(25, 60, 12.0), (50, 60, 37.0)]
    assert (dict(told[0].scores), told[1].scores["words"].error) == ({}, 0.25)
    assert 0 < told[0].seconds <= told[1].seconds
    log.stopped(51)
    assert "go on with --resume" in out.getvalue()


def test_a_log_that_cannot_be_shortened_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from speechlstm.training import log

    def full(path: Path, text: str) -> None:
        raise OutputError("no space")

    (tmp_path / "log.csv").write_text(_ROWS, newline="")
    monkeypatch.setattr(log, "write_atomically", full)
    with pytest.raises(OutputError, match="no space"):
        log.Log(tmp_path, n_steps=8, first_step=4, out=io.StringIO())
    assert (tmp_path / "log.csv").read_bytes() == _ROWS.encode()
