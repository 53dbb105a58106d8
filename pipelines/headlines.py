"""What the models that ship aim at, and what came of it, out of their cards into the project's README.

python pipelines/headlines.py
"""

import json
from pathlib import Path

from speechlstm.card import headlines, put

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write the table."""
    rows = ["| model | measured on | figure (95 %) | aim |", "|---|---|---|---|"]
    for card in sorted((ROOT / "models").glob("*/card.json"), key=_words_first):
        rows += headlines(json.loads(card.read_text()))
    readme = ROOT / "README.md"
    readme.write_text(put(readme.read_text(), "figures", "\n".join(rows)))


def _words_first(card: Path) -> tuple[bool, str]:
    return card.parent.name != "words-en", card.parent.name


if __name__ == "__main__":
    main()
