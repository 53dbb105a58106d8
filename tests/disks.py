"""Small disks that are soon full, or read-only, and what is read from one that gives up."""

import errno
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["Disk", "Torn", "disks"]

Disk = Callable[..., Path]


@contextmanager
def disks(parent: Path) -> Iterator[Disk]:
    """Make disks in ``parent``, unmounted at the end: ``make(n_kb, options="rw")``.

    The test is skipped where nothing can be mounted.
    """
    mounted: list[Path] = []

    def make(n_kb: int = 64, *, options: str = "rw") -> Path:
        if shutil.which("mount") is None:
            pytest.skip("a small tmpfs needs the mount command")
        folder = parent / f"disk{len(mounted)}"
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={n_kb}k,{options}", "tmpfs", folder]
        if (done := subprocess.run(mount, capture_output=True, text=True)).returncode:
            pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    try:
        yield make
    finally:
        for folder in mounted:
            subprocess.run(["umount", folder], check=True)


class Torn(io.BytesIO):
    """A stream that gives a few bytes at a time, and then a disk's error where its end should be."""

    def __init__(self, data: bytes, n: int) -> None:
        super().__init__(data)
        self.n = n

    def read1(self, size: int | None = -1, /) -> bytes:
        data = self.read(self.n)
        if not data:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return data
