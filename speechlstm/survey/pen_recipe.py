"""The recipe for samples of handwriting."""

from dataclasses import dataclass

import numpy as np

from speechlstm.data.strokes import StrokeSample
from speechlstm.features.strokes import StrokeConfig, StrokeFrontEnd, pen_points
from speechlstm.stage import concatenate, run
from speechlstm.survey.kind import Proposal, Survey, Target
from speechlstm.survey.opening import opening
from speechlstm.survey.toml import quoted

__all__ = ["PenFacts", "propose"]

_N_TIMES_SEEN, _BATCH = 60, 48
_LONG = 98
_STROKES = "strokes.jsonl.gz"


@dataclass(frozen=True, slots=True)
class PenFacts:
    """What a recipe for a pen needs to know.

    Attributes:
        vocabulary: The entries that are told apart, or the characters that they are spelt with.
        spelt: Whether they are spelt.
        samples: All samples.
        splits: Of each.
        rows: They with their splits, as a file of strokes.
    """

    vocabulary: tuple[str, ...]
    spelt: bool
    samples: tuple[StrokeSample, ...]
    splits: tuple[str, ...]
    rows: bytes

    @property
    def features(self) -> StrokeConfig:
        """Coarser frames where there is more to go through."""
        return StrokeConfig(step=0.1, n_stack=3) if self.spelt else StrokeConfig(step=0.08, n_stack=2)

    @property
    def n_frames(self) -> int:
        """Frames that nearly all samples fit in, some room for what is stretched."""
        chain = StrokeFrontEnd(self.features).chain()
        lengths = [len(concatenate(list(run(chain, [pen_points(s.strokes)])))) for s in self.samples[:500]]
        return max(8, 8 * int(np.ceil(1.1 * np.percentile(lengths, _LONG) / 8)))

    @property
    def n_steps(self) -> int:
        """Batches that show every sample some sixty times."""
        n_train = self.splits.count("train")
        return int(min(4000, max(300, round(_N_TIMES_SEEN * n_train / _BATCH, -2))))


def propose(facts: PenFacts, survey: Survey, target: Target) -> Proposal:
    """See :class:`speechlstm.survey.kind.Finding`."""
    config = "\n".join([_opening(facts, target), _sets(target), _training(facts)])
    return Proposal(config, target.beside(_STROKES), _advice(facts), {_STROKES: facts.rows})


def _opening(facts: PenFacts, target: Target) -> str:
    c = facts.features
    what = "Handwriting, spelt" if facts.spelt else "Handwriting, one entry a piece of writing"
    told = f"{what}: {' '.join(facts.vocabulary[:40])}"
    return f"""\
{opening(target, "handwriting out of strokes", told, facts.vocabulary)}
# frames of {c.step * c.n_stack:g} sizes of the writing along the path; y points upwards
[features]
kind = "strokes"
step = {c.step}
n_stack = {c.n_stack}

[network]
head = "{"words" if facts.spelt else "classes"}"
n_layers = 2
units = {80 if facts.spelt else 64}

# how far the model looks ahead, in frames; what is final is final when a piece of writing ends
[latency]
low = {{ chunk_frames = 2, lookahead_frames = 1 }}
balanced = {{ chunk_frames = 8, lookahead_frames = 4 }}
high = {{ chunk_frames = 16, lookahead_frames = 8 }}
offline = {{ chunk_frames = 512, lookahead_frames = 16 }}

[decoder]
method = "{"spell" if facts.spelt else "whole"}"
"""


def _sets(target: Target) -> str:
    strokes = quoted(target.beside(_STROKES))
    return f"""\
[data.strokes]
manifest = {strokes}
role = "strokes"
split = "train"

# for the card: write here whose handwriting this is, and under which licence
[sources]
strokes = "not stated"

[validation.strokes]
manifest = {strokes}
split = "validation"
"""


def _training(facts: PenFacts) -> str:
    n_steps = facts.n_steps
    return f"""\
# longer samples are left out in training; turned, slanted, stretched, bent and shaken as the defaults say
[pen]
n_frames = {facts.n_frames}

# each sample is seen about {n_steps * _BATCH / max(1, facts.splits.count("train")):.0f} times
[training]
n_steps = {n_steps}
batch_size = {_BATCH}
learning_rate = 4e-3
n_warmup = {min(100, n_steps // 5)}
dropout = 0.2
# [chunk, lookahead] pairs that are trained, one drawn for each batch; [0, 0] is the whole sample
dial = [[2, 1], [8, 4], [8, 4], [16, 8], [0, 0]]
p_carry = 0.0
n_time_masks = 0
n_band_masks = 0
validate_every = {max(50, n_steps // 6)}
"""


def _advice(facts: PenFacts) -> tuple[str, ...]:
    advice = [
        "The samples are taken to have y pointing upwards. If they come from a screen, whose y points "
        "downwards, turn them first; live, `--y-down` does so."
    ]
    if facts.spelt:
        advice.append("If only certain words can come, give them with `--lexicon` when the model runs.")
    return tuple(advice)
