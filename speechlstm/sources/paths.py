"""Which files somebody means by names, folders and patterns."""

import glob
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import soundfile

from speechlstm.errors import AudioError

__all__ = [
    "broken_link",
    "expand",
    "files_below",
    "known_suffixes",
    "no_sound_in",
    "require_named",
    "sound_files",
]

_SUFFIXES = {
    "AIFF": (".aif", ".aiff", ".aifc"),
    "AU": (".au", ".snd"),
    "CAF": (".caf",),
    "FLAC": (".flac",),
    "MP3": (".mp3",),
    "NIST": (".nist", ".sph"),
    "OGG": (".oga", ".ogg", ".opus"),
    "RF64": (".rf64",),
    "VOC": (".voc",),
    "W64": (".w64",),
    "WAV": (".wav", ".wave"),
}


def known_suffixes() -> frozenset[str]:
    """The endings, as ``.wav``, of sound files that the installed soundfile reads."""
    available = soundfile.available_formats()
    return frozenset(suffix for name, some in _SUFFIXES.items() if name in available for suffix in some)


def sound_files(folder: Path) -> list[Path]:
    """The sound files in a folder, at any depth, hidden ones left out, in order of name."""
    return files_below(folder, tuple(known_suffixes()))


def files_below(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files in a folder with one of some endings, at any depth, in order of name; no hidden ones.

    A link that leads nowhere is among them: that it does is told when it is read.
    """
    return sorted(
        path
        for path in folder.rglob("*")
        if path.name.lower().endswith(endings)
        and (path.is_file() or broken_link(path))
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def expand(paths: Iterable[str | Path], files_in: Callable[[Path], list[Path]] = sound_files) -> list[Path]:
    """Turn files, folders and glob patterns into a list of files without doubles.

    What matches nothing stays in the list, so that it fails later with an error of its own while the rest
    runs.

    Args:
        paths: Files, folders, patterns as ``clips/**/*.wav``, or ``-``.
        files_in: Gives the files that a folder stands for.

    Returns:
        Paths in the order given.

    Raises:
        AudioError: A path is empty.
    """
    found: dict[str, Path] = {}
    for given in paths:
        require_named(given)
        for path in _expand_one(str(given), files_in):
            found.setdefault(os.path.abspath(path), path)
    return list(found.values())


def no_sound_in(folder: Path) -> AudioError:
    """An error for a folder that :func:`expand` has left as it is."""
    endings = ", ".join(sorted(known_suffixes()))
    return AudioError(f"{folder}: is a folder without sound files, expected some in it ({endings})")


def broken_link(path: Path) -> str | None:
    """What is to be said of a link that leads nowhere; None of anything else."""
    if not path.is_symlink() or path.exists():
        return None
    return f"{path}: is a link to {os.readlink(path)}, which is not there; mend or remove it"


def require_named(path: str | Path) -> None:
    """Refuse an empty path, which pathlib takes for the folder one is in."""
    if not str(path):
        raise AudioError("an empty path, expected a file, a folder or a pattern; is a variable unset?")


def _expand_one(given: str, files_in: Callable[[Path], list[Path]]) -> list[Path]:
    if os.path.isdir(given):
        return files_in(Path(given)) or [Path(given)]
    if os.path.lexists(given) or not glob.has_magic(given):
        return [Path(given)]
    matches = sorted(glob.glob(given, recursive=True))
    found = [files_in(Path(match)) if os.path.isdir(match) else [Path(match)] for match in matches]
    return [path for some in found for path in some] or [Path(given)]
