"""Whether a confidence means what it says: of the answers given at 0.9, nine in ten are to be right."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from speechlstm.evaluation.bootstrap import proportion_interval, statistic_intervals
from speechlstm.evaluation.intervals import Interval, sampling_units
from speechlstm.evaluation.words import ClipResult, align
from speechlstm.page.reliability import ReliabilityBin

__all__ = ["Confidence", "Given", "Reliability", "utterances_given", "words_given"]

_N_BINS = 10
# confidences are summed up as whole numbers of these, for the bootstrap counts in whole numbers
_UNIT = 1e-6
_NEAR_NINE_TENTHS = (0.85, 0.95)


class Given(NamedTuple):
    """An answer: how sure it was, and whether it was right."""

    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Reliability:
    """How confidence and truth agree.

    Attributes:
        n: Answers given.
        ece: Expected calibration error (Naeini et al., AAAI 2015): in ten bins of equal width, how far the
            mean confidence is from the share that is right, averaged by the number of answers. Of few answers
            it is too high, for chance alone moves a bin. ``None`` of none.
        ece_ci95: Its 95 % interval, by bootstrap over speakers or clips, whose own excess is taken away.
        at_nine_tenths: The answers given at 0.85 to 0.95; ``None`` where there are none.
        bins: Those of the ten that hold answers.
    """

    n: int
    ece: float | None
    ece_ci95: Interval | None
    at_nine_tenths: ReliabilityBin | None
    bins: tuple[ReliabilityBin, ...]

    @classmethod
    def of(cls, clips: Sequence[Sequence[Given]], speakers: Sequence[str]) -> "Reliability":
        """Work it out.

        Args:
            clips: What was given for each clip.
            speakers: Who speaks in it; empty where unknown.
        """
        units = sampling_units(speakers)
        counts = np.array([_counts(given) for given in clips], np.int64).reshape(-1, 3 * _N_BINS)
        everything = [one for given in clips for one in given]
        of_clip = np.repeat(np.arange(len(clips)), [len(given) for given in clips])
        units_of = None if units is None else units[of_clip]
        edges = [(k / _N_BINS, (k + 1) / _N_BINS) for k in range(_N_BINS)]
        bins = (_bin(everything, units_of, low, high) for low, high in edges)
        return cls(
            n=len(everything),
            ece=float(_ece(counts.sum(axis=0, keepdims=True))[0, 0]) if everything else None,
            ece_ci95=_ece_interval(counts, units) if everything else None,
            at_nine_tenths=_bin(everything, units_of, *_NEAR_NINE_TENTHS),
            bins=tuple(one for one in bins if one is not None),
        )

    def summary(self) -> dict[str, Any]:
        """What a card keeps: all but the bins."""
        return {name: value for name, value in asdict(self).items() if name != "bins"}


@dataclass(frozen=True, slots=True)
class Confidence:
    """Of the words that were given, and of the clips for which any were.

    A clip counts as right where every word given is; words that were missed are no part of a confidence.
    """

    words: Reliability
    utterances: Reliability

    @classmethod
    def of(cls, results: Iterable[ClipResult]) -> "Confidence":
        """Work it out of clips, those that failed left out."""
        done = [result for result in results if result.error is None]
        speakers = [result.clip.speaker for result in done]
        return cls(
            Reliability.of([words_given(result) for result in done], speakers),
            Reliability.of([utterances_given(result) for result in done], speakers),
        )


def words_given(result: ClipResult) -> list[Given]:
    """The words of a clip, each right where the alignment with the fewest edits pairs it with its like."""
    pairs = align(result.reference.split(), result.hypothesis.split())
    right = iter([said == heard for said, heard in pairs if heard])
    return [Given(word.confidence, all([next(right) for _ in word.text.split()])) for word in result.words]


def utterances_given(result: ClipResult) -> list[Given]:
    """The clip as one answer; nothing where no word was given."""
    if not result.words:
        return []
    given = words_given(result)
    confidence = result.joint.of([one.confidence for one in given])
    return [Given(confidence, all(one.right for one in given))]


def _bin(
    given: Sequence[Given], units: NDArray[np.int64] | None, low: float, high: float
) -> ReliabilityBin | None:
    """The answers from ``low`` to below ``high``, and those of 1 in the last bin."""
    inside = [i for i, one in enumerate(given) if low <= one.confidence < high or one.confidence == high == 1]
    if not inside:
        return None
    right = [given[i].right for i in inside]
    return ReliabilityBin(
        low,
        high,
        len(inside),
        sum(given[i].confidence for i in inside) / len(inside),
        sum(right) / len(inside),
        proportion_interval(right, None if units is None else units[inside]),
    )


def _counts(given: Sequence[Given]) -> NDArray[np.int64]:
    """Answers, right ones and summed confidences of each bin, ``[3 * n_bins]``."""
    counts = np.zeros((3, _N_BINS), np.int64)
    for confidence, right in given:
        k = min(_N_BINS - 1, int(confidence * _N_BINS))
        counts[:, k] += (1, right, round(confidence / _UNIT))
    return counts.reshape(-1)


def _ece_interval(counts: NDArray[np.int64], units: NDArray[np.int64] | None) -> Interval | None:
    interval = statistic_intervals(counts, _ece, units, share=False, centred=True)[0]
    return None if interval is None else (max(0.0, interval[0]), min(1.0, interval[1]))


def _ece(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """From summed counts ``[n, 3 * n_bins]``, ``[n, 1]``; NaN of no answers."""
    n, right, confidence = np.moveaxis(counts.reshape(len(counts), 3, _N_BINS), 1, 0)
    apart = np.abs(confidence * _UNIT - right).sum(axis=1)
    with np.errstate(invalid="ignore"):
        shares: NDArray[np.float64] = apart / n.sum(axis=1)
    return shares[:, np.newaxis]
