"""Tables that recipes of tests share, as text: what trains in seconds."""

import json

__all__ = ["dial_table", "training_table"]

LATENCIES = ("low", "balanced", "high", "offline")


def dial_table(*settings: tuple[int, int]) -> str:
    """``[latency]``, with chunk and look-ahead of its four settings."""
    rows = (
        f"{name} = {{ chunk_frames = {chunk}, lookahead_frames = {lookahead} }}"
        for name, (chunk, lookahead) in zip(LATENCIES, settings, strict=True)
    )
    return "\n".join(["[latency]", *rows])


def training_table(n_steps: int, **settings: object) -> str:
    """``[training]`` of so many steps, without masks and dropout, validated twice."""
    rows = {
        "n_steps": n_steps,
        "n_warmup": 2,
        "n_time_masks": 0,
        "dropout": 0.0,
        "validate_every": max(1, n_steps // 2),
        "n_workers": 1,
    } | settings
    return "\n".join(["[training]", *(f"{key} = {json.dumps(value)}" for key, value in rows.items())])
