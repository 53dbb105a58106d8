"""Figures in sentences."""

__all__ = ["counted", "duration"]


def counted(n: int, noun: str) -> str:
    """A number of things.

    Example:
        >>> counted(1, "clip"), counted(0, "clip")
        ('1 clip', '0 clips')
    """
    return f"{n} {noun}{'s' * (n != 1)}"


def duration(length_s: float) -> str:
    """A length of time for people.

    Example:
        >>> [duration(s) for s in (7.25, 320, 9000)]
        ['7.2 s', '5.3 min', '2.5 h']
    """
    if length_s >= 3600:
        return f"{length_s / 3600:.1f} h"
    return f"{length_s / 60:.1f} min" if length_s >= 120 else f"{length_s:.1f} s"
