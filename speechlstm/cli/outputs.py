"""Where transcripts go: one file each in a folder, or one after the other on standard output."""

import glob
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

import click

from speechlstm.batch import FileResult
from speechlstm.errors import ConfigError, OutputError, cure
from speechlstm.messages import Kind
from speechlstm.sinks.atomic import write_atomically
from speechlstm.sinks.formats import FORMATS, tsv_header
from speechlstm.sinks.rows import AnyRow, failed_row, json_line, json_object, printable, row
from speechlstm.sources.paths import expand, sound_files

__all__ = ["ONE_FILE_FORMATS", "FolderOutput", "Input", "Output", "StandardOutput", "find_inputs"]

ONE_FILE_FORMATS = ("srt", "vtt", "textgrid")
_JSON = ("json", "jsonl")
# to wait for the disk takes 4 ms a file one after the other, 0.6 ms a file by fours
_N_WRITERS, _N_UNWRITTEN = 4, 32


@dataclass(frozen=True, slots=True)
class Input:
    """A file to transcribe.

    Attributes:
        path: The file; ``-`` for standard input.
        relative: Where it lies under the folder or pattern that named it; else its mere name.
    """

    path: Path
    relative: Path


class Output(Protocol):
    """A context manager that takes results in order."""

    def __enter__(self) -> "Output": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def write(self, result: FileResult) -> None:
        """Take the next result, failed ones too."""


def find_inputs(given: Iterable[str], files_in: Callable[[Path], list[Path]] = sound_files) -> list[Input]:
    """The files that paths, folders, patterns and ``-`` stand for, without doubles, in the order given.

    Args:
        given: As they were typed.
        files_in: Gives the files that a folder stands for.
    """
    found: dict[str, Input] = {}
    for one in given:
        for path in expand([one], files_in):
            found.setdefault(os.path.abspath(path), Input(path, _relative(path, one)))
    return list(found.values())


class FolderOutput:
    """One file for each transcript, written whole or not at all, sub-folders as they were.

    Names keep the ending of the sound, ``more/a.wav.txt``, so that none depends on what else is there.
    Formats of JSON hold a row for a file that failed too.

    Args:
        folder: Made if absent.
        format_name: A key of ``FORMATS``.
        inputs: All files that will come.
        kind: What the model gives.

    Raises:
        ConfigError: Two files would share a name.
        OutputError: On entering or writing: no permission, no space.
    """

    def __init__(
        self, folder: Path, format_name: str, inputs: Sequence[Input], *, kind: Kind = "words"
    ) -> None:
        self._folder, self._format, self._kind = folder, format_name, kind
        self._targets = _targets(folder, FORMATS[format_name].suffix, inputs)
        self._pool = ThreadPoolExecutor(_N_WRITERS, thread_name_prefix="write")
        self._writing: deque[Future[None]] = deque()

    def __enter__(self) -> "FolderOutput":
        _make(self._folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for every file; one that could not be written is told of unless something else went wrong."""
        self._pool.shutdown()
        if error is None:
            self._settle(0)

    def is_done(self, one: Input) -> bool:
        """Whether its output is there; a row that tells of a failure does not count."""
        target = self._targets[one.path]
        return target.is_file() and not (self._format in _JSON and _tells_of_failure(target))

    def write(self, result: FileResult) -> None:
        """Write one file; for one that failed only where the format is JSON."""
        if result.transcript is None and self._format not in _JSON:
            return
        target = self._targets[result.path]
        _make(target.parent)
        document = _document(result, self._format, self._kind)
        self._writing.append(self._pool.submit(write_atomically, target, document))
        self._settle(_N_UNWRITTEN)

    def _settle(self, n_left: int) -> None:
        while len(self._writing) > n_left:
            self._writing.popleft().result()


class StandardOutput:
    """Transcripts one after the other on standard output, each as soon as it is there.

    Of several files, text lines and tables begin with the file's name, and JSON is one list.

    Args:
        format_name: A key of ``FORMATS``.
        several: Whether more than one file may come.
        kind: What the model gives.
        utterances: Whether transcripts have utterances.
    """

    def __init__(
        self, format_name: str, *, several: bool, kind: Kind = "words", utterances: bool = False
    ) -> None:
        self._format, self._several, self._kind = format_name, several, kind
        self._utterances = utterances
        self._n_written = 0

    def __enter__(self) -> "StandardOutput":
        if self._several and self._format == "tsv":
            click.echo(tsv_header(self._kind, with_name=True, utterances=self._utterances))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._several and self._format == "json" and not isinstance(error, OSError):
            click.echo("\n]" if self._n_written else "[]")

    def write(self, result: FileResult) -> None:
        """Write one result; one that failed only where the format is JSON."""
        if result.transcript is None and self._format not in _JSON:
            return
        document = _document(result, self._format, self._kind)
        name = printable(str(result.path))
        click.echo(self._joined(document, name) if self._several else document, nl=False)
        self._n_written += 1

    def _joined(self, document: str, name: str) -> str:
        if self._format == "txt":
            return "".join(f"{name}: {line}\n" for line in _lines(document))
        if self._format == "tsv":
            return "".join(f"{name}\t{line}\n" for line in _lines(document)[1:])
        if self._format == "json":
            indented = "\n".join(f"  {line}" for line in _lines(document))
            return (",\n" if self._n_written else "[\n") + indented
        return document


def _lines(document: str) -> list[str]:
    """Its lines, each of which has a line end; what else ends a line in Unicode may be part of a name."""
    return document.split("\n")[:-1]


def _document(result: FileResult, format_name: str, kind: Kind) -> str:
    if format_name not in _JSON and result.transcript is not None:
        return FORMATS[format_name].write(result.transcript, str(result.path))
    return (json_object if format_name == "json" else json_line)(_row(result, kind))


def _row(result: FileResult, kind: Kind) -> AnyRow:
    name = str(result.path)
    if result.transcript is None:
        return failed_row(name, result.error or "failed", kind)
    return row(result.transcript, name, result.warning)


def _tells_of_failure(path: Path) -> bool:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get("error") is not None
    except (OSError, ValueError, AttributeError):  # not a row of ours: to be written anew
        return True


def _targets(folder: Path, suffix: str, inputs: Sequence[Input]) -> dict[Path, Path]:
    targets: dict[Path, Path] = {}
    taken: dict[Path, Path] = {}
    for one in inputs:
        target = folder / one.relative.parent / (one.relative.name + suffix)
        if target in taken:
            raise ConfigError(
                f"{taken[target]} and {one.path} would both be written to {target}; "
                "give the folder above them, or run them one after the other with a folder each"
            )
        taken[target] = one.path
        targets[one.path] = target
    return targets


def _relative(path: Path, given: str) -> Path:
    if str(path) == "-":
        return Path("stdin")
    root = _root(given)
    inside = root is not None and path.is_relative_to(root) and path != root
    relative = path.relative_to(root) if inside and root is not None else Path(path.name)
    return Path(path.name) if ".." in relative.parts else relative


def _root(given: str) -> Path | None:
    """The folder that a folder or pattern searches; None for a file."""
    path = Path(given)
    if path.is_dir():
        return path
    if os.path.lexists(given) or not glob.has_magic(given):
        return None
    fixed = [part for part in path.parts if glob.has_magic(part)]
    return Path(*path.parts[: path.parts.index(fixed[0])])


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder {folder}: {error.strerror or error}; {cure(error, writing=True)}"
        ) from error
