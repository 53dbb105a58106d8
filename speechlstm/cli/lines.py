"""Text files that options name."""

from pathlib import Path

from speechlstm.errors import ConfigError, cure

__all__ = ["read_lines"]


def read_lines(path: Path, what: str) -> list[str]:
    """The lines of a file.

    Args:
        path: The file, UTF-8.
        what: What it is, in an error.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ConfigError(f"the {what} {path} cannot be read: {error.strerror}; {cure(error)}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the {what} {path} is no UTF-8 text ({error}); save it as UTF-8") from error
