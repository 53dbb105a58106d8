import sys

import pytest

from speechlstm.cli import progress as home
from speechlstm.cli.progress import progress, tell_failed


def report(capsys: pytest.CaptureFixture[str], n: int, *, with_bar: bool = True) -> str:
    """What is written where every second result is odd."""
    with progress("files", n, lambda i: f"odd [bold]{i}" if i % 2 else None, with_bar=with_bar) as tell:
        for i in range(n):
            tell(i)
    return capsys.readouterr().err


def test_lines_alone_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(capsys, 4) == "odd [bold]1\nodd [bold]3\n"


def test_a_bar_for_several_where_it_disturbs_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # so that rich takes the stand-in for a terminal
    monkeypatch.setattr(home, "is_terminal", lambda stream: stream is sys.stderr)
    told = report(capsys, 4)
    assert "odd [bold]1\n" in told and "━" in told and "4/4" in told
    assert report(capsys, 4, with_bar=False) == "odd [bold]1\nodd [bold]3\n"
    assert report(capsys, 1) == ""


def test_what_failed_is_named_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    tell_failed(["a.wav: is empty", ValueError("b.wav: is none")])
    assert capsys.readouterr() == ("", "Error: a.wav: is empty\nError: b.wav: is none\n")
