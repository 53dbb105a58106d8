import pytest

from speechlstm import errors
from speechlstm.errors import SpeechLSTMError

CLASSES = [name for name in errors.__all__ if isinstance(getattr(errors, name), type)]


def test_one_root() -> None:
    assert len(CLASSES) > 5
    for name in CLASSES:
        assert issubclass(getattr(errors, name), SpeechLSTMError)


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
