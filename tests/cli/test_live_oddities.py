from collections.abc import Iterator

from speechlstm.cli.live_oddities import Oddities


class Feed:
    """Something happens every second; oddities are those that a dictionary has for a moment."""

    def __init__(self, n_seconds: int, odd: dict[int, str]) -> None:
        self.now_s, self._n_seconds, self._odd = 0, n_seconds, odd
        self.warning: str | None = None
        self.told: list[tuple[int, str]] = []

    def clock(self) -> float:
        return self.now_s

    def tell(self, warning: str) -> None:
        self.told.append((self.now_s, warning))

    def __iter__(self) -> Iterator[int]:
        for now_s in range(self._n_seconds):
            self.now_s, self.warning = now_s, self._odd.get(now_s, self.warning)
            yield now_s


def heard(feed: Feed) -> Oddities[int]:
    oddities = Oddities(feed, feed, feed.tell, clock=feed.clock)
    assert list(oddities) == list(range(feed._n_seconds))
    return oddities


def test_told_soon_after_and_then_ever_more_rarely_where_there_is_more() -> None:
    feed = Feed(700, {10: "1 gap", 20: "2 gaps", 30: "3 gaps", 40: "4 gaps", 400: "5 gaps", 500: "6 gaps"})
    oddities = heard(feed)
    assert feed.told == [(12, "1 gap"), (72, "4 gaps"), (400, "5 gaps")]
    assert oddities.untold == "6 gaps"


def test_a_count_that_grows_for_ever_does_not_fill_the_screen() -> None:
    feed = Feed(36_000, {second: f"1 of {50 * second} records dropped" for second in range(5, 36_000)})
    heard(feed)
    assert [second for second, _ in feed.told] == [7, 67, 307, 1267, 5107, 20467]


def test_what_is_over_at_once_is_told_at_the_end_alone() -> None:
    feed = Feed(12, {10: "1 gap"})
    assert heard(feed).untold == "1 gap" and feed.told == []


def test_where_nothing_is_odd_nothing_is_told() -> None:
    feed = Feed(100, {})
    assert heard(feed).untold is None and feed.told == []


def test_what_was_told_is_not_told_again() -> None:
    feed = Feed(100, {10: "1 gap"})
    assert heard(feed).untold is None and feed.told == [(12, "1 gap")]


def test_a_source_that_came_back_is_asked_anew() -> None:
    feed = Feed(100, {10: "1 gap", 50: "2 gaps"})
    oddities = heard(feed)
    assert feed.told == [(12, "1 gap"), (72, "2 gaps")]
    feed.warning = None
    feed._odd = {20: "3 gaps"}
    assert list(oddities) == list(range(100))
    assert len(feed.told) == 2 and oddities.untold == "3 gaps"
