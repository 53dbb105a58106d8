"""Several drawings in one."""

import re
from collections.abc import Sequence

from speechlstm.page.markup import Html, tag
from speechlstm.page.plot import drawing

__all__ = ["stacked"]

_SIZE = re.compile(r' width="([\d.]+)" height="([\d.]+)" role')
_TITLE_HEIGHT = 26


def stacked(drawings: Sequence[tuple[str, Html]], *, title: str) -> Html:
    """Drawings one under another.

    Args:
        drawings: What stands above each, and the drawing: an SVG element of this package.
        title: What all of it shows, for who cannot see it.
    """
    children, width, top = [], 0.0, 0.0
    for name, inner in drawings:
        inner_width, height = (float(n) for n in _SIZE.findall(inner)[0])
        children.append(tag("text", name, x=14, y=top + 18, class_="label"))
        children.append(Html(inner.replace("<svg ", f'<svg y="{top + _TITLE_HEIGHT:g}" ', 1)))
        top, width = top + _TITLE_HEIGHT + height, max(width, inner_width)
    return drawing(width, top, children, title=title)
