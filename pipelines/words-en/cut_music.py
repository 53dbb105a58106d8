"""Music for words-en: pieces of it, to train with and to count false words in.

    python pipelines/words-en/cut_music.py DATA/music --train FOLDER --validation FOLDER [FOLDER ...]

writes ``manifest.jsonl`` and the sound beside it: of every recording in a folder ten seconds out of every
thirty to train with, a minute out of every three to measure with. Split by composer before that.

Ours comes from Debian's packages (``apt-get download PACKAGE; dpkg-deb -x PACKAGE*.deb FOLDER``): to train
with ``0ad-data`` 0.0.26 (CC BY-SA 3.0; unpack ``audio/music`` of its ``public.zip``), to measure with
``wesnoth-1.16-music`` 1.16.9, ``warzone2100-music`` 4.3.3 (both GPL-2+) and ``hyperrogue-music`` 12.0q (CC
BY-SA 3.0, its folder ``music``).
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from speechlstm.sources.files import AudioFile
from speechlstm.sources.paths import sound_files

sys.path.append(str(Path(__file__).parents[1]))
from commands import argument_parser, write_manifest

SAMPLE_RATE_HZ = 16000
# seconds of a clip, and from one to the next
CLIPS_S = {"train": (10, 30), "validation": (60, 180)}


def main() -> None:
    """Cut everything, and write the manifest."""
    parser = argument_parser(__doc__, data=False)
    parser.add_argument("folder", type=Path, help="where the sound and the manifest go")
    for split in CLIPS_S:
        parser.add_argument(f"--{split}", type=Path, nargs="+", required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for split, (clip_s, every_s) in CLIPS_S.items():
        pieces = [path for folder in getattr(arguments, split) for path in sound_files(folder)]
        if not pieces:
            parser.error(f"--{split}: no sound files there")
        for path in pieces:
            for i, clip in enumerate(clips(path, clip_s, every_s)):
                name = f"{split}-{path.stem}-{i:02}.flac"
                soundfile.write(arguments.folder / name, clip, SAMPLE_RATE_HZ)
                rows.append({"audio": name, "text": "", "speaker": path.stem, "split": split})
    write_manifest(arguments.folder / "manifest.jsonl", rows)
    for split in CLIPS_S:
        of_split = [row for row in rows if row["split"] == split]
        print(f"{split}: {len(of_split)} clips of {len({row['speaker'] for row in of_split})} pieces")


def clips(path: Path, clip_s: int, every_s: int) -> Iterator[np.ndarray]:
    """Clips of a recording at :data:`SAMPLE_RATE_HZ`, but silent ones; the last is as long as it comes."""
    with AudioFile(path, SAMPLE_RATE_HZ) as file:
        whole = np.concatenate(list(file))
    for start in range(0, len(whole), every_s * SAMPLE_RATE_HZ):
        clip = whole[start : start + clip_s * SAMPLE_RATE_HZ]
        if len(clip) >= SAMPLE_RATE_HZ and np.abs(clip).max() > 0.001:
            yield clip


if __name__ == "__main__":
    main()
