"""Every error a user can meet, in one tree.

    SpeechLSTMError
    ├── ConfigError       a setting, recipe or option that cannot be right
    ├── BundleError       a model folder that is missing, damaged or of another kind
    ├── AudioError        sound that cannot be read or understood
    ├── DeviceError       a sound device that is missing, refuses or vanished
    ├── DataError         a manifest or data set that cannot be used
    ├── OutputError       output that cannot be written
    └── MissingDependency a package or system library that is not installed

A message says what came, what was expected and what to do about it.
"""

__all__ = [
    "AudioError",
    "BundleError",
    "ConfigError",
    "DataError",
    "DeviceError",
    "MissingDependency",
    "OutputError",
    "SpeechLSTMError",
    "missing_extra",
]


class SpeechLSTMError(Exception):
    """Root of all errors that speechlstm raises on purpose."""


class ConfigError(SpeechLSTMError, ValueError):
    """A setting, recipe or option that cannot be right."""


class BundleError(SpeechLSTMError):
    """A model folder that is missing, damaged or of another kind."""


class AudioError(SpeechLSTMError):
    """Sound that cannot be read or understood."""


class DeviceError(SpeechLSTMError):
    """A sound device that is missing, refuses or vanished."""


class DataError(SpeechLSTMError):
    """A manifest or data set that cannot be used."""


class OutputError(SpeechLSTMError):
    """Output that cannot be written."""


class MissingDependency(SpeechLSTMError, ImportError):
    """A package or system library that is not installed; the message names the cure."""


def missing_extra(what: str, extra: str) -> MissingDependency:
    """An error for ``what``, which cannot be had without the packages of an extra.

    Example:
        >>> print(missing_extra("it needs keras", "train"))
        it needs keras, which is not installed: pip install 'speechlstm[train]' (in a checkout: '.[train]')
    """
    return MissingDependency(
        f"{what}, which is not installed: pip install 'speechlstm[{extra}]' (in a checkout: '.[{extra}]')"
    )
