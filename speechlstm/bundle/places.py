"""Where models are found by name."""

import os
from pathlib import Path

from speechlstm.errors import BundleError

__all__ = ["available", "find"]


def find(model: str | Path) -> Path:
    """The folder of a model given by path or by name.

    Names are looked up in ``$SPEECHLSTM_MODELS``, among the models that come with the package, and in
    ``models/`` of a source checkout.

    Raises:
        BundleError: There is none; the known ones are named.
    """
    if (Path(model) / "bundle.json").is_file():
        return Path(model)
    for path in available():
        if path.name == str(model):
            return path
    known = ", ".join(path.name for path in available()) or "none"
    here = Path("models") / model  # where `speechlstm train` writes
    folder = f"folder, {here}" if (here / "bundle.json").is_file() else "folder"
    raise BundleError(
        f"no model {str(model)!r}: neither a folder with a bundle.json nor a known name (known: {known}); "
        f"give the model's {folder}, or name the folder that holds it in $SPEECHLSTM_MODELS"
    )


def available() -> list[Path]:
    """Folders of all models that can be named, by name; the first of a name wins."""
    package = Path(__file__).parents[1]
    places = [package / "_models"]
    if (package.parent / "pyproject.toml").is_file():
        places.append(package.parent / "models")
    if os.environ.get("SPEECHLSTM_MODELS"):
        places.insert(0, Path(os.environ["SPEECHLSTM_MODELS"]))
    found: dict[str, Path] = {}
    for place in places:
        for description in sorted(place.glob("*/bundle.json")):
            found.setdefault(description.parent.name, description.parent)
    return [found[name] for name in sorted(found)]
