import pytest

from speechlstm.bench.figure import Figure


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("a", "x", 1.5, at_most=1.5), True),
        (Figure("a", "x", 1.51, at_most=1.5), False),
        (Figure("a", "x", 8.0, at_least=8.0), True),
        (Figure("a", "x", 7.9, at_least=8.0), False),
        (Figure("a", "x", 3.0), None),
        (Figure("a", at_most=1.0, skipped="no TensorFlow"), None),
    ],
)
def test_met(figure: Figure, met: bool | None) -> None:
    assert figure.met is met
