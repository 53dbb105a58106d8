"""``speechlstm calibrate``: what a confidence means, and what is given at all."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import Finite, FiniteNumber, json_option, latency_option, split_option

if TYPE_CHECKING:
    from speechlstm.bundle import Bundle
    from speechlstm.data.manifest import Clip
    from speechlstm.evaluation.calibration import CalibrationReport
    from speechlstm.recognizer import Recognizer

__all__ = ["calibrate"]


@click.command()
@click.argument("model")
@click.argument("manifests", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="MANIFEST...")
@split_option
@click.option(
    "--false-alarms",
    type=click.Path(exists=True, path_type=Path),
    metavar="DIR",
    help="Sound that holds none of the vocabulary, beside what the manifests list; where its own manifest "
    "names splits, --split is taken.",
)
@click.option(
    "--words-per-hour",
    type=Finite(0, min_open=True),
    default=1000.0,
    show_default=True,
    metavar="N",
    help="Words of the vocabulary in an hour of use; the more, the more false words are worth one missed.",
)
@click.option(
    "--blank-penalty",
    type=FiniteNumber(),
    metavar="NATS",
    help="Take this penalty and no threshold; only confidences are fitted.",
)
@latency_option
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="At most N clips of a manifest, and of --false-alarms, spread over it.",
)
@json_option("All figures as JSON instead of a table.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the model with what was chosen into this folder.",
)
@click.option("--overwrite", is_flag=True, help="Write into MODEL itself, or replace a model in FOLDER.")
@click.pass_context
def calibrate(
    context: click.Context,
    /,
    model: str,
    manifests: tuple[Path, ...],
    split: str | None,
    false_alarms: Path | None,
    words_per_hour: float,
    blank_penalty: float | None,
    latency: str,
    limit: int | None,
    as_json: bool,
    output: Path | None,
    overwrite: bool,
) -> None:
    """Fit confidences of MODEL (a name or a folder), and choose what it gives at all, on validation data.

    Each MANIFEST is one as `speechlstm evaluate` takes it, of speakers that the model was not trained on.
    Clips that say none of its words belong to it: what is given there in error must count, and as often as in
    use.

    A word's confidence becomes a function of what the search believes and of the highest probability of the
    word in any frame. The least confidence that is given, and the blank's penalty, are those with the fewest
    errors in an hour in which --words-per-hour words are said: the word error rate of the clips with words
    times that number, plus the false words an hour of those without. With --blank-penalty nothing is chosen:
    what rejects words of these speakers rejects more of what others say.

    What is printed of it is measured on speakers left out: what was chosen on nine tenths of them is tried on
    the last, ten times. Nothing is written without -o or --overwrite.

    \b
    Example:
      speechlstm calibrate my-model my-clips/ --split validation --false-alarms recordings/radio
      speechlstm calibrate words-en my-clips/ --split validation -o my-words --words-per-hour 300
    """
    from speechlstm.evaluation.calibration import calibrate as run
    from speechlstm.evaluation.calibration import decoder_of
    from speechlstm.recognizer import Recognizer

    with native_stderr_dropped():
        recognizer = Recognizer.load(model, latency=latency)
        decoder_of(recognizer)
        target = _target(recognizer.bundle, output, overwrite)
        clips = _clips(recognizer, manifests, split, limit, false_alarms)
        report = _run(run, recognizer, clips, words_per_hour, blank_penalty)
    click.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False) if as_json else report.as_table())
    if target is not None:
        how = {
            "manifests": [_named(path) for path in manifests],
            "split": split,
            "false_alarms": false_alarms and _named(false_alarms),
            "blank_penalty": blank_penalty,
            "limit": limit,
            "latency": latency,
        }
        _write(recognizer.bundle, target, report, how)
    if report.n_failed:
        click.echo(f"{report.n_failed} of {len(clips)} clips failed", err=True)
        context.exit(1)


def _target(bundle: "Bundle", output: Path | None, overwrite: bool) -> Path | None:
    """Where to write; nowhere unless that was asked for."""
    if output is None:
        return bundle.path if overwrite else None
    if (output / "bundle.json").exists() and not overwrite:
        raise click.UsageError(f"{output} holds a model; give another folder, or --overwrite")
    return output


def _clips(
    recognizer: "Recognizer",
    manifests: Iterable[Path],
    split: str | None,
    limit: int | None,
    false_alarms: Path | None,
) -> "list[Clip]":
    from speechlstm.cli.measure.request import spread_over
    from speechlstm.data.manifest import listed_sounds, read_manifest
    from speechlstm.evaluation.alarms import require_no_targets

    clips: list[Clip] = []
    for path in manifests:
        clips += spread_over(read_manifest(path, split=split), limit)
    if false_alarms is not None:
        sounds = listed_sounds(false_alarms, split=split)
        require_no_targets(sounds, recognizer.bundle.vocabulary)
        # nothing that is said there is to be heard: what their texts say besides does not count
        clips += [replace(clip, text="") for clip in spread_over(sounds, limit)]
    return clips


def _run(
    run: Any,
    recognizer: "Recognizer",
    clips: "Sequence[Clip]",
    words_per_hour: float,
    blank_penalty: float | None,
) -> "CalibrationReport":
    from speechlstm.cli.progress import progress, tell_failed

    with progress("clips", len(clips), lambda clip: None) as heard:
        report: CalibrationReport = run(
            recognizer, clips, words_per_hour=words_per_hour, blank_penalty=blank_penalty, progress=heard
        )
    tell_failed(report.failed)
    return report


def _write(bundle: "Bundle", target: Path, report: "CalibrationReport", how: dict[str, Any]) -> None:
    from speechlstm.bundle import save

    config = replace(bundle.config, decoder=report.config)
    card = bundle.card | {"calibration": report.summary() | {"how": how}}
    save(target, config, bundle.front_end, bundle.model, card)
    click.echo(f"{target}: written", err=True)
    if bundle.card.get("metrics"):
        click.echo(
            "the figures in its card are of the settings before; measure again: speechlstm evaluate --card",
            err=True,
        )


def _named(path: Path) -> str:
    """The folder's own name and the file's, not where they lie."""
    return "/".join(path.resolve().parts[-2:])
