"""Values as TOML writes them."""

import json
from collections.abc import Iterable

__all__ = ["quoted", "quoted_list"]


def quoted(text: str) -> str:
    """A string.

    Example:
        >>> print(quoted('the "b" of a'))
        "the \\"b\\" of a"
    """
    return json.dumps(text, ensure_ascii=False)


def quoted_list(texts: Iterable[str]) -> str:
    """A list of strings, in lines where it is long."""
    parts = [quoted(text) for text in texts]
    line = f"[{', '.join(parts)}]"
    return line if len(line) <= 100 else "[\n" + "".join(f"  {part},\n" for part in parts) + "]"
