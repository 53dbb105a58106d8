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
