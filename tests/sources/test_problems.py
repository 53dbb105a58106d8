import pytest

from speechlstm.sources.problems import Problems


def test_nothing_odd_says_nothing() -> None:
    assert Problems(n_records=7).describe() is None


def test_everything_odd_in_one_line() -> None:
    problems = Problems(n_records=1_000, n_repeated=2, n_gaps=1, n_restarts=1, extra_columns=("a", "b"))
    problems.drop("n_empty", "line 3, x is ''")
    problems.drop("n_not_a_number", "line 4, x is 'abc'")
    problems.drop("n_not_a_number", "line 9, x is 'nan'")
    assert problems.n_dropped == 3
    assert problems.describe() == (
        "3 of 1,000 records dropped: 2 not a number, 1 with an empty cell (the first: line 3, x is ''); "
        "2 time stamps repeated; 1 gap; 1 restart of the clock; columns ignored: a, b"
    )


@pytest.mark.parametrize(("n", "told"), [(1, "1 record holds a value"), (2_000, "2,000 records hold values")])
def test_wild_values_and_a_notice(n: int, told: str) -> None:
    problems = Problems(n_records=2_000, n_wild=n, first_wild="x is 1e+30", notice="no column of time")
    known = "far outside what the model knows (the first: x is 1e+30)"
    assert problems.describe() == f"{told} {known}; no column of time"
