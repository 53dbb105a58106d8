from pathlib import Path

import pytest

from speechlstm.data.pronunciations import read_pronunciations
from speechlstm.errors import DataError


def _written(folder: Path, text: str) -> Path:
    file = folder / "words.dict"
    file.write_text(text)
    return file


def test_a_text_is_the_phones_of_its_words(tmp_path: Path) -> None:
    file = _written(tmp_path, ";;; by hand\nup  AH P\n\nupper  AH P ER\nup  UH P\n")
    found = read_pronunciations(file)
    assert found.phones == ("AH", "ER", "P")
    assert found.of_text("upper up") == (0, 2, 1, 0, 2)


def test_a_text_as_it_is_written_and_a_dictionary_as_cmu_writes_it(tmp_path: Path) -> None:
    file = _written(tmp_path, "UP  AH P\nUP(1)  UH P\nhere H R # place, not time\n( AH\n")
    found = read_pronunciations(file)
    assert found.phones == ("AH", "H", "P", "R")
    assert found.of_text("Up, here.") == (0, 2, 1, 3)
    assert found.of_text("UP -") is None


def test_a_text_with_an_unknown_word_has_no_phones(tmp_path: Path) -> None:
    found = read_pronunciations(_written(tmp_path, "up  AH P\n"))
    assert found.of_text("up <unk>") is None
    assert found.of_text("") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [("up\n", "line 1: 'up' has no phones"), ("", "holds no words"), (";;; no\n", "no words")],
)
def test_a_dictionary_that_says_nothing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_pronunciations(_written(tmp_path, text))


def test_a_dictionary_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read the pronunciations .*none\.dict"):
        read_pronunciations(tmp_path / "none.dict")
