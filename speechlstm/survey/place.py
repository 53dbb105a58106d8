"""A folder or file of data: what files it holds, and the list of them if there is one."""

import gzip
import json
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from speechlstm.data.manifest import manifest_in
from speechlstm.errors import DataError

__all__ = ["Place", "look_around"]

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True, slots=True)
class Place:
    """What lies where the user points.

    Attributes:
        path: What was given.
        files: All files in it, at any depth, hidden ones left out, in order of name; at least one.
        manifest: The list of files, if there is one: ``path`` itself or in it.
        keys: Keys of the first line of that list, else of the first file; none where it has no such.
    """

    path: Path
    files: tuple[Path, ...]
    manifest: Path | None
    keys: tuple[str, ...]

    @property
    def root(self) -> Path:
        """The folder that names are relative to."""
        return self.path if self.path.is_dir() else self.path.parent

    def describe(self) -> str:
        """What there is, in a line, for an error."""
        if self.path.is_file():
            return f"a file of {', '.join(self.keys[:12]) or 'nothing that is known'}"
        endings = Counter("".join(file.suffixes[-2:]) or "no ending" for file in self.files)
        n_folders = len({file.parent for file in self.files} - {self.path})
        kinds = ", ".join(f"{n:,} of {ending}" for ending, n in endings.most_common(5))
        return f"{kinds}, in {n_folders:,} sub-folders" if n_folders else kinds


def look_around(path: Path) -> Place:
    """See what files there are.

    Raises:
        DataError: There is nothing at ``path``, or nothing in it.
    """
    if not path.exists():
        raise DataError(f"there is nothing at {path}; check the name")
    if path.is_file():
        keys = _keys(path)
        return Place(path, (path,), path if {"audio", "data"} & set(keys) else None, keys)
    files = tuple(sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file, path)))
    if not files:
        raise DataError(f"{path} holds no files; expected recordings: see speechlstm new-recipe --help")
    manifest = manifest_in(path)
    return Place(path, files, manifest, _keys(manifest or files[0]))


def _hidden(file: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(root).parts)


def _keys(path: Path) -> tuple[str, ...]:
    """Keys of the first line: of a JSON object, or of a header; none where it is neither."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            line = file.readline(1 << 20).decode("utf-8-sig").strip()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error):
        return ()
    if line.startswith("{"):
        try:
            return tuple(json.loads(line))
        except ValueError:
            return ()
    kind = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    return tuple(cell.strip() for cell in line.split(_DELIMITERS[kind])) if kind in _DELIMITERS else ()
