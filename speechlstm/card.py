"""The card of a model as a page for people."""

from collections.abc import Iterator, Mapping
from typing import Any

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
    lines += [*_data(card.get("data", {})), *_training(card), *_measured(card.get("metrics", {}))]
    lines += ["All settings are in `bundle.json`, the recipe as it was run in `card.json`.", ""]
    return "\n".join(lines)


def _data(data: Mapping[str, Any]) -> Iterator[str]:
    if not data:
        return
    yield from ("## Trained on", "", "| set | split | role | left out | licence and source |")
    yield "|---|---|---|---|---|"
    for name, s in data.items():
        left_out = ", ".join(s["left_out_speakers"]) or "nobody"
        yield f"| {name} | {s['split']} | {s['role']} | {left_out} | {s['licence_and_source']} |"
    yield ""


def _training(card: Mapping[str, Any]) -> Iterator[str]:
    trained = card.get("trained")
    if trained:
        versions = ", ".join(f"{name} {number}" for name, number in trained["versions"].items())
        minutes = f"{trained['seconds'] / 60:.0f} minutes"
        yield from (f"Seed {card['seed']}; {minutes}, {trained['date']}; {versions}.", "")


def _measured(metrics: Mapping[str, Any]) -> Iterator[str]:
    if not metrics:
        return
    yield from (
        "## Measured",
        "",
        "With 95 % intervals, by `speechlstm evaluate`.",
        "",
        "| what | clips | words | word errors | exact | exact, of clips with words | false words in others |",
        "|---|---|---|---|---|---|---|",
    )
    for name, m in metrics.items():
        cells = [name, str(m["n_clips"]), str(m["n_words"])]
        cells.append(_percent(m["wer"], m["wer_ci95"]))
        cells.append(_percent(m["exact"], m["exact_ci95"]))
        cells.append(_percent(m["spoken"]["exact"], m["spoken"]["exact_ci95"]))
        quiet = m["wordless"]
        cells.append(
            f"{quiet['n_insertions']} in {quiet['audio_s'] / 60:.1f} min" if quiet["n_clips"] else "-"
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _percent(value: float | None, interval: list[float] | None) -> str:
    if value is None:
        return "-"
    ends = f" ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})" if interval else ""
    return f"{100 * value:.1f} %{ends}"
