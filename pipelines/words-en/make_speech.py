"""Synthetic speech for words-en, in many voices: words, strings of words, and other sentences.

Six of the ten digits have recordings of five speakers and few others; this adds accents, voices, pitches and
speeds. Strings of words spoken in one breath show that fluent speech may hold words of the vocabulary:
single words set side by side do not run into each other as they do there. Sentences without any show that
not all that such a voice says is a word of the vocabulary. The default voice (``en-us``
without a variant) is left out: it speaks the samples.

    python pipelines/words-en/make_speech.py DATA/espeak DATA/sentences-train

writes ``words.jsonl``, ``strings.jsonl`` and ``sentences.jsonl`` (texts of the training split of the second
folder) by eSpeak NG, ``more-words.jsonl`` and its like by voices made of recordings (flite, Festival) and in
Indian accents, manifests, and the sound beside them. Debian: ``apt install espeak-ng flite festival
festvox-hi-nsk festvox-mr-nsk festvox-te-nsk festvox-kdlpc16k festvox-us-slt-hts``; the same versions make
the same sound.
"""

import random
import subprocess
import sys
import tempfile
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import soundfile

from speechlstm.data.manifest import read_manifest

sys.path.append(str(Path(__file__).parents[1]))
from commands import argument_parser, write_manifest

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
# voices made of recordings; each is spoken at these pitches (Hz) and lengths (1 is its own)
FLITE = ["awb", "rms", "slt", "kal16"]
FLITE_PITCHES_HZ, FLITE_LENGTHS = (95, 120, 150, 185, 215), (0.8, 1.0, 1.2)
FESTIVAL = ["ked_diphone", "cmu_us_slt_arctic_hts"]
# words as an Indian voice reads them, in Devanagari: the vocabulary first, then what is none of it
INDIAN = dict(
    zip(
        WORDS,
        "ज़ीरो वन टू थ्री फोर फाइव सिक्स सेवन एट नाइन अप डाउन लेफ्ट राइट गो".split(),
        strict=True,
    )
)
INDIAN_OTHERS = """
हीरो रन गन शू थ्रेट फ्री फॉर्म डोर मोर लाइफ फिक्स मिक्स हेवन इलेवन लेट मेट लाइन वाइन कप टाउन नाउन लेसन लाइट गोल्ड सो ग्रो
नमस्ते आप कैसे हैं मेरा नाम यह घर पानी आज कल बहुत अच्छा नहीं कृपया फोन दीजिए कमरा किताब समय रात दिन सुबह शहर लोग काम
""".split()
# what the manifest says of them
UNKNOWN = "<unk>"
INDIAN_FESTIVAL = {"hindi_NSK_diphone": 0x900, "marathi_NSK_diphone": 0x900, "telugu_NSK_diphone": 0xC00}
# languages of eSpeak NG, with the first code of their script, which are laid out alike
INDIAN_ESPEAK = {"hi": 0x900, "mr": 0x900, "gu": 0xA80, "te": 0xC00, "kn": 0xC80, "ml": 0xD00}
N_INDIAN_SPEAKERS, N_INDIAN_STRINGS = 60, 900
# what may stand between words of the vocabulary
BETWEEN = """
the a and then my number is please turn call take room at it was in of with press now again once dial
""".split()
N_STRINGS, N_SENTENCES = 1500, 1500
N_MORE_STRINGS, N_MORE_SENTENCES = 500, 500


class Job(NamedTuple):
    """One clip to be spoken.

    Attributes:
        name: The sound file.
        text: What its manifest says.
        speaker: Who its manifest says.
        command: Speaks; ``{}`` in it is where the sound goes.
        spoken: What is given on standard input.
    """

    name: str
    text: str
    speaker: str
    command: tuple[str, ...]
    spoken: str


def main() -> None:
    """Speak everything, and write the manifests."""
    parser = argument_parser(__doc__, data=False)
    parser.add_argument("folder", type=Path, help="where the sound and the manifests go")
    parser.add_argument("texts", type=Path, help="folder of sentences with their transcripts")
    arguments = parser.parse_args()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    others = other_texts(arguments.texts)
    everything = {
        "words": words(),
        "strings": strings(),
        "sentences": sentences(others),
        "more-words": [*more_words(), *indian_words()],
        "more-strings": [*more_strings(), *indian_strings()],
        "more-sentences": more_sentences(others),
    }
    for name, jobs in everything.items():
        with ThreadPoolExecutor() as pool:
            rows = list(pool.map(partial(speak, folder), jobs))
        write_manifest(folder / f"{name}.jsonl", rows)
        print(f"{len(rows)} {name} in {folder}")


def other_texts(texts: Path) -> list[str]:
    """Sentences that hold no word of the vocabulary."""
    read = [clip.text for clip in read_manifest(texts / "manifest.jsonl", split="train")]
    return sorted({text for text in read if not set(text.split()) & set(WORDS)})


def words() -> list[Job]:
    """Every word in every voice of eSpeak NG."""
    rng = random.Random(0)
    speakers = [voice(rng) for _ in range(N_SPEAKERS)]
    return [
        espeak(f"{word}-{i:03}.flac", word, speaker, rng.randint(110, 210))
        for i, speaker in enumerate(speakers)
        for word in WORDS + (NEAR if i < N_SPEAKERS_NEAR else [])
    ]


def strings() -> list[Job]:
    """Strings by eSpeak NG."""
    rng = random.Random(1)
    return [
        espeak(f"string-{i:04}.flac", string(rng), voice(rng), rng.randint(130, 260))
        for i in range(N_STRINGS)
    ]


def sentences(texts: list[str]) -> list[Job]:
    """Sentences by eSpeak NG."""
    rng = random.Random(2)
    return [
        espeak(f"sentence-{i:04}.flac", rng.choice(texts), voice(rng), rng.randint(130, 230))
        for i in range(N_SENTENCES)
    ]


def more_words() -> list[Job]:
    """Every word in every voice that is made of recordings."""
    rng = random.Random(3)
    return [
        recorded(f"{word}-{voice}-{i}.flac", word, voice, rng)
        for voice in FLITE + FESTIVAL
        for i in range(6 if voice in FLITE else 1)
        for word in WORDS + (NEAR if i < 2 else [])
    ]


def more_strings() -> list[Job]:
    """Strings by those voices."""
    rng = random.Random(4)
    return [
        recorded(f"string-more-{i:04}.flac", string(rng), rng.choice(FLITE + FESTIVAL), rng)
        for i in range(N_MORE_STRINGS)
    ]


def more_sentences(texts: list[str]) -> list[Job]:
    """Sentences by those voices."""
    rng = random.Random(5)
    return [
        recorded(f"sentence-more-{i:04}.flac", rng.choice(texts), rng.choice(FLITE + FESTIVAL), rng)
        for i in range(N_MORE_SENTENCES)
    ]


def indian_words() -> list[Job]:
    """Words of the vocabulary, and others, in Indian accents."""
    rng = random.Random(6)
    speakers = [indian_voice(rng) for _ in range(N_INDIAN_SPEAKERS)] + [
        (name, "", 0) for name in INDIAN_FESTIVAL
    ]
    jobs = []
    for i, speaker in enumerate(speakers):
        said = list(INDIAN.items()) + [(UNKNOWN, other) for other in rng.sample(INDIAN_OTHERS, 20)]
        jobs += [
            indian(f"indian-{i:03}-{j:02}.flac", text, spoken, speaker, rng)
            for j, (text, spoken) in enumerate(said)
        ]
    return jobs


def indian_strings() -> list[Job]:
    """Telephone numbers in Indian accents, and strings that hold other words too."""
    rng = random.Random(7)
    jobs = []
    for i in range(N_INDIAN_STRINGS):
        digits = rng.choices(WORDS[:10] if rng.random() < 0.7 else WORDS, k=rng.randint(3, 10))
        said = [(word, INDIAN[word]) for word in digits]
        if rng.random() < 0.35:
            said = [pair if rng.random() < 0.4 else (UNKNOWN, rng.choice(INDIAN_OTHERS)) for pair in said]
        speaker = (rng.choice(list(INDIAN_FESTIVAL)), "", 0) if rng.random() < 0.4 else indian_voice(rng)
        text = " ".join(word for word, _ in said)
        spoken = " ".join(written for _, written in said)
        jobs.append(indian(f"indian-string-{i:04}.flac", text, spoken, speaker, rng))
    return jobs


def string(rng: random.Random) -> str:
    """Digits as in a telephone number, words of the vocabulary, and those among others."""
    kind = rng.choices(("digits", "words", "others"), (6, 2, 2))[0]
    if kind == "digits":
        return " ".join(rng.choices(WORDS[:10], k=rng.randint(3, 10)))
    if kind == "words":
        return " ".join(rng.choices(WORDS, k=rng.randint(2, 7)))
    return " ".join(rng.choice(rng.choice((WORDS, NEAR, BETWEEN))) for _ in range(rng.randint(3, 9)))


def voice(rng: random.Random) -> tuple[str, str, int]:
    """Accent, variant and pitch of eSpeak NG."""
    return rng.choice(ACCENTS), rng.choice(VARIANTS), rng.randint(15, 85)


def indian_voice(rng: random.Random) -> tuple[str, str, int]:
    """The same, Indian."""
    return rng.choice(list(INDIAN_ESPEAK)), rng.choice(VARIANTS), rng.randint(15, 85)


def espeak(
    name: str, text: str, speaker: tuple[str, str, int], words_a_minute: int, *, spoken: str = ""
) -> Job:
    """By eSpeak NG."""
    accent, variant, pitch = speaker
    named = f"{accent}+{variant}"
    command = ("espeak-ng", "-v", named, "-p", str(pitch), "-s", str(words_a_minute), "-w", "{}", "--stdin")
    return Job(name, text, f"{named} {pitch}", command, spoken or text)


def recorded(name: str, text: str, voice: str, rng: random.Random) -> Job:
    """By flite or Festival."""
    if voice in FESTIVAL:
        return festival(name, text, voice, text)
    pitch_hz, length = rng.choice(FLITE_PITCHES_HZ), rng.choice(FLITE_LENGTHS)
    settings = ("--setf", f"int_f0_target_mean={pitch_hz}", "--setf", f"duration_stretch={length}")
    command = ("flite", "-voice", voice, *settings, "-t", text, "-o", "{}")
    return Job(name, text, f"{voice} {pitch_hz}", command, "")


def indian(name: str, text: str, spoken: str, speaker: tuple[str, str, int], rng: random.Random) -> Job:
    """By an Indian voice, in its language's script."""
    language = speaker[0]
    script = INDIAN_FESTIVAL.get(language) or INDIAN_ESPEAK[language]
    # the scripts have no letters with a dot beneath but Devanagari's; z is near to j
    plain = unicodedata.normalize("NFD", spoken.replace("ज़", "ज")).replace("\u093c", "")
    plain = plain.replace("\u0949", "\u093e") if script != 0x900 else plain
    written = "".join(chr(ord(c) - 0x900 + script) if 0x900 <= ord(c) < 0x980 else c for c in plain)
    if language in INDIAN_FESTIVAL:
        return festival(name, text, language, written)
    return espeak(name, text, speaker, rng.randint(110, 200), spoken=written)


def festival(name: str, text: str, voice: str, spoken: str) -> Job:
    """By Festival."""
    return Job(name, text, voice, ("text2wave", "-eval", f"(voice_{voice})", "-o", "{}"), spoken)


def speak(folder: Path, job: Job) -> dict[str, str]:
    """One clip; returns its row of the manifest."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        command = [part.replace("{}", wav.name) for part in job.command]
        subprocess.run(command, check=True, capture_output=True, input=job.spoken.encode())
        sound, rate_hz = soundfile.read(wav.name)
    soundfile.write(folder / job.name, sound, rate_hz)
    return {"audio": job.name, "text": job.text, "speaker": job.speaker, "split": "train"}


if __name__ == "__main__":
    main()
