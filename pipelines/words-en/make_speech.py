"""Synthetic speech for words-en, in many voices of eSpeak NG: words, strings of words, and other sentences.

Seven of the ten digits have recordings of five speakers only; this adds accents, voices, pitches and
speeds. Strings of words spoken in one breath show that fluent speech may hold words of the vocabulary:
single words set side by side do not run into each other as they do there. Sentences without any show that
not all that such a voice says is a word of the vocabulary. The default voice (``en-us``
without a variant) is left out: it speaks the samples.

    python pipelines/words-en/make_speech.py DATA/espeak DATA/sentences-train

writes ``words.jsonl``, ``strings.jsonl`` and ``sentences.jsonl`` (texts of the training split of the second
folder), manifests, and the sound beside them. It needs ``espeak-ng``
(Debian: ``apt install espeak-ng``); the same version makes the same sound.
"""

import argparse
import io
import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import soundfile

from speechlstm.data.manifest import read_manifest

WORDS = """
zero one two three four five six seven eight nine up down left right go
""".split()
# none of these is a word of the vocabulary, or sounds like one to everyone
NEAR = """
hero narrow era wonder run gun what to-day shoe view threat thrill free tree flee form floor door
more fife fine life hive fire sick fix sit socks mix heaven eleven seventeen several sever hate late
paid ape eighty mine line wine night ninety knife cup cap pup hub of town brown dawn drown noun lift
laughed let lesson leaf light ripe rise bite ride got no gold goat so though grow
""".split()
ACCENTS = ["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029"]
VARIANTS = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5"]
VARIANTS += ["Andy", "Annie", "Denis", "Diogo", "Gene", "Jacky", "Lee", "Linda", "Mario", "Michael", "Storm"]
N_SPEAKERS, N_SPEAKERS_NEAR = 140, 30
# what may stand between words of the vocabulary
BETWEEN = """
the a and then my number is please turn call take room at it was in of with press now again once dial
""".split()
N_STRINGS, N_SENTENCES = 1500, 1500


Job = tuple[Path, str, str, tuple[str, str, int], int]


def main() -> None:
    """Speak everything, and write the manifests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the sound and the manifests go")
    parser.add_argument("texts", type=Path, help="folder of sentences with their transcripts")
    arguments = parser.parse_args()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    everything = {
        "words": words(folder),
        "strings": strings(folder),
        "sentences": sentences(folder, arguments.texts),
    }
    for name, jobs in everything.items():
        with ThreadPoolExecutor() as pool:
            rows = list(pool.map(speak, jobs))
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        print(f"{len(rows)} {name} in {folder}")


def words(folder: Path) -> list[Job]:
    """Every word in every voice."""
    rng = random.Random(0)
    speakers = [voice(rng) for _ in range(N_SPEAKERS)]
    return [
        (folder, f"{word}-{i:03}.flac", word, speaker, rng.randint(110, 210))
        for i, speaker in enumerate(speakers)
        for word in WORDS + (NEAR if i < N_SPEAKERS_NEAR else [])
    ]


def strings(folder: Path) -> list[Job]:
    """Digits as in a telephone number, words of the vocabulary, and those among others."""
    rng = random.Random(1)
    jobs = []
    for i in range(N_STRINGS):
        kind = rng.choices(("digits", "words", "others"), (6, 2, 2))[0]
        if kind == "digits":
            said = rng.choices(WORDS[:10], k=rng.randint(3, 10))
        elif kind == "words":
            said = rng.choices(WORDS, k=rng.randint(2, 7))
        else:
            said = [rng.choice(rng.choice((WORDS, NEAR, BETWEEN))) for _ in range(rng.randint(3, 9))]
        jobs.append((folder, f"string-{i:04}.flac", " ".join(said), voice(rng), rng.randint(130, 260)))
    return jobs


def sentences(folder: Path, texts: Path) -> list[Job]:
    """Sentences that hold no word of the vocabulary."""
    rng = random.Random(2)
    read = [clip.text for clip in read_manifest(texts / "manifest.jsonl", split="train")]
    other = sorted({text for text in read if not set(text.split()) & set(WORDS)})
    return [
        (folder, f"sentence-{i:04}.flac", rng.choice(other), voice(rng), rng.randint(130, 230))
        for i in range(N_SENTENCES)
    ]


def voice(rng: random.Random) -> tuple[str, str, int]:
    """Accent, variant and pitch."""
    return rng.choice(ACCENTS), rng.choice(VARIANTS), rng.randint(15, 85)


def speak(job: Job) -> dict[str, str]:
    """One clip; returns its row of the manifest."""
    folder, name, text, (accent, variant, pitch), words_a_minute = job
    named = f"{accent}+{variant}"
    command = ["espeak-ng", "-v", named, "-p", str(pitch), "-s", str(words_a_minute), "--stdout", text]
    sound, rate_hz = soundfile.read(
        io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)
    )
    soundfile.write(folder / name, sound, rate_hz)
    return {"audio": name, "text": text, "speaker": f"{named} {pitch}", "split": "train"}


if __name__ == "__main__":
    main()
