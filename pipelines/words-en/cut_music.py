"""Music for words-en, to count false words in: a minute out of every three of recordings.

    python pipelines/words-en/cut_music.py DATA/music FOLDER [FOLDER ...]

writes ``manifest.jsonl`` and the sound beside it; all of it is ``validation``. Ours comes from Debian's
packages (``apt-get download PACKAGE; dpkg-deb -x PACKAGE*.deb FOLDER``): ``wesnoth-1.16-music`` 1.16.9 and
``warzone2100-music`` 4.3.3 (both GPL-2+), and of ``hyperrogue-music`` 12.0q (CC BY-SA 3.0) the folder
``music``.
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
CLIP_S, EVERY_S = 60, 180
SILENT = 0.001


def main() -> None:
    """Cut everything, and write the manifest."""
    parser = argument_parser(__doc__, data=False)
    parser.add_argument("made", type=Path, help="folder that the sound and the manifest go to")
    parser.add_argument("folders", type=Path, nargs="+", help="folders of music, at any depth")
    arguments = parser.parse_args()
    arguments.made.mkdir(parents=True, exist_ok=True)
    rows, made = [], set[str]()
    for path in (path for folder in arguments.folders for path in sound_files(folder)):
        for i, clip in enumerate(clips(path)):
            name = f"{path.stem}-{i:02}.flac"
            if name in made:
                parser.error(f"two recordings are called {path.stem}; rename {path}")
            made.add(name)
            soundfile.write(arguments.made / name, clip, SAMPLE_RATE_HZ)
            rows.append({"audio": name, "text": "", "speaker": path.stem, "split": "validation"})
    if not rows:
        parser.error("no sound in these folders")
    write_manifest(arguments.made / "manifest.jsonl", rows)
    print(f"{len(rows)} clips of {len({row['speaker'] for row in rows})} pieces in {arguments.made}")


def clips(path: Path) -> Iterator[np.ndarray]:
    """Clips of a recording at :data:`SAMPLE_RATE_HZ`, but silent ones; the last is as long as it comes."""
    with AudioFile(path, SAMPLE_RATE_HZ) as file:
        whole = np.concatenate(list(file))
    for start in range(0, len(whole), EVERY_S * SAMPLE_RATE_HZ):
        clip = whole[start : start + CLIP_S * SAMPLE_RATE_HZ]
        if len(clip) >= SAMPLE_RATE_HZ and np.abs(clip).max() > SILENT:
            yield clip


if __name__ == "__main__":
    main()
