"""What a speaker is expected to say, in place of what the model was made for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from speechlstm.bundle import Bundle
from speechlstm.decode.config import DecoderConfig
from speechlstm.decode.spell import SpellConfig
from speechlstm.errors import ConfigError

__all__ = ["Adaptation", "adapted"]


class Adaptation(TypedDict, total=False):
    """Words and phrases to expect; what is None or left out stays as the bundle has it.

    Attributes:
        lexicon: The only words that it may answer, in place of the bundle's; for a model that spells.
        grammar: The only phrases that it may answer, as lines of :mod:`speechlstm.decode.phrases`, or as a
            text of such lines; words that are part of none are not given. It is then decoded by prefix
            search, as with hotwords.
        hotwords: What words gain each time they are said, in nats: 2 makes a word e^2 times likelier, -1
            makes it rarer.
    """

    lexicon: Sequence[str] | None
    grammar: Sequence[str] | str | None
    hotwords: Mapping[str, float] | None


def adapted(
    bundle: Bundle,
    *,
    lexicon: Sequence[str] | None = None,
    grammar: Sequence[str] | str | None = None,
    hotwords: Mapping[str, float] | None = None,
) -> Bundle:
    """The bundle with a decoder that expects this.

    Args:
        bundle: The model.
        lexicon: As of :class:`Adaptation`.
        grammar: As of :class:`Adaptation`.
        hotwords: As of :class:`Adaptation`.

    Raises:
        ConfigError: A lexicon for a model that does not spell, a grammar or hotwords for one that gives no
            words, or an empty grammar.
    """
    if lexicon is not None:
        bundle = _with_lexicon(bundle, lexicon)
    if grammar is not None or hotwords is not None:
        bundle = _with_words(bundle, grammar, hotwords)
    return bundle


def _with_lexicon(bundle: Bundle, lexicon: Sequence[str]) -> Bundle:
    decoder = bundle.config.decoder
    if not isinstance(decoder, SpellConfig):
        raise ConfigError(
            f"{bundle.name} does not spell words, its decoder is of method {decoder.method!r}; "
            "give no lexicon, or a model that spells"
        )
    spelling = replace(decoder, lexicon=tuple(lexicon))
    return replace(bundle, config=replace(bundle.config, decoder=spelling))


def _with_words(
    bundle: Bundle, grammar: Sequence[str] | str | None, hotwords: Mapping[str, float] | None
) -> Bundle:
    decoder = bundle.config.decoder
    if not isinstance(decoder, DecoderConfig):
        raise ConfigError(
            f"a grammar and hotwords are for models of words; {bundle.name} decodes by {decoder.method!r}: "
            "leave them out, or give a model of words"
        )
    lines = grammar.splitlines() if isinstance(grammar, str) else grammar
    phrases = decoder.grammar.phrases if lines is None else tuple(lines)
    if not phrases and grammar is not None:
        raise ConfigError("the grammar is empty; give a phrase a line, such as: turn (left | right)")
    weighed = replace(
        decoder,
        method="prefix",
        hotwords=decoder.hotwords if hotwords is None else _as_the_model_has_them(bundle, hotwords),
        grammar=replace(decoder.grammar, phrases=phrases),
    )
    return replace(bundle, config=replace(bundle.config, decoder=weighed))


def _as_the_model_has_them(bundle: Bundle, hotwords: Mapping[str, float]) -> dict[str, float]:
    """Words in any case, as in a grammar, where the model knows lower case alone."""
    if not isinstance(hotwords, Mapping):
        raise ConfigError(f"hotwords must be a table of words with their weights in nats, got {hotwords!r}")
    is_lower = all(word == word.lower() for word in bundle.vocabulary)
    found: dict[str, float] = {}
    for word, weight in hotwords.items():
        if not isinstance(word, str):
            raise ConfigError(f"hotwords: a word must be text, got {word!r}")
        own = word.casefold() if is_lower and word not in bundle.vocabulary else word
        if own in found:
            raise ConfigError(f"hotwords: {own!r} has two weights; give it one")
        found[own] = weight
    return found
