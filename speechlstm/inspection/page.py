"""An inspection as a page of HTML that needs no other file."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from speechlstm.features.mfcc import MfccConfig
from speechlstm.inspection.inspection import Inspection
from speechlstm.inspection.panels import (
    LEFT,
    TOTAL,
    WIDTH,
    Panel,
    line_panel,
    map_panel,
    time_panel,
    wave_panel,
    word_panel,
)
from speechlstm.inspection.units import Unit, UnitName
from speechlstm.page import Axis, Html, Page, data_script, figure, player, section, tag
from speechlstm.page.plot import Plot, drawing
from speechlstm.timing import seconds

__all__ = ["inspection_page"]

_ABOUT_UNITS = (
    "Remembers: after how long a share of 1/e of what was written is left, at the mean of the forget gate. "
    "Answers to: the word of which the hidden state tells most, in bits a frame. Needed: how far the "
    "posteriors move when nobody hears the unit, in bits a frame; and what is heard then, where that is "
    "something else. "
    "A click on a column sorts by it, the choice of a word by what the units tell of that one; --units draws "
    "the gates of others."
)
_ABOUT_TIME = (
    "Gates: i (input) is how much of the candidate is written, f (forget) how much of the cell is kept, "
    "o (output) how much of it is shown; c is the cell state, h what others hear of it. Bits: how far the "
    "posteriors move at a frame when nobody hears the unit. Pointing shows the values"
)
_PHONES = "phones that the lower layers tell the upper ones"
# in the picture, which is logarithmic
_LEAST_BITS = 1e-5
_ANSWERS = "answers to"
_COLUMNS = ("unit", "remembers (s)", _ANSWERS, "bits", "needed (bits)", "heard without it")


def inspection_page(inspection: Inspection, drawn: Sequence[UnitName]) -> Page:
    """Draw a clip from the samples to the gates.

    Args:
        inspection: What there is to see.
        drawn: The units whose gates and cell state are drawn, in order.
    """
    panels = [*_of_clip(inspection), *(panel for name in drawn for panel in _of_unit(inspection, name))]
    duration_s = inspection.trace.n_frames * inspection.frame_s
    rate_hz = inspection.trace.sample_rate_hz
    start_s = seconds(inspection.start_samples, rate_hz)
    shown = {
        "left": LEFT,
        "width": WIDTH,
        "total": TOTAL,
        "start_s": start_s,
        "duration_s": duration_s,
        "panels": [panel.data() for panel in panels],
        "answers": _COLUMNS.index(_ANSWERS),
        "words": list(inspection.units[0].information_bits),
        "bits": [[round(bits, 4) for bits in unit.information_bits.values()] for unit in inspection.units],
    }
    return Page(
        title=f"{inspection.recognizer.bundle.name}: {inspection.name}",
        kind="speechlstm inspect",
        lead=_lead(inspection),
        parts=(
            section(
                "In time",
                _player(inspection),
                _stack(panels, time_panel(start_s, duration_s)),
                name="time",
                lead=_ABOUT_TIME
                + (", a click moves the player." if inspection.recognizer.hears_sound else "."),
            ),
            section(
                "The units",
                _scatter(inspection, drawn),
                _table(inspection, drawn),
                name="all",
                lead=_ABOUT_UNITS,
            ),
            data_script("shown", shown),
        ),
        footer=f"latency {inspection.recognizer.latency}; every number is of this clip alone",
        style=_text("page.css"),
        script=_text("page.js"),
    )


def _lead(inspection: Inspection) -> str:
    heard = " ".join(word.text for word in inspection.words) or "nothing"
    return f"Heard: {heard}"


def _of_clip(inspection: Inspection) -> Iterator[Panel]:
    """Samples, features, posteriors and words."""
    config, trace = inspection.recognizer.bundle.config, inspection.trace
    samples = inspection.samples.reshape(len(inspection.samples), -1)
    n_framed = trace.n_frames * trace.frame_samples
    # the last frame may reach past the end
    samples = np.pad(samples, ((0, n_framed - len(samples)), (0, 0)), mode="edge")[:n_framed]
    features = config.features
    channels = ("",) if isinstance(features, MfccConfig) else getattr(features, "channels", ("",))
    yield wave_panel(samples, channels, "samples")
    yield _features(inspection)
    if phones := inspection.phones_told():
        yield map_panel(np.stack(list(phones.values())), list(phones), _PHONES, low=0.0, high=1.0)
    posteriors = np.exp(trace.answer.log_probs.T)
    yield map_panel(posteriors, inspection.labels, "posteriors", low=0.0, high=1.0)
    yield word_panel(inspection.words, n_framed, "heard")


def _features(inspection: Inspection) -> Panel:
    config = inspection.recognizer.bundle.config.features
    if isinstance(config, MfccConfig):
        values = inspection.trace.features.reshape(-1, config.n_mfcc).T
        names, title = [f"c{i}" for i in range(config.n_mfcc)], "MFCC, normalised"
    else:
        values = inspection.trace.features.T
        names, title = [str(i) for i in range(len(values))], "features, normalised"
    return map_panel(values, names, title, low=-2.5, high=2.5, rising=True)


def _of_unit(inspection: Inspection, name: UnitName) -> Iterator[Panel]:
    """Gates, cell and hidden state, and what silencing it does."""
    gates = inspection.trace.cells()[name.layer, name.direction]
    i, f, _, o, c, h = (part[:, name.number] for part in gates)
    unit = inspection.unit(name)
    yield line_panel(
        {"i": i, "f": f, "o": o}, _unit_title(unit, inspection), low=0.0, high=1.0, begins_unit=True
    )
    largest = max(1.0, float(np.abs(c).max()))
    yield line_panel(
        {"c": c, "h": h}, f"{name}: cell and hidden state", low=-largest, high=largest, first_colour=4
    )
    effect = inspection.effects_bits[name]
    most = max(0.1, float(effect.max()))
    yield line_panel({"bits": effect}, f"{name}: effect of silencing it", low=0.0, high=most, first_colour=6)


def _unit_title(unit: Unit, inspection: Inspection) -> str:
    """A unit in a line: its name, what it remembers, answers to and is needed for."""
    name = unit.name
    parts = [f"{name}: layer {name.layer} {name.direction}, unit {name.number}"]
    parts.append(f"remembers {unit.memory_frames * inspection.frame_s:.2g} s")
    if unit.answers_to is not None:
        parts.append(f"answers to {unit.answers_to[0]} ({unit.answers_to[1]:.2f} bits)")
    if unit.text is not None:
        parts.append(f"without it: {unit.text or 'nothing'}")
    return "; ".join(parts)


def _player(inspection: Inspection) -> Html:
    """What plays the sound, and the time of the cursor."""
    recognizer, children = inspection.recognizer, []
    if recognizer.hears_sound:
        children.append(player(inspection.samples, recognizer.sound_rate_hz, title=inspection.name))
    return tag("div", *children, tag("output", id="now"), class_="player")


def _stack(panels: Sequence[Panel], time: Html) -> Html:
    shown = [_shown(i, panel) for i, panel in enumerate(panels)]
    return tag(
        "figure",
        tag("div", *shown, tag("div", time, class_="panel"), tag("div", id="cursor"), class_="panels"),
        class_="wide",
    )


def _shown(i: int, panel: Panel) -> Html:
    keys = [tag("span", f" {name}", class_=f"key s{c}") for name, c in panel.colours.items()]
    head = tag("p", tag("span", tag("b", panel.title), *keys), tag("output", id=f"value-{i}"))
    return tag(
        "div", head, panel.drawing, class_="panel unit" if panel.begins_unit else "panel", data_panel=i
    )


def _scatter(inspection: Inspection, drawn: Sequence[UnitName]) -> Html:
    """What units are needed for, over what they remember."""
    memory = [unit.memory_frames * inspection.frame_s for unit in inspection.units]
    effect = [max(unit.effect_bits, _LEAST_BITS) for unit in inspection.units]
    plot = Plot(
        Axis("remembers (s)", min(memory), max(memory), log=True),
        Axis("needed (bits a frame)", min(effect), max(effect), log=True),
        left=72,
        width=820,
        height=300,
    )
    kinds = list(inspection.trace.cells())
    dots = []
    for unit, x, y in zip(inspection.units, memory, effect, strict=True):
        colour = kinds.index((unit.name.layer, unit.name.direction)) % 6 + 1
        radius = 6 if unit.name in drawn else 3
        dot = tag(
            "circle",
            tag("title", _unit_title(unit, inspection)),
            cx=plot.px(x),
            cy=plot.py(y),
            r=radius,
            class_="mark",
        )
        dots.append(tag("g", dot, class_=f"s{colour}"))
    keys, bottom = plot.key([f"layer {layer} {direction}" for layer, direction in kinds], plot.bottom + 62)
    svg = drawing(plot.left + plot.width + 24, bottom, [*plot.ground(), *dots, *keys], title="units")
    return figure(svg, "Every dot is a unit; the large ones are drawn above.", wide=True)


def _table(inspection: Inspection, drawn: Sequence[UnitName]) -> Html:
    units = inspection.units
    ranked = sorted(range(len(units)), key=lambda i: -units[i].effect_bits)
    head = tag("tr", *(tag("th", name, scope="col") for name in _COLUMNS))
    rows = [_row(i, inspection, units[i].name in drawn) for i in ranked]
    whole = tag("table", tag("thead", head), tag("tbody", *rows), id="units")
    return tag("div", _word_choice(inspection), tag("div", whole, class_="scroll"), class_="card")


def _word_choice(inspection: Inspection) -> Html:
    """What chooses the word that the units are to answer to."""
    words = list(inspection.units[0].information_bits)
    if not words:
        return Html("")
    options = [tag("option", word, value=str(i)) for i, word in enumerate(words)]
    choice = tag("select", tag("option", "the word that each tells most of", value=""), *options, id="word")
    return tag("p", tag("label", f"{_ANSWERS} ", choice), class_="choice")


def _row(i: int, inspection: Inspection, is_drawn: bool) -> Html:
    unit = inspection.units[i]
    word, bits = unit.answers_to or ("", 0.0)
    memory_s = unit.memory_frames * inspection.frame_s
    cells = [
        tag("td", str(unit.name)),
        tag("td", f"{memory_s:.3g}", class_="number", data_key=f"{memory_s:.6g}"),
        tag("td", word),
        tag("td", f"{bits:.3f}", class_="number", data_key=f"{bits:.6g}"),
        tag("td", f"{unit.effect_bits:.2g}", class_="number", data_key=f"{unit.effect_bits:.6g}"),
        tag("td", "" if unit.text is None else unit.text or "(nothing)"),
    ]
    return tag("tr", *cells, class_="drawn" if is_drawn else None, data_unit=i)


@cache
def _text(name: str) -> str:
    return files("speechlstm.inspection").joinpath(name).read_text(encoding="utf-8")
