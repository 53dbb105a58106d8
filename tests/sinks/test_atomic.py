"""A file is written whole or not at all, whatever goes wrong."""

import errno
import os
import threading

import pytest
from disks import Disk

from speechlstm.errors import OutputError
from speechlstm.sinks import atomic
from speechlstm.sinks.atomic import require_writable, write_atomically


def failing(code: int):
    def replace(source, target):
        raise OSError(code, os.strerror(code))

    return replace


def test_what_is_written_reads_back_byte_for_byte(tmp_path):
    path = tmp_path / "a.txt"
    write_atomically(path, "größe\n\r\n")
    assert path.read_bytes() == "größe\n\r\n".encode()
    assert os.listdir(tmp_path) == ["a.txt"]


def test_what_is_no_unicode_is_marked(tmp_path):
    write_atomically(tmp_path / "a.txt", "caf\udce9.wav")
    assert (tmp_path / "a.txt").read_bytes() == b"caf?.wav"


def test_a_file_is_replaced_and_a_string_will_do_for_a_path(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    write_atomically(str(path), "new")
    assert path.read_text() == "new"


def test_the_new_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_text("")
    write_atomically(tmp_path / "atomic", "")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_failing_replace_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(atomic.os, "replace", failing(errno.EACCES))
    with pytest.raises(
        OutputError, match=r"cannot write .*a\.txt: Permission denied; choose a folder you may"
    ):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_an_interruption_removes_the_temporary_file_and_goes_on(tmp_path, monkeypatch):
    def interrupted(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.txt", "new")
    assert os.listdir(tmp_path) == []


def test_the_text_is_on_the_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(atomic.os, "fsync", lambda fd: (done.append("fsync"), fsync(fd)))
    monkeypatch.setattr(atomic.os, "replace", lambda a, b: (done.append("replace"), replace(a, b)))
    write_atomically(tmp_path / "a.txt", "new")
    assert done == ["fsync", "replace"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"cannot write .*none.a\.txt: .*; make its folder first"):
        write_atomically(tmp_path / "none" / "a.txt", "new")


def test_a_file_for_a_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="its parent is no folder"):
        write_atomically(tmp_path / "file" / "a.txt", "new")


def test_a_folder_for_a_file(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="there is a folder of that name"):
        write_atomically(tmp_path / "folder", "new")
    assert os.listdir(tmp_path) == ["folder"]


def test_the_longest_name_the_file_system_allows(tmp_path):
    write_atomically(tmp_path / ("a" * 255), "new")
    with pytest.raises(OutputError, match="choose a shorter name"):
        write_atomically(tmp_path / ("a" * 256), "new")
    assert os.listdir(tmp_path) == ["a" * 255]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="choose a folder you may write to"):
        write_atomically(tmp_path / "a.txt", "new")


def test_of_a_link_the_file_it_leads_to_is_written(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.txt").write_text("old")
    for name in ("a.txt", "new.txt"):
        (tmp_path / name).symlink_to(f"there/{name}")
        require_writable(tmp_path / name)
        write_atomically(tmp_path / name, "new")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "there" / name).read_text() == "new"
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "new.txt", "there"]


def test_a_pipe_and_a_device_are_written_to_as_they_are(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    require_writable(pipe, "/dev/null")
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, "größe\n")
    reader.join(10)
    assert got == ["größe\n".encode()]
    assert pipe.is_fifo()
    assert os.listdir(tmp_path) == ["pipe"]
    (tmp_path / "null").symlink_to("/dev/null")
    write_atomically(tmp_path / "null", "new")
    assert (tmp_path / "null").is_char_device()


def test_a_folder_is_refused_before_anything_is_done(tmp_path):
    with pytest.raises(OutputError, match="there is a folder of that name"):
        require_writable(tmp_path)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(disk: Disk):
    folder = disk(64)
    path = folder / "a.txt"
    write_atomically(path, "old")
    with pytest.raises(OutputError, match=r"No space left.*; free some space there"):
        write_atomically(path, "new" * 100_000)
    assert path.read_text() == "old"
    assert os.listdir(folder) == ["a.txt"]
