import errno

import pytest

from speechlstm import errors
from speechlstm.errors import SpeechLSTMError, cure

CLASSES = [name for name in errors.__all__ if isinstance(getattr(errors, name), type)]


def test_one_root() -> None:
    assert len(CLASSES) > 5
    for name in CLASSES:
        root = UserWarning if name == "SoundWarning" else SpeechLSTMError
        assert issubclass(getattr(errors, name), root)


def test_the_tree_in_the_docstring_names_them_all() -> None:
    assert errors.__doc__ is not None
    for name in CLASSES:
        assert f"{name} " in errors.__doc__ or f"{name}\n" in errors.__doc__


@pytest.mark.parametrize(
    ("error", "builtin"), [(errors.ConfigError, ValueError), (errors.MissingDependency, ImportError)]
)
def test_also_caught_as_what_python_calls_it(error: type[SpeechLSTMError], builtin: type[Exception]) -> None:
    with pytest.raises(builtin, match="because"):
        raise error("because")


@pytest.mark.parametrize(
    ("code", "in_reading", "in_writing"),
    [
        (errno.EACCES, "check its permissions", "choose a folder you may write to"),
        (errno.ENOENT, "check the name", "make its folder first"),
        (errno.EEXIST, "check its name,", "there is a file of that name; choose another name"),
        (errno.ENOSPC, "free some space there", "free some space there or choose another folder"),
        (errno.EIO, "check its name, its permissions and its disk", "check the folder, and the space"),
    ],
)
def test_the_system_s_errors_have_a_cure(code: int, in_reading: str, in_writing: str) -> None:
    error = OSError(code, "refused")
    assert cure(error).startswith(in_reading)
    assert cure(error, writing=True).startswith(in_writing)
