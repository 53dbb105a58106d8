"""Cut the words of words-en out of read sentences, so that they can be composed into streams like any.

    python pipelines/words-en/cut_words.py MODEL DATA/sentences-train DATA/sentence-words

Most digits have recordings of five speakers; the sentences hold a few hundred words by a hundred more. MODEL,
an earlier training of the same recipe without this set, aligns each transcript (the training split only).
"""

import sys
from pathlib import Path

import soundfile

from speechlstm import Recognizer
from speechlstm.data.manifest import Clip, read_manifest
from speechlstm.decode.alignment import peak_frames
from speechlstm.sources.whole import whole_sound

sys.path.append(str(Path(__file__).parents[1]))
from commands import argument_parser, write_manifest

MARGIN_S = 0.06
LONGEST_S, SHORTEST_S = 1.2, 0.12


def main() -> None:
    """Cut, and write the manifest."""
    parser = argument_parser(__doc__, data=False)
    parser.add_argument("model")
    parser.add_argument("sentences", type=Path)
    parser.add_argument("folder", type=Path, help="where the words and manifest.jsonl go")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    recognizer = Recognizer.load(arguments.model, latency="offline")
    clips = read_manifest(arguments.sentences / "manifest.jsonl", split="train")
    rows = [row for clip in clips for row in cut(recognizer, clip, arguments.folder)]
    write_manifest(arguments.folder / "manifest.jsonl", rows)
    print(f"{len(rows)} words by {len({row['speaker'] for row in rows})} speakers in {arguments.folder}")


def cut(recognizer: Recognizer, clip: Clip, folder: Path) -> list[dict[str, str]]:
    """Write the words of a sentence that are in the vocabulary; returns their rows of the manifest."""
    vocabulary, rate_hz = recognizer.bundle.vocabulary, recognizer.sample_rate_hz
    said = [word for word in clip.text.split() if word in vocabulary]
    if not said:
        return []
    sound = whole_sound(clip.audio, rate_hz)
    answer = recognizer.posteriors(sound)
    frame_samples = recognizer.bundle.config.features.frame_samples
    rows = []
    peaks = peak_frames(answer.log_probs, [vocabulary.index(word) + 1 for word in said])
    for i, (word, peak) in enumerate(zip(said, peaks, strict=True)):
        before, after = answer.extent[peak]
        margin = MARGIN_S * rate_hz
        start = max(0, int((peak + 0.5 - before) * frame_samples - margin))
        stop = int((peak + 0.5 + after) * frame_samples + margin)
        if SHORTEST_S <= (stop - start) / rate_hz - 2 * MARGIN_S <= LONGEST_S:
            name = f"{clip.audio.stem}-{i}-{word}.flac"
            soundfile.write(folder / name, sound[start:stop], rate_hz)
            rows.append({"audio": name, "text": word, "speaker": clip.speaker, "split": "train"})
    return rows


if __name__ == "__main__":
    main()
