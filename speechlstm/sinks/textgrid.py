"""Praat's TextGrid, for looking at words under the sound."""

from typing import NamedTuple

from speechlstm.messages import Transcript
from speechlstm.timing import milliseconds

__all__ = ["Interval", "intervals", "textgrid"]


class Interval(NamedTuple):
    """A piece of a tier; times in milliseconds, the label empty where no word is."""

    start_ms: int
    end_ms: int
    label: str


def intervals(transcript: Transcript) -> list[Interval]:
    """Tile the whole duration with words and the empty intervals between them.

    A word that reaches into the next one, or past the end of the sound, is clipped. One of which
    nothing is left shares the interval of the word after it, so none is lost.

    Args:
        transcript: What was recognised.

    Returns:
        At least one interval; the first starts at 0, each next one where the one before ended, the last
        ends at the duration (at least 1 ms, for Praat takes no empty tier). All are longer than 0.
    """
    duration = max(1, milliseconds(transcript.n_samples, transcript.sample_rate_hz))
    tiles: list[Interval] = []
    cursor, labels = 0, list[str]()
    for start, end, text in _spans(transcript, duration):
        labels.append(text)
        if start < end:
            if cursor < start:
                tiles.append(Interval(cursor, start, ""))
            tiles.append(Interval(start, end, " ".join(labels)))
            cursor, labels = end, []
    if cursor < duration:
        tiles.append(Interval(cursor, duration, " ".join(labels)))
    elif labels:
        tiles[-1] = tiles[-1]._replace(label=" ".join([tiles[-1].label, *labels]))
    return tiles


def textgrid(transcript: Transcript, name: str) -> str:
    """Praat's long text format, one interval tier ``words``; it has no place for the name.

    Reference: https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
    """
    tiles = intervals(transcript)
    end = _decimal(tiles[-1].end_ms)
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0.000",
        f"xmax = {end}",
        "tiers? <exists>",
        "size = 1",
        "item []:",
        "    item [1]:",
        '        class = "IntervalTier"',
        '        name = "words"',
        "        xmin = 0.000",
        f"        xmax = {end}",
        f"        intervals: size = {len(tiles)}",
    ]
    for number, tile in enumerate(tiles, 1):
        lines += [
            f"        intervals [{number}]:",
            f"            xmin = {_decimal(tile.start_ms)}",
            f"            xmax = {_decimal(tile.end_ms)}",
            f"            text = {_quoted(tile.label)}",
        ]
    return "\n".join(lines) + "\n"


def _spans(transcript: Transcript, duration: int) -> list[Interval]:
    rate = transcript.sample_rate_hz
    words = sorted(transcript.words, key=lambda word: word.start_samples)
    starts = [min(milliseconds(word.start_samples, rate), duration) for word in words]
    limits = [*starts, duration][1:]
    return [
        Interval(start, min(milliseconds(word.end_samples, rate), limit), word.text)
        for word, start, limit in zip(words, starts, limits, strict=True)
    ]


def _decimal(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03}"


def _quoted(label: str) -> str:
    return '"' + " ".join(label.split()).replace('"', '""') + '"'
