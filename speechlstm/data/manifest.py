"""Manifests: which sound files there are, what is said in them, by whom, and in which split."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechlstm.data.json_lines import UNREADABLE, open_text, rows_of, text_of
from speechlstm.data.splits import of_split
from speechlstm.errors import DataError
from speechlstm.sources.paths import no_sound_in, sound_files

__all__ = ["Clip", "listed_sounds", "manifest_in", "read_manifest"]

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_KINDS = (".jsonl", ".json", *_DELIMITERS)
_NAMES = tuple(f"manifest{kind}{gz}" for kind in _KINDS for gz in ("", ".gz"))


@dataclass(frozen=True, slots=True)
class Clip:
    """One sound file and what is known of it.

    Attributes:
        audio: The sound file; it need not exist.
        text: The words said, separated by spaces; empty where nothing of interest is said.
        speaker: Who speaks; empty where unknown.
        split: ``train``, ``validation``, ``test`` or any other name; empty where there are none.
    """

    audio: Path
    text: str
    speaker: str = ""
    split: str = ""


def read_manifest(path: str | Path, *, split: str | None = None) -> list[Clip]:
    """Read a list of sound files and their texts.

    Args:
        path: JSON lines (``.jsonl``, ``.json``) of ``{"audio", "text", "speaker", "split"}``, CSV or TSV
            with these columns in a header, each also with ``.gz``; ``speaker`` and ``split`` may be
            absent, paths are relative to the manifest's folder. Or a folder: one that holds a
            ``manifest.jsonl`` (or its like) is read through it, else each sub-folder's name is the text
            of the sound files in it, at any depth.
        split: Keep the clips of this split only.

    Returns:
        The clips, in the manifest's order; at least one. Whether the sound files exist is not checked.

    Raises:
        DataError: The manifest is missing, empty, cannot be read, or has no such split.
    """
    path = Path(path)
    try:
        clips = list(_read(path))
    except (*UNREADABLE, csv.Error) as error:
        raise DataError(f"cannot read {path}: {error}; expected UTF-8 text as its name says") from error
    if not clips:
        raise DataError(f"{path} lists no clips; expected at least one line besides the header")
    return of_split(clips, split, path)


def listed_sounds(place: Path, *, split: str | None = None) -> list[Clip]:
    """The sounds of a place whose texts nobody need know.

    Args:
        place: A manifest, a folder with one, any other folder of sound files, at any depth, or a sound file.
        split: Keep those of this split only, where the place names splits at all.

    Returns:
        The clips, at least one; where there is no manifest, the text is the name of a sub-folder, as
        :func:`read_manifest` has it, and empty of files that lie in none.

    Raises:
        AudioError: A folder without sound.
        DataError: As :func:`read_manifest`.
    """
    if manifest_in(place) if place.is_dir() else _kind(place) in _KINDS:
        clips = read_manifest(place)
        return of_split(clips, split, place) if any(clip.split for clip in clips) else clips
    files = sound_files(place) if place.is_dir() else [place]
    if not files:
        raise no_sound_in(place)
    return [Clip(file, _sub_folder(file, place)) for file in files]


def _sub_folder(file: Path, place: Path) -> str:
    """The name of the sub-folder of ``place`` that a file lies in; none if it lies in ``place`` itself."""
    inner = file.relative_to(place).parts if file != place else ()
    return inner[0] if len(inner) > 1 else ""


def _read(path: Path) -> Iterator[Clip]:
    if not path.exists():
        raise DataError(f"there is no manifest {path}; give a {', '.join(_KINDS)} file or a folder")
    if not path.is_dir():
        return _read_file(path)
    inside = manifest_in(path)
    return _read_labels(path) if inside is None else _read_file(inside)


def manifest_in(folder: Path) -> Path | None:
    """The manifest that a folder holds; none where it is read by its sub-folders' names."""
    return next((folder / name for name in _NAMES if (folder / name).is_file()), None)


def _read_file(path: Path) -> Iterator[Clip]:
    kind = _kind(path)
    if kind not in _KINDS:
        raise DataError(f"{path} is no manifest; expected a name that ends in {', '.join(_KINDS)} or .gz")
    for where, row in _table_rows(path) if kind in _DELIMITERS else rows_of(path):
        yield _clip(row, path.parent, where)


def _kind(path: Path) -> str:
    return Path(path.stem).suffix if path.suffix == ".gz" else path.suffix


def _table_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with open_text(path, newline="") as lines:
        reader = csv.DictReader(lines, delimiter=_DELIMITERS[_kind(path)])
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if None in row or None in row.values():
                columns = ", ".join(reader.fieldnames or ())
                raise DataError(
                    f"{where} has not the columns of the header ({columns}); quote what holds commas"
                )
            yield where, row


def _clip(row: Mapping[str, Any], folder: Path, where: str) -> Clip:
    missing = [name for name in ("audio", "text") if name not in row]
    if missing:
        raise DataError(f"{where} lacks {' and '.join(missing)}; it has {', '.join(row) or 'nothing'}")
    audio, text, split = (text_of(row, name, where) for name in ("audio", "text", "split"))
    if not audio:
        raise DataError(f"{where} has an empty audio; expected a path relative to {folder}")
    return Clip(folder / audio, text, text_of(row, "speaker", where, or_number=True), split)


def _read_labels(folder: Path) -> Iterator[Clip]:
    labels = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    clips = [Clip(sound, label.name) for label in labels for sound in sound_files(label)]
    if not clips:
        raise DataError(
            f"{folder} holds neither a manifest.jsonl nor sub-folders with sound files; "
            "expected one of them (a sub-folder's name is the text of its files)"
        )
    return iter(clips)
