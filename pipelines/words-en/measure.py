"""Everything that is measured of words-en, written into its card, and from there into the project's README.

    python pipelines/words-en/measure.py DATA

DATA is the folder of the recordings, with ``digit-strings``, and ``background-phrases`` and ``music``, which
``transcribe_background.py`` and ``cut_music.py`` make, beside the sets that the recipe names. The
model is ``models/words-en``; ``leave_one_out.py`` measures what needs trainings of its own.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tables import COMMANDS, SENTENCES, STRINGS, TIMES, aims, dial
from transcribe_background import holds_figures

from speechlstm.bundle import Bundle, record
from speechlstm.data.manifest import read_manifest
from speechlstm.data.texts import in_vocabulary

sys.path.append(str(Path(__file__).parents[1]))
from commands import ROOT, WORDS_EN, argument_parser, evaluate, run, ship, write_tables
from headlines import write_headlines

HERE = Path(__file__).parent
NINE = "up,down,left,right,go,zero,one,five,eight"
OF_NINE = ("--split", "validation", "--words", NINE)
DIGITS = "zero,one,two,three,four,five,six,seven,eight,nine"
N_HOURS, N_HOURS_OF_STRINGS = 3, 0.5
OF_SPEECH_WITHOUT_WORDS = (
    "speech without words is what validation speakers of LibriSpeech say, without the clips where another "
    "recogniser hears a word of the vocabulary or a number, and what those of speechocean762 read where "
    "the text holds none"
)
# what LibriSpeech's speakers say
CLIPS = "background-phrases/clips.jsonl"
MADE_BY = {CLIPS: "transcribe_background.py", "music/manifest.jsonl": "cut_music.py"}


def main() -> None:
    """Measure, and write."""
    parser = argument_parser(__doc__)
    data = parser.parse_args().data
    # before it is measured for minutes
    for needed, script in MADE_BY.items():
        if not (data / needed).exists():
            parser.error(f"there is no {data / needed}; {HERE.relative_to(ROOT)}/{script} makes it")
    # its card may have the targets of an earlier recipe
    ship(WORDS_EN, HERE, WORDS_EN)
    of_single_words(data)
    of_strings(data)
    where_none_is_said(data)
    into_card(ROOT / "samples", "The samples (synthetic)")
    card = Bundle.load(WORDS_EN).card
    write_tables(ROOT / "README.md", {"latency": dial(card["metrics"])})
    write_tables(HERE / "README.md", {"aims": aims(card)})
    write_headlines()


def of_single_words(data: Path) -> None:
    """Speech Commands: at every setting of the dial, in noise, for hours, and when words begin and end."""
    folder = data / "speech-commands"
    into_card(folder, COMMANDS, *OF_NINE, "--sweep-latency", *drawn("dial"))
    into_card(folder, f"{COMMANDS}, in noise", *OF_NINE, *in_noise(data), *drawn("robustness"))
    into_card(folder, f"{COMMANDS}, endless", *OF_NINE, "--endless", str(N_HOURS))
    into_card(folder, "Speech Commands validation, all words", "--split", "validation")
    into_card(folder, TIMES, "--split", "validation", "--word-times")


def of_strings(data: Path) -> None:
    """Strings of digits: the same, in sentences, and with a grammar, where it is known what is said."""
    folder = data / "digit-strings"
    into_card(folder, STRINGS, "--sweep-latency")
    into_card(folder, f"{STRINGS}, in noise", "--split", "validation", *in_noise(data))
    # words in one breath, and rests within a string
    into_card(folder, f"{STRINGS}, endless", "--endless", str(N_HOURS_OF_STRINGS))
    strings = ["--split", "validation", "--words", DIGITS]
    into_card(data / "sentences-train", f"{STRINGS} in sentences, validation speakers", *strings)
    for file, what in (("digits.txt", "digits"), ("ten-digits.txt", "ten digits")):
        into_card(folder, f"{STRINGS}, a grammar of {what}", "--grammar", str(HERE / file))


def where_none_is_said(data: Path) -> None:
    """Sentences, noise, other speech and music."""
    into_card(data / "sentences-train", SENTENCES, "--split", "validation")
    # music and speech are no part of these noises
    into_card(data / "noise", "Noise alone, not trained on", "--split", "validation")
    with speech_without_words(data) as folder:
        beside = f"{COMMANDS}, beside speech without words"
        alarms = ["--false-alarms", str(folder), *drawn("false-alarms")]
        into_card(data / "speech-commands", beside, *OF_NINE, *alarms)
        annotate(beside, OF_SPEECH_WITHOUT_WORDS)
    music = ["--false-alarms", str(data / "music"), "--split", "validation"]
    run("evaluate", WORDS_EN, *music, "--card", "Music alone, not trained on")
    background = "LibriSpeech, validation speakers, its words by another recogniser"
    into_card(data / "background-phrases", background, "--split", "validation")


def in_noise(data: Path) -> list[str]:
    """Options that measure under noise and the like."""
    return ["--robustness", "--noise", str(data / "noise")]


@contextmanager
def speech_without_words(data: Path) -> Iterator[Path]:
    """A folder of links to what validation speakers say without a word of the vocabulary.

    What LibriSpeech's say was written down by another recogniser, ``transcribe_background.py``.
    """
    vocabulary = Bundle.load(WORDS_EN).vocabulary
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "validation" / "speech-without-words"
        folder.mkdir(parents=True)
        for manifest in (CLIPS, "sentences-train/manifest.jsonl"):
            for clip in read_manifest(data / manifest, split="validation"):
                if not in_vocabulary(clip.text, vocabulary) and not holds_figures(clip.text):
                    name = f"{Path(manifest).parent}-{clip.audio.name}"
                    (folder / name).symlink_to(clip.audio.resolve())
        yield folder


def drawn(name: str) -> list[str]:
    """Options that draw a figure beside the card."""
    return ["--plot", str(WORDS_EN / f"{name}.svg")]


def annotate(name: str, note: str) -> None:
    """Say in the card what a figure is of."""
    found = Bundle.load(WORDS_EN).card["metrics"][name]
    record(WORDS_EN, name, found | {"how": found["how"] | {"note": note}})


def into_card(folder: Path, name: str, *options: str | Path) -> None:
    """One figure of the card."""
    evaluate(WORDS_EN, folder / "manifest.jsonl", "--card", name, *options)


if __name__ == "__main__":
    main()
