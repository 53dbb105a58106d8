"""Write digits, letters and words as a pen would, out of simple strokes: no person wrote them.

    python samples/make_pen_samples.py samples

A stroke is a smooth curve (Catmull and Rom, 1974) through a few points in a box of 100 units, y upwards.
"""

import json
import sys
from pathlib import Path

import numpy as np

Stroke = list[tuple[float, float]]

SHAPES: dict[str, list[Stroke]] = {
    "0": [[(45, 100), (15, 80), (10, 45), (25, 5), (50, 3), (68, 35), (66, 75), (45, 99)]],
    "1": [[(20, 78), (42, 100), (42, 50), (42, 0)]],
    "2": [[(12, 78), (25, 97), (50, 98), (62, 76), (45, 42), (10, 3), (10, 2), (38, 2), (68, 4)]],
    "3": [[(12, 88), (34, 100), (56, 84), (46, 60), (30, 53), (50, 46), (62, 25), (42, 2), (10, 10)]],
    "4": [[(36, 100), (22, 68), (8, 36), (9, 35), (38, 36), (72, 38)], [(52, 66), (50, 30), (48, -6)]],
    "5": [
        [(20, 98), (17, 78), (14, 56), (38, 60), (58, 42), (52, 12), (28, 0), (8, 10)],
        [(20, 98), (42, 99), (64, 100)],
    ],
    "6": [[(52, 98), (28, 76), (12, 40), (18, 8), (42, 0), (58, 20), (48, 44), (26, 40), (15, 24)]],
    "7": [[(8, 97), (34, 98), (64, 99), (65, 98), (50, 64), (36, 30), (28, 0)]],
    "8": [
        [
            (58, 88),
            (36, 100),
            (18, 82),
            (34, 58),
            (56, 36),
            (52, 8),
            (30, 0),
            (14, 18),
            (30, 46),
            (52, 66),
            (58, 87),
        ]
    ],
    "9": [[(58, 82), (38, 100), (16, 82), (20, 58), (42, 54), (58, 76), (58, 84), (54, 40), (46, 0)]],
    "a": [[(58, 46), (38, 58), (14, 42), (14, 12), (34, 0), (56, 22), (60, 54), (60, 20), (72, 0)]],
    "c": [[(58, 48), (38, 60), (14, 42), (14, 14), (36, 0), (60, 10)]],
    "e": [[(14, 28), (40, 34), (58, 44), (42, 60), (16, 44), (16, 12), (40, 0), (64, 12)]],
    "l": [[(26, 110), (25, 60), (26, 10), (36, 0), (44, 4)]],
    "n": [[(14, 58), (14, 30), (14, 0), (15, 20), (26, 50), (44, 58), (54, 40), (54, 0)]],
    "o": [[(40, 60), (14, 44), (14, 14), (38, 0), (62, 16), (60, 46), (40, 60)]],
    "s": [[(56, 54), (36, 62), (18, 48), (38, 32), (56, 16), (38, 0), (12, 6)]],
    "t": [[(34, 100), (33, 50), (36, 8), (48, 0), (58, 6)], [(12, 64), (34, 64), (58, 65)]],
    "v": [[(10, 58), (22, 28), (34, 0), (35, 0), (48, 30), (60, 60)]],
    "w": [[(8, 58), (16, 28), (26, 2), (27, 2), (40, 46), (41, 46), (54, 2), (55, 2), (68, 32), (76, 60)]],
    "z": [[(12, 56), (36, 57), (60, 58), (60, 57), (36, 28), (12, 1), (12, 0), (36, 0), (64, 1)]],
}
DIGITS = "0123456789"
LETTERS = "acelnostvwz"
WORDS = ("not", "see", "lose", "cat", "tone", "ocean")
_POINTS_A_SPAN = 6
_ADVANCE = 74.0


def main(folder: Path) -> None:
    """Write ``pen-digits.csv``, ``pen-letters.csv`` and ``pen-words.jsonl``."""
    (folder / "pen-digits.csv").write_text(records(DIGITS))
    (folder / "pen-letters.csv").write_text(records(LETTERS))
    rows = [{"label": word, "strokes": rounded(strung(word))} for word in WORDS]
    (folder / "pen-words.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def records(characters: str) -> str:
    """A point a line, a blank line after each character."""
    blocks = []
    for character in characters:
        strokes = rounded([curve(stroke) for stroke in SHAPES[character]])
        lines = [f"{x},{y},{int(i == len(s) - 1)}\n" for s in strokes for i, (x, y) in enumerate(s)]
        blocks.append("".join(lines))
    return "x,y,pen\n" + "\n".join(blocks)


def strung(word: str) -> list[np.ndarray]:
    """The characters of a word side by side."""
    found = []
    for i, character in enumerate(word):
        found += [curve(stroke) + np.array([i * _ADVANCE, 0]) for stroke in SHAPES[character]]
    return found


def curve(stroke: Stroke) -> np.ndarray:
    """A smooth curve through the points of a stroke, ``[n, 2]``."""
    p = np.array([stroke[0], *stroke, stroke[-1]], float)
    t = np.linspace(0, 1, _POINTS_A_SPAN, endpoint=False)[:, np.newaxis]
    spans = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate([*spans, p[-1:]])


def rounded(strokes: list[np.ndarray]) -> list[list[list[float]]]:
    """Whole units, as a tablet gives them."""
    return [stroke.round().astype(int).tolist() for stroke in strokes]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
