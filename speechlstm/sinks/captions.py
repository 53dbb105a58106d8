"""Captions for video players: SubRip (.srt) and WebVTT (.vtt)."""

from typing import NamedTuple

from speechlstm.messages import Transcript, Word
from speechlstm.timing import milliseconds

__all__ = ["Cue", "cues", "srt", "vtt"]

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Cue(NamedTuple):
    """Words shown together; times in milliseconds, ``end_ms`` always after ``start_ms``."""

    start_ms: int
    end_ms: int
    text: str


def cues(transcript: Transcript, *, gap_ms: int = 1000, max_words: int = 10) -> list[Cue]:
    """Group the words of a transcript into cues.

    Args:
        transcript: What was recognised; its utterances are a cue each, if it has them.
        gap_ms: A silence this long between two words begins a new cue, in milliseconds.
        max_words: The most words of a cue, at least 1; of segments each has its own.

    Returns:
        Cues in order of time. None reaches into the next one, unless both begin in the same millisecond, or
        past the end of the sound, unless it begins there.
    """
    rate = transcript.sample_rate_hz
    groups = _groups(transcript, gap_ms, 1 if transcript.kind == "segments" else max_words)
    starts = [milliseconds(group[0].start_samples, rate) for group in groups]
    ends = [milliseconds(max(word.end_samples for word in group), rate) for group in groups]
    limits = [*starts, milliseconds(transcript.n_samples, rate)][1:]
    return [
        Cue(start, max(min(end, limit), start + 1), " ".join(word.text for word in group))
        for group, start, end, limit in zip(groups, starts, ends, limits, strict=True)
    ]


def srt(transcript: Transcript, name: str) -> str:
    """SubRip: numbered cues, ``00:00:01,500 --> 00:00:02,250``; it has no place for the name."""
    parts = [
        f"{number}\n{_time(cue.start_ms, ',')} --> {_time(cue.end_ms, ',')}\n{_escaped(cue.text)}\n"
        for number, cue in enumerate(cues(transcript), 1)
    ]
    return "\n".join(parts)


def vtt(transcript: Transcript, name: str) -> str:
    """WebVTT: cues as ``00:00:01.500 --> 00:00:02.250``; it has no place for the name.

    Reference: https://www.w3.org/TR/webvtt1/
    """
    parts = [
        f"{_time(cue.start_ms, '.')} --> {_time(cue.end_ms, '.')}\n{_escaped(cue.text)}\n"
        for cue in cues(transcript)
    ]
    return "\n".join(["WEBVTT\n", *parts])


def _groups(transcript: Transcript, gap_ms: int, max_words: int) -> list[list[Word]]:
    if transcript.utterances is not None:
        return [list(utterance.words) for utterance in transcript.utterances]
    groups: list[list[Word]] = []
    heard_to = 0
    for word in transcript.words:
        gap = milliseconds(word.start_samples - heard_to, transcript.sample_rate_hz)
        if not groups or gap >= gap_ms or len(groups[-1]) == max_words:
            groups.append([])
        groups[-1].append(word)
        heard_to = max(heard_to, word.end_samples)
    return groups


def _time(ms: int, point: str) -> str:
    s, ms = divmod(ms, 1000)
    return f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}{point}{ms:03}"


def _escaped(text: str) -> str:
    return " ".join(text.split()).translate(_ESCAPES)
