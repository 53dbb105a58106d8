"""``speechlstm inspect``: what the units of a model do with a clip."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import Finite, latency_option
from speechlstm.cli.progress import progress
from speechlstm.errors import ConfigError, DataError

if TYPE_CHECKING:
    import numpy as np

    from speechlstm.inspection.inspection import Inspection
    from speechlstm.inspection.units import UnitName
    from speechlstm.recognizer import Recognizer

__all__ = ["inspect"]

# more cannot be told apart on a page, and takes minutes
_MOST_FRAMES = 1000
_N_DRAWN = 6


@click.command()
@click.argument("model")
@click.argument("file")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default="inspect.html",
    show_default=True,
    metavar="FILE.html",
    help="The page.",
)
@click.option(
    "--units",
    metavar="NAME,...",
    help="Draw the gates of these: 1b17 is layer 1, backward, unit 17.  [default: the six most needed]",
)
@click.option("--start", "start_s", type=Finite(min=0), default=0.0, metavar="S", help="Begin here.")
@click.option(
    "--duration", "duration_s", type=Finite(min=0, min_open=True), metavar="S", help="Take so much."
)
@click.option("--channel", type=click.IntRange(min=0), metavar="N", help="Hear this channel, from 0.")
@latency_option
@click.option(
    "--png",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Pictures too, of matplotlib.",
)
@click.option("--json", "json_", metavar="FILE|-", help="The words and the figures of every unit too.")
@click.option(
    "--npz",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Every gate of every unit too.",
)
def inspect(
    model: str,
    file: str,
    output: Path,
    units: str | None,
    start_s: float,
    duration_s: float | None,
    channel: int | None,
    latency: str,
    png: Path | None,
    json_: str | None,
    npz: Path | None,
) -> None:
    """Look into MODEL (a name or a folder) while it hears FILE, of sound or of a sensor.

    A page shows the samples, the MFCC and the posteriors with the words, and under them, on the same axis of
    time, the gates and the cell state of some units of the LSTM layers. Pointing shows values, and a player's
    cursor moves through it all. A table has every unit: how long it remembers (of the mean of its forget
    gate), which word it answers to (mutual information), and how far the answer moves when it is silenced.
    The page needs no other file. All figures are of this clip alone.

    \b
    Examples:
      speechlstm inspect words-en samples/digits.wav
      speechlstm inspect words-en talk.wav --start 12 --duration 5 --units 0f12,1b3 -o talk.html
      speechlstm inspect activity samples/wrist.csv --json - --npz gates.npz --png pictures/
    """
    from speechlstm.inspection.inspection import require_inspectable
    from speechlstm.inspection.units import parse_units
    from speechlstm.recognizer import Recognizer
    from speechlstm.sinks.atomic import require_writable

    with native_stderr_dropped():
        recognizer = Recognizer.load(model, latency=latency)
    require_inspectable(recognizer)
    drawn = None if units is None else parse_units(units, recognizer.bundle.config.network)
    if png is not None:
        from speechlstm.inspection.pictures import require_matplotlib

        require_matplotlib()
    samples, start = _part(recognizer, file, start_s, duration_s, channel)
    # before every unit is silenced, which takes minutes
    require_writable(output, npz, None if json_ == "-" else json_)
    inspection = _inspect(recognizer, samples, Path(file).name, start)
    drawn = inspection.most_telling(_N_DRAWN) if drawn is None else drawn
    for path in _written(inspection, drawn, output, png, npz):
        click.echo(f"wrote {path}", err=True)
    if json_ is not None:
        _write_json(inspection, drawn, json_)


def _part(
    recognizer: "Recognizer", file: str, start_s: float, duration_s: float | None, channel: int | None
) -> "tuple[np.ndarray, int]":
    """The samples that are looked at, and which of the file's is the first."""
    from speechlstm.sources.whole import whole_samples
    from speechlstm.timing import seconds

    rate_hz = recognizer.sample_rate_hz
    n_most = _MOST_FRAMES * recognizer.bundle.config.features.frame_samples
    most = f"{seconds(n_most, rate_hz):g} s are the most that is drawn ({_MOST_FRAMES} frames)"
    if duration_s is not None and duration_s * rate_hz > n_most:
        raise ConfigError(f"--duration {duration_s:g}: {most}; take less")
    start = round(start_s * float(rate_hz))
    n = n_most + 1 if duration_s is None else max(1, round(duration_s * float(rate_hz)))
    with recognizer.open(file, channel=channel) as chunks:
        samples = whole_samples(chunks, rate_hz, file, start=start, n=n)
    if len(samples) > n_most:
        raise DataError(f"{file}: is too long to draw, {most}; say which part: --start S --duration S")
    if not len(samples):
        raise DataError(
            f"{file}: ends before --start {start_s:g}; begin earlier" if start else f"{file}: is empty"
        )
    return samples, start


def _inspect(recognizer: "Recognizer", samples: "np.ndarray", name: str, start: int) -> "Inspection":
    from speechlstm.inspection.inspection import inspection_of
    from speechlstm.inspection.units import every_unit

    n_units = len(every_unit(recognizer.bundle.config.network))
    with progress("units", n_units, lambda done: None) as report:
        return inspection_of(
            recognizer, samples, name=name, start_samples=start, report=lambda n_done, n: report(None)
        )


def _written(
    inspection: "Inspection", drawn: "tuple[UnitName, ...]", output: Path, png: Path | None, npz: Path | None
) -> Iterator[Path]:
    """Write the page and what else was asked for; each file when it is there."""
    from speechlstm.inspection.page import inspection_page
    from speechlstm.sinks.atomic import atomic_file, write_atomically

    write_atomically(output, str(inspection_page(inspection, drawn)))
    yield output
    if png is not None:
        from speechlstm.inspection.pictures import write_pictures

        yield from write_pictures(png, inspection, drawn)
    if npz is not None:
        import numpy as np

        from speechlstm.inspection.numbers import inspection_arrays

        with atomic_file(npz) as archive:
            np.savez_compressed(archive, **inspection_arrays(inspection))
        yield npz


def _write_json(inspection: "Inspection", drawn: "tuple[UnitName, ...]", target: str) -> None:
    from speechlstm.inspection.numbers import inspection_object
    from speechlstm.sinks.atomic import write_atomically

    text = json.dumps(inspection_object(inspection, drawn), indent=2, ensure_ascii=False) + "\n"
    if target == "-":
        click.echo(text, nl=False)
        return
    write_atomically(target, text)
    click.echo(f"wrote {target}", err=True)
