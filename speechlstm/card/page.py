"""The card of a model as a page for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from speechlstm.card.cells import head, percent, row
from speechlstm.card.figures import measured

__all__ = ["readme"]


def readme(card: Mapping[str, Any]) -> str:
    """``README.md`` of a bundle, made from its ``card.json``; parts that the card lacks are left out.

    Args:
        card: As :func:`speechlstm.training.card.make_card` makes it.

    Returns:
        Markdown.
    """
    lines = [f"# {card.get('name', 'A model')}", "", str(card.get("description", "")), ""]
    if card.get("licence"):
        lines += [f"Licence of the model: {card['licence']}.", ""]
    lines += [
        *_data(card.get("data", {})),
        *_training(card),
        *_calibration(card.get("calibration")),
        *_section(measured(card)),
    ]
    lines += ["All settings are in `bundle.json`, the recipe in `card.json`.", ""]
    return "\n".join(lines)


def _data(data: Mapping[str, Any]) -> Iterator[str]:
    if not data:
        return
    yield from ("## Trained on", "", *head("set", "split", "role", "left out", "licence and source"))
    for name, s in data.items():
        left_out = ", ".join(s["left_out_speakers"]) or "nobody"
        yield row([name, s["split"], s["role"], left_out, s["licence_and_source"]])
    yield ""


def _training(card: Mapping[str, Any]) -> Iterator[str]:
    trained = card.get("trained")
    if trained:
        versions = ", ".join(f"{name} {number}" for name, number in trained["versions"].items())
        n_minutes = round(trained["seconds"] / 60)
        minutes = f"{n_minutes} minute{'s' * (n_minutes != 1)}"
        yield from (f"Seed {card['seed']}; {minutes}, {trained['date']}; {versions}.", "")
    if card.get("history"):
        yield from (str(card["history"]), "")


def _calibration(found: Mapping[str, Any] | None) -> Iterator[str]:
    """What the confidences are worth, on speakers that they were not fitted to."""
    if not found:
        return
    words = found["after"]["confidence"]["words"]
    near = words["at_nine_tenths"]
    surely = f"Calibrated on {found['n_clips']} clips of {found['n_speakers']} speakers. On those left out"
    if near is not None:
        surely += (
            f", of {near['n']} words given at 0.85 to 0.95 (mean {near['confidence']:.2f}) "
            f"{percent(near['right'], near['ci95'])} are right;"
        )
    whole = found["after"]["confidence"]["utterances"]
    yield (
        f"{surely} the expected calibration error is {percent(words['ece'], words['ece_ci95'])} of words and "
        f"{percent(whole['ece'], whole['ece_ci95'])} of utterances."
    )
    yield ""


def _section(lines: Iterator[str]) -> Iterator[str]:
    figures = list(lines)
    if figures:
        how = (
            "With 95 % intervals, over the speakers, subjects or writers where two or more are known (of "
            "false words an hour over files); by `speechlstm evaluate`, how exactly is in `card.json`."
        )
        yield from ("## Measured", "", how, "", *figures)
