"""Every error a user can meet, in one tree, and the warning of odd sound.

    SpeechLSTMError
    ├── ConfigError       a setting, recipe or option that cannot be right
    │   └── GrammarError  a grammar that cannot be read or satisfied
    ├── BundleError       a model folder that is missing, damaged or of another kind
    ├── AudioError        sound that cannot be read or understood
    ├── DeviceError       a sound device that is missing, refuses or vanished
    ├── DataError         a manifest or data set that cannot be used
    ├── OutputError       output that cannot be written
    └── MissingDependency a package or system library that is not installed

A message says what came, what was expected and what to do about it. One is no error:

    SoundWarning          sound that was understood, but of which the answer is in doubt
"""

import errno

__all__ = [
    "AudioError",
    "BundleError",
    "ConfigError",
    "DataError",
    "DeviceError",
    "GrammarError",
    "MissingDependency",
    "OutputError",
    "SoundWarning",
    "SpeechLSTMError",
    "cure",
    "missing_extra",
]

# what to do about what the system refuses
_CURES = {
    errno.ENOSPC: "free some space there or choose another folder",
    errno.EDQUOT: "free some of your quota there or choose another folder",
    errno.EROFS: "choose a folder that is not read-only",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EMFILE: "raise the limit of open files: ulimit -n 4096",
}
_CURES_OF_READING = {
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.ENOENT: "check the name",
    errno.ENOTDIR: "check the name",
    errno.EISDIR: "name a file, not a folder",
}
_CURES_OF_WRITING = {
    errno.EACCES: "choose a folder you may write to",
    errno.EPERM: "choose a folder you may write to",
    errno.ENOENT: "make its folder first",
    errno.ENOTDIR: "its parent is no folder; choose another",
    errno.EISDIR: "there is a folder of that name; choose another name",
    errno.EEXIST: "there is a file of that name; choose another name",
}


class SpeechLSTMError(Exception):
    """Root of all errors that speechlstm raises on purpose."""


class ConfigError(SpeechLSTMError, ValueError):
    """A setting, recipe or option that cannot be right."""


class GrammarError(ConfigError):
    """A grammar that cannot be read or satisfied."""


class BundleError(SpeechLSTMError):
    """A model folder that is missing, damaged or of another kind."""


class AudioError(SpeechLSTMError):
    """Sound that cannot be read or understood."""


class SoundWarning(UserWarning):
    """Sound that was understood, but of which the answer is in doubt."""


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


def cure(error: OSError, *, writing: bool = False) -> str:
    """What to do about an error of the system, in reading a file or in writing one.

    Example:
        >>> cure(IsADirectoryError(errno.EISDIR, "Is a directory"))
        'name a file, not a folder'
    """
    if writing:
        known, otherwise = _CURES_OF_WRITING, "check the folder, and the space that is left on its disk"
    else:
        known, otherwise = _CURES_OF_READING, "check its name, its permissions and its disk"
    return (_CURES | known).get(error.errno or 0, otherwise)
