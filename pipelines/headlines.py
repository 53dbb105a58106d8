"""What the models that ship aim at, and what came of it, out of their cards into the project's README.

python pipelines/headlines.py
"""

import json
from pathlib import Path

from commands import MODELS, ROOT, argument_parser, write_tables

from speechlstm.card import head, headlines


def main() -> None:
    """Write the table."""
    argument_parser(__doc__, data=False).parse_args()
    write_headlines()


def write_headlines() -> None:
    """Put the figures of all cards into the README."""
    rows = [*head("model", "measured on", "figure (95 %)", "aim")]
    for card in sorted(MODELS.glob("*/card.json"), key=_words_first):
        rows += headlines(json.loads(card.read_text(encoding="utf-8")))
    write_tables(ROOT / "README.md", {"figures": rows})


def _words_first(card: Path) -> tuple[bool, str]:
    return card.parent.name != "words-en", card.parent.name


if __name__ == "__main__":
    main()
