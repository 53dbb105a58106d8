"""The recipe for recordings of a sensor."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechlstm.survey.kind import Proposal, Survey, Target
from speechlstm.survey.opening import opening
from speechlstm.survey.sensor_layout import triples_of
from speechlstm.survey.sensor_parts import Part
from speechlstm.survey.toml import quoted, quoted_list

__all__ = ["SensorFacts", "propose"]

# frames in the shortest segments that are to be told
_N_FRAMES_SHORTEST = 6
_FRAME_S = (0.02, 0.1)
# more numbers than this in a frame are better told by their spectrum
_WIDEST_RAW = 150
_STREAM_FRAMES = (80, 300)
_N_TIMES_SEEN = 60
_BATCH = 32
_NOTHING = {"null", "none", "nothing", "background", "unlabelled", "unlabeled"}


@dataclass(frozen=True, slots=True)
class SensorFacts:
    """What a recipe for a sensor needs to know.

    Attributes:
        labels: The classes.
        channels: Columns, in the order of the samples.
        units: Of each.
        rate_hz: Rate of the model.
        max_gap_s: The longest gap that is bridged.
        parts: The recordings, with their split.
        bouts: Seconds of the segments of each class.
        one_label_each: Whether no recording has two classes.
        train_s: Seconds to train on, those without a label too.
    """

    labels: tuple[str, ...]
    channels: tuple[str, ...]
    units: tuple[str, ...]
    rate_hz: int
    max_gap_s: float
    parts: tuple[Part, ...]
    bouts: Mapping[str, tuple[float, ...]]
    one_label_each: bool
    train_s: float

    @property
    def shortest_s(self) -> float:
        """A short segment of the class that has the shortest ones."""
        return min(float(np.percentile(s, 25)) for s in self.bouts.values() if s)

    @property
    def hop_length(self) -> int:
        """Samples in a frame: some frames in the shortest segments."""
        frame_s = min(max(self.shortest_s / _N_FRAMES_SHORTEST, _FRAME_S[0]), _FRAME_S[1])
        return max(1, round(frame_s * self.rate_hz))

    @property
    def frame_s(self) -> float:
        """Seconds of a frame."""
        return self.hop_length / self.rate_hz

    @property
    def length_s(self) -> float:
        """Seconds of a stream to train on: some segments, and enough frames to learn from."""
        typical_s = float(np.median([s for some in self.bouts.values() for s in some]))
        low, high = (n * self.frame_s for n in _STREAM_FRAMES)
        return round(min(max(3 * typical_s, low), high), 1)


def propose(facts: SensorFacts, survey: Survey, target: Target) -> Proposal:
    """See :class:`speechlstm.survey.kind.Finding`."""
    rows, files = [], {}
    for i, part in enumerate(facts.parts):
        name = part.file
        if part.content is not None:
            copy = f"recordings/{i:04}-{_plain(part.subject or part.file.stem)}.csv.gz"
            files[copy] = part.content
            name = target.folder / copy
        rows.append({"data": target.listed(Path(name)), "subject": part.subject, "split": part.split})
    files["manifest.jsonl"] = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    return Proposal(_config(facts, target), target.beside("manifest.jsonl"), _advice(facts, survey), files)


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)


def _config(facts: SensorFacts, target: Target) -> str:
    parts = (_opening(facts, target), _features(facts), _model(facts), _sets(target))
    return "\n".join([*parts, _excerpts(facts), _augment(facts), _training(facts)])


def _opening(facts: SensorFacts, target: Target) -> str:
    told = f"{len(facts.labels)} classes: {', '.join(facts.labels[:12])}."
    return opening(target, "what a sensor is doing", told, facts.labels)


def _model(facts: SensorFacts) -> str:
    return f"""\
[network]
head = "classes"
n_layers = 2
units = 64

# how far the model looks ahead, in frames of {1000 * facts.frame_s:.0f} ms; chosen with --latency
[latency]
low = {{ chunk_frames = 1, lookahead_frames = 0 }}
balanced = {{ chunk_frames = 4, lookahead_frames = 3 }}
high = {{ chunk_frames = 8, lookahead_frames = 6 }}
offline = {{ chunk_frames = 600, lookahead_frames = 10 }}

# a new label must lead for min_frames before it is believed; raise both for a calmer answer
[decoder]
method = "segments"
smooth_frames = 1.0
min_frames = {min(5, max(1, round(facts.shortest_s / facts.frame_s / 4)))}
enter = 0.5
stay = 0.4
{_unlabelled(facts)}"""


def _sets(target: Target) -> str:
    set_name, manifest = quoted(_plain(target.name)), quoted(target.beside("manifest.jsonl"))
    return f"""\
[data.{set_name}]
manifest = {manifest}
role = "recordings"
split = "train"

# for the card: write here whose recordings these are, and under which licence
[sources]
{set_name} = "not stated"

[validation.{set_name}]
manifest = {manifest}
split = "validation"
"""


def _training(facts: SensorFacts) -> str:
    n_steps = _n_steps(facts)
    seen = n_steps * _BATCH * facts.length_s / facts.train_s
    return f"""\
# each second is seen about {seen:.0f} times; give it more while the error on validation falls
[training]
n_steps = {n_steps}
batch_size = {_BATCH}
learning_rate = 3e-3
n_warmup = {min(100, n_steps // 5)}
dropout = 0.2
# [chunk, lookahead] pairs that are trained, one drawn for each batch; [0, 0] is the whole stream
dial = [[1, 0], [4, 3], [4, 3], [8, 6], [0, 0]]
n_time_masks = 0
validate_every = {max(50, n_steps // 10)}
"""


def _features(facts: SensorFacts) -> str:
    hop, rate_hz = facts.hop_length, facts.rate_hz
    wide = hop * len(facts.channels) > _WIDEST_RAW
    lines = [
        f"# frames of {1000 * facts.frame_s:.0f} ms, as short segments last {facts.shortest_s:.1f} s; "
        + ("their spectrum, as the samples are many" if wide else "the samples themselves"),
        '# kind: "raw" (samples), "bands" (energies of frequency bands) or "cepstra" (their DCT)',
        "[features]",
        f'kind = "{"bands" if wide else "raw"}"',
        f"channels = {quoted_list(facts.channels)}",
        f"units = {quoted_list(facts.units)}",
        f"sample_rate_hz = {rate_hz}",
        f"hop_length = {hop}",
    ]
    win = max(16, 4 * hop)
    bands = [f"win_length = {win}", f"n_bands = {min(16, win // 4)}", f"fmax_hz = {rate_hz / 2:.1f}"]
    lines += bands if wide else [f"# with bands or cepstra: {', '.join(bands)}"]
    lines += [f"max_gap_s = {facts.max_gap_s:g}"]
    return "\n".join([*lines, ""])


def _unlabelled(facts: SensorFacts) -> str:
    found = [label for label in facts.labels if label.lower() in _NOTHING]
    return f"unlabelled = {quoted_list(found)}\n" if found else ""


def _excerpts(facts: SensorFacts) -> str:
    low_s, high_s = max(2 * facts.frame_s, facts.shortest_s / 2), facts.length_s / 2
    splice = f"splice_s = [{min(low_s, high_s):.1f}, {high_s:.1f}]"
    if facts.one_label_each:
        why = (
            "# no recording has two classes: streams are spliced of pieces, so that changes are learnt too\n"
        )
    else:
        why = (
            "# if everyone did the same things in the same order, splice pieces, or the order is learnt too\n"
        )
        splice = f"# {splice}"
    return f"[excerpts]\nlength_s = {facts.length_s}\n{why}{splice}\n"


def _augment(facts: SensorFacts) -> str:
    triples = [list(triple) for triple in triples_of(facts.channels)]
    turned = f"# worn a little turned\ntriples = {triples}\nmax_angle_deg = 15.0\n" if triples else ""
    return f"[augment]\n{turned}scale_spread = 0.1\nwarp_spread = 0.1\nnoise_std = 0.02\n"


def _n_steps(facts: SensorFacts) -> int:
    return int(min(3000, max(400, round(_N_TIMES_SEEN * facts.train_s / (_BATCH * facts.length_s), -2))))


def _advice(facts: SensorFacts, survey: Survey) -> tuple[str, ...]:
    advice = []
    if "unknown" in facts.units:
        advice.append(
            "Units of some channels are not known: write them into `units`. A model hears numbers, so the "
            "live sensor must give the same units."
        )
    if not any(c.label == "" or c.label.lower() in _NOTHING for c in survey.classes):
        advice.append(
            "All of it has a label, so the model always answers with one. To let it say nothing, record what "
            "is none of them under the label `null`."
        )
    return tuple(advice)
