from pathlib import PurePath

import pytest

from speechlstm.survey.subjects import are_people, subjects_of

WORDS = ["up", "down", "turn_on"]


@pytest.mark.parametrize(
    ("names", "subjects", "how"),
    [
        # Speech Commands: an id of digits alone is a speaker too
        (["up/0132a06d_nohash_0.wav", "down/12345678_nohash_1.wav"], ["0132a06d", "12345678"], "file names"),
        # the label before and behind, and a label of two parts
        (
            ["up/anna_up_1.wav", "up/up_ben_2.wav", "turn_on/turn_on_anna_3.wav", "down/ben-down.wav"],
            ["anna", "ben", "anna", "ben"],
            "file names",
        ),
        # a part that all names share tells nothing
        (
            ["rec_anna_1", "rec_ben_1", "rec_anna_2", "rec_ben_2"],
            ["anna", "ben", "anna", "ben"],
            "file names",
        ),
        (["anna1", "anna2", "ben1", "ben2"], ["anna", "anna", "ben", "ben"], "file names"),
        # one file each is enough where the name says that it is a person
        (["exp01_user01.csv.gz", "exp02_user02.csv.gz"], ["user01", "user02"], "file names"),
        (["S-3.csv", "S-4.csv"], ["S-3", "S-4"], "file names"),
        (["anna/a.csv", "ben/b.csv"], ["anna", "ben"], "sub-folders"),
        (["up/anna/1.wav", "down/anna/1.wav", "up/ben/1.wav"], ["anna", "anna", "ben"], "sub-folders"),
    ],
)
def test_known(names: list[str], subjects: list[str], how: str) -> None:
    assert subjects_of([PurePath(name) for name in names], WORDS) == (subjects, how)


@pytest.mark.parametrize("n", [9, 19])
def test_a_file_named_otherwise_does_not_cost_the_others_their_people(n: int) -> None:
    people = [f"s{i:02}" for i in range(n)]
    names = [PurePath(f"walk/{person}_a.csv") for person in people]
    found = subjects_of([*names, PurePath("walk/trial.csv")], ["walk"])
    assert found == ([*people, "walk/trial.csv"], "file names but for 1, each taken for a person of its own")
    too_many = [*names, PurePath("walk/trial.csv"), PurePath("walk/test.csv")][: n + 2]
    assert (subjects_of(too_many, ["walk"])[1] == "") == (n < 18)


def test_a_speaker_who_is_not_named_is_another() -> None:
    names = [PurePath(f"up/{i:08x}_nohash_0.wav") for i in range(10)]
    found, how = subjects_of([*names, PurePath("up/extra.wav")], ["up"])
    assert found == [*(f"{i:08x}" for i in range(10)), "up/extra.wav"] and how.startswith(
        "file names but for 1"
    )


@pytest.mark.parametrize(
    "names",
    [
        # words with a number are no people, nor is a number in brackets
        ["up/up1.wav", "up/up2.wav", "down/down1.wav", "down/down2.wav"],
        ["up/Take (1).wav", "up/Take (2).wav", "down/Take (1).wav", "down/Take (2).wav"],
        # what all names but one have in common tells nobody
        [*(f"up/mic_{i}.wav" for i in range(10)), *(f"down/mic_{i}.wav" for i in range(9)), "down/x_1.wav"],
        [*(f"up/mic_{i}.wav" for i in range(9)), "down/x_1.wav"],
        # nor do rooms become people where nearly all is of one
        [*(f"up/anna_{room}_{i}.wav" for i in range(48) for room in ("hall", "attic")), "up/ben_hall_1.wav"],
    ],
)
def test_what_stands_in_names_and_is_nobody(names: list[str]) -> None:
    assert subjects_of([PurePath(name) for name in names], WORDS) == ([""] * len(names), "")


def test_numbers_are_taken_off_names_but_not_off_people() -> None:
    names = ["anna1", "anna2", "ben1", "ben2"]
    assert subjects_of([PurePath(name) for name in names], WORDS)[0] == ["anna", "anna", "ben", "ben"]
    mixed = [PurePath(name) for name in [*names, "p1_a", "p1_b"]]
    assert subjects_of(mixed, WORDS)[0] == ["anna", "anna", "ben", "ben", "p1", "p1"]
    people = [PurePath(f"s{i}_x.csv") for i in range(8)]
    assert subjects_of([*people, PurePath("trial.csv")], WORDS) == ([""] * 9, ""), "not s, eight times"


def test_names_that_say_that_they_are_people() -> None:
    assert are_people(["s01", "speaker-3", "P4"])
    assert not are_people(["s01", "up"])
    assert not are_people([])


@pytest.mark.parametrize(
    "names",
    [
        ["up/1.wav", "down/2.wav"],
        ["rec_1.wav", "rec_2.wav", "rec_3.wav"],
        # a name that never comes back is not known to be a person's
        ["monday.csv", "tuesday.csv", "friday.csv"],
        ["anna_1.wav", "anna_2.wav", "ben_1.wav", "7.wav"],
    ],
)
def test_not_known(names: list[str]) -> None:
    assert subjects_of([PurePath(name) for name in names], WORDS) == ([""] * len(names), "")
