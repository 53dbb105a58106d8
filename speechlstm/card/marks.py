"""Documents with places for what a command writes."""

from speechlstm.errors import ConfigError

__all__ = ["put"]


def put(text: str, name: str, content: str) -> str:
    """Replace what stands between the marks ``<!-- name -->`` and ``<!-- end of name -->`` of a document.

    Raises:
        ConfigError: The document lacks them.
    """
    before, begin, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->")
    if not begin or not end:
        raise ConfigError(
            f"the document lacks the marks <!-- {name} --> and <!-- end of {name} -->; put them where it goes"
        )
    return f"{before}{begin}{content}\n{end}{after}"
