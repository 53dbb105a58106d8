"""``speechlstm evaluate``: how well a model does on a manifest."""

import json
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from speechlstm.cli.adaptation import adaptation_options
from speechlstm.cli.command_line import command_line
from speechlstm.cli.measure.options import forecast_options, measurement_options, selection_options
from speechlstm.cli.model_request import ModelRequest, among
from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import engine_option, json_option, latency_option, sensitivity_option

if TYPE_CHECKING:
    from speechlstm.cli.measure.request import Figures, Request
    from speechlstm.recognizer import Recognizer

__all__ = ["evaluate"]


@click.command()
@click.argument("model")
@click.argument("manifest", type=click.Path(path_type=Path), required=False)
@selection_options
@latency_option
@sensitivity_option
@engine_option
@adaptation_options
@json_option("All figures as JSON instead of a table.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="At most N clips, spread over the manifest; of --false-alarms N sounds.",
)
@click.option("--card", metavar="NAME", help="Write the figures into the model's card, under this name.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.svg",
    help="Draw truth and answer of a sensor's recordings over time, or the curves of what was measured.",
)
@measurement_options
@forecast_options
@click.pass_context
def evaluate(context: click.Context, /, as_json: bool, card: str | None, **options: Any) -> None:
    """Measure MODEL (a name or a folder) on the clips of MANIFEST.

    MANIFEST is JSON lines of {"audio", "text", "speaker", "split"}, CSV or TSV with these columns, or a
    folder with a sub-folder of sound files, at any depth, for each label. Words of the texts outside the
    model's vocabulary are left out: the model is to give nothing for them. Punctuation at the ends of words
    does not count, nor does upper or lower case where the whole vocabulary is lower case.

    With --false-alarms DIR, words given for sound that holds none are counted instead, an hour, at every
    sensitivity; with a MANIFEST of words beside it, each with the share of those that are missed.

    With --sweep-latency every setting of the dial is measured: how many clips are right, and how long after
    the end of a word it is final. With --robustness the same clips are heard under noise, at other levels,
    through other lines and in simulated rooms; give noises that were not trained on. With --endless the clips
    become one stream of hours, which ends as it began: more errors at its end are drift.

    With --word-times clips of one word are composed into streams, a speaker each, in which the bounds of
    every word are known.

    With --report FILE.html what is measured is written as a page too, which needs no other file: the figures,
    confusions, words and speakers, and the ten worst clips with spectrogram, posteriors and sound; and all
    that is asked for beside it by --sweep-latency, --robustness, --endless and --false-alarms DIR. The page
    holds the sound of these clips: mind who may hear them. Of a model for a sensor it has confusions,
    classes, subjects and the worst recordings over time.

    Of a model for a sensor it is JSON lines of {"data", "subject", "device", "split"}, files with a column
    "label", or such a file itself, or a folder of them; printed are accuracy of frames, F1 of classes and of
    segments, delays and false segments.

    Of a model for a pen it is JSON lines of {"label", "writer", "split", "strokes": [[[x, y], ...], ...]};
    printed are exact samples and character errors, writer by writer, and what was taken for what.

    Of a model that forecasts MANIFEST is a file of records itself, of which --rows are forecast at every
    moment. Printed are the errors of each horizon and channel, on the model's scale and in units, beside
    those of the last value, of the season before, and of NLinear fitted to --fit-rows, with the skill against
    each.

    Prints word error rate and exact clips with 95 % intervals, errors by kind, speaker and word, the best,
    median and worst clips, and the real-time factor (0.01: a hundred times faster than the sound). Clips that
    cannot be read are named on standard error, and the exit code is 1.

    \b
    Example:
      speechlstm evaluate words-en my-clips/manifest.jsonl --split validation
      speechlstm evaluate words-en my-clips/ --latency low --json > figures.json
      speechlstm evaluate words-en my-clips/ --false-alarms recordings/radio
      speechlstm evaluate words-en my-clips/ --sweep-latency --robustness --report report.html
      speechlstm evaluate words-en my-clips/ --sweep-latency --plot dial.svg
      speechlstm evaluate words-en my-clips/ --robustness --noise recordings/street
      speechlstm evaluate activity my-recordings/ --speaker anna --plot anna.svg
      speechlstm evaluate forecast ETTh1.csv --rows 11520:14400 --fit-rows 0:8640
    """
    from speechlstm.cli.measure.request import Request
    from speechlstm.sinks.atomic import require_writable

    chosen, request = among(options, ModelRequest), among(options, Request)
    if card is not None and not card.strip():
        raise click.UsageError("--card needs a name for what is measured, got none")
    _check_use(request)
    # before it is measured for an hour
    require_writable(request.plot, request.report)
    with native_stderr_dropped():
        recognizer = chosen.load()
        kind = _kind_of(recognizer, command_line(context))
        request.require_only(kind.known, f"{recognizer.bundle.name}, {kind.what}")
        figures, n_all = kind.measure(recognizer, request)
    click.echo(json.dumps(figures.to_json(), indent=2, ensure_ascii=False) if as_json else figures.as_table())
    if card:
        _record(recognizer, card, figures, request.how(kind.known) | chosen.how(), request.plot)
    if figures.n_failed:
        what = "clips" if recognizer.hears_sound else "recordings"
        click.echo(f"{figures.n_failed} of {n_all} {what} failed", err=True)
        context.exit(1)


def _check_use(request: "Request") -> None:
    if request.plot is not None and request.plot.suffix != ".svg":
        raise click.UsageError(f"{request.plot} ends in {request.plot.suffix or 'nothing'}; expected .svg")
    if request.report is not None and request.report.suffix not in (".html", ".htm"):
        raise click.UsageError(
            f"{request.report} ends in {request.report.suffix or 'nothing'}; expected .html"
        )
    if request.noise is not None and not request.robustness:
        raise click.UsageError("--noise is mixed in by --robustness; give both")
    options = ("false_alarms", "sweep_latency", "robustness", "endless", "word_times")
    asked = [f"--{name.replace('_', '-')}" for name in options if getattr(request, name)]
    if len(asked) > 1 and request.report is None:
        raise click.UsageError(
            f"{' and '.join(asked)} measure different things; give one of them at a time, "
            "or --report FILE.html, which holds all of them but --word-times"
        )
    if request.word_times and (request.report is not None or request.plot is not None):
        other = "--report" if request.report is not None else "--plot"
        raise click.UsageError(f"{other} shows nothing of --word-times; give them one at a time")


def _record(
    recognizer: "Recognizer", name: str, figures: "Figures", how: dict[str, object], plot: Path | None
) -> None:
    """Write the figures into the model's card, and how they were measured: all options but those left off.

    A drawing in the model's own folder is shown by the card.
    """
    from speechlstm.bundle import record

    summary = figures.summary()
    if plot is not None and plot.resolve().parent == recognizer.bundle.path.resolve():
        summary["drawing"] = plot.name
    # not `in`: a sensitivity of 0 is one
    said = {
        key: value for key, value in how.items() if value is not None and value is not False and value != ()
    }
    record(recognizer.bundle.path, name, summary | {"how": said | summary.get("how", {})})


class _Kind(NamedTuple):
    """A kind of model.

    Attributes:
        known: What may be asked of it, as names of the request's fields.
        what: What it is.
        measure: Gives the figures, and of how many items.
    """

    known: Collection[str]
    what: str
    measure: "Callable[[Recognizer, Request], tuple[Figures, int]]"


def _kind_of(recognizer: "Recognizer", command: str) -> _Kind:
    """What is to be known of a model to measure it; a page says with which ``command`` it was made."""
    from speechlstm.cli.measure import clips, forecasts, recordings, strokes

    if recognizer.hears_sound:
        return _Kind(clips.KNOWN, "a model for sound", partial(_measure_words, command=command))
    if recognizer.reads_pen:
        return _Kind(strokes.KNOWN, "a model for a pen", strokes.measure)
    if recognizer.kind == "forecasts":
        return _Kind(forecasts.KNOWN, "a model that forecasts", forecasts.measure)
    return _Kind(recordings.KNOWN, "a model for a sensor", partial(_measure_segments, command=command))


def _measure_segments(recognizer: "Recognizer", request: "Request", command: str) -> "tuple[Figures, int]":
    from speechlstm.cli.measure import recordings, report

    if request.report is not None:
        return report.measure_segments(recognizer, request, request.report, command)
    return recordings.measure(recognizer, request)


def _measure_words(recognizer: "Recognizer", request: "Request", command: str) -> "tuple[Figures, int]":
    from speechlstm.cli.measure import alarms, clips, dial, endless, report, robustness, word_times

    if request.report is not None:
        return report.measure_words(recognizer, request, request.report, command)
    if request.false_alarms is not None:
        return alarms.measure(recognizer, request.false_alarms, request)
    if request.sweep_latency:
        return dial.measure(recognizer, request)
    if request.robustness:
        return robustness.measure(recognizer, request)
    if request.endless is not None:
        return endless.measure(recognizer, request.endless, request)
    if request.word_times:
        return word_times.measure(recognizer, request)
    if request.plot is not None:
        raise click.UsageError(
            "--plot draws recordings of a sensor, or what --sweep-latency, --robustness, --endless or "
            "--false-alarms measure"
        )
    return clips.measure(recognizer, request)
