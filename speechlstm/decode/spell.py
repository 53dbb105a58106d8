"""Words spelt out: the tokens are characters, and one piece of writing is one word."""

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from speechlstm.config import require
from speechlstm.decode.config import DecoderConfig, lower_blank
from speechlstm.decode.greedy import GreedyDecoder
from speechlstm.decode.lexicon import Lexicon, Tally
from speechlstm.decode.prefix import PrefixDecoder
from speechlstm.engine.engine import Answer
from speechlstm.messages import Word
from speechlstm.stage import Stage

__all__ = ["LexiconDecoder", "SpellConfig", "SpellDecoder"]

# no piece of writing is as long: characters are settled at its end alone
_AT_THE_END = 2**31


@dataclass(frozen=True, slots=True)
class SpellConfig:
    """Settings of the decoder of words that are spelt.

    Attributes:
        search: ``prefix`` (all alignments count) or ``greedy`` (the best path alone).
        blank_penalty: Taken from the blank's log-probability, in nats.
        lexicon: The only words there are; none for any sequence of characters. With one, ``search`` is of no
            account: every word of it is scored exactly.
        method: ``spell``, which tells these settings from those of other decoders.
    """

    search: Literal["prefix", "greedy"] = "prefix"
    blank_penalty: float = 0.0
    lexicon: tuple[str, ...] = ()
    method: Literal["spell"] = "spell"

    def __post_init__(self) -> None:
        require(self.method == "spell", f"method must be spell, got {self.method!r}")
        require(self.search in ("prefix", "greedy"), f"search must be prefix or greedy, got {self.search!r}")


@dataclass(frozen=True, slots=True)
class _Settled:
    characters: tuple[Word, ...]


class _State(NamedTuple):
    """What the search holds, the characters it has settled, and the frames that have come."""

    search: Any
    settled: _Settled
    n_frames: int


class SpellDecoder(Stage[_State]):
    """:class:`Answer` ``[n, ...]`` over characters -> one :class:`Word` when the stream ends.

    The characters are those that the decoder of ``search`` gives; the confidence is the product of theirs.

    Args:
        vocabulary: Characters of the tokens 1, 2, ...; token 0 is the blank.
        frame_samples: Samples from one frame to the next.
        config: The search and the blank's penalty.
    """

    def __init__(self, vocabulary: tuple[str, ...], frame_samples: int, config: SpellConfig) -> None:
        self.frame_samples = frame_samples
        settings = DecoderConfig(
            threshold=0.0,
            settle_frames=_AT_THE_END if config.search == "prefix" else 0,
            blank_penalty=config.blank_penalty,
            method=config.search,
        )
        search = GreedyDecoder if config.search == "greedy" else PrefixDecoder
        self._search: Stage[Any] = search(vocabulary, 1, settings)

    def initial_state(self) -> _State:
        return _State(self._search.initial_state(), _Settled(()), 0)

    def step(self, x: Answer, state: _State) -> tuple[tuple[Word, ...], _State]:
        """Take answers of further frames; the end alone gives anything."""
        characters, search = self._search.step(x, state.search)
        settled = _Settled(state.settled.characters + characters)
        return (), _State(search, settled, state.n_frames + len(x.log_probs))

    def flush(self, state: _State) -> tuple[Word, ...]:
        characters = state.settled.characters + self._search.flush(state.search)
        if not characters:
            return ()
        confidence = math.prod(character.confidence for character in characters)
        text = "".join(character.text for character in characters)
        return (Word(text, 0, state.n_frames * self.frame_samples, confidence),)


class _LexiconState(NamedTuple):
    tally: Tally
    n_frames: int


class LexiconDecoder(Stage[_LexiconState]):
    """The same with the words of a lexicon alone, each by the sum over all its alignments, exactly.

    The confidence is the share of the word in the likelihood of all words of the lexicon.

    Args:
        vocabulary: Characters of the tokens 1, 2, ...; token 0 is the blank.
        frame_samples: Samples from one frame to the next.
        config: The lexicon and the blank's penalty.

    Raises:
        ConfigError: A word with a character that is not in the vocabulary, or none at all.
    """

    def __init__(self, vocabulary: tuple[str, ...], frame_samples: int, config: SpellConfig) -> None:
        self.frame_samples, self.config = frame_samples, config
        self._lexicon = Lexicon(config.lexicon, vocabulary)

    def initial_state(self) -> _LexiconState:
        return _LexiconState(self._lexicon.begin(), 0)

    def step(self, x: Answer, state: _LexiconState) -> tuple[tuple[Word, ...], _LexiconState]:
        """Take answers of further frames; the end alone gives anything."""
        log_probs = lower_blank(x.log_probs, self.config.blank_penalty)
        probs, tally = np.exp(log_probs.astype(np.float64)), state.tally
        for row in probs:
            tally = self._lexicon.advance(tally, row)
        return (), _LexiconState(tally, state.n_frames + len(probs))

    def flush(self, state: _LexiconState) -> tuple[Word, ...]:
        best = self._lexicon.best(state.tally) if state.n_frames else None
        if best is None:
            return ()
        text, confidence = best
        return (Word(text, 0, state.n_frames * self.frame_samples, confidence),)
