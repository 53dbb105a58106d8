"""``speechlstm evaluate``: how well a model does on a manifest."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import engine_option, latency_option
from speechlstm.cli.progress import progress
from speechlstm.errors import DataError

if TYPE_CHECKING:
    from speechlstm.data.manifest import Clip
    from speechlstm.evaluation import ClipResult

__all__ = ["evaluate"]


@click.command()
@click.argument("model")
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--split", metavar="NAME", help="Only the clips of this split.")
@click.option("--speaker", "speakers", multiple=True, metavar="NAME", help="Only this speaker's clips.")
@click.option("--words", metavar="WORD,...", help="Only clips that say one of these and nothing else.")
@latency_option
@engine_option
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON instead of a table.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="At most N clips, spread over the manifest."
)
@click.option("--card", metavar="NAME", help="Write the figures into the model's card, under this name.")
@click.pass_context
def evaluate(
    context: click.Context,
    model: str,
    manifest: Path,
    split: str | None,
    speakers: tuple[str, ...],
    words: str | None,
    latency: str,
    engine: str,
    as_json: bool,
    limit: int | None,
    card: str | None,
) -> None:
    """Measure MODEL (a name or a folder) on the clips of MANIFEST.

    MANIFEST is JSON lines of {"audio", "text", "speaker", "split"}, CSV or TSV with these columns, or a
    folder with a sub-folder of sound files, at any depth, for each label. Words of the texts outside the
    model's vocabulary are left out: the model is to give nothing for them. Punctuation at the ends of words
    does not count, nor does upper or lower case where the whole vocabulary is lower case.

    Prints word error rate and exact clips with 95 % intervals, errors by kind, speaker and word, the best,
    median and worst clips, and the real-time factor (0.01: a hundred times faster than the sound). Clips that
    cannot be read are named on standard error, and the exit code is 1.

    \b
    Example:
      speechlstm evaluate words-en my-clips/manifest.jsonl --split validation
      speechlstm evaluate words-en my-clips/ --latency low --json > figures.json
    """
    from speechlstm.bundle import record
    from speechlstm.data.manifest import read_manifest
    from speechlstm.evaluation import evaluate as measure
    from speechlstm.recognizer import Recognizer

    clips = _spoken_by(speakers, read_manifest(manifest, split=split))
    clips = _spread_over(_saying(words, clips), limit)
    with native_stderr_dropped():
        recognizer = Recognizer.load(model, latency=latency, engine=engine)
        with progress("clips", len(clips), _failure) as report:
            figures = measure(recognizer, clips, progress=report)
    click.echo(json.dumps(figures.to_json(), indent=2, ensure_ascii=False) if as_json else figures.as_table())
    if card:
        place = "/".join(manifest.resolve().parts[-2:])
        how: dict[str, object] = {"manifest": place, "split": split, "speakers": speakers, "words": words}
        how |= {"latency": latency, "engine": engine, "limit": limit}
        record(recognizer.bundle.path, card, figures.summary() | {"how": how})
    if figures.n_failed:
        click.echo(f"{figures.n_failed} of {len(clips)} clips failed", err=True)
        context.exit(1)


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


def _spread_over(clips: "Sequence[Clip]", limit: int | None) -> "Sequence[Clip]":
    if limit is None or limit >= len(clips):
        return clips
    return [clips[i * len(clips) // limit] for i in range(limit)]


def _failure(result: "ClipResult") -> str | None:
    """What went wrong, named once: errors of files begin with their name."""
    if result.error is None:
        return None
    name = f"{result.clip.audio}: "
    return f"Error: {name}{result.error.removeprefix(name)}"
