"""What a transcript is as JSON: one row a file, the same row in every JSON output."""

import json
from dataclasses import replace
from typing import Literal, NotRequired, TypedDict, cast

from speechlstm.messages import Kind, Transcript, Utterance, Word, within
from speechlstm.timing import Rate, seconds

__all__ = [
    "AnyRow",
    "FailedRow",
    "FailedSegmentsRow",
    "Row",
    "SegmentRow",
    "SegmentsRow",
    "UtteranceRow",
    "WordRow",
    "failed_row",
    "file_key",
    "json_line",
    "json_object",
    "printable",
    "row",
    "segment_row",
    "utterance_row",
    "utterance_rows",
    "word_row",
    "word_rows",
]


class WordRow(TypedDict):
    """One word, as Vosk writes it: times in seconds from the start of the sound, ``conf`` 0 to 1."""

    word: str
    start: float
    end: float
    conf: float


class UtteranceRow(TypedDict):
    """One utterance, as Vosk writes it; ``conf`` is the chance that every word is right, 0 to 1."""

    text: str
    conf: float
    result: list[WordRow]


class Row(TypedDict):
    """One file that was transcribed; ``duration`` in seconds, ``error`` always ``None``.

    ``conf`` is the chance that every word is right, 0 to 1; ``None`` where there are no words. ``warning``
    says what is odd about its sound, where something is; ``utterances`` are there where they were asked for.
    What a pen wrote has ``data`` in the place of ``audio``.
    """

    audio: NotRequired[str]
    data: NotRequired[str]
    text: str
    conf: float | None
    duration: float
    words: list[WordRow]
    utterances: NotRequired[list[UtteranceRow]]
    error: None
    warning: NotRequired[str]


class FailedRow(TypedDict):
    """One file that could not be transcribed; ``error`` says why."""

    audio: NotRequired[str]
    data: NotRequired[str]
    text: None
    conf: None
    duration: None
    words: list[WordRow]
    error: str


class SegmentRow(TypedDict):
    """One segment of a class: times in seconds from the start of the recording, ``conf`` 0 to 1."""

    label: str
    start: float
    end: float
    conf: float


class SegmentsRow(TypedDict):
    """:class:`Row` of a recording that was taken apart into segments."""

    data: str
    duration: float
    segments: list[SegmentRow]
    error: None
    warning: NotRequired[str]


class FailedSegmentsRow(TypedDict):
    """:class:`FailedRow` of such a recording."""

    data: str
    duration: None
    segments: list[SegmentRow]
    error: str


AnyRow = Row | FailedRow | SegmentsRow | FailedSegmentsRow


def file_key(kind: Kind) -> Literal["audio", "data"]:
    """The name under which a row of words, writing or segments has its file."""
    return "audio" if kind == "words" else "data"


def word_row(word: Word, sample_rate_hz: Rate) -> WordRow:
    """One word as a row, in seconds to the millisecond.

    Args:
        word: The word.
        sample_rate_hz: The unit of the word's samples.

    Returns:
        A dictionary ready for JSON.

    Example:
        >>> word_row(Word("go", 800, 2_400, 0.98765), 8_000)
        {'word': 'go', 'start': 0.1, 'end': 0.3, 'conf': 0.988}
    """
    return {
        "word": word.text,
        "start": seconds(word.start_samples, sample_rate_hz),
        "end": seconds(word.end_samples, sample_rate_hz),
        "conf": round(float(word.confidence), 3),
    }


def segment_row(segment: Word, sample_rate_hz: Rate) -> SegmentRow:
    """One segment as a row; like :func:`word_row`.

    Example:
        >>> segment_row(Word("walking", 50, 175, 0.98765), 50)
        {'label': 'walking', 'start': 1.0, 'end': 3.5, 'conf': 0.988}
    """
    r = word_row(segment, sample_rate_hz)
    return {"label": r["word"], "start": r["start"], "end": r["end"], "conf": r["conf"]}


def utterance_row(utterance: Utterance, sample_rate_hz: Rate) -> UtteranceRow:
    """One utterance as a row, its words as :func:`word_row` has them."""
    return {
        "text": utterance.text,
        "conf": round(utterance.confidence, 3),
        "result": [word_row(word, sample_rate_hz) for word in utterance.words],
    }


def word_rows(transcript: Transcript) -> list[WordRow]:
    """All words as rows for formats that tile the sound: none reaches past its end."""
    end, rate = transcript.n_samples, transcript.sample_rate_hz
    return [word_row(within(word, end), rate) for word in transcript.words]


def utterance_rows(transcript: Transcript) -> list[WordRow]:
    """The same of its utterances: each with its whole text in the place of a word."""
    rows = []
    for utterance in transcript.utterances or ():
        words = word_rows(replace(transcript, words=utterance.words))
        end, conf = max(word["end"] for word in words), round(utterance.confidence, 3)
        rows.append(WordRow(word=utterance.text, start=words[0]["start"], end=end, conf=conf))
    return rows


def row(transcript: Transcript, name: str, warning: str | None = None) -> Row | SegmentsRow:
    """The row of a file that was transcribed.

    Args:
        transcript: What was recognised.
        name: The file's name.
        warning: What is odd about its sound, for a person to read.

    Returns:
        A dictionary ready for JSON.
    """
    made = (_segments_row if transcript.kind == "segments" else _words_row)(transcript, name)
    if warning:
        made["warning"] = printable(warning)
    return made


def failed_row(name: str, error: str, kind: Kind = "words") -> FailedRow | FailedSegmentsRow:
    """The row of a file that could not be transcribed.

    Args:
        name: The file's name.
        error: Why, for a person to read.
        kind: What the model gives.

    Returns:
        A dictionary ready for JSON.
    """
    if kind == "segments":
        return {"data": printable(name), "duration": None, "segments": [], "error": printable(error)}
    failed: FailedRow = {
        "text": None,
        "conf": None,
        "duration": None,
        "words": [],
        "error": printable(error),
    }
    return cast(FailedRow, {file_key(kind): printable(name), **failed})


def json_object(one: AnyRow) -> str:
    """A document that holds one row, indented, with a line end."""
    return json.dumps(one, ensure_ascii=False, indent=2) + "\n"


def json_line(one: AnyRow) -> str:
    """One row on one line, with its line end."""
    return json.dumps(one, ensure_ascii=False) + "\n"


def printable(name: str) -> str:
    r"""The name with what is no Unicode (a file name in another encoding) replaced by ``?``.

    Example:
        >>> printable("caf\udce9.wav")
        'caf?.wav'
    """
    return name.encode("utf-8", "replace").decode("utf-8")


def _words_row(transcript: Transcript, name: str) -> Row:
    rate, confidence = transcript.sample_rate_hz, transcript.confidence
    made: Row = {
        "text": transcript.text,
        "conf": None if confidence is None else round(confidence, 3),
        "duration": seconds(transcript.n_samples, rate),
        # as a live stream gives them, which cannot know where the sound will end
        "words": [word_row(word, rate) for word in transcript.words],
        "error": None,
    }
    if transcript.utterances is not None:
        made["utterances"] = [utterance_row(utterance, rate) for utterance in transcript.utterances]
    return cast(Row, {file_key(transcript.kind): printable(name), **made})


def _segments_row(transcript: Transcript, name: str) -> SegmentsRow:
    rate = transcript.sample_rate_hz
    return {
        "data": printable(name),
        "duration": seconds(transcript.n_samples, rate),
        "segments": [segment_row(segment, rate) for segment in transcript.words],
        "error": None,
    }
