"""Live events in the shapes of Vosk, each on the way at once."""

import io
import json

import pytest

from speechlstm.messages import Final, Overflow, Partial, Utterance, Word
from speechlstm.sinks.json_lines import JsonLinesSink

THREE = Word("three", 800, 2_400, 0.98765)
FIVE = Word("five", 4_000, 6_400, 0.5)


def lines_of(*events, **options):
    file = io.StringIO()
    with JsonLinesSink(file, sample_rate_hz=8_000, **options) as sink:
        for event in events:
            sink.handle(event)
    return file.getvalue().splitlines()


def test_every_event_is_one_line():
    assert lines_of(Partial((THREE, FIVE)), Final((THREE,)), Partial(()), Overflow(160)) == [
        '{"partial": "three five"}',
        '{"text": "three", "result": [{"word": "three", "start": 0.1, "end": 0.3, "conf": 0.988}]}',
        '{"partial": ""}',
        '{"overflow": 160}',
    ]


def test_a_final_of_several_words():
    (line,) = lines_of(Final((THREE, FIVE)))
    final = json.loads(line)
    assert final["text"] == "three five"
    assert [(w["word"], w["start"], w["end"]) for w in final["result"]] == [
        ("three", 0.1, 0.3),
        ("five", 0.5, 0.8),
    ]


def test_each_line_is_flushed():
    raw = io.BytesIO()
    sink = JsonLinesSink(io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8"), sample_rate_hz=8_000)
    for n in range(1, 4):
        sink.handle(Overflow(n))
        assert raw.getvalue().count(b"\n") == n


def test_the_level_and_the_end_write_nothing_and_the_file_stays_open():
    file = io.StringIO()
    with JsonLinesSink(file, sample_rate_hz=8_000) as sink:
        sink.level(-20.0, -6.0)
    sink.close()
    assert file.getvalue() == ""
    assert not file.closed


def test_a_reader_that_is_gone_is_the_callers_to_handle():
    class Gone(io.StringIO):
        def flush(self):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        JsonLinesSink(Gone(), sample_rate_hz=8_000).handle(Overflow(1))


def test_utterances_as_vosk_gives_them():
    events = (
        Partial((THREE,)),
        Final((THREE,)),
        Partial((FIVE,)),
        Final((FIVE,)),
        Utterance((THREE, FIVE), 9_000),
        Partial((THREE,)),
        Partial(()),
    )
    lines = [json.loads(line) for line in lines_of(*events, utterances=True)]
    assert [line["partial"] for line in lines if "partial" in line] == ["three", "three five", "three", ""]
    utterance = lines[2]
    assert (utterance["text"], utterance["conf"]) == ("three five", 0.494)
    assert utterance["result"] == [
        {"word": "three", "start": 0.1, "end": 0.3, "conf": 0.988},
        {"word": "five", "start": 0.5, "end": 0.8, "conf": 0.5},
    ]
    alone = [json.loads(line) for line in lines_of(*events, utterances=True, partials=False)]
    assert alone == [utterance]
