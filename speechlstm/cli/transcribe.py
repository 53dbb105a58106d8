"""``speechlstm transcribe``: words or segments of files, folders, patterns and pipes."""

import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from speechlstm.cli.adaptation import adaptation_options
from speechlstm.cli.endpoint import asks_for_utterances, endpoint_options, endpoint_rules
from speechlstm.cli.native_stderr import native_stderr_dropped
from speechlstm.cli.options import (
    columns_option,
    engine_option,
    jobs_option,
    latency_option,
    model_option,
    record_rate_option,
    sample_rate_option,
    sensitivity_option,
    y_down_option,
)
from speechlstm.cli.progress import is_terminal, progress
from speechlstm.cli.transcribe_request import TranscribeRequest, check_use
from speechlstm.sinks.formats import FORMATS

if TYPE_CHECKING:
    from speechlstm.batch import FileResult
    from speechlstm.cli.outputs import FolderOutput, Input, StandardOutput
    from speechlstm.recognizer import Recognizer
    from speechlstm.sources.source import Source

__all__ = ["transcribe"]

# a read gives what has come, so this is no delay
_PIPE_CHUNK_MS = 1000


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@model_option
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    default="txt",
    show_default=True,
    help="How words are written; all but txt have their times.",
)
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="DIR|-",
    help="Folder for a file each, as a.wav.txt, sub-folders kept; - is standard output, the default.",
)
@latency_option
@sensitivity_option
@jobs_option
@engine_option
@click.option(
    "--channel", type=click.IntRange(min=0), metavar="N", help="Hear this channel, from 0, not the mean."
)
@sample_rate_option
@record_rate_option
@columns_option
@adaptation_options
@endpoint_options
@y_down_option
@click.option("--skip-existing", is_flag=True, help="Leave out files whose output is in DIR already.")
@click.pass_context
def transcribe(context: click.Context, /, **options: Any) -> None:
    """Write down the words of sound files, or the segments of a sensor's records.

    PATH is a file of any format, rate and number of channels, a folder (all sound files in it, at any
    depth), a pattern in quotes, or - for standard input: a WAV, or raw 16-bit little-endian mono with
    --sample-rate, heard as it comes. Of a model for a sensor it is CSV, JSON lines (either also as gzip) or
    Parquet, and a folder stands for these.

    A file that cannot be read is named on standard error and has a row in JSON formats; the rest still
    runs, and the exit code is 1. So it is, with a warning ("warning" in its row), of a file that holds only
    silence or less than one frame, is cut short, or is far out of scale.

    With --endpoint there are utterances, the same that listen gives: a line of txt, a row of tsv, a caption
    of srt and vtt each, and "utterances": [{"text", "conf", "result"}] in JSON formats. Without it a caption
    ends at a second of silence, or after ten words.

    Of a model for a pen, a file holds points x,y,pen as CSV or JSON lines (pen is 1 at the last point of a
    stroke, a blank line ends a character or word), or a sample a line: {"strokes": [[[x, y], ...], ...]}.

    \b
    Examples:
      speechlstm transcribe digits.wav -f tsv
      speechlstm transcribe recordings/ -f srt -o captions/ --skip-existing
      speechlstm transcribe lecture.mp3 --endpoint short -f vtt
      speechlstm transcribe calls/ --grammar pins.txt --hotwords zero=1
      speechlstm transcribe -m activity recordings/ -f jsonl
      ffmpeg -i film.mkv -f wav - | speechlstm transcribe - -f jsonl
      sox talk.mp3 -t s16 -r 16000 -c 1 - | speechlstm transcribe - --sample-rate 16000
    """
    request = TranscribeRequest(**options)
    check_use(request)
    with native_stderr_dropped():
        recognizer = request.load()
        if request.y_down and not recognizer.reads_pen:
            raise click.UsageError(f"--y-down is for a pen; {recognizer.bundle.name} reads none")
        if request.sample_rate is not None and not recognizer.hears_sound:
            raise click.UsageError(f"--sample-rate is for raw sound; {recognizer.bundle.name} hears none")
        if request.record_rate is not None and (recognizer.hears_sound or recognizer.reads_pen):
            raise click.UsageError(f"--record-rate is for a sensor; {recognizer.bundle.name} hears none")
        inputs, destination = _plan(recognizer, request)
        if not inputs:
            return
        try:
            n_failed, n_odd = _transcribe(recognizer, request, inputs, destination)
        except BrokenPipeError:
            if request.output != "-":
                raise
            return  # whoever read the words has what they wanted
    if n_failed:
        click.echo(f"{n_failed} of {len(inputs)} failed", err=True)
    if n_failed or n_odd:
        context.exit(1)


def _plan(
    recognizer: "Recognizer", request: TranscribeRequest
) -> "tuple[list[Input], FolderOutput | StandardOutput]":
    """What is left to hear, and where its words go."""
    from speechlstm.cli.outputs import ONE_FILE_FORMATS, FolderOutput, StandardOutput, find_inputs
    from speechlstm.sources.paths import sound_files
    from speechlstm.sources.record_file import record_files

    paths, format_name = request.paths, request.format_name
    inputs = find_inputs(paths, sound_files if recognizer.hears_sound else record_files)
    if request.output != "-":
        folder = FolderOutput(Path(request.output), format_name, inputs, kind=recognizer.kind)
        return _left_to_do(inputs, folder) if request.skip_existing else inputs, folder
    several = len(paths) > 1 or inputs[0].path != Path(paths[0])
    if several and format_name in ONE_FILE_FORMATS:
        raise click.UsageError(
            f"{format_name} holds one file only, these may be several; give a folder with -o DIR"
        )
    utterances = asks_for_utterances(request)
    return inputs, StandardOutput(format_name, several=several, kind=recognizer.kind, utterances=utterances)


def _left_to_do(inputs: "list[Input]", folder: "FolderOutput") -> "list[Input]":
    left = [one for one in inputs if not folder.is_done(one)]
    if len(left) < len(inputs):
        click.echo(f"{len(inputs) - len(left)} of {len(inputs)} are there already", err=True)
    return left


def _transcribe(
    recognizer: "Recognizer",
    request: TranscribeRequest,
    inputs: "list[Input]",
    destination: "FolderOutput | StandardOutput",
) -> tuple[int, int]:
    """How many failed, and of how many the sound is odd."""
    from speechlstm.batch import transcribe_files

    results = transcribe_files(
        recognizer,
        [one.path for one in inputs],
        jobs=min(request.jobs, len(inputs)),
        open_source=lambda path: _open(path, recognizer, request),
        endpoint=endpoint_rules(request, recognizer),
    )
    # a bar would stand in the midst of the words
    with_bar = request.output != "-" or not is_terminal(sys.stdout)
    report = progress("files", len(inputs), _oddity, with_bar=with_bar)
    return _deliver(results, destination, report)


def _open(path: Path, recognizer: "Recognizer", request: TranscribeRequest) -> "Source":
    is_pipe = str(path) == "-"
    if is_pipe and recognizer.hears_sound:
        from speechlstm.sources.standard_input import StandardInput

        return StandardInput(
            recognizer.sound_rate_hz,
            input_rate_hz=request.sample_rate,
            channel=request.channel,
            chunk_ms=_PIPE_CHUNK_MS,
        )
    from speechlstm.sources.paths import no_sound_in
    from speechlstm.sources.record_file import no_records_in

    if path.is_dir():
        raise no_sound_in(path) if recognizer.hears_sound else no_records_in(path)
    return recognizer.open(
        "-" if is_pipe else path,
        channel=request.channel,
        columns=request.columns,
        y_down=request.y_down,
        record_rate_hz=request.record_rate,
    )


def _deliver(
    results: "Generator[FileResult]",
    destination: "FolderOutput | StandardOutput",
    progress: "AbstractContextManager[Callable[[FileResult], None]]",
) -> tuple[int, int]:
    """Write and report every result; how many failed, and of how many the sound is odd."""
    n_failed = n_odd = 0
    with closing(results), destination, progress as report:
        for result in results:
            destination.write(result)
            report(result)
            n_failed += result.error is not None
            n_odd += result.is_suspect
    return n_failed, n_odd


def _oddity(result: "FileResult") -> str | None:
    if result.error:
        return f"Error: {result.error}"
    return f"Warning: {result.warning}" if result.warning else None
