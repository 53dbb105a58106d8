"""False words in sound that holds none of the vocabulary."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from speechlstm.cli.measure.clips import clips_of
from speechlstm.cli.measure.request import Request
from speechlstm.cli.progress import progress
from speechlstm.data.manifest import manifest_in, read_manifest
from speechlstm.evaluation.alarms import Alarms, false_alarms, require_no_targets
from speechlstm.sources.files import no_sound_in, sound_files

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["measure"]


def measure(recognizer: "Recognizer", folder: Path, request: Request) -> tuple[Alarms, int]:
    """The figures, and of how many files and clips."""
    files = sound_files(folder) if folder.is_dir() else [folder]
    if not files:
        raise no_sound_in(folder)
    if folder.is_dir() and manifest_in(folder):
        require_no_targets(read_manifest(folder), recognizer.bundle.vocabulary)
    targets = [] if request.manifest is None else clips_of(request)
    n_all = len(files) + len(targets)
    with progress("files", n_all, lambda path: None) as report:
        found = false_alarms(
            recognizer, files, targets=targets, sensitivity=request.sensitivity, progress=report
        )
    for error in found.failed:
        click.echo(f"Error: {error}", err=True)
    return found, n_all
