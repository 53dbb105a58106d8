"""Elements of HTML and SVG, with everything escaped that is not markup already."""

from collections.abc import Iterable
from html import escape

__all__ = ["Html", "joined", "tag"]

_EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "source"})
# what neither HTML nor XML may hold
_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127], "\N{REPLACEMENT CHARACTER}")


class Html(str):
    """Markup; any other text is escaped on its way into a page."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: object) -> Html:
    """An element.

    Args:
        name: As ``p`` or ``rect``.
        children: Markup as it is; other text, which is escaped.
        attributes: ``class_`` is ``class``, ``stroke_width`` is ``stroke-width``; those that are ``None`` or
            ``False`` are left out, those that are ``True`` have no value. Floats have two decimals at most.

    Example:
        >>> tag("p", "a < b", tag("br"), class_="lead", hidden=True, title=None)
        '<p class="lead" hidden>a &lt; b<br></p>'
    """
    begin = name + joined(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY:
        return Html(f"<{begin}>")
    return Html(f"<{begin}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Html:
    """Pieces one after the other, escaped where they are no markup.

    Example:
        >>> joined(["a & b", tag("b", "c")])
        'a &amp; b<b>c</b>'
    """
    return Html("".join(one if isinstance(one, Html) else _escaped(one) for one in children))


def _attribute(key: str, value: object) -> Html:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return Html("")
    if value is True:
        return Html(f" {name}")
    text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return Html(f' {name}="{_escaped(text)}"')


def _escaped(text: str) -> str:
    # names of files may hold bytes that are no text
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return escape(whole.translate(_FORBIDDEN))
