"""An inspection as PNG files; needs matplotlib, the ``[plot]`` extra."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from speechlstm.errors import missing_extra
from speechlstm.features.mfcc import MfccConfig
from speechlstm.inspection.inspection import Inspection
from speechlstm.inspection.units import UnitName
from speechlstm.sinks.atomic import atomic_file, writing
from speechlstm.timing import seconds

__all__ = ["require_matplotlib", "write_pictures"]

_WIDTH_IN, _DPI = 12.0, 120
# of panels, of a row of posteriors, and of each of the two panels of a unit
_SAMPLES_IN, _FEATURES_IN, _ROW_IN, _UNIT_IN = 0.8, 1.6, 0.15, 0.9
# white letters are to be read on a bright row too
_SHADE = {"facecolor": "black", "alpha": 0.5, "linewidth": 0, "pad": 1}
_LEAST_BITS = 1e-5


def require_matplotlib() -> None:
    """Raise where there is no matplotlib, before minutes are spent on what it should draw.

    Raises:
        MissingDependency: It is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise missing_extra("--png needs matplotlib", "plot") from error


def write_pictures(folder: Path, inspection: Inspection, drawn: Sequence[UnitName]) -> list[Path]:
    """Write ``clip.png``, from the samples to the gates of what is drawn, and ``units.png``, of all units.

    Args:
        folder: Made if absent; files of these names are replaced.
        inspection: What there is to see.
        drawn: The units whose gates are drawn.

    Returns:
        The files.

    Raises:
        MissingDependency: matplotlib is not installed.
        OutputError: They cannot be written.
    """
    require_matplotlib()
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    pictures = {"clip.png": _clip(inspection, drawn), "units.png": _units(inspection, drawn)}
    for name, picture in pictures.items():
        content = BytesIO()
        picture.savefig(content, dpi=_DPI, format="png")
        with atomic_file(folder / name) as file:
            file.write(content.getvalue())
    return [folder / name for name in pictures]


def _clip(inspection: Inspection, drawn: Sequence[UnitName]) -> Any:
    from matplotlib.figure import Figure

    posteriors = _posteriors(inspection)
    rows_in = [_ROW_IN * max(4, len(rows)) for rows in posteriors]
    heights = [_SAMPLES_IN, _FEATURES_IN, *rows_in, *[_UNIT_IN] * (2 * len(drawn))]
    picture = Figure((_WIDTH_IN, 1.2 * sum(heights) + 0.6), layout="constrained")
    axes = picture.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    trace = inspection.trace
    start_s = seconds(inspection.start_samples, trace.sample_rate_hz)
    extent = (start_s, start_s + trace.n_frames * inspection.frame_s)
    times_s = start_s + np.arange(len(inspection.samples)) / float(trace.sample_rate_hz)
    axes[0].plot(times_s, inspection.samples, linewidth=0.5)
    axes[0].set_title(f"{inspection.recognizer.bundle.name}: {inspection.name}", loc="left")
    _draw_features(axes[1], inspection, extent)
    of_units = axes[2 + len(posteriors) :]
    for panel, rows in zip(axes[2:], posteriors, strict=False):
        _draw_posteriors(panel, rows, extent)
    _draw_words(axes[1 + len(posteriors)], inspection, start_s)
    for gates_axes, state_axes, name in zip(of_units[::2], of_units[1::2], drawn, strict=True):
        _draw_unit(gates_axes, state_axes, inspection, name, start_s)
    axes[-1].set_xlabel("time (s)")
    axes[-1].set_xlim(*extent)
    return picture


def _draw_features(axes: Any, inspection: Inspection, extent: tuple[float, float]) -> None:
    config, features = inspection.recognizer.bundle.config.features, inspection.trace.features
    is_mfcc = isinstance(config, MfccConfig)
    rows = (features.reshape(-1, config.n_mfcc) if is_mfcc else features).T  # type: ignore[union-attr]
    axes.imshow(
        rows, aspect="auto", origin="lower", vmin=-2.5, vmax=2.5, extent=(*extent, -0.5, len(rows) - 0.5)
    )
    axes.set_ylabel("MFCC" if is_mfcc else "features")


def _posteriors(inspection: Inspection) -> list[Mapping[str, np.ndarray]]:
    """Of phones, if there are any, and of words; the words come last."""
    words = dict(zip(inspection.labels, np.exp(inspection.trace.answer.log_probs.T), strict=True))
    return [rows for rows in (inspection.phones_told(), words) if rows]


def _draw_posteriors(axes: Any, rows: Mapping[str, np.ndarray], extent: tuple[float, float]) -> None:
    values = np.stack(list(rows.values()))
    axes.imshow(values, aspect="auto", vmin=0, vmax=1, extent=(*extent, len(rows) - 0.5, -0.5))
    axes.set_yticks(range(len(rows)), list(rows), fontsize=7)


def _draw_words(axes: Any, inspection: Inspection, first_s: float) -> None:
    labels, rate_hz = inspection.labels, inspection.trace.sample_rate_hz
    for word in inspection.words:
        start_s, end_s = (first_s + float(n / rate_hz) for n in (word.start_samples, word.end_samples))
        axes.hlines(labels.index(word.text), start_s, end_s, color="tab:red", linewidth=1.5)
        axes.text(start_s, labels.index(word.text) - 0.7, word.text, color="white", fontsize=8, bbox=_SHADE)


def _draw_unit(
    gates_axes: Any, state_axes: Any, inspection: Inspection, name: UnitName, start_s: float
) -> None:
    gates = inspection.trace.cells()[name.layer, name.direction]
    times_s = start_s + inspection.trace.times_s
    for part in ("input", "forget", "output"):
        gates_axes.step(times_s, getattr(gates, part)[:, name.number], where="post", label=part, linewidth=1)
    gates_axes.set_ylim(-0.03, 1.03)
    unit = inspection.unit(name)
    gates_axes.set_title(
        f"{name}, remembers {unit.memory_frames * inspection.frame_s:.2g} s", loc="left", fontsize=9
    )
    for part in ("cell", "hidden"):
        state_axes.step(times_s, getattr(gates, part)[:, name.number], where="post", label=part, linewidth=1)
    for axes in (gates_axes, state_axes):
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)


def _units(inspection: Inspection, drawn: Sequence[UnitName]) -> Any:
    from matplotlib.figure import Figure

    picture = Figure((_WIDTH_IN, 5), layout="constrained")
    axes = picture.subplots()
    for layer, direction in inspection.trace.cells():
        units = [u for u in inspection.units if (u.name.layer, u.name.direction) == (layer, direction)]
        memory_s = [unit.memory_frames * inspection.frame_s for unit in units]
        effects = [max(unit.effect_bits, _LEAST_BITS) for unit in units]
        axes.scatter(memory_s, effects, s=10, label=f"layer {layer} {direction}")
    for unit in map(inspection.unit, drawn):
        place = (unit.memory_frames * inspection.frame_s, max(unit.effect_bits, _LEAST_BITS))
        axes.annotate(str(unit.name), place, fontsize=8)
    axes.set(xscale="log", yscale="log", xlabel="remembers (s)", ylabel="needed (bits a frame)")
    axes.legend(fontsize=8)
    return picture
