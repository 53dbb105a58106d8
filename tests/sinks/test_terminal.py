"""What a person sees: final words stay, everything grey is gone at the end."""

import io
import itertools
import os
import re

import pytest

from speechlstm.messages import Final, Overflow, Partial, Utterance, Word
from speechlstm.sinks.terminal import TerminalSink

pty = pytest.importorskip("pty", reason="pseudo-terminals are a thing of POSIX")

GREY = "\x1b[90m"
TOKEN = re.compile(r"\x1b\[(\d*)([GKm])|(\r)|(\n)|([^\x1b])")


def word(text: str, start_ms: int, n_ms: int = 300) -> Word:
    return Word(text, 8 * start_ms, 8 * (start_ms + n_ms), 0.9)


def screen(raw: str) -> list[str]:
    """The lines a terminal shows; knows only what the sink may send, and fails on anything else."""
    assert TOKEN.sub("", raw) == ""
    lines, x = [""], 0
    for number, code, carriage_return, line_feed, character in TOKEN.findall(raw):
        if code == "G":
            x = int(number) - 1
        elif code == "K":
            assert number == "0"
            lines[-1] = lines[-1][:x]
        elif carriage_return:
            x = 0
        elif line_feed:
            lines.append("")
        elif character:
            lines[-1] = lines[-1][:x].ljust(x) + character + lines[-1][x + 1 :]
            x += 1
    return lines


class Terminal:
    """A pseudo-terminal, 80 cells wide."""

    def __init__(self) -> None:
        self._here, self._there = pty.openpty()
        os.set_blocking(self._here, False)
        self.raw = ""

    def file(self, encoding: str = "utf-8"):
        return open(os.dup(self._there), "w", encoding=encoding)

    def read(self) -> str:
        """All that was sent to it so far."""
        try:
            while data := os.read(self._here, 65_536):
                self.raw += data.decode()
        except BlockingIOError:
            return self.raw

    @property
    def screen(self) -> list[str]:
        return screen(self.read())

    def close(self) -> None:
        os.close(self._here)
        os.close(self._there)


@pytest.fixture
def terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    terminal = Terminal()
    yield terminal
    terminal.close()


def every_second():
    """A clock on which no redraw comes too soon."""
    return itertools.count().__next__


@pytest.fixture
def piped(terminal):
    """Words to a pipe, the grey line to a terminal: (sink, out, terminal)."""
    out = io.StringIO()
    with terminal.file() as err:
        yield TerminalSink(sample_rate_hz=8_000, out=out, err=err, clock=every_second()), out, terminal


@pytest.fixture
def shared(terminal):
    """Both to one terminal: (sink, terminal)."""
    with terminal.file() as out, terminal.file() as err:
        yield TerminalSink(sample_rate_hz=8_000, out=out, err=err, clock=every_second()), terminal


def test_one_utterance_a_line():
    out = io.StringIO()
    with TerminalSink(sample_rate_hz=8_000, out=out, err=io.StringIO()) as sink:
        sink.handle(Final((word("three", 0), word("five", 1_300))))
        sink.handle(Final((word("left", 2_601),)))
        assert out.getvalue() == "three five\nleft"
    assert out.getvalue() == "three five\nleft\n"
    sink.close()
    assert out.getvalue() == "three five\nleft\n"


def test_no_words_write_nothing():
    out = io.StringIO()
    with TerminalSink(sample_rate_hz=8_000, out=out, err=io.StringIO()) as sink:
        sink.handle(Final(()))
    assert out.getvalue() == ""


def test_words_are_flushed_as_they_come():
    raw = io.BytesIO()
    sink = TerminalSink(sample_rate_hz=8_000, out=io.TextIOWrapper(io.BufferedWriter(raw)), err=io.StringIO())
    sink.handle(Final((word("go", 0),)))
    assert raw.getvalue() == b"go"


def test_where_stderr_is_no_terminal_only_lost_sound_is_told():
    out, err = io.StringIO(), io.StringIO()
    with TerminalSink(sample_rate_hz=8_000, out=out, err=err) as sink:
        sink.handle(Partial((word("three", 0),)))
        sink.level(-20.0, -6.0)
        sink.handle(Overflow(160))
        sink.handle(Overflow(0))
    assert out.getvalue() == ""
    assert err.getvalue() == "160 samples dropped\nsound dropped\n"


def test_a_terminal_that_cannot_go_back_gets_no_grey_line(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    with terminal.file() as err, TerminalSink(sample_rate_hz=8_000, out=io.StringIO(), err=err) as sink:
        sink.handle(Partial((word("three", 0),)))
        sink.level(-20.0, -6.0)
    assert terminal.read() == ""


def test_a_partial_is_grey_on_stderr_and_never_on_stdout(piped):
    sink, out, terminal = piped
    sink.handle(Partial((word("three", 0), word("five", 500))))
    assert f"{GREY}three five" in terminal.read()
    assert terminal.screen == ["three five"]
    assert out.getvalue() == ""
    sink.handle(Final((word("three", 0),)))
    assert terminal.screen == ["five"]
    assert out.getvalue() == "three"
    sink.close()
    assert terminal.screen == [""]
    assert out.getvalue() == "three\n"


def test_an_empty_partial_takes_the_last_one_back(piped):
    sink, _, terminal = piped
    sink.handle(Partial((word("three", 0),)))
    sink.handle(Partial(()))
    assert terminal.screen == [""]


def test_the_level_is_a_bar_and_a_number_and_red_when_clipped(piped):
    sink, _, terminal = piped
    sink.level(-30.0, -20.0)
    assert terminal.screen == ["  █████░░░░░  -30 dB"]
    assert "\x1b[31m" not in terminal.read()
    sink.level(-120.0, 0.0)
    assert terminal.screen == ["  ░░░░░░░░░░ -120 dB"]
    assert "\x1b[31m" in terminal.read()


def test_lost_sound_is_added_up(piped):
    sink, _, terminal = piped
    sink.handle(Overflow(0))
    assert terminal.screen == ["  sound dropped"]
    sink.handle(Overflow(100))
    sink.handle(Overflow(60))
    assert terminal.screen == ["  160 samples dropped"]


def test_on_one_terminal_the_grey_text_stands_behind_the_final_words(shared):
    sink, terminal = shared
    sink.handle(Partial((word("three", 0),)))
    assert terminal.screen == ["three"]
    sink.handle(Final((word("three", 0),)))
    sink.handle(Partial((word("five", 500),)))
    sink.level(-30.0, -20.0)
    assert f"{GREY} five" in terminal.read()
    assert terminal.screen == ["three five  █████░░░░░  -30 dB"]
    sink.handle(Final((word("nine", 500),)))
    assert terminal.screen == ["three nine  █████░░░░░  -30 dB"]
    sink.handle(Final((word("go", 2_000),)))
    assert terminal.screen == ["three nine", "go  █████░░░░░  -30 dB"]
    sink.close()
    assert terminal.screen == ["three nine", "go", ""]


def test_on_one_terminal_the_grey_line_is_cleared_before_a_final_word(shared):
    sink, terminal = shared
    sink.handle(Partial((word("three", 0),)))
    before = len(terminal.read())
    sink.handle(Final((word("three", 0),)))
    assert terminal.read()[before:].startswith("\x1b[1G\x1b[0Kthree")


def test_on_one_terminal_no_line_ever_wraps(shared):
    sink, terminal = shared
    spoken = [word("seven", 400 * n) for n in range(40)]
    for n in range(0, 40, 4):
        sink.handle(Partial(tuple(spoken[n:])))
        sink.level(-30.0, -20.0)
        assert all(len(line) < 80 for line in terminal.screen)
        sink.handle(Final(tuple(spoken[n : n + 4])))
    sink.close()
    assert " ".join(terminal.screen).split() == ["seven"] * 40
    assert all(len(line) <= 40 for line in terminal.screen)


def test_a_long_partial_shows_its_newest_words_and_the_level(piped):
    sink, _, terminal = piped
    sink.level(-30.0, -20.0)
    sink.handle(Partial(tuple(word(f"w{n}", 400 * n) for n in range(40))))
    (line,) = terminal.screen
    assert line.endswith("w38 w39  █████░░░░░  -30 dB")
    assert len(line) < 80


def test_it_is_redrawn_fifteen_times_a_second(terminal):
    now_s = 0.0
    with (
        terminal.file() as err,
        TerminalSink(sample_rate_hz=8_000, out=io.StringIO(), err=err, clock=lambda: now_s) as sink,
    ):
        for tick in range(1_000):
            now_s = tick / 1_000
            sink.level(-30.0, -20.0)
        n_draws = terminal.read().count("█████░░░░░")
    assert 14 <= n_draws <= 15


def test_a_terminal_without_the_letters_gets_plain_ones(terminal):
    with terminal.file("ascii") as err:
        sink = TerminalSink(sample_rate_hz=8_000, out=io.StringIO(), err=err, clock=every_second())
        sink.level(-30.0, -20.0)
    assert terminal.screen == ["  #####.....  -30 dB"]


def test_a_line_in_a_pipe_ends_when_no_word_can_belong_to_it():
    out = io.StringIO()
    sink = TerminalSink(sample_rate_hz=8_000, out=out, err=io.StringIO())
    sink.handle(Final((word("left", 0),)))
    sink.settled(8 * 2_300)
    assert out.getvalue() == "left"
    sink.settled(8 * 2_301)
    assert out.getvalue() == "left\n"
    sink.handle(Final((word("two", 9_000),)))
    sink.close()
    assert out.getvalue() == "left\ntwo\n"


def test_an_utterance_that_is_over_ends_its_line_and_nothing_else_does():
    out = io.StringIO()
    words = word("three", 0), word("five", 5_000)
    with TerminalSink(sample_rate_hz=8_000, out=out, err=io.StringIO(), gap_ms=None) as sink:
        sink.handle(Final(words[:1]))
        sink.settled(8 * 4_000)
        sink.handle(Final(words[1:]))
        assert out.getvalue() == "three five"
        sink.handle(Utterance(words, 8 * 6_000))
        assert out.getvalue() == "three five\n"
        sink.handle(Final((word("one", 6_100),)))
    assert out.getvalue() == "three five\none\n"
