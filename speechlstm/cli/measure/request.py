"""What was asked of ``speechlstm evaluate``, and what comes back."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from speechlstm.data.recordings import odd_ones
from speechlstm.errors import DataError
from speechlstm.sinks.atomic import write_atomically

__all__ = ["Figures", "Request", "named", "spread_over", "tell_oddities", "told"]

T = TypeVar("T")


class Figures(Protocol):
    """What was measured."""

    @property
    def n_failed(self) -> int:
        """Clips or recordings that could not be read."""
        ...

    def as_table(self) -> str:
        """For a person."""
        ...

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        ...

    def summary(self) -> dict[str, Any]:
        """What a card keeps."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """The options that say what to measure on; those that were not given have the values written here.

    Attributes:
        manifest: What to measure on; nothing where only false alarms are counted.
        split: Only this split.
        speakers: Only these speakers, subjects or writers.
        device: Only recordings by this kind of sensor.
        words: Only clips whose whole text is made of these.
        limit: At most so many, spread over the manifest.
        plot: Where to draw.
        rows: Samples to forecast, as FIRST:STOP.
        fit_rows: Samples that the baseline of forecasts is fitted to.
        horizons: Horizons of forecasts, between commas.
        period: Samples in a season.
        false_alarms: Sound without words of the vocabulary.
        sensitivity: Where the model stands between words missed and false ones.
        report: Where to write all of it as a page.
        sweep_latency: Whether to measure every setting of the dial.
        robustness: Whether to measure under noise and the like.
        noise: The noises to do that with; generated ones if not given.
        endless: Hours of an endless stream.
        word_times: Whether to measure where words begin and end.
    """

    manifest: Path | None = None
    split: str | None = None
    speakers: tuple[str, ...] = ()
    device: str | None = None
    words: tuple[str, ...] | None = None
    limit: int | None = None
    plot: Path | None = None
    rows: str | None = None
    fit_rows: str | None = None
    horizons: str | None = None
    period: int = 24
    false_alarms: Path | None = None
    sensitivity: float = 0.5
    report: Path | None = None
    sweep_latency: bool = False
    robustness: bool = False
    noise: Path | None = None
    endless: float | None = None
    word_times: bool = False

    def require_only(self, known: Collection[str], what: str) -> None:
        """See to it that nothing was asked for that this kind of model knows nothing of.

        Args:
            known: Names of the fields that count.
            what: The model, in an error.

        Raises:
            click.UsageError: Something else was given.
        """
        fields = [field for field in dataclasses.fields(self) if field.name not in (*known, "manifest")]
        given = [field.name for field in fields if getattr(self, field.name) != field.default]
        if given:
            options = ", ".join(_option(name) for name in given)
            raise click.UsageError(
                f"{options} cannot be asked of {what}; it knows {', '.join(map(_option, sorted(known)))}"
            )

    @property
    def place(self) -> Path:
        """The manifest.

        Raises:
            click.UsageError: There is none.
        """
        if self.manifest is None:
            raise click.UsageError(
                "give a MANIFEST to measure on (of a model of words --false-alarms DIR does without one, "
                "unless there is to be a --report)"
            )
        return self.manifest

    @property
    def what(self) -> str:
        """What is measured on, for the title of a page."""
        place = self.place.resolve()
        name = place.name if place.is_dir() or not place.stem.startswith("manifest") else place.parent.name
        return ", ".join(filter(None, (name, self.split, *self.speakers)))

    def draw(self, picture: Callable[[], str]) -> None:
        """Write a picture, as SVG, to where it is to be drawn, if anywhere.

        Raises:
            OutputError: It cannot be written.
        """
        if self.plot is not None:
            write_atomically(self.plot, picture() + "\n")

    def how(self, known: Collection[str]) -> dict[str, object]:
        """What a card says of it; ``known`` are the names of the fields that count."""
        found = {name: getattr(self, name) for name in ("manifest", *sorted(known))}
        # the folder's own name and the file's, not where they lie
        return {
            name: "/".join(value.resolve().parts[-2:]) if isinstance(value, Path) else value
            for name, value in found.items()
            if name not in ("plot", "report")
        }


def _option(name: str) -> str:
    return "--" + ("speaker" if name == "speakers" else name.replace("_", "-"))


def named(wanted: Collection[str], found: Collection[str], what: str) -> None:
    """See to it that all that was asked for by name is there.

    Args:
        wanted: What was asked for.
        found: What there is.
        what: What they are, as ``clip of speaker``.

    Raises:
        DataError: Some are not.
    """
    unknown = sorted(set(wanted) - set(found))
    if unknown:
        there = ", ".join(sorted(name for name in set(found) if name)[:8]) or "none"
        raise DataError(f"no {what} {', '.join(unknown)}; the manifest names {there}")


def spread_over(items: Sequence[T], limit: int | None) -> Sequence[T]:
    """At most ``limit`` of them, evenly spread."""
    if limit is None or limit >= len(items):
        return items
    return [items[i * len(items) // limit] for i in range(limit)]


def told(name: str, error: str | None) -> str | None:
    """What went wrong, named once: errors of files begin with their name."""
    return None if error is None else f"Error: {name}: {error.removeprefix(f'{name}: ')}"


def tell_oddities(warnings: Mapping[Path, str | None]) -> None:
    """Say on standard error what was odd in the files of a sensor."""
    if odd := odd_ones(warnings):
        click.echo(f"Warning: {odd}", err=True)
