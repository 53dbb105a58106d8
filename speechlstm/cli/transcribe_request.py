"""What is asked of ``speechlstm transcribe``."""

import os
from dataclasses import dataclass
from pathlib import Path

import click

from speechlstm.cli.endpoint import asks_for_utterances
from speechlstm.cli.model_request import ModelRequest
from speechlstm.sinks.formats import FORMATS
from speechlstm.timing import Rate

__all__ = ["TranscribeRequest", "check_use"]

_WITHOUT_UTTERANCES = ("ctm", "textgrid")


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscribeRequest(ModelRequest):
    """The options of ``transcribe``."""

    paths: tuple[str, ...]
    format_name: str
    output: str
    jobs: int
    channel: int | None
    sample_rate: int | None
    record_rate: Rate | None
    columns: tuple[str, ...] | None
    endpoint: str | None
    endpoint_silence_s: float | None
    endpoint_max_s: float | None
    y_down: bool
    skip_existing: bool


def check_use(request: TranscribeRequest) -> None:
    """Find out what cannot go together, before a model is loaded.

    Raises:
        click.UsageError: Options that do not.
    """
    if request.sample_rate is not None and "-" not in request.paths:
        raise click.UsageError(
            "--sample-rate is for raw sound on standard input; give - as PATH, or leave it out"
        )
    if asks_for_utterances(request) and request.format_name in _WITHOUT_UTTERANCES:
        raise click.UsageError(
            f"{request.format_name} holds words, no utterances; leave --endpoint out, or take another format"
        )
    named = Path(request.output)
    formats = [name for name, one in FORMATS.items() if one.suffix == named.suffix]
    if formats and not named.exists() and not request.output.endswith(("/", os.sep)):
        raise click.UsageError(
            f"-o names a folder, but {named} reads as a file; write `-f {formats[0]} > {named}`, or {named}/"
        )
    if request.skip_existing and request.output == "-":
        raise click.UsageError("--skip-existing needs a folder to look in; give one with -o DIR")
