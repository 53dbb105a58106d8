import dataclasses
from typing import Any

import pytest

from speechlstm.messages import Final, Overflow, Partial, Transcript, Word

WORDS = (Word("three", 100, 200, 0.9), Word("five", 200, 420, 0.8))


@pytest.mark.parametrize(
    "message", [WORDS[0], Partial(WORDS), Final(WORDS), Overflow(3), Transcript(WORDS, 500, 8000)]
)
def test_messages_are_values(message: Any) -> None:
    same = dataclasses.replace(message)
    assert message == same
    assert hash(message) == hash(same)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(message, dataclasses.fields(message)[0].name, None)


def test_text_of_a_transcript() -> None:
    assert Transcript(WORDS, 500, 8000).text == "three five"
    assert Transcript((), 500, 8000).text == ""
