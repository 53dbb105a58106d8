"""What the endpoints of words-en do to strings of digits: how many stay whole, and how soon they are over.

    python pipelines/words-en/endpoints.py DATA

DATA holds ``digit-strings``, of which nobody was trained on. The table goes into this folder's README.md.
"""

import sys
from pathlib import Path
from statistics import median

import numpy as np

from speechlstm import Recognizer, Utterance
from speechlstm.card import head, row
from speechlstm.data.manifest import read_manifest
from speechlstm.evaluation import wilson
from speechlstm.sources.whole import whole_sound

sys.path.append(str(Path(__file__).parents[1]))
from commands import WORDS_EN, argument_parser, write_tables

# heard after each recording, so that the silence is long enough for every preset
SILENCE_S = 4
CHUNK_S = 0.06


def main() -> None:
    """Measure, and write."""
    clips = read_manifest(argument_parser(__doc__).parse_args().data / "digit-strings")
    recognizer = Recognizer.load(WORDS_EN)
    sounds = [with_silence(clip.audio, recognizer.sound_rate_hz) for clip in clips]
    whole = "strings of ten digits in one piece (95 %)"
    rows = [
        *head("`--endpoint`", "silence", whole, "over after (median)"),
        *(line(recognizer, name, sounds) for name in ("short", "default", "long")),
    ]
    write_tables(Path(__file__).parent / "README.md", {"endpoints": rows})
    print("\n".join(rows))


def with_silence(path: Path, rate_hz: int) -> np.ndarray:
    """A recording at the model's rate, and silence after it."""
    return np.concatenate([whole_sound(path, rate_hz), np.zeros(SILENCE_S * rate_hz, np.float32)])


def line(recognizer: Recognizer, name: str, sounds: list[np.ndarray]) -> str:
    """How the strings fared with a preset; those in which nothing was heard do not count."""
    found = [utterances(recognizer, name, sound) for sound in sounds]
    heard = [delays_s for delays_s in found if delays_s]
    n_whole = sum(len(delays_s) == 1 for delays_s in heard)
    low, high = (100 * end for end in wilson(n_whole, len(heard)))
    silence_s = recognizer.endpoint(name).silence_frames * frame_s(recognizer)
    share = f"{100 * n_whole / len(heard):.0f} % ({low:.0f} to {high:.0f})"
    over_after_s = median(delay_s for delays_s in heard for delay_s in delays_s)
    return row([name, f"{silence_s:.1f} s", share, f"{over_after_s:.2f} s"])


def utterances(recognizer: Recognizer, name: str, sound: np.ndarray) -> list[float]:
    """Of each utterance, seconds from the end of its last word to when it was told to be over."""
    rate = recognizer.sound_rate_hz
    n = round(CHUNK_S * rate)
    stream = recognizer.stream(partials=False, endpoint=name)
    return [
        (stream.n_samples - event.words[-1].end_samples) / rate
        for i in range(0, len(sound), n)
        for event in stream.feed(sound[i : i + n])
        if isinstance(event, Utterance)
    ]


def frame_s(recognizer: Recognizer) -> float:
    """From one frame of the network to the next."""
    return recognizer.bundle.config.features.frame_samples / recognizer.sound_rate_hz


if __name__ == "__main__":
    main()
