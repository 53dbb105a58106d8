"""``speechlstm forecast``: how a series goes on."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from speechlstm.cli.interrupts import interruptible
from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import comma_separated, engine_option, record_rate_option
from speechlstm.config import unknown_key
from speechlstm.errors import ConfigError, DataError
from speechlstm.timing import Rate

if TYPE_CHECKING:
    import numpy as np

    from speechlstm.decode.forecast import ForecastConfig
    from speechlstm.messages import Forecast, Gap, Overflow
    from speechlstm.recognizer import Recognizer
    from speechlstm.sources.samples import Samples
    from speechlstm.sources.table import TableSource
    from speechlstm.timing import Start

__all__ = ["forecast"]

# of the past a drawing shows as much as this many horizons
_N_HORIZONS_SHOWN = 2


@click.command()
@click.argument("model")
@click.argument("file")
@click.option("--horizon", type=click.IntRange(min=1), metavar="N", help="Steps to give; all if not given.")
@click.option("--channel", "channels", multiple=True, metavar="NAME", help="Only this channel; repeatable.")
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="How rows are written.",
)
@click.option(
    "--every",
    type=click.IntRange(min=0),
    metavar="N",
    help="A forecast after every N samples; 0 only at the end.  [default: 0, of standard input 1]",
)
@click.option(
    "--plot",
    metavar="FILE.svg|-",
    help="Draw the last forecast behind its past; - in characters, in the place of rows.",
)
@click.option(
    "--columns", callback=comma_separated, metavar="NAME,...", help="Columns of CSV that has no header."
)
@record_rate_option
@engine_option
def forecast(
    model: str,
    file: str,
    horizon: int | None,
    channels: tuple[str, ...],
    format_name: Literal["jsonl", "csv"],
    every: int | None,
    plot: str | None,
    columns: tuple[str, ...] | None,
    record_rate: Rate | None,
    engine: str,
) -> None:
    """Tell how the series in FILE goes on, by MODEL (a name or a folder).

    FILE is CSV, JSON lines (either also as gzip) or Parquet with a column of time, or - for standard input:
    then a forecast is made after every sample, as soon as its line has come. The same samples give the same
    forecasts either way.

    A row is a channel and a step: "made" (the time of the newest sample), "time" (that of the step),
    "channel", "step", "mean" and the quantiles, as "q0.5" for the median, in the channel's unit. Times are
    those of FILE. Gaps, repeated or missing values and time that runs backwards are told of on standard
    error; after a gap longer than the model allows it begins anew, and is silent until it has heard enough.

    \b
    Examples:
      speechlstm forecast forecast samples/transformer.csv --horizon 24 -f csv
      speechlstm forecast forecast samples/transformer.csv --channel OT --plot -
      tail -n +1 -f meter.csv | speechlstm forecast my-model - --horizon 6
    """
    from speechlstm.recognizer import Recognizer
    from speechlstm.sources.table import TableSource

    with native_stderr_dropped():
        recognizer = Recognizer.load(model, engine=engine)
    decoder = _check_request(recognizer, horizon, channels)
    if plot not in (None, "-"):
        _check_plot(Path(plot))
    sensor = replace(recognizer.sensor, untimed_rate_hz=record_rate)
    source = TableSource(file, sensor, columns=columns)
    tail = _Tail(source, _N_HORIZONS_SHOWN * (horizon or decoder.horizon), decoder.warm_up_frames)
    every = (file == "-") if every is None else every
    writer = _writer(recognizer, format_name, horizon) if plot != "-" else None
    try:
        with interruptible(source.stop), source:
            last, n_written = _write_all(recognizer, tail, writer, every=int(every), channels=channels)
    except BrokenPipeError:
        return  # whoever read the rows has what they wanted
    if source.warning:
        click.echo(f"Warning: {source.name}: {source.warning}", err=True)
    if last is None and not (n_written and plot is None):
        raise _too_short(recognizer, source.name, tail)
    if last is not None and plot is not None:
        _draw(last, tail, plot, recognizer, horizon)


def _check_request(
    recognizer: "Recognizer", horizon: int | None, channels: tuple[str, ...]
) -> "ForecastConfig":
    """The settings of the model's forecasts, where it can give what is asked for."""
    from speechlstm.decode.forecast import ForecastConfig

    decoder, vocabulary = recognizer.bundle.config.decoder, recognizer.bundle.vocabulary
    if not isinstance(decoder, ForecastConfig):
        what = "words" if recognizer.hears_sound else "classes"
        raise ConfigError(
            f"{recognizer.bundle.name} does not forecast, it tells {what}; use transcribe, or another model"
        )
    if horizon is not None and horizon > decoder.horizon:
        raise ConfigError(
            f"horizon {horizon} is over the model's, which is {decoder.horizon}; ask for less, or train one "
            f"with --set decoder.horizon={horizon} --set features.horizon={horizon}"
        )
    unknown = [name for name in channels if name not in vocabulary]
    if unknown:
        raise unknown_key(unknown[0], vocabulary, f"the channels that {recognizer.bundle.name} forecasts")
    return decoder


def _check_plot(path: Path) -> None:
    """Find out before the first row what the drawing would fail with."""
    from speechlstm.sinks.atomic import require_writable

    if path.suffix.lower() != ".svg":
        raise ConfigError(f"--plot {path}: drawings are SVG; name a file that ends in .svg, or - for text")
    require_writable(path)


def _writer(recognizer: "Recognizer", format_name: Literal["jsonl", "csv"], horizon: int | None) -> Any:
    from speechlstm.sinks.forecasts import ForecastWriter

    return ForecastWriter(
        sys.stdout, format_name=format_name, sample_rate_hz=recognizer.sample_rate_hz, horizon=horizon
    )


def _write_all(
    recognizer: "Recognizer", tail: "_Tail", writer: Any, *, every: int, channels: tuple[str, ...]
) -> "tuple[Forecast | None, int]":
    """Write the forecasts that are due; the one made at the end, if any, and how many were written."""
    last: Forecast | None = None
    n_written = 0
    for one in recognizer.forecast(tail):
        last = one.of(channels) if channels else one
        if every and writer and one.n_samples % every == 0:
            writer.write(last, tail.start)
            n_written += 1
    if tail.is_too_short:
        # the last one was made before a gap: no forecast from the end of the series
        return None, n_written
    if last is not None and writer and not every:
        writer.write(last, tail.start)
        n_written += 1
    return last, n_written


class _Tail:
    """What a source gives, with its last samples kept, which a drawing shows.

    Args:
        source: The source.
        n_kept: Samples to keep, at most.
        n_needed: Samples in a row before the first forecast.
    """

    def __init__(self, source: "TableSource", n_kept: int, n_needed: int) -> None:
        self._source, self._n_kept, self.n_needed = source, n_kept, n_needed
        self._kept: list[np.ndarray] = []
        self.n_since_gap = 0

    @property
    def start(self) -> "Start | None":
        """The time of the first sample."""
        return self._source.start

    @property
    def is_too_short(self) -> bool:
        """Whether too few samples came since the beginning or the last gap for a forecast."""
        return self.n_since_gap < self.n_needed

    def __iter__(self) -> "Iterator[Samples | Overflow | Gap]":
        import numpy as np

        for item in self._source:
            if isinstance(item, np.ndarray):
                self.n_since_gap += len(item)
                self._kept = [np.concatenate([*self._kept, item])[-self._n_kept :]]
            else:
                self._kept, self.n_since_gap = [], 0
            yield item

    def samples(self, places: Iterable[int]) -> "np.ndarray":
        """The last samples ``[n, len(places)]`` of some channels."""
        return self._kept[0][:, list(places)]


def _too_short(recognizer: "Recognizer", name: str, tail: _Tail) -> DataError:
    from speechlstm.timing import seconds

    needed_s = seconds(tail.n_needed, recognizer.sample_rate_hz)
    return DataError(
        f"{name}: has {tail.n_since_gap} samples since its beginning or its last gap, "
        f"{recognizer.bundle.name} needs {tail.n_needed} ({needed_s:.10g} s) before its first forecast; "
        "give it more of the past"
    )


def _draw(last: "Forecast", tail: _Tail, plot: str, recognizer: "Recognizer", horizon: int | None) -> None:
    from speechlstm.sinks.atomic import write_atomically
    from speechlstm.sinks.forecast_chart import forecast_svg, forecast_text

    channels = recognizer.sensor.channels
    past = tail.samples(channels.index(name) for name in last.channels)
    shown = last.of(last.channels, horizon)
    if plot == "-":
        click.echo(forecast_text(shown, past, width=shutil.get_terminal_size().columns))
        return
    write_atomically(plot, forecast_svg(shown, past, title=recognizer.bundle.name) + "\n")
