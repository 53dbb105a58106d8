"""The figures of a card as Markdown, each kind in a table of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from speechlstm.card.aims import NAMES, aim_of
from speechlstm.card.cells import head, milliseconds, percent, row, times
from speechlstm.card.curves import dials, drawn, endless, robustness

__all__ = ["headlines", "measured"]


def measured(card: Mapping[str, Any]) -> Iterator[str]:
    """The figures of a card as lines of Markdown, each kind in a table of its own; words by speaker too."""
    metrics, targets = card.get("metrics", {}), card.get("targets", {})

    def of(key: str) -> dict[str, Any]:
        """Those of a kind, which have a key that others lack."""
        return {name: m for name, m in metrics.items() if key in m}

    yield from _words(of("n_clips"), targets)
    yield from _segments(of("n_recordings"), targets)
    yield from _strokes(of("n_samples"), targets)
    yield from _forecasts(of("n_moments"))
    yield from _alarms(of("n_alarms"), targets)
    yield from _confidences(of("confidence"))
    yield from _word_times(of("n_timed"))
    yield from _notes(metrics)
    aims = {name: aim_of(metrics[name], target) for name, target in targets.items() if name in metrics}
    yield from dials(of("dial"))
    yield from robustness(of("n_noises"), aims)
    yield from endless(of("stretches"))


def _notes(metrics: Mapping[str, Any]) -> Iterator[str]:
    """What the figures are of, where that was written down; once where it is the same of several."""
    noted: dict[str, list[str]] = {}
    for name, m in metrics.items():
        if note := m.get("how", {}).get("note"):
            noted.setdefault(note, []).append(name)
    for note, names in noted.items():
        yield from (f"{'; '.join(names)}: {note}.", "")


def headlines(card: Mapping[str, Any]) -> Iterator[str]:
    """What a card aims at and what came of it, as rows of Markdown ``| model | what | figure | aim |``.

    A forecast aims at less than the errors of its baselines.
    """
    metrics, model = card.get("metrics", {}), card["name"]
    for name, target in card.get("targets", {}).items():
        if name in metrics:
            m, key = metrics[name], target["metric"]
            shown = times if key.startswith("times_") else percent
            figure = f"{NAMES[key]} {shown(m[key], m[f'{key}_ci95'])}"
            if key == "misses_at_half":
                figure += f"; as it ships {_hourly(m)} false words an hour"
            yield row([model, name, figure, aim_of(m, target)])
    for name, m in metrics.items():
        for score in m.get("horizons", ()):
            mse = dict(score["mse"])
            ours = mse.pop("model")
            rivals = ", ".join(f"{rival} {value:.4f}" for rival, value in mse.items())
            verdict = "met" if ours < min(mse.values()) else "**missed**"
            what = f"{name}, {score['horizon']} steps"
            yield row([model, what, f"MSE {ours:.4f}", f"less than {rivals}: {verdict}"])


def _alarms(metrics: Mapping[str, Any], targets: Mapping[str, Any]) -> Iterator[str]:
    if not metrics:
        return
    few = "missed at half a false word an hour"
    yield from head("what", "hours", "false words an hour", "words", few, "target")
    for name, m in metrics.items():
        cells = [name, f"{m['hours']:.2f}", _hourly(m)]
        cells += [str(m["n_words"]), percent(m.get("misses_at_half"), m.get("misses_at_half_ci95"))]
        yield row([*cells, aim_of(m, targets.get(name))])
    yield ""
    for name, m in metrics.items():
        bound = m.get("alarms_per_hour_at_half_ci95")
        if bound:
            yield (
                f"{name}: the threshold of the last figure was chosen on that sound; with "
                f"{m['n_alarms_at_half']} false words in {m['hours']:.2f} hours there can be up to "
                f"{bound[1]:.1f} an hour (95 %)."
            )
            yield ""
    for name, m in metrics.items():
        yield from _sensitivities(name, m)


def _sensitivities(name: str, m: Mapping[str, Any]) -> Iterator[str]:
    if not m.get("curve"):
        return
    yield from (f"{name}, by `--sensitivity`:", "")
    yield from head("sensitivity", "false words an hour", "words missed")
    for point in m["curve"]:
        missed = percent(point["misses"], point["misses_ci95"])
        yield row([f"{point['sensitivity']:g}", _hourly(point), missed])
    yield ""
    yield from drawn(name, m)


def _hourly(m: Mapping[str, Any]) -> str:
    """False words an hour, and their interval."""
    low, high = m["alarms_per_hour_ci95"]
    return f"{m['alarms_per_hour']:.0f} ({low:.0f} to {high:.0f})"


def _confidences(metrics: Mapping[str, Any]) -> Iterator[str]:
    """What the confidences mean in each set by itself."""
    if not metrics:
        return
    near = "given at 0.85 to 0.95, of these right"
    columns = (f"{of}: {what}" for of in ("words", "utterances") for what in ("calibration error", near))
    yield from head("confidence", *columns)
    for name, m in metrics.items():
        cells = []
        for kind in ("words", "utterances"):
            found = m["confidence"][kind]
            cells += [percent(found["ece"], found["ece_ci95"]), _near_nine_tenths(found["at_nine_tenths"])]
        yield row([name, *cells])
    yield ""


def _near_nine_tenths(found: Mapping[str, Any] | None) -> str:
    return "none" if found is None else f"{found['n']}, {percent(found['right'], found['ci95'])}"


def _word_times(metrics: Mapping[str, Any]) -> Iterator[str]:
    if not metrics:
        return
    yield from head("bounds of words", "words", "median, ms from the truth (95 %)", "90th percentile (95 %)")
    for name, m in metrics.items():
        for what, label in (("start", "starts"), ("end", "ends"), ("bounds", "both")):
            cells = (milliseconds(m[what][f"{key}_s"], m[what][f"{key}_ci95"]) for key in ("median", "p90"))
            yield row([f"{name}, {label}", str(m["n_timed"]), *cells])
    yield ""


def _strokes(metrics: Mapping[str, Any], targets: Mapping[str, Any]) -> Iterator[str]:
    if not metrics:
        return
    yield from head("what", "samples", "writers", "exact", "worst writer", "character errors", "target")
    for name, m in metrics.items():
        worst = m["writer_spread"]["exact"]
        cells = [name, str(m["n_samples"]), str(m["n_writers"]), percent(m["exact"], m["exact_ci95"])]
        cells += [percent(worst["worst"], None) if worst else "-", percent(m["cer"], m["cer_ci95"])]
        yield row([*cells, aim_of(m, targets.get(name))])
    yield ""


def _forecasts(metrics: Mapping[str, Any]) -> Iterator[str]:
    if not metrics:
        return
    baselines = list(next(iter(metrics.values()))["horizons"][0]["skill"])
    columns = [f"MSE of {name}, skill" for name in baselines]
    yield from head("what", "horizon", "MSE", "MAE", "in the band", *columns)
    for name, m in metrics.items():
        for score in m["horizons"]:
            cells = [
                name,
                str(score["horizon"]),
                f"{score['mse']['model']:.4f}",
                f"{score['mae']['model']:.4f}",
            ]
            cells.append(f"{100 * score['coverage']:.1f} % of {100 * m['band']:g} %")
            for b in baselines:
                skill = percent(score["skill"][b], score["skill_ci95"][b])
                cells.append(f"{score['mse'][b]:.4f}, {skill}")
            yield row(cells)
    yield ""


def _segments(metrics: Mapping[str, Any], targets: Mapping[str, Any]) -> Iterator[str]:
    if not metrics:
        return
    yield from head(
        "what", "recordings", "frame accuracy", "macro F1", "segment F1 at 50 % overlap", "target"
    )
    for name, m in metrics.items():
        keys = ("frame_accuracy", "macro_f1", "segment_f1")
        cells = [name, str(m["n_recordings"]), *(percent(m[key], m[f"{key}_ci95"]) for key in keys)]
        cells.append(aim_of(m, targets.get(name)))
        yield row(cells)
    yield ""


def _words(metrics: Mapping[str, Any], targets: Mapping[str, Any]) -> Iterator[str]:
    if not metrics:
        return
    yield from head(
        "what", "clips", "words", "word errors", "exact", "false words where none is said", "target"
    )
    for name, m in metrics.items():
        cells = [name, _n_clips(m), str(m["n_words"])]
        cells += [percent(m[key], m[f"{key}_ci95"]) for key in ("wer", "exact")]
        cells += [_false_words(m.get("wordless")), aim_of(m, targets.get(name))]
        yield row(cells)
    yield ""
    for name, m in metrics.items():
        if m.get("by_speaker"):
            found = (f"{who} {percent(s['exact'], s['exact_ci95'])}" for who, s in m["by_speaker"].items())
            yield from (f"{name}, by speaker: {'; '.join(found)}.", "")


def _n_clips(m: Mapping[str, Any]) -> str:
    n_speakers = m.get("n_speakers")
    return f"{m['n_clips']} of {n_speakers} speakers" if n_speakers else str(m["n_clips"])


def _false_words(wordless: Mapping[str, Any] | None) -> str:
    if not wordless or not wordless["n_clips"]:
        return "-"
    return f"{wordless['n_insertions']} in {wordless['audio_s'] / 60:.1f} min"
