"""What ``background-speech`` says, by a recogniser of whole English: it does say words of the vocabulary.

Nobody wrote down what LibriSpeech's speakers say there, and "one", "up" or "go" are common words. As speech
that holds none they would teach the model to pass over its own words, and count as false when it gives them.

    python pipelines/words-en/transcribe_background.py DATA

hears ``DATA/background-speech``, cuts it into phrases and writes into ``DATA/background-phrases``
``clips.jsonl``, what is said in each clip, ``manifest.jsonl``, the phrases, and ``without-words.jsonl``,
those without a word of the vocabulary. It needs ``pip install moonshine-voice==0.0.65`` (MIT; its smallest
English model comes with it). ``lines.jsonl`` keeps what was heard; clips that it has are not heard again.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import soundfile
from make_speech import WORDS

from speechlstm.data.json_lines import rows_of
from speechlstm.data.texts import in_vocabulary

sys.path.append(str(Path(__file__).parents[1]))
from commands import argument_parser, write_manifest

# a line shorter than this is a slip
MIN_S = 0.4
# what is left of the pause around a phrase, if there is as much
PAUSE_S = 0.15


class Line(NamedTuple):
    """What was heard: from, for how long, in seconds, and the words."""

    start_s: float
    length_s: float
    text: str


def main() -> None:
    """Hear every clip, cut it, and write the manifests."""
    parser = argument_parser(__doc__)
    data = parser.parse_args().data
    source, folder = data / "background-speech", data / "background-phrases"
    manifest = source / "manifest.jsonl"
    if not manifest.exists():
        parser.error(f"there is no {manifest}; put the recordings there")
    clips = [clip for _, clip in rows_of(manifest)]
    folder.mkdir(exist_ok=True)
    wholes, rows = [], []
    for clip, lines in heard(source, clips, folder / "lines.jsonl"):
        sound, rate_hz = soundfile.read(source / clip["audio"])
        # slips too: what is held to be without words must be beyond doubt
        whole = " ".join(line.text if holds_figures(line.text) else spelt(line.text) for line in lines)
        wholes.append(clip | {"audio": f"../{source.name}/{clip['audio']}", "text": whole})
        for i, (line, start_s, stop_s) in enumerate(phrases(lines, len(sound) / rate_hz)):
            name = f"{Path(clip['audio']).stem}-{i:02}.flac"
            soundfile.write(folder / name, sound[int(start_s * rate_hz) : int(stop_s * rate_hz)], rate_hz)
            of_clip = {key: clip[key] for key in ("speaker", "split")}
            rows.append({"audio": name, "text": spelt(line.text), **of_clip})
    without = [row for row in rows if not in_vocabulary(row["text"], WORDS)]
    for name, some in {"clips": wholes, "manifest": rows, "without-words": without}.items():
        write_manifest(folder / f"{name}.jsonl", some)
        print(f"{len(some)} rows in {folder / name}.jsonl")


def heard(
    source: Path, clips: list[dict[str, str]], notes: Path
) -> Iterator[tuple[dict[str, str], list[Line]]]:
    """Each clip with its lines."""
    known = {row["audio"]: [Line(*line) for line in row["lines"]] for row in kept_rows(notes)}
    transcriber = None
    for clip in clips:
        name = clip["audio"]
        if name not in known:
            transcriber = transcriber or load()
            sound, rate_hz = soundfile.read(source / name, dtype="float32")
            found = transcriber.transcribe_without_streaming(sound.tolist(), rate_hz).lines
            known[name] = [Line(round(x.start_time, 2), round(x.duration, 2), x.text) for x in found]
            with notes.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"audio": name, "lines": known[name]}) + "\n")
        yield clip, known[name]


def kept_rows(notes: Path) -> list[dict[str, Any]]:
    """What was heard before; half a row, as a kill may leave it at the end, is taken out of the file."""
    if not notes.exists():
        return []
    *rows, last = notes.read_text(encoding="utf-8").split("\n")
    found = [json.loads(row) for row in rows if row]
    if last:
        write_manifest(notes, found)
    return found


def load() -> Any:
    """The recogniser."""
    try:
        from moonshine_voice import ModelArch, Transcriber, get_assets_path
    except ImportError as error:
        sys.exit(f"the recogniser is missing ({error}); pip install moonshine-voice==0.0.65")

    return Transcriber(model_path=str(Path(get_assets_path()) / "tiny-en"), model_arch=ModelArch.TINY)


def phrases(lines: list[Line], length_s: float) -> Iterator[tuple[Line, float, float]]:
    """Lines that are phrases of words, and from where to where they are cut out."""
    heard_s = 0.0
    lines = kept(lines)
    for i, line in enumerate(lines):
        stop_s = line.start_s + line.length_s
        after_s = lines[i + 1].start_s if i + 1 < len(lines) else length_s
        start_s = max(line.start_s - PAUSE_S, (heard_s + line.start_s) / 2, 0.0)
        heard_s, stop_s = max(heard_s, stop_s), min(stop_s + PAUSE_S, (stop_s + after_s) / 2, length_s)
        # numbers in figures could be said in more than one way
        if spelt(line.text) and not holds_figures(line.text) and stop_s - start_s >= MIN_S:
            yield line, start_s, stop_s


def kept(lines: list[Line]) -> list[Line]:
    """Lines without the recogniser's slips."""
    return [line for i, line in enumerate(lines) if not is_slip(line, lines[i + 1 : i + 2])]


def is_slip(line: Line, following: list[Line]) -> bool:
    """Whether a line is too short to be one, or lies under the next: the recogniser likes to begin twice."""
    under_s = line.start_s + line.length_s - following[0].start_s if following else 0.0
    return line.length_s < MIN_S or under_s > line.length_s / 3


def holds_figures(text: str) -> bool:
    """Whether a number is written in figures: which words were said is not known."""
    return re.search(r"\d", text) is not None


def spelt(text: str) -> str:
    """Words in small letters, without marks."""
    return " ".join(re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower().replace("\u2019", "'")))


if __name__ == "__main__":
    main()
