"""Golden text of every format, and what each does with names and words it has to escape."""

import io
import json
import re

import pytest

from speechlstm.messages import Final, Transcript, Word
from speechlstm.sinks.formats import FORMATS
from speechlstm.sinks.json_lines import JsonLinesSink
from speechlstm.sinks.rows import failed_row, json_line, row

TALK = Transcript(
    words=(
        Word("three", 4_000, 8_000, 0.9876),
        Word("five", 9_600, 13_000, 1.0),
        Word("left", 28_001, 31_999, 0.5),
    ),
    n_samples=33_000,
    sample_rate_hz=8_000,
)
SILENCE = Transcript((), 8_000, 8_000)

GOLDEN = {
    "txt": "three five left\n",
    "json": """\
{
  "audio": "talk.wav",
  "text": "three five left",
  "conf": 0.494,
  "duration": 4.125,
  "words": [
    {
      "word": "three",
      "start": 0.5,
      "end": 1.0,
      "conf": 0.988
    },
    {
      "word": "five",
      "start": 1.2,
      "end": 1.625,
      "conf": 1.0
    },
    {
      "word": "left",
      "start": 3.5,
      "end": 4.0,
      "conf": 0.5
    }
  ],
  "error": null
}
""",
    "jsonl": (
        '{"audio": "talk.wav", "text": "three five left", "conf": 0.494, "duration": 4.125, "words": ['
        '{"word": "three", "start": 0.5, "end": 1.0, "conf": 0.988}, '
        '{"word": "five", "start": 1.2, "end": 1.625, "conf": 1.0}, '
        '{"word": "left", "start": 3.5, "end": 4.0, "conf": 0.5}], "error": null}\n'
    ),
    "srt": """\
1
00:00:00,500 --> 00:00:01,625
three five

2
00:00:03,500 --> 00:00:04,000
left
""",
    "vtt": """\
WEBVTT

00:00:00.500 --> 00:00:01.625
three five

00:00:03.500 --> 00:00:04.000
left
""",
    "tsv": """\
start\tend\tword\tconf
0.500\t1.000\tthree\t0.988
1.200\t1.625\tfive\t1.000
3.500\t4.000\tleft\t0.500
""",
    "ctm": """\
talk.wav 1 0.500 0.500 three 0.988
talk.wav 1 1.200 0.425 five 1.000
talk.wav 1 3.500 0.500 left 0.500
""",
    "textgrid": """\
File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0.000
xmax = 4.125
tiers? <exists>
size = 1
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0.000
        xmax = 4.125
        intervals: size = 7
        intervals [1]:
            xmin = 0.000
            xmax = 0.500
            text = ""
        intervals [2]:
            xmin = 0.500
            xmax = 1.000
            text = "three"
        intervals [3]:
            xmin = 1.000
            xmax = 1.200
            text = ""
        intervals [4]:
            xmin = 1.200
            xmax = 1.625
            text = "five"
        intervals [5]:
            xmin = 1.625
            xmax = 3.500
            text = ""
        intervals [6]:
            xmin = 3.500
            xmax = 4.000
            text = "left"
        intervals [7]:
            xmin = 4.000
            xmax = 4.125
            text = ""
""",
}

GOLDEN_SILENCE = {
    "txt": "\n",
    "jsonl": '{"audio": "hush.wav", "text": "", "conf": null, "duration": 1.0, "words": [], "error": null}\n',
    "srt": "",
    "vtt": "WEBVTT\n",
    "tsv": "start\tend\tword\tconf\n",
    "ctm": "",
}


def one_word(text: str) -> Transcript:
    return Transcript((Word(text, 0, 800, 0.9),), 8_000, 8_000)


def test_every_format_has_its_golden_text():
    assert set(GOLDEN) == set(FORMATS)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_words(name):
    assert FORMATS[name].write(TALK, "talk.wav") == GOLDEN[name]


@pytest.mark.parametrize("name", sorted(GOLDEN_SILENCE))
def test_silence(name):
    assert FORMATS[name].write(SILENCE, "hush.wav") == GOLDEN_SILENCE[name]


def test_suffixes_are_distinct_and_have_their_dot():
    suffixes = [form.suffix for form in FORMATS.values()]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") for suffix in suffixes)


@pytest.mark.parametrize("name", ["json", "jsonl"])
@pytest.mark.parametrize("transcript", [TALK, SILENCE])
def test_json_reads_back_as_the_row(name, transcript):
    assert json.loads(FORMATS[name].write(transcript, "talk.wav")) == row(transcript, "talk.wav")


def test_json_keeps_letters_of_other_alphabets_readable():
    assert '"größe.wav"' in FORMATS["jsonl"].write(SILENCE, "größe.wav")


def test_a_warning_is_in_the_row():
    line = json_line(row(SILENCE, "hush.wav", "hush.wav: holds only silence"))
    assert json.loads(line) == {
        "audio": "hush.wav",
        "text": "",
        "conf": None,
        "duration": 1.0,
        "words": [],
        "error": None,
        "warning": "hush.wav: holds only silence",
    }


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"txt", "json", "jsonl"}))
def test_no_time_lies_past_the_end_of_the_sound(name):
    """A word that the sound cuts off, and one that would only begin after it."""
    words = (Word("left", 7_000, 9_500, 0.9), Word("go", 8_100, 8_400, 0.8))
    text = FORMATS[name].write(Transcript(words, 8_000, 8_000), "talk.wav")
    assert "left" in text and "go" in text
    assert max(float(number.replace(",", ".")) for number in re.findall(r"\d+[.,]\d+", text)) == 1.0


def test_json_gives_what_a_live_stream_gives():
    """A stream cannot know where its sound will end."""
    words, out = (Word("left", 7_000, 9_500, 0.9),), io.StringIO()
    JsonLinesSink(out, sample_rate_hz=8_000).handle(Final(words))
    row = json.loads(FORMATS["jsonl"].write(Transcript(words, 8_000, 8_000), "talk.wav"))
    assert row["words"] == json.loads(out.getvalue())["result"]
    assert row["words"][0]["end"] == 1.188


def test_a_failure_is_one_line():
    line = json_line(failed_row("torn.wav", "first\nsecond"))
    assert line.endswith('"error": "first\\nsecond"}\n')
    expected = {"audio": "torn.wav", "text": None, "conf": None, "duration": None, "words": []}
    assert json.loads(line) == expected | {"error": "first\nsecond"}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_file_name_in_another_encoding_does_not_stop_the_writing(name):
    assert FORMATS[name].write(TALK, "caf\udce9.wav").encode("utf-8")


def test_tsv_reads_back_through_its_escapes():
    line = FORMATS["tsv"].write(one_word("a\tb\\n\nc"), "x").splitlines()[1]
    word = line.split("\t")[2]
    assert word == r"a\tb\\n\nc"
    assert len(line.split("\t")) == 4


def test_ctm_has_six_fields_whatever_the_names():
    line = FORMATS["ctm"].write(one_word("turn  on"), "my talk\t1.wav")
    assert line == "my_talk_1.wav 1 0.000 0.100 turn_on 0.900\n"
    assert FORMATS["ctm"].write(one_word("go"), "").split() == ["_", "1", "0.000", "0.100", "go", "0.900"]


def test_segments_have_labels() -> None:
    walk = Transcript((Word("walking", 25, 150, 0.75),), 200, 50, "segments")
    segment = {"label": "walking", "start": 0.5, "end": 3.0, "conf": 0.75}
    expected = {"data": "a.csv", "duration": 4.0, "segments": [segment], "error": None}
    assert json.loads(FORMATS["json"].write(walk, "a.csv")) == expected
    assert json.loads(FORMATS["jsonl"].write(walk, "a.csv")) == expected
    assert FORMATS["tsv"].write(walk, "a.csv") == "start\tend\tlabel\tconf\n0.500\t3.000\twalking\t0.750\n"
    assert row(walk, "a.csv", "odd") == expected | {"warning": "odd"}
    assert failed_row("a.csv", "torn", "segments") == {
        "data": "a.csv",
        "duration": None,
        "segments": [],
        "error": "torn",
    }
    out = io.StringIO()
    sink = JsonLinesSink(out, sample_rate_hz=50, kind="segments")
    sink.handle(Final((*walk.words, Word("seated", 150, 200, 1.0))))
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert told == [segment, {"label": "seated", "start": 3.0, "end": 4.0, "conf": 1.0}]
