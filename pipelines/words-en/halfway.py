"""The weights halfway between a model and what more training made of it.

    python pipelines/words-en/halfway.py BEFORE AFTER OUT

Recordings that are few and much heard (the five speakers of FSDD) teach what they have and take away some of
what was known: the mean of the weights before and after keeps most of both (Wortsman et al., Robust
fine-tuning of zero-shot models, 2022). Folders of models all three; OUT has the settings and the card of
AFTER.
"""

import argparse
from pathlib import Path

from speechlstm.bundle import Bundle, save
from speechlstm.export.onnx_graph import build_graph

__all__ = ["halfway"]


def main() -> None:
    """Read two models, and write the third."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ("before", "after", "out"):
        parser.add_argument(name, type=Path, metavar=name.upper())
    arguments = parser.parse_args()
    halfway(arguments.before, arguments.after, arguments.out)


def halfway(before: Path, after: Path, out: Path) -> None:
    """Write the mean of two models of the same sizes."""
    one, other = Bundle.load(before), Bundle.load(after)
    if one.config.network != other.config.network or one.config.features != other.config.features:
        raise SystemExit(f"{before} and {after} differ in sizes or features; give a model and its descendant")
    theirs = one.weights()
    weights = {name: (value + theirs[name]) / 2 for name, value in other.weights().items()}
    save(out, other.config, other.front_end, build_graph(other.config.network, weights), other.card)


if __name__ == "__main__":
    main()
