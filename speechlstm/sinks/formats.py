"""Every format a transcript can be written in: pure functions from a transcript to text."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from speechlstm.messages import Kind, Transcript
from speechlstm.sinks import captions, textgrid
from speechlstm.sinks.rows import file_key, json_line, json_object, printable, row, utterance_rows, word_rows

__all__ = ["FORMATS", "Format", "ctm", "json_text", "jsonl", "tsv", "tsv_header", "txt"]

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a transcript.

    Attributes:
        suffix: What a file of this format ends in, with its dot.
        write: ``write(transcript, name) -> str``: the whole text of the file, ending in a line end where
            it is not empty; ``name`` is the name of the sound.
    """

    suffix: str
    write: Callable[[Transcript, str], str]


def txt(transcript: Transcript, name: str) -> str:
    """The words on one line, or a line an utterance; an empty line where there are none."""
    if not transcript.utterances:
        return transcript.text + "\n"
    return "".join(f"{utterance.text}\n" for utterance in transcript.utterances)


def json_text(transcript: Transcript, name: str) -> str:
    """One object, indented: that of :func:`speechlstm.sinks.rows.row`."""
    return json_object(row(transcript, name))


def jsonl(transcript: Transcript, name: str) -> str:
    """The same object on one line."""
    return json_line(row(transcript, name))


def tsv(transcript: Transcript, name: str) -> str:
    r"""A table of words, or of utterances, under the header of :func:`tsv_header`, times in seconds.

    A tab, line end or backslash in a word is written as ``\t``, ``\n``, ``\r`` or ``\\``.

    Example:
        >>> from speechlstm.messages import Word
        >>> print(tsv(Transcript((Word("go", 800, 2_400, 0.98),), 8_000, 8_000), "a.wav").expandtabs(8))
        start   end     word    conf
        0.100   0.300   go      0.980
        <BLANKLINE>
    """
    utterances = transcript.utterances
    lines = [
        f"{w['start']:.3f}\t{w['end']:.3f}\t{_escaped(w['word'])}\t{w['conf']:.3f}"
        for w in (word_rows(transcript) if utterances is None else utterance_rows(transcript))
    ]
    header = tsv_header(transcript.kind, utterances=utterances is not None)
    return "\n".join([header, *lines]) + "\n"


def tsv_header(kind: Kind, *, with_name: bool = False, utterances: bool = False) -> str:
    """``start end word conf``, or ``label`` or ``utterance`` for ``word``; before them the file's name."""
    of_segments = kind == "segments"
    name = [file_key(kind)] if with_name else []
    what = "label" if of_segments else "utterance" if utterances else "word"
    return "\t".join([*name, "start", "end", what, "conf"])


def ctm(transcript: Transcript, name: str) -> str:
    """NIST's CTM: ``file channel start duration word confidence`` in seconds, one word a line.

    White space in the name or in a word is written as ``_``, for CTM separates its fields by it.

    Reference: https://github.com/usnistgov/SCTK/blob/master/doc/infmts.htm
    """
    file = _unspaced(name)
    lines = [
        f"{file} 1 {w['start']:.3f} {w['end'] - w['start']:.3f} {_unspaced(w['word'])} {w['conf']:.3f}\n"
        for w in word_rows(transcript)
    ]
    return "".join(lines)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "txt": Format(".txt", txt),
        "json": Format(".json", json_text),
        "jsonl": Format(".jsonl", jsonl),
        "srt": Format(".srt", captions.srt),
        "vtt": Format(".vtt", captions.vtt),
        "tsv": Format(".tsv", tsv),
        "ctm": Format(".ctm", ctm),
        "textgrid": Format(".TextGrid", textgrid.textgrid),
    }
)


def _escaped(word: str) -> str:
    return word.translate(_ESCAPES)


def _unspaced(text: str) -> str:
    return re.sub(r"\s+", "_", printable(text)) or "_"
