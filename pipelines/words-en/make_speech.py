"""Synthetic speech for words-en: its words, and words that sound like them, in many voices of eSpeak NG.

Seven of the ten digits have recordings of five speakers only; this adds accents, voices, pitches and
speeds. The default voice (``en-us`` without a variant) is left out: it speaks the samples.

    python pipelines/words-en/make_speech.py DATA/espeak-words

needs ``espeak-ng`` (Debian: ``apt install espeak-ng``); the same version makes the same sound.
"""

import argparse
import io
import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import soundfile

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


def main() -> None:
    """Speak every word in every voice, and write the manifest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the sound and manifest.jsonl go")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(0)
    speakers = [(rng.choice(ACCENTS), rng.choice(VARIANTS), rng.randint(15, 85)) for _ in range(N_SPEAKERS)]
    jobs = [
        (folder, f"{word}-{i:03}.flac", word, voice, rng.randint(110, 210))
        for i, voice in enumerate(speakers)
        for word in WORDS + (NEAR if i < N_SPEAKERS_NEAR else [])
    ]
    with ThreadPoolExecutor() as pool:
        rows = list(pool.map(speak, jobs))
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    print(f"{len(rows)} clips in {folder}")


def speak(job: tuple[Path, str, str, tuple[str, str, int], int]) -> dict[str, str]:
    """One clip; returns its row of the manifest."""
    folder, name, word, (accent, variant, pitch), words_a_minute = job
    voice = f"{accent}+{variant}"
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(words_a_minute), "--stdout", word]
    sound, rate_hz = soundfile.read(
        io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)
    )
    soundfile.write(folder / name, sound, rate_hz)
    return {"audio": name, "text": word, "speaker": f"{voice} {pitch}", "split": "train"}


if __name__ == "__main__":
    main()
