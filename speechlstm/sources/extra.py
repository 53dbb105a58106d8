"""Packages that only some sources need, loaded when they are asked for."""

import importlib
from typing import Any

from speechlstm.errors import missing_extra

__all__ = ["load_extra"]


def load_extra(module: str, *, what: str) -> Any:
    """The module of a package of the extra ``sensors``.

    Args:
        module: Its name, as ``serial``.
        what: What it is for, and the package, as ``"a serial port needs pyserial"``.

    Raises:
        MissingDependency: The package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise missing_extra(what, "sensors") from error
