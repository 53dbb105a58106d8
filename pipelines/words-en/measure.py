"""Everything that is measured of words-en, written into its card, and from there into the project's README.

    python pipelines/words-en/measure.py DATA

DATA is the folder of the recordings, with ``digit-strings``, and ``background-phrases`` and ``music``, which
``transcribe_background.py`` and ``cut_music.py`` make, beside the sets that the recipe names. The
model is ``models/words-en``; ``leave_one_out.py`` measures what needs trainings of its own.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transcribe_background import holds_figures

from speechlstm.bundle import Bundle, record
from speechlstm.card import delay, head, milliseconds, percent, row
from speechlstm.data.manifest import read_manifest
from speechlstm.data.texts import in_vocabulary

sys.path.append(str(Path(__file__).parents[1]))
from commands import ROOT, WORDS_EN, argument_parser, evaluate, run, ship, write_tables
from headlines import write_headlines

HERE = Path(__file__).parent
NINE = "up,down,left,right,go,zero,one,five,eight"
DIGITS = "zero,one,two,three,four,five,six,seven,eight,nine"
COMMANDS = "Speech Commands validation, nine words"
TIMES = "Starts and ends of words"
# of which confidences are looked at by themselves
SETS = (COMMANDS, "Digit strings", "Sentences, validation speakers")
N_HOURS, N_HOURS_OF_STRINGS = 3, 0.5
OF_SPEECH_WITHOUT_WORDS = (
    "speech without words is what validation speakers of LibriSpeech say, without the clips where another "
    "recogniser hears a word of the vocabulary or a number, and what those of speechocean762 read where "
    "the text holds none"
)
# what LibriSpeech's speakers say
CLIPS = "background-phrases/clips.jsonl"


def main() -> None:
    """Measure, and write."""
    parser = argument_parser(__doc__)
    data = parser.parse_args().data
    if not (data / CLIPS).exists():
        made_by = f"python {HERE.relative_to(ROOT)}/transcribe_background.py {data}"
        parser.error(f"there is no {data / CLIPS}, which tells speech without words; make it by {made_by}")
    # its card may have the targets of an earlier recipe
    ship(WORDS_EN, HERE, WORDS_EN)
    nine = ["--split", "validation", "--words", NINE]
    into_card(data / "speech-commands", COMMANDS, *nine, "--sweep-latency", *drawn("dial"))
    into_card(data / "digit-strings", "Digit strings", "--sweep-latency")
    noise = ["--robustness", "--noise", str(data / "noise")]
    into_card(
        data / "speech-commands",
        f"{COMMANDS}, in noise",
        *nine,
        *noise,
        *drawn("robustness"),
    )
    into_card(data / "digit-strings", "Digit strings, in noise", "--split", "validation", *noise)
    into_card(data / "speech-commands", f"{COMMANDS}, endless", *nine, "--endless", str(N_HOURS))
    # words in one breath, and rests within a string
    into_card(data / "digit-strings", "Digit strings, endless", "--endless", str(N_HOURS_OF_STRINGS))
    into_card(data / "sentences-train", "Sentences, validation speakers", "--split", "validation")
    strings = ["--split", "validation", "--words", DIGITS]
    into_card(data / "sentences-train", "Digit strings in sentences, validation speakers", *strings)
    # music and speech are no part of these noises
    into_card(data / "noise", "Noise alone, not trained on", "--split", "validation")
    into_card(data / "speech-commands", "Speech Commands validation, all words", "--split", "validation")
    with speech_without_words(data) as folder:
        beside = f"{COMMANDS}, beside speech without words"
        alarms = ["--false-alarms", str(folder), *drawn("false-alarms")]
        into_card(data / "speech-commands", beside, *nine, *alarms)
        annotate(beside, OF_SPEECH_WITHOUT_WORDS)
    music = ["--false-alarms", str(data / "music"), "--split", "validation"]
    run("evaluate", WORDS_EN, *music, "--card", "Music alone, not trained on")
    background = "LibriSpeech, validation speakers, its words by another recogniser"
    into_card(data / "background-phrases", background, "--split", "validation")
    # what a grammar brings, where it is known what is said
    for file, what in (("digits.txt", "digits"), ("ten-digits.txt", "ten digits")):
        name = f"Digit strings, a grammar of {what}"
        into_card(data / "digit-strings", name, "--grammar", str(HERE / file))
    into_card(data / "speech-commands", TIMES, "--split", "validation", "--word-times")
    into_card(ROOT / "samples", "The samples (synthetic)")
    card = Bundle.load(WORDS_EN).card
    write_tables(ROOT / "README.md", {"latency": dial(card["metrics"])})
    write_tables(HERE / "README.md", {"aims": aims(card)})
    write_headlines()


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


def dial(metrics: dict[str, dict[str, Any]]) -> Iterator[str]:
    """A table of the settings of the dial."""
    final = "final after the end of a word: median, 95th percentile (95 %)"
    yield from head("`--latency`", "delay of the model", final, "exact, nine Speech Commands words (95 %)")
    for point in metrics[COMMANDS]["dial"]:
        is_whole = point["latency"] == "offline"
        bound = "the whole clip, up to a minute" if is_whole else f"{1000 * point['bound_s']:.0f} ms"
        final = "at its end" if is_whole else delay(point["delays"]["final"])
        yield row([point["latency"], bound, final, percent(point["exact"], point["exact_ci95"])])


def aims(card: dict[str, Any]) -> Iterator[str]:
    """A table of what is aimed at beside the targets of the recipe, and what came of it."""
    metrics = card["metrics"]
    bounds, hours = metrics[TIMES]["bounds"], metrics[f"{COMMANDS}, endless"]
    point = {one["latency"]: one for one in metrics[COMMANDS]["dial"]}
    near = card["calibration"]["after"]["confidence"]["words"]["at_nine_tenths"]
    lost, low_s = point["balanced"]["exact_lost"], point["low"]["bound_s"]
    more, more_ci95 = hours["wer_gained"], hours["wer_gained_ci95"]
    confidences = {name: metrics[name]["confidence"]["words"]["at_nine_tenths"] for name in SETS}
    rows = (
        (
            "starts and ends of words, from the truth: median at most 60 ms",
            f"{milliseconds(bounds['median_s'], bounds['median_ci95'])} ms",
            bounds["median_s"] <= 0.06,
        ),
        (
            "the same: 90th percentile at most 150 ms",
            f"{milliseconds(bounds['p90_s'], bounds['p90_ci95'])} ms",
            bounds["p90_s"] <= 0.15,
        ),
        *(
            (
                f"{what} (mean confidence {100 * given['confidence']:.1f} %, {given['n']} words)",
                percent(given["right"], given["ci95"]),
                abs(given["right"] - given["confidence"]) <= 0.03,
            )
            for what, given in [
                (
                    "of words given at 0.85 to 0.95 as many right, within three points, on validation "
                    "speakers of all sets, left out of the calibration",
                    near,
                ),
                *((f"the same on {name}", given) for name, given in confidences.items()),
            ]
            if given is not None
        ),
        (
            "`balanced` at most one point less exact than the whole clip",
            points(lost, point["balanced"]["exact_lost_ci95"]),
            lost <= 0.01,
        ),
        ("`low` at most 240 ms late, of the model", f"{1000 * low_s:.0f} ms", low_s <= 0.24),
        (
            f"after {hours['hours']:.0f} hours no more errors than at first: the interval reaches down to 0",
            points(more, more_ci95),
            more_ci95 is None or more_ci95[0] <= 0,
        ),
    )
    yield from head("aim", "figure (95 %)", "")
    for aim, figure, is_met in rows:
        yield row([aim, figure, "met" if is_met else "**missed**"])


def points(difference: float, interval: Sequence[float] | None) -> str:
    """A difference of shares, with its interval."""
    ends = "" if interval is None else f" ({100 * interval[0]:z.2f} to {100 * interval[1]:z.2f})"
    return f"{100 * difference:z.2f} points{ends}"


if __name__ == "__main__":
    main()
