import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import make_tiny_bundle, speechlike

from speechlstm.errors import MissingDependency, OutputError
from speechlstm.inspection.inspection import inspection_of
from speechlstm.inspection.pictures import require_matplotlib, write_pictures
from speechlstm.recognizer import Recognizer


def test_pictures_are_drawn_without_a_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("MPLBACKEND", raising=False)
    recognizer = Recognizer.load(make_tiny_bundle(tmp_path / "tiny"))
    found = inspection_of(recognizer, speechlike(4000), name="noise")
    paths = write_pictures(tmp_path / "made" / "pictures", found, found.most_telling(2))
    assert [path.name for path in paths] == ["clip.png", "units.png"]
    from matplotlib.image import imread

    for path in paths:
        pixels = np.asarray(imread(path))
        assert pixels.shape[1] == 1440
        assert len(np.unique(pixels[..., 0])) > 20
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match=r"cannot write .*taken"):
        write_pictures(tmp_path / "taken", found, ())


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *arguments: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(
        MissingDependency, match=r"--png needs matplotlib, .*pip install 'speechlstm\[plot\]'"
    ):
        require_matplotlib()
