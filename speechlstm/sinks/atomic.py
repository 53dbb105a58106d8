"""Writing a file whole or not at all."""

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
    anything fails, what was there before is untouched and nothing else is left behind.

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
        beside = Path(path).parent / f".{secrets.token_hex(8)}.tmp"
        with writing(path):
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
    path = Path(path)
    # A short name of its own: the name of the target may already be as long as the file system allows.
    beside = path.parent / f".{secrets.token_hex(8)}.tmp"
    with writing(path):
        try:
            with beside.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
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
