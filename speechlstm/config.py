"""Frozen dataclasses to and from plain dictionaries, with errors that name the nearest known key."""

import dataclasses
import difflib
import numbers
import types
import typing
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeVar

from speechlstm.errors import ConfigError

__all__ = ["from_dict", "is_number", "require", "to_dict", "unknown_key"]

T = TypeVar("T")


def from_dict(cls: type[T], values: Mapping[str, Any], where: str = "") -> T:
    """Build a (possibly nested) frozen dataclass from a dictionary, as read from TOML or JSON.

    Args:
        cls: A dataclass; fields that are dataclasses themselves are built from nested tables, and
            ``dict[str, Dataclass]`` fields from tables of tables. Of several dataclasses (``A | B``), the one
            is built whose choice (the field that is a ``Literal`` in all of them) the table names; the
            first of them where it names none.
        values: The dictionary.
        where: What to call the dictionary in errors, as ``features`` or ``recipe.training``.

    Returns:
        An instance of ``cls``; keys that are absent take the defaults written in ``cls``.

    Raises:
        ConfigError: An unknown key (the nearest known one is named), a missing one, or a wrong type.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where or cls.__name__} must be a table, got {values!r}")
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]
    for key in values:
        if key not in fields:
            raise unknown_key(key, fields, where or cls.__name__)
    built = {k: _convert(hints[k], v, f"{where}.{k}" if where else k) for k, v in values.items()}
    missing = [
        name
        for name, f in fields.items()
        if name not in built and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ConfigError(f"{where or cls.__name__} lacks {', '.join(missing)}; add them")
    return cls(**built)


def to_dict(config: Any) -> dict[str, Any]:
    """Turn a dataclass into plain dictionaries, lists, strings and numbers, ready for JSON."""
    result: dict[str, Any] = dataclasses.asdict(config, dict_factory=_plain)
    return result


def require(condition: bool, message: str) -> None:
    """Raise :class:`ConfigError` with ``message`` unless ``condition`` holds."""
    if not condition:
        raise ConfigError(message)


def is_number(value: object) -> bool:
    """Whether it can be compared with numbers; NaN is one, true and false are none.

    Example:
        >>> is_number(1), is_number(0.5), is_number("1"), is_number(True)
        (True, True, False, False)
    """
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def unknown_key(key: str, known: typing.Iterable[str], where: str) -> ConfigError:
    """An error for ``key`` that names the nearest of the ``known`` keys."""
    known = sorted(known)
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return ConfigError(f"unknown key {key!r} in {where}; {hint}")


def _plain(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, Fraction) else value for key, value in items}


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if Fraction in args and isinstance(value, str):
        return _fraction(value, where)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_dict(hint, value, where)
    if origin in (typing.Union, types.UnionType):
        members = [a for a in args if a is not type(None)]
        return None if value is None else _convert(_chosen(members, value, where), value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{where} must be a list, got {value!r}")
        return tuple(_convert(args[0], v, f"{where}[{i}]") for i, v in enumerate(value))
    if origin is dict:
        if not isinstance(value, Mapping):
            raise ConfigError(f"{where} must be a table, got {value!r}")
        return {k: _convert(args[1], v, f"{where}.{k}") for k, v in value.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and (not isinstance(value, hint) or (hint is int and isinstance(value, bool))):
        raise ConfigError(f"{where} must be {hint.__name__}, got {value!r}")
    return value


def _fraction(text: str, where: str) -> int | Fraction:
    """A number such as ``"1/3600"``; a whole one is an integer."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise ConfigError(
            f'{where} must be a whole number or a fraction as "1/3600", got {text!r}'
        ) from error
    return int(value) if value.denominator == 1 else value


def _chosen(members: list[Any], value: Any, where: str) -> Any:
    """The member of a union that a table is of."""
    if len(members) == 1 or not isinstance(value, Mapping):
        return members[0]
    choices = [_choices(member) for member in members]
    (tag,) = set.intersection(*(set(c) for c in choices))
    if tag not in value:
        return members[0]
    for member, known in zip(members, choices, strict=True):
        if value[tag] in known[tag]:
            return member
    known_values = ", ".join(str(name) for c in choices for name in c[tag])
    raise ConfigError(f"{where}.{tag} must be one of {known_values}, got {value[tag]!r}")


def _choices(cls: Any) -> dict[str, tuple[Any, ...]]:
    """The fields of a dataclass that are a choice, and what there is to choose."""
    hints = typing.get_type_hints(cls).items()
    return {name: typing.get_args(hint) for name, hint in hints if typing.get_origin(hint) is typing.Literal}
