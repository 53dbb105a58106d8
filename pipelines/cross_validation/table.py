"""The figures of a cross-validation as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from speechlstm.card import head, percent, row

__all__ = ["table"]


def table(result: Mapping[str, Any], targets: Mapping[str, float]) -> list[str]:
    """Lines of frames that come right, then of segments."""
    return [*_frames(result, targets), "", *_segments(result["segments"])]


def _frames(result: Mapping[str, Any], targets: Mapping[str, float]) -> list[str]:
    n_subjects, n_folds, seeds = len(result["subjects"]), result["n_folds"], result["seeds"]
    looked_at = ", ".join(result["chosen_on"]) or "nobody"
    groups = "" if n_folds == n_subjects else f" in {n_folds} groups"
    told = f"{n_subjects} subjects{groups}, each left out once by a training of every seed"
    lines = [
        f"{told} ({', '.join(map(str, seeds))}): mean{_spread_told(seeds)}, 95 % "
        "interval over the subjects; baselines have the first seed alone. "
        f"The next column leaves out {looked_at}, "
        "whom settings were chosen on; a target is met where both columns meet it.",
        "",
        *head("frames that come right", "delay", "accuracy", "of the other subjects", "target"),
    ]
    for name, f in result["frame_accuracy"].items():
        delay_s = result["delay_s"].get(name.partition(", ")[0])
        delay = "its end" if name.endswith(("regression, windows", "windows alone")) else f"{delay_s:.1f} s"
        never = f"{100 * f['never_chosen_on']:.1f} %"
        lines.append(row([name, delay, _accuracy(f), never, _target(targets.get(name), f)]))
    return lines


def _spread_told(seeds: Sequence[int]) -> str:
    return " and spread (standard deviation) over the seeds" if len(seeds) > 1 else " of the one seed"


def _segments(segments: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = [
        *head(
            *("segments", "macro F1", "segment F1 at 50 % overlap"),
            *("onset delay, median and 95th percentile", "false segments an hour of unlabelled time"),
        )
    ]
    for name, s in segments.items():
        false = "-" if s["false_per_hour"] is None else f"{s['false_per_hour']:.0f}"
        onset = f"{s['onset_delay_median_s']:.1f} s, {s['onset_delay_p95_s']:.1f} s"
        shares = (percent(s[key], s[f"{key}_ci95"]) for key in ("macro_f1", "segment_f1"))
        lines.append(row([name, *shares, onset, false]))
    return lines


def _accuracy(f: Mapping[str, Any]) -> str:
    spread = "" if f["spread"] is None else f" ± {100 * f['spread']:.1f}"
    low, high = f["ci95"]
    return f"{100 * f['mean']:.1f}{spread} % ({100 * low:.1f} to {100 * high:.1f})"


def _target(bound: float | None, f: Mapping[str, Any]) -> str:
    if bound is None:
        return "-"
    return f"{100 * bound:g} %: {'met' if min(f['mean'], f['never_chosen_on']) >= bound else '**missed**'}"
