"""The first law, checked: the same sound gives the same answer however it comes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from speechlstm.engine.engine import Answer
from speechlstm.messages import Forecast, Word
from speechlstm.recognizer import Recognizer
from speechlstm.stage import Chain, concatenate, run
from speechlstm.timing import Rate

__all__ = ["CHUNK_SAMPLES", "TOLERANCE", "OneAnswer", "Way", "check_one_answer", "check_pieces"]

TOLERANCE = 1e-4
CHUNK_SAMPLES = (1, 37, 160, 4000)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of hearing the sound, against hearing it in one piece.

    Attributes:
        name: What was done, as ``chunks of 37 samples``.
        largest_difference: Of all posteriors, 0 to 1; of a forecast's values, in deviations of their channel;
            NaN where one is none.
        same_words: Whether the words are the same; of forecasts, whether there are as many.
    """

    name: str
    largest_difference: float
    same_words: bool


@dataclass(frozen=True, slots=True)
class OneAnswer:
    """What came out.

    Attributes:
        text: The words of the sound in one piece.
        n_samples: Its length, at the model's sample rate.
        sample_rate_hz: The model's sample rate.
        ways: Every other way.
    """

    text: str
    n_samples: int
    sample_rate_hz: Rate
    ways: tuple[Way, ...]

    @property
    def largest_difference(self) -> float:
        """Over all ways; NaN where a posterior is none."""
        return float(np.max([way.largest_difference for way in self.ways]))

    @property
    def holds(self) -> bool:
        """Whether every way gives the same words and posteriors within ``TOLERANCE``."""
        return self.largest_difference <= TOLERANCE and all(way.same_words for way in self.ways)


def check_one_answer(
    recognizer: Recognizer, samples: np.ndarray, *, chunk_samples: Sequence[int] = CHUNK_SAMPLES
) -> OneAnswer:
    """Hear a sound whole, in chunks, and in a batch with clips of other lengths.

    Args:
        recognizer: The model.
        samples: Float samples ``[n]`` at the model's rate, at least one.
        chunk_samples: Sizes of the chunks.

    Returns:
        The largest difference of any posterior, and whether the words are the same, for each way.
    """
    whole = recognizer.posteriors(samples)
    expected = _words(recognizer, [whole])

    def compared(name: str, parts: Sequence[Answer]) -> Way:
        found = concatenate(parts)
        same = _texts(_words(recognizer, parts)) == _texts(expected)
        return Way(name, _largest_difference(found, whole), same)

    stage = Chain([recognizer.features, recognizer.network])
    ways = [
        compared(f"chunks of {n} sample{'s' * (n > 1)}", list(run(stage, _cut(samples, n))))
        for n in chunk_samples
    ]
    beside = [samples[: len(samples) // 3], samples[::-1], samples[len(samples) // 2 :]]
    _, batched, *_ = recognizer.posteriors_batch([beside[0], samples, *beside[1:]])
    ways.append(compared("in a batch with 3 other clips", [batched]))
    text = f"{len(expected)} forecasts" if recognizer.kind == "forecasts" else " ".join(_texts(expected))
    return OneAnswer(text, len(samples), recognizer.sample_rate_hz, tuple(ways))


def check_pieces(
    recognizer: Recognizer, pieces: Sequence[np.ndarray], *, chunk_samples: Sequence[int] = CHUNK_SAMPLES
) -> OneAnswer:
    """The same of what lies between gaps, each piece heard afresh: the characters of a pen, for one.

    Args:
        recognizer: The model.
        pieces: At least one, each with at least one sample.
        chunk_samples: Sizes of the chunks.

    Returns:
        For each way the largest difference over all pieces, and whether all words are the same.
    """
    found = [check_one_answer(recognizer, piece, chunk_samples=chunk_samples) for piece in pieces]
    ways = (
        Way(
            of_all[0].name,
            float(np.max([way.largest_difference for way in of_all])),
            all(way.same_words for way in of_all),
        )
        for of_all in zip(*(one.ways for one in found), strict=True)
    )
    text = (", " if recognizer.kind == "forecasts" else " ").join(one.text for one in found if one.text)
    return OneAnswer(text, sum(map(len, pieces)), recognizer.sample_rate_hz, tuple(ways))


def _cut(samples: np.ndarray, n: int) -> Iterable[np.ndarray]:
    return (samples[i : i + n] for i in range(0, len(samples), n))


def _words(recognizer: Recognizer, answers: Iterable[Answer]) -> list[Word | Forecast]:
    decoder = recognizer.decoder
    return [word for ready in run(decoder, answers) for word in ready]


def _texts(told: Iterable[Word | Forecast]) -> list[str]:
    return [one.text if isinstance(one, Word) else f"forecast at {one.n_samples}" for one in told]


def _largest_difference(found: Answer, expected: Answer) -> float:
    if len(found.log_probs) != len(expected.log_probs):
        return 1.0
    # NumPy's maximum hands NaN on, Python's loses it
    posteriors = np.abs(np.exp(found.log_probs) - np.exp(expected.log_probs)).max(initial=0.0)
    values = np.abs(found.values - expected.values).max() if expected.values.size else 0.0
    return float(np.maximum(posteriors, values))
