"""Where a model is to stand between words missed and false words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from speechlstm.data.manifest import Clip
from speechlstm.decode.confidence import Calibration
from speechlstm.evaluation.calibration.platt import fit_calibration, fit_joint
from speechlstm.odds import log_odds, probability

__all__ = ["PENALTIES", "Choice", "Considered", "Heard", "Toll", "choose", "choose_penalty", "fit_alone"]

# of the blank; with those below 0 a penalty alone rejects as much as a threshold does
PENALTIES = (-4.0, -3.0, -2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
_DIGITS = 4


class Considered(NamedTuple):
    """A word that a penalty brought up, before any threshold.

    Attributes:
        text: It.
        posterior: Log-odds of what the search believes.
        peak: Log-odds of its token at the peak.
        right: Whether it is.
        n_errors: Errors of the transcript with it, less those without: -1 where it is right, 0 where it
            stands for another word, 1 where nobody said anything; of an entry of several words, their sum.
    """

    text: str
    posterior: float
    peak: float
    right: bool
    n_errors: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip, and the words that each penalty brings up.

    Attributes:
        clip: It.
        reference: The words of its text that the model could know.
        n_samples: Its length.
        words: By penalty.
    """

    clip: Clip
    reference: tuple[str, ...]
    n_samples: int
    words: dict[float, tuple[Considered, ...]]


@dataclass(frozen=True, slots=True)
class Choice:
    """Settings of a decoder that belong together.

    Attributes:
        blank_penalty: What brings words up.
        calibration: What makes a confidence of them; ``None`` where the penalty alone rejects.
        threshold: The least confidence that is given.
    """

    blank_penalty: float
    calibration: Calibration | None
    threshold: float

    def kept(self, heard: Heard) -> list[tuple[Considered, float]]:
        """The words that it gives for a clip, with their confidences."""
        words = heard.words[self.blank_penalty]
        given = zip(words, _confidences(words, self.calibration).tolist(), strict=True)
        return [(word, confidence) for word, confidence in given if confidence >= self.threshold]


@dataclass(frozen=True, slots=True)
class Toll:
    """What an error costs: errors an hour in which so many words are said, all else being sound without any.

    That is the word error rate of clips with words times ``words_per_hour``, plus the false words an hour of
    sound without; with one kind of sound alone, its part.

    Attributes:
        n_words: Words said in all clips.
        hours: Length of those without words.
        words_per_hour: How many words an hour of use holds.
    """

    n_words: int
    hours: float
    words_per_hour: float

    def of(self, heard: Sequence[Heard], n_errors: Sequence[float]) -> float:
        """The errors an hour that errors in clips come to."""
        return sum(self._weight(h) * n for h, n in zip(heard, n_errors, strict=True))

    def added(self, heard: Sequence[Heard], penalty: float) -> NDArray[np.float64]:
        """What each word that a penalty brings up adds, ``[word]``."""
        return np.array([self._weight(h) * word.n_errors for h in heard for word in h.words[penalty]])

    def _weight(self, heard: Heard) -> float:
        return self.words_per_hour / self.n_words if heard.reference else 1 / self.hours


def choose(heard: Sequence[Heard], toll: Toll) -> Choice:
    """The settings with the fewest errors.

    For every penalty from 0 on a calibration is fitted to the words that it brings up, and the threshold is
    where the errors are fewest; of penalties that do as well the smallest is taken. The confidence of whole
    clips is fitted to what is then given.

    Args:
        heard: The clips.
        toll: What an error costs.
    """
    found = [_with_penalty(heard, toll, penalty) for penalty in PENALTIES if penalty >= 0]
    best, _ = min(found, key=lambda pair: pair[1])
    return _of_whole_clips(best, heard)


def fit_alone(heard: Sequence[Heard], penalty: float) -> Choice:
    """Confidences of all that a penalty brings up; none of it is rejected.

    Args:
        heard: The clips, heard with that penalty too.
        penalty: Of the blank.
    """
    return _of_whole_clips(Choice(penalty, _calibration(heard, penalty), 0.0), heard)


def choose_penalty(heard: Sequence[Heard], toll: Toll) -> Choice:
    """The same by the penalty alone, as models without a calibration reject."""
    tolls = [toll.added(heard, penalty).sum() for penalty in PENALTIES]
    return Choice(PENALTIES[int(np.argmin(tolls))], None, 0.0)


def _of_whole_clips(choice: Choice, heard: Sequence[Heard]) -> Choice:
    """The choice, with confidences of whole clips fitted to what it gives."""
    if choice.calibration is None:
        return choice
    given = [kept for h in heard if (kept := choice.kept(h))]
    confidences = [[confidence for _, confidence in kept] for kept in given]
    joint = fit_joint(confidences, [all(word.right for word, _ in kept) for kept in given])
    return replace(choice, calibration=replace(choice.calibration, joint=joint))


def _calibration(heard: Sequence[Heard], penalty: float) -> Calibration:
    words = [word for h in heard for word in h.words[penalty]]
    return fit_calibration(
        np.array([(word.posterior, word.peak) for word in words]).reshape(-1, 2),
        np.array([float(word.right) for word in words]),
    )


def _with_penalty(heard: Sequence[Heard], toll: Toll, penalty: float) -> tuple[Choice, float]:
    """The best calibration and threshold with a penalty, and what errors are left of those without a word."""
    words = [word for h in heard for word in h.words[penalty]]
    calibration = _calibration(heard, penalty)
    missed = toll.of(heard, [len(h.reference) for h in heard])
    if not words:
        return Choice(penalty, calibration, 0.5), missed
    confidences = _confidences(words, calibration)
    surest_first = np.argsort(-confidences, kind="stable")
    errors = missed + np.cumsum(toll.added(heard, penalty)[surest_first])
    least = int(errors.argmin())
    odds = [log_odds(confidences[i]) for i in surest_first[least : least + 2]]
    # halfway to the next word, or a little under the last
    between = sum(odds) / 2 if len(odds) == 2 else odds[0] - 1
    threshold = round(probability(between), _DIGITS)
    return Choice(penalty, calibration, threshold), float(errors[least])


def _confidences(words: Sequence[Considered], calibration: Calibration | None) -> NDArray[np.float64]:
    if calibration is None:
        return np.array([probability(word.posterior) for word in words])
    return np.array([calibration.of(probability(word.posterior), probability(word.peak)) for word in words])
