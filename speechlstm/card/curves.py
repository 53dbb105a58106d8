"""Figures of a card that were measured at many settings, as lines of Markdown."""

from collections.abc import Iterator, Mapping
from typing import Any

from speechlstm.card.cells import delay, head, percent, row, times

__all__ = ["dials", "drawn", "endless", "robustness"]

_OF_DIAL = (
    *("setting", "delay at most", "exact", "word errors", "less exact than offline"),
    "final after the end of the word: median, 95th percentile",
    *("emission", "algorithmic", "compute", "first partial"),
)


def dials(metrics: Mapping[str, Any]) -> Iterator[str]:
    """A table of the settings of the dial for each of some figures."""
    for name, m in metrics.items():
        yield from (f"{name}, by `--latency`:", "")
        yield from head(*_OF_DIAL)
        for p in m["dial"]:
            cells = [p["latency"], f"{1000 * p['bound_s']:.0f} ms"]
            cells += [percent(p[key], p[f"{key}_ci95"]) for key in ("exact", "wer", "exact_lost")]
            parts = ("final", "emission", "algorithmic", "compute", "first_partial")
            cells += [delay(p["delays"][part]) for part in parts]
            yield row(cells)
        words = {p["delays"]["n_words"] for p in m["dial"]}
        yield from (
            "",
            f"Delays of {min(words)} to {max(words)} words, in a live stream of the clips at the model's own "
            "rate; resampling adds its own, and `listen` prints the sum.",
            "",
        )
        yield from drawn(name, m)


def robustness(metrics: Mapping[str, Any], aims: Mapping[str, str]) -> Iterator[str]:
    """A table of the conditions for each of some figures, and what was aimed at where there is an aim."""
    for name, m in metrics.items():
        heard = f"{m['n_heard']} clips, {m['n_words']} words; {m['n_noises']} noises, {m['noises']}"
        yield from (f"{name} ({heard}):", "")
        yield from head("condition", "word errors", "exact", "errors against clean")
        for s in (m["clean"], *m["scores"]):
            condition = s["name"] if s["kind"] == "clean" else f"{s['kind']}, {s['name']}"
            rates = (percent(s[key], s[f"{key}_ci95"]) for key in ("wer", "exact"))
            yield row([condition, *rates, times(s["times_clean"], s["times_clean_ci95"])])
        yield ""
        if name in aims:
            figure = times(m["times_clean_10_db"], m["times_clean_10_db_ci95"])
            yield from (f"At 10 dB {figure} the errors; {aims[name]}.", "")
        yield from ("Levels are of the loudest sample.", "")
        yield from drawn(name, m)


def endless(metrics: Mapping[str, Any]) -> Iterator[str]:
    """What became of long streams, and the rules for the carried state."""
    for name, m in metrics.items():
        first, last = (percent(s["wer"], s["wer_ci95"]) for s in (m["stretches"][0], m["stretches"][-1]))
        gained = percent(m["wer_gained"], m["wer_gained_ci95"])
        yield from (
            f"{name}: a stream of {m['hours']:.2f} hours has {first} word errors at its beginning and {last} "
            f"at its end, on the same sound: {gained} more. "
            f"States: {'' if m['is_finite'] else '**not** '}finite.{_memory(m)}",
            "",
        )
        among = f" ({m['n_compared']} clips as one stream)" if "n_compared" in m else ""
        yield from head(f"forward state{among}", "word errors", "above a state that is never reset")
        for p in m["policies"]:
            gained = percent(p["wer_gained"], p["wer_gained_ci95"])
            yield row([p["policy"], percent(p["wer"], p["wer_ci95"]), gained])
        yield ""
        yield from drawn(name, m)


def drawn(name: str, m: Mapping[str, Any]) -> Iterator[str]:
    """The drawing beside the card, where there is one."""
    if m.get("drawing"):
        yield from (f"![{name}]({m['drawing']})", "")


def _memory(m: Mapping[str, Any]) -> str:
    gained = m.get("resident_mb_gained")
    return (
        ""
        if gained is None
        else f" Memory after the first {m['stretches'][1]['start_s'] / 60:.0f} minutes: {gained:+.1f} MB."
    )
