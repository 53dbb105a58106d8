"""The recipe for a series to forecast."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from speechlstm.errors import DataError
from speechlstm.survey.kind import Proposal, Target
from speechlstm.survey.toml import quoted, quoted_list
from speechlstm.timing import Rate

__all__ = ["SeriesFacts", "propose"]

_N_WITHOUT_SEASON = 32
_N_LEAST_FRAMES = 32


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What a recipe for a series needs to know.

    Attributes:
        file: Where it lies.
        channels: Its columns of numbers.
        units: Of each.
        targets: Those that are forecast.
        rate_hz: Samples per second.
        max_gap_s: The longest gap that is bridged.
        period: Samples after which it resembles itself; 0 where it never does.
        n_samples: Samples in all, those of gaps included.
        n_train: Samples to learn from, the first ones.
        n_longest: Samples of the longest stretch without a gap.
        asked_horizon: Samples that the user wants to see ahead; 0 to choose.
    """

    file: Path
    channels: tuple[str, ...]
    units: tuple[str, ...]
    targets: tuple[str, ...]
    rate_hz: Rate
    max_gap_s: float
    period: int
    n_samples: int
    n_train: int
    n_longest: int
    asked_horizon: int

    @property
    def horizon(self) -> int:
        """Samples ahead: a period, if nothing else was asked for."""
        return self.asked_horizon or self.period or 12

    @property
    def win_length(self) -> int:
        """Samples that are looked back at, an even number: two periods and the newest."""
        return 2 * self.period + 2 if self.period else _N_WITHOUT_SEASON

    @property
    def n_frames(self) -> int:
        """Moments in a stream to train on."""
        return max(2 * self.horizon, _N_LEAST_FRAMES)

    def check(self) -> None:
        """Whether there is enough of it.

        Raises:
            DataError: There is not.
        """
        needed = self.win_length + self.n_frames + self.horizon
        if min(self.n_train, self.n_longest) < needed or self.n_samples - self.n_train <= self.horizon:
            raise DataError(
                f"{self.file} has {self.n_train:,} samples to learn from, {self.n_longest:,} without a gap, "
                f"and {self.n_samples - self.n_train:,} to validate with; {self.horizon} steps ahead need "
                f"{needed:,} without a gap, and more than {self.horizon}: record more, or look less far "
                "(--horizon)"
            )


def propose(facts: SeriesFacts, target: Target) -> Proposal:
    """See :class:`speechlstm.survey.kind.Finding`."""
    parts = (_opening(facts, target), _features(facts), _model(facts), _sets(facts, target), _training())
    advice = (
        "Units of some channels may not be known: write them into `units`, for the answers are in them.",
        "A forecast begins with a linear one, which the network adds to. Where the error on validation rises "
        "again in training, take the best: `--from best`.",
    )
    rows = f"--rows {facts.n_train}:{facts.n_samples} --fit-rows 0:{facts.n_train}"
    period = f" --period {facts.period}" if facts.period else ""
    return Proposal("\n".join(parts), target.called(facts.file), advice, {}, f"{rows}{period}")


def _opening(facts: SeriesFacts, target: Target) -> str:
    return f"""\
# {target.name}: how a series goes on. Run with: speechlstm train {shlex.quote(target.called(target.folder))}
name = {quoted(target.name)}
# the channels that are forecast
vocabulary = {quoted_list(facts.targets)}
description = {quoted(f"The next {facts.horizon} samples of {', '.join(facts.targets[:8])}.")}
licence = "not stated; write here under which licence the model may be used"
seed = 1
"""


def _features(facts: SeriesFacts) -> str:
    rate = facts.rate_hz if isinstance(facts.rate_hz, int) else quoted(str(facts.rate_hz))
    season = facts.period > 1
    lags, means = ([1, facts.period], [facts.period]) if season else ([1, 2], [facts.win_length - 1])
    return f"""\
# beside the newest sample stand its differences from those `lags` before it and from `means` over so many
[features]
kind = "history"
channels = {quoted_list(facts.channels)}
units = {quoted_list(facts.units)}
sample_rate_hz = {rate}
win_length = {facts.win_length}
hop_length = 1
lags = {lags}
means = {means}
horizon = {facts.horizon}
max_gap_s = {facts.max_gap_s:.6g}
"""


def _model(facts: SeriesFacts) -> str:
    setting = "{ chunk_frames = 1, lookahead_frames = 0 }"
    dial = "\n".join(f"{name} = {setting}" for name in ("low", "balanced", "high", "offline"))
    return f"""\
[network]
head = "forecast"
n_layers = 1
units = 32

# what is heard later would be no forecast
[latency]
{dial}

[decoder]
method = "forecast"
horizon = {facts.horizon}
quantiles = [0.1, 0.5, 0.9]
warm_up_frames = {facts.win_length}
"""


def _sets(facts: SeriesFacts, target: Target) -> str:
    manifest = quoted(target.called(facts.file))
    return f"""\
[data.series]
manifest = {manifest}
role = "series"
rows = [0, {facts.n_train}]

# for the card: write here whose data these are, and under which licence
[sources]
series = "not stated"

[validation.series]
manifest = {manifest}
rows = [{facts.n_train}, {facts.n_samples}]

[excerpts]
length_s = {float(facts.n_frames / facts.rate_hz):.6g} # {facts.n_frames} samples
"""


def _training() -> str:
    return """\
[training]
n_steps = 100
batch_size = 16
learning_rate = 5e-3
n_warmup = 10
dropout = 0.5
dial = [[1, 0]]
p_carry = 0.0
n_time_masks = 0
validate_every = 20
n_workers = 1
"""
