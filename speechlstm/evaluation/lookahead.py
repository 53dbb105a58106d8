"""What a model says of the same clips with less and with more look-ahead."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speechlstm.bundle import Bundle, find
from speechlstm.config import require
from speechlstm.data.manifest import Clip
from speechlstm.errors import ConfigError
from speechlstm.evaluation.bootstrap import statistic_intervals
from speechlstm.evaluation.evaluate import evaluate
from speechlstm.evaluation.intervals import Interval, sampling_units
from speechlstm.evaluation.words import ClipResult, align
from speechlstm.recognizer import Recognizer

__all__ = ["ChangedClip", "LookaheadComparison", "WordChange", "compare_lookahead"]


@dataclass(frozen=True, slots=True)
class ChangedClip:
    """A clip that was answered differently at two settings.

    Attributes:
        clip: The clip.
        reference: The words of its text that the model could know.
        answers: What was answered, by setting.
        n_errors: Wrong words, by setting.
    """

    clip: Clip
    reference: str
    answers: dict[str, str]
    n_errors: dict[str, int]


@dataclass(frozen=True, slots=True)
class WordChange:
    """How one word of the vocabulary fared.

    Attributes:
        n: Times that it was said.
        n_mended: Of these, those that only the setting with more look-ahead got right.
        n_spoilt: Those that only the one with less got right.
    """

    n: int
    n_mended: int
    n_spoilt: int


@dataclass(frozen=True, slots=True)
class LookaheadComparison:
    """The answers of one model at several settings of the dial, beside each other.

    Mended and spoilt words are those of the last setting against the first.

    Attributes:
        latencies: The settings, as they were asked for; the first hears least.
        n_clips: Clips that could be read.
        n_failed: Clips that could not.
        words: How each word fared, those mended most often first.
        changed: The clips whose answer differs between any two settings.
        gain: Words mended less words spoilt, as a share of the words said; None where none was said.
        gain_ci95: Its 95 % interval, by bootstrap over speakers where two are named, else over clips.
    """

    latencies: tuple[str, ...]
    n_clips: int
    n_failed: int
    words: dict[str, WordChange]
    changed: tuple[ChangedClip, ...]
    gain: float | None
    gain_ci95: Interval | None

    @classmethod
    def from_results(cls, results: Mapping[str, Sequence[ClipResult]]) -> "LookaheadComparison":
        """Work out what changes.

        Args:
            results: What became of the same clips in the same order, by setting, from the least look-ahead
                to the most.
        """
        rows = [row for row in zip(*results.values(), strict=True) if row[0].error is None]
        first_and_last = [(row[0], row[-1]) for row in rows]
        gain, gain_ci95 = _gain(first_and_last)
        latencies, n_clips = tuple(results), len(next(iter(results.values())))
        return cls(
            latencies=latencies,
            n_clips=len(rows),
            n_failed=n_clips - len(rows),
            words=_words(first_and_last),
            changed=tuple(_changed(row, latencies) for row in rows if len({r.hypothesis for r in row}) > 1),
            gain=gain,
            gain_ci95=gain_ci95,
        )

    def to_json(self) -> dict[str, Any]:
        """All of it as dictionaries, lists, strings and numbers, ready for ``json.dumps``."""
        changed = [
            {
                "audio": str(c.clip.audio),
                "speaker": c.clip.speaker,
                "reference": c.reference,
                "answers": c.answers,
                "n_errors": c.n_errors,
            }
            for c in self.changed
        ]
        return {
            "latencies": self.latencies,
            "n_clips": self.n_clips,
            "n_failed": self.n_failed,
            "gain": self.gain,
            "gain_ci95": self.gain_ci95,
            "words": {word: asdict(change) for word, change in self.words.items()},
            "changed": changed,
        }


def compare_lookahead(
    model: str | Path, clips: Iterable[Clip], *, latencies: Sequence[str] = ("low", "balanced", "offline")
) -> LookaheadComparison:
    """Answer every clip at several settings of the dial, and see which words only look-ahead gets right.

    Args:
        model: Name or folder of a model that hears words.
        clips: What to answer, as from :func:`speechlstm.data.manifest.read_manifest`.
        latencies: Two settings or more, from the least look-ahead to the most.

    Returns:
        What changes from setting to setting.

    Raises:
        BundleError: No such model.
        ConfigError: A model that hears no sound, fewer than two settings, or an unknown one.
    """
    require(len(set(latencies)) == len(latencies) >= 2, f"expected two settings or more, got {latencies}")
    bundle, clips = Bundle.load(find(model)), list(clips)
    recognizer = Recognizer(bundle)
    recognizers = [recognizer.at_latency(latency) for latency in latencies]
    if not recognizer.hears_sound:
        raise ConfigError(f"{bundle.name} hears no sound; the comparison is of words in clips of sound")
    return LookaheadComparison.from_results(
        {name: evaluate(r, clips).results for name, r in zip(latencies, recognizers, strict=True)}
    )


def _changed(row: Sequence[ClipResult], latencies: Sequence[str]) -> ChangedClip:
    return ChangedClip(
        row[0].clip,
        row[0].reference,
        {latency: r.hypothesis for latency, r in zip(latencies, row, strict=True)},
        {latency: r.errors.total for latency, r in zip(latencies, row, strict=True)},
    )


def _words(pairs: Iterable[tuple[ClipResult, ClipResult]]) -> dict[str, WordChange]:
    counts: dict[str, np.ndarray] = {}
    for pair in pairs:
        for word, was, is_now in _fates(*pair):
            row = (1, is_now and not was, was and not is_now)
            counts[word] = counts.get(word, np.zeros(3, int)) + row
    changes = {word: WordChange(*row.tolist()) for word, row in counts.items()}
    return dict(sorted(changes.items(), key=lambda item: (-item[1].n_mended, item[1].n_spoilt, item[0])))


def _gain(pairs: Sequence[tuple[ClipResult, ClipResult]]) -> tuple[float | None, Interval | None]:
    fates = [list(_fates(*pair)) for pair in pairs]
    counts = np.array([[sum(now - was for _, was, now in clip), len(clip)] for clip in fates]).reshape(-1, 2)
    if not counts[:, 1].sum():
        return None, None
    units = sampling_units([less.clip.speaker for less, _ in pairs])
    net, n_words = counts.sum(axis=0).tolist()
    (interval,) = statistic_intervals(counts, _share, units, share=False)
    return net / n_words, interval


def _share(sums: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[:, :1] / sums[:, 1:])


def _fates(less: ClipResult, more: ClipResult) -> Iterator[tuple[str, bool, bool]]:
    """Each word said, and whether it was right with less and with more look-ahead."""
    yield from zip(less.reference.split(), _right(less), _right(more), strict=True)


def _right(result: ClipResult) -> list[bool]:
    pairs = align(result.reference.split(), result.hypothesis.split())
    return [said == heard for said, heard in pairs if said]
