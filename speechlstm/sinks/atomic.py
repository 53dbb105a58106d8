"""Writing a file whole or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from speechlstm.errors import OutputError, cure

__all__ = ["atomic_file", "require_writable", "write_atomically", "writing"]


def write_atomically(path: str | Path, text: str) -> None:
    """Write a text file so that no reader, crash or full disk ever leaves half of it.

    The text goes to a new file in the same folder, to the disk, and then takes the name in one step. If
    anything fails, what was there before is untouched and nothing else is left behind. Of a link the file is
    written that it leads to. A pipe or a device cannot be replaced: it is written to as it is.

    Args:
        path: The file; replaced if it is there.
        text: Its contents, written as UTF-8 with the line ends as they are; what is no Unicode (of a file
            name in another encoding) as ``?``.

    Raises:
        OutputError: The file cannot be written: no space, no permission, no such folder.
    """
    with atomic_file(path) as file:
        file.write(text.encode("utf-8", "replace"))


def require_writable(*paths: str | Path | None) -> None:
    """See to it that :func:`write_atomically` could write files, for who has much to do before.

    Args:
        *paths: The files, which are not touched; None where one is not wanted.

    Raises:
        OutputError: As for :func:`write_atomically`.
    """
    for path in paths:
        if path is None:
            continue
        with writing(path):
            if _is_no_file(path):
                _require_permission(path)
                continue
            beside = _beside(_target(path))
            beside.touch(exist_ok=False)
            beside.unlink()


@contextmanager
def atomic_file(path: str | Path) -> Iterator[BinaryIO]:
    """The same for what is written in pieces: a file that takes its name when the block has ended well.

    Args:
        path: The file; replaced if it is there.

    Raises:
        OutputError: As for :func:`write_atomically`.
    """
    with writing(path):
        if _is_no_file(path):
            with Path(path).open("wb") as file:
                yield file
            return
        target = _target(path)
        beside = _beside(target)
        try:
            with beside.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Make what goes wrong in writing ``path`` an error that names it and the cure.

    Args:
        path: The file or folder.

    Raises:
        OutputError: It cannot be written: no space, no permission, no such folder.
    """
    try:
        yield
    except OSError as error:
        told = f"cannot write {path}: {error.strerror or error}; {cure(error, writing=True)}"
        raise OutputError(told) from error


def _is_no_file(path: str | Path) -> bool:
    """Whether there is something that is no regular file, as a pipe or /dev/null, or a link to such."""
    return Path(path).exists() and not Path(path).is_file()


def _require_permission(path: str | Path) -> None:
    """Raise where it may not be written, without opening it: a pipe would wait for its reader."""
    if Path(path).is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(path, os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def _target(path: str | Path) -> Path:
    """The file itself, where the path is a link to it."""
    return Path(os.path.realpath(path))


def _beside(target: Path) -> Path:
    # a short name of its own: the name of the target may already be as long as the file system allows
    return target.parent / f".{secrets.token_hex(8)}.tmp"
