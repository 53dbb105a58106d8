"""Which kind of data lies somewhere, and what is in it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from speechlstm.errors import DataError
from speechlstm.survey.kind import Ask, Finding, Kind
from speechlstm.survey.pen import PenKind
from speechlstm.survey.place import Place
from speechlstm.survey.sensor import SensorKind
from speechlstm.survey.series import SeriesKind
from speechlstm.survey.sound import SoundKind

__all__ = ["KINDS", "examine", "kind_of"]

# the first that claims a place has it
KINDS: tuple[Kind, ...] = (SoundKind(), PenKind(), SensorKind())


def kind_of(place: Place, kinds: Sequence[Kind] = KINDS) -> Kind:
    """The kind of data that lies there.

    Raises:
        DataError: None that is known.
    """
    for kind in kinds:
        if kind.claims(place):
            return kind
    known = "; ".join(f"{kind.name}: {kind.expected}" for kind in kinds)
    raise DataError(f"{place.path} holds {place.describe()}; a recipe can be made for {known}")


def examine(place: Place, ask: Ask, report: Callable[[Path], None] = lambda file: None) -> Finding:
    """Look at all of it.

    Args:
        place: Where it lies.
        ask: What the user says of it.
        report: Called for every file that was read.

    Raises:
        DataError: Nothing that a recipe could be made of, and why.
    """
    kind = SeriesKind() if ask.forecast else kind_of(place)
    return kind.examine(place, ask, report)
