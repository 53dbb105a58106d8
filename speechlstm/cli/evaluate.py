"""``speechlstm evaluate``: how well a model does on a manifest."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import engine_option, latency_option
from speechlstm.cli.pen import lexicon_option, read_lexicon
from speechlstm.cli.progress import progress
from speechlstm.errors import ConfigError, DataError

if TYPE_CHECKING:
    from speechlstm.data.manifest import Clip
    from speechlstm.evaluation import (
        ClipResult,
        Evaluation,
        ForecastEvaluation,
        SegmentEvaluation,
        SegmentResult,
        StrokeEvaluation,
    )
    from speechlstm.recognizer import Recognizer

__all__ = ["evaluate"]

T = TypeVar("T")


class _Chosen(NamedTuple):
    """Which clips or recordings of a manifest."""

    manifest: Path
    split: str | None
    speakers: tuple[str, ...]
    words: str | None
    limit: int | None
    device: str | None


class _Asked(NamedTuple):
    """What of a forecast to measure, as it was given."""

    rows: str | None
    fit_rows: str | None
    horizons: str | None
    period: int


@click.command()
@click.argument("model")
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--split", metavar="NAME", help="Only the clips of this split.")
@click.option(
    "--speaker",
    "speakers",
    multiple=True,
    metavar="NAME",
    help="Only clips of this speaker, subject or writer.",
)
@click.option("--device", metavar="NAME", help="Only recordings of this kind of sensor.")
@click.option("--words", metavar="WORD,...", help="Only clips that say one of these and nothing else.")
@latency_option
@engine_option
@lexicon_option
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON instead of a table.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="At most N clips, spread over the manifest."
)
@click.option("--card", metavar="NAME", help="Write the figures into the model's card, under this name.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.svg",
    help="Draw truth and answer of a sensor's recordings over time.",
)
@click.option(
    "--rows", metavar="FIRST:STOP", help="Of a forecast: the samples to forecast.  [default: the last fifth]"
)
@click.option(
    "--fit-rows",
    metavar="FIRST:STOP",
    help="Of a forecast: what NLinear is fitted to.  [default: all before]",
)
@click.option(
    "--horizons", metavar="N,...", help="Of a forecast: horizons to measure.  [default: 1/4, 1/2, all]"
)
@click.option(
    "--period",
    type=click.IntRange(min=1),
    default=24,
    show_default=True,
    metavar="N",
    help="Of a forecast: samples in a season, for the baseline.",
)
@click.pass_context
def evaluate(
    context: click.Context,
    model: str,
    manifest: Path,
    split: str | None,
    speakers: tuple[str, ...],
    device: str | None,
    words: str | None,
    latency: str,
    engine: str,
    lexicon: Path | None,
    as_json: bool,
    limit: int | None,
    card: str | None,
    plot: Path | None,
    rows: str | None,
    fit_rows: str | None,
    horizons: str | None,
    period: int,
) -> None:
    """Measure MODEL (a name or a folder) on the clips of MANIFEST.

    MANIFEST is JSON lines of {"audio", "text", "speaker", "split"}, CSV or TSV with these columns, or a
    folder with a sub-folder of sound files, at any depth, for each label. Words of the texts outside the
    model's vocabulary are left out: the model is to give nothing for them. Punctuation at the ends of words
    does not count, nor does upper or lower case where the whole vocabulary is lower case.

    Of a model for a sensor it is JSON lines of {"data", "subject", "device", "split"}, files with a column
    "label"; printed are accuracy of frames, F1 of classes and of segments, delays and false segments.

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
      speechlstm evaluate activity my-recordings/ --speaker anna --plot anna.svg
      speechlstm evaluate forecast ETTh1.csv --rows 11520:14400 --fit-rows 0:8640
    """
    from speechlstm.bundle import record
    from speechlstm.recognizer import Recognizer

    if plot is not None and plot.suffix != ".svg":
        raise click.UsageError(f"{plot} ends in {plot.suffix or 'nothing'}; expected .svg")
    chosen = _Chosen(manifest, split, speakers, words, limit, device)
    asked = _Asked(rows, fit_rows, horizons, period)
    with native_stderr_dropped():
        words_known = read_lexicon(lexicon)
        recognizer = Recognizer.load(model, latency=latency, engine=engine, lexicon=words_known)
        if plot is not None and recognizer.kind != "segments":
            raise click.UsageError(
                f"--plot is for segments; {recognizer.bundle.name} gives {recognizer.kind}"
            )
        figures, n_all = _measured(recognizer, chosen, asked)
    click.echo(json.dumps(figures.to_json(), indent=2, ensure_ascii=False) if as_json else figures.as_table())
    if plot is not None:
        _draw(plot, figures, recognizer)
    if card:
        place = "/".join(manifest.resolve().parts[-2:])
        how: dict[str, object] = {"manifest": place, "split": split, "speakers": speakers, "words": words}
        how |= {"latency": latency, "engine": engine, "limit": limit, "device": device}
        how |= {} if lexicon is None else {"lexicon": lexicon.name}
        summary = figures.summary()
        record(recognizer.bundle.path, card, summary | {"how": how | summary.get("how", {})})
    if figures.n_failed:
        what = "clips" if recognizer.hears_sound else "recordings"
        click.echo(f"{figures.n_failed} of {n_all} {what} failed", err=True)
        context.exit(1)


def _draw(
    plot: Path, figures: "Evaluation | SegmentEvaluation | ForecastEvaluation", recognizer: "Recognizer"
) -> None:
    from speechlstm.evaluation import SegmentEvaluation, timelines_svg
    from speechlstm.sinks.atomic import write_atomically

    if isinstance(figures, SegmentEvaluation):
        rate_hz, labels = recognizer.sample_rate_hz, recognizer.bundle.vocabulary
        drawing = timelines_svg(figures.results, sample_rate_hz=rate_hz, labels=labels)
        write_atomically(plot, drawing + "\n")


def _measured(recognizer: "Recognizer", chosen: _Chosen, asked: _Asked) -> "tuple[Any, int]":
    """The figures, and of how many items."""
    if not recognizer.hears_sound and recognizer.kind == "forecasts":
        return _of_forecasts(recognizer, chosen, asked), 1
    if asked.rows or asked.fit_rows or asked.horizons:
        raise click.UsageError(
            "--rows, --fit-rows and --horizons are for a model that forecasts, "
            f"which {recognizer.bundle.name} does not"
        )
    if recognizer.hears_sound:
        return _of_clips(recognizer, chosen)
    return (_of_strokes if recognizer.reads_pen else _of_recordings)(recognizer, chosen)


def _of_strokes(recognizer: "Recognizer", chosen: "_Chosen") -> "tuple[StrokeEvaluation, int]":
    from speechlstm.data.strokes import read_strokes
    from speechlstm.evaluation import evaluate_strokes

    samples = read_strokes(chosen.manifest, split=chosen.split)
    unknown = sorted(set(chosen.speakers) - {sample.writer for sample in samples})
    if unknown:
        raise DataError(f"no sample by {', '.join(unknown)}; the writers are named otherwise")
    labels = None if chosen.words is None else {word.strip() for word in chosen.words.split(",")}
    theirs = [sample for sample in samples if not chosen.speakers or sample.writer in chosen.speakers]
    wanted = _spread_over([s for s in theirs if labels is None or s.label in labels], chosen.limit)
    with progress("samples", len(wanted), lambda result: None) as report:
        return evaluate_strokes(recognizer, wanted, progress=report), len(wanted)


def _of_forecasts(recognizer: "Recognizer", chosen: _Chosen, asked: _Asked) -> "ForecastEvaluation":
    from speechlstm.data.recordings import read_recording
    from speechlstm.decode.forecast import ForecastConfig
    from speechlstm.evaluation import ForecastRequest, evaluate_forecasts

    if any((chosen.split, chosen.speakers, chosen.words, chosen.limit, chosen.device)):
        raise click.UsageError(
            "--split, --speaker, --words, --limit and --device are for clips; a forecast has --rows"
        )
    last = read_recording(chosen.manifest, recognizer.sensor)[-1]
    n_rows = last.start_samples + len(last.samples)
    rows = _bounds(asked.rows, "--rows", (n_rows - n_rows // 5, n_rows))
    decoder = recognizer.bundle.config.decoder
    if not isinstance(decoder, ForecastConfig):
        raise ConfigError(f"{recognizer.bundle.name} does not forecast")
    horizons = {max(1, decoder.horizon // 4), max(1, decoder.horizon // 2), decoder.horizon}
    if asked.horizons is not None:
        horizons = {_whole(part, "--horizons") for part in asked.horizons.split(",")}
    request = ForecastRequest(
        rows,
        _bounds(asked.fit_rows, "--fit-rows", (0, rows[0])),
        tuple(sorted(horizons)),
        period=asked.period,
        # as much as the model has heard before its first forecast
        lookback=max(2, decoder.warm_up_frames),
    )
    return evaluate_forecasts(recognizer, chosen.manifest, request)


def _bounds(text: str | None, option: str, otherwise: tuple[int, int]) -> tuple[int, int]:
    """``FIRST:STOP``; either may be left out."""
    if text is None:
        return otherwise
    first, colon, stop = text.partition(":")
    if not colon:
        raise click.UsageError(f"{option} must be FIRST:STOP, as 11520:14400, got {text!r}")
    return (
        _whole(first, option) if first.strip() else otherwise[0],
        _whole(stop, option) if stop.strip() else otherwise[1],
    )


def _whole(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise click.UsageError(f"{option} takes whole numbers, got {text!r}") from None


def _of_clips(recognizer: "Recognizer", chosen: "_Chosen") -> "tuple[Evaluation, int]":
    from speechlstm.data.manifest import read_manifest
    from speechlstm.evaluation import evaluate as measure

    if chosen.device is not None:
        raise click.UsageError(f"--device is for a sensor; {recognizer.bundle.name} hears sound")
    clips = _spoken_by(chosen.speakers, read_manifest(chosen.manifest, split=chosen.split))
    clips = _spread_over(_saying(chosen.words, clips), chosen.limit)
    with progress("clips", len(clips), _failure) as report:
        return measure(recognizer, clips, progress=report), len(clips)


def _of_recordings(recognizer: "Recognizer", chosen: "_Chosen") -> "tuple[SegmentEvaluation, int]":
    from speechlstm.data.recordings import read_sensor_manifest
    from speechlstm.evaluation import evaluate_recordings

    if chosen.words is not None:
        raise click.UsageError(f"--words is for sound; {recognizer.bundle.name} hears a sensor")
    files = read_sensor_manifest(chosen.manifest, split=chosen.split)
    unknown = sorted(set(chosen.speakers) - {file.subject for file in files})
    if unknown:
        raise DataError(
            f"no recording of {', '.join(unknown)}; the manifest's subjects are written otherwise"
        )
    if chosen.device is not None and chosen.device not in {file.device for file in files}:
        raise DataError(
            f"no recording by {chosen.device}; the manifest's devices: "
            f"{', '.join(sorted({file.device for file in files if file.device})) or 'none'}"
        )
    theirs = [
        file
        for file in files
        if (not chosen.speakers or file.subject in chosen.speakers) and chosen.device in (None, file.device)
    ]
    wanted = _spread_over(theirs, chosen.limit)
    with progress("recordings", len(wanted), _failed_recording) as report:
        return evaluate_recordings(recognizer, wanted, progress=report), len(wanted)


def _spoken_by(speakers: Collection[str], clips: "Sequence[Clip]") -> "Sequence[Clip]":
    unknown = sorted(set(speakers) - {clip.speaker for clip in clips})
    if unknown:
        raise DataError(
            f"no clip of speaker {', '.join(unknown)}; the manifest's speakers are written otherwise"
        )
    return [clip for clip in clips if not speakers or clip.speaker in speakers]


def _saying(words: str | None, clips: "Sequence[Clip]") -> "Sequence[Clip]":
    if words is None:
        return clips
    wanted = {word.strip() for word in words.split(",")}
    unheard = sorted(wanted - {clip.text for clip in clips})
    if unheard:
        raise DataError(f"no clip says just {', '.join(unheard)}; --words takes whole texts, between commas")
    return [clip for clip in clips if clip.text in wanted]


def _spread_over(clips: "Sequence[T]", limit: int | None) -> "Sequence[T]":
    if limit is None or limit >= len(clips):
        return clips
    return [clips[i * len(clips) // limit] for i in range(limit)]


def _failure(result: "ClipResult") -> str | None:
    return None if result.error is None else _error(str(result.clip.audio), result.error)


def _failed_recording(result: "SegmentResult") -> str | None:
    return None if result.error is None else _error(result.name, result.error)


def _error(name: str, error: str) -> str:
    """What went wrong, named once: errors of files begin with their name."""
    return f"Error: {name}: {error.removeprefix(f'{name}: ')}"
