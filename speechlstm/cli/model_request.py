"""Which model a command runs, and how it is set."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from speechlstm.cli.adaptation import read_grammar, read_hotwords, read_lexicon
from speechlstm.errors import GrammarError

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["ModelRequest", "among"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """The options that choose a model and set it.

    Attributes:
        model: Its name or folder.
        latency: Setting of the dial.
        sensitivity: Where it stands between words missed and false ones.
        engine: What runs the network.
        grammar: File of the only phrases there are.
        hotwords: Words and what they gain, between commas.
        lexicon: File of the only words there are.
    """

    model: str
    latency: str
    sensitivity: float
    engine: str
    grammar: Path | None
    hotwords: str | None
    lexicon: Path | None

    def load(self) -> "Recognizer":
        """The model, set so.

        Raises:
            BundleError: No such model, or a damaged one.
            ConfigError: A file that cannot be read, or what this model cannot be set to.
        """
        from speechlstm.recognizer import Recognizer

        try:
            return Recognizer.load(
                self.model,
                latency=self.latency,
                engine=self.engine,
                sensitivity=self.sensitivity,
                lexicon=read_lexicon(self.lexicon),
                grammar=read_grammar(self.grammar),
                hotwords=read_hotwords(self.hotwords),
            )
        except GrammarError as error:
            raise GrammarError(f"{self.grammar or self.model}: {error}") from error

    def how(self) -> dict[str, object]:
        """What a card says of it: the names of files, not where they lie."""
        return {
            "lexicon": self.lexicon and self.lexicon.name,
            "grammar": self.grammar and self.grammar.name,
            "latency": self.latency,
            "engine": self.engine,
            "hotwords": self.hotwords,
        }


def among(options: Mapping[str, Any], request: type[T]) -> T:
    """The request that some of a command's options make."""
    fields = dataclasses.fields(request)  # type: ignore[arg-type]
    return request(**{field.name: options[field.name] for field in fields})
