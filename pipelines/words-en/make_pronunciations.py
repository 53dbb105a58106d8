"""Pronunciations of all words of the recordings, by eSpeak NG, in ARPABET.

    python pipelines/words-en/make_pronunciations.py DATA

reads the manifests of ``speech-commands``, ``fsdd``, ``sentences-train``, ``espeak`` and
``background-phrases`` in DATA, and writes ``espeak/pronunciations.dict`` beside them, a line for every word,
as ``seven  S EH V AX N``. It needs ``espeak-ng`` (Debian: ``apt install espeak-ng``).
"""

import re
import subprocess
import sys
from pathlib import Path

from speechlstm.data.manifest import read_manifest
from speechlstm.sinks.atomic import write_atomically

sys.path.append(str(Path(__file__).parents[1]))
from commands import argument_parser

MANIFESTS = [
    "speech-commands/manifest.jsonl",
    "fsdd/manifest.jsonl",
    "sentences-train/manifest.jsonl",
    "espeak/words.jsonl",
    "espeak/strings.jsonl",
    "background-phrases/manifest.jsonl",
]
# phonemes of eSpeak NG's en-us; vowels before r, and syllables without a vowel, are two phones
ARPABET = {
    "p b t d k g f v s z m n l r w": "P B T D K G F V S Z M N L R W",
    "h j N S Z T D tS dZ": "HH Y NG SH ZH TH DH CH JH",
    "t# t2 ? n- r- ;": "T T T N R Y",
    "I I# I2 i i: E a aa V U u: O O: O2 0 A:": "IH IH IH IY IY EH AE AE AH UH UW AO AO AO AA AA",
    "@ @2 @- a# 3 3:": "AX AX AX AX ER ER",
    "eI aI oU aU OI": "EY AY OW AW OY",
}
PAIRS = {
    "@L": "AX L",
    "A@": "AA R",
    "o@": "AO R",
    "O@": "AO R",
    "e@": "EH R",
    "U@": "UH R",
    "i@": "IH R",
    "i@3": "IH R",
    "aI@": "AY AX",
    "aI3": "AY ER",
}


def main() -> None:
    """Ask for every word once."""
    data = argument_parser(__doc__).parse_args().data
    texts = [clip.text for name in MANIFESTS for clip in read_manifest(data / name)]
    words = sorted({word for text in texts for word in text.split() if re.fullmatch("[a-z'-]+", word)})
    command = ["espeak-ng", "-q", "-v", "en-us", "-x", "--sep= "]
    spoken = subprocess.run(
        command, check=True, capture_output=True, encoding="utf-8", input="\n".join(words)
    )
    lines = spoken.stdout.splitlines()
    rows = [f"{word}  {arpabet(line)}\n" for word, line in zip(words, lines, strict=True)]
    write_atomically(data / "espeak" / "pronunciations.dict", "".join(rows))
    print(f"{len(rows)} words in {data / 'espeak' / 'pronunciations.dict'}")


def arpabet(phonemes: str) -> str:
    """One word's phonemes of eSpeak NG, without stress."""
    table = dict(PAIRS)
    for theirs, ours in ARPABET.items():
        table |= dict(zip(theirs.split(), ours.split(), strict=True))
    plain = [phoneme.strip("',%=_|") for phoneme in phonemes.split()]
    return " ".join(table[phoneme] for phoneme in plain if phoneme)


if __name__ == "__main__":
    main()
