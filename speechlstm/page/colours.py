"""Colours of any number of labels."""

__all__ = ["label_colour"]

# ColorBrewer's Paired, the dark ones first, so that few labels are easy to tell apart
_COLOURS = (
    *("#1f78b4", "#ff7f00", "#33a02c", "#e31a1c", "#6a3d9a", "#b15928"),
    *("#a6cee3", "#fdbf6f", "#b2df8a", "#fb9a99", "#cab2d6", "#ffff99"),
)
_GOLDEN_ANGLE = 137.508


def label_colour(i: int) -> str:
    """The colour of label ``i``, far from those of its neighbours whatever their number."""
    if i < len(_COLOURS):
        return _COLOURS[i]
    return f"hsl({_GOLDEN_ANGLE * i % 360:.0f}, 55%, 45%)"
