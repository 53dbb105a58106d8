import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechlstm.errors import DataError
from speechlstm.survey.kind import Ask, Unit
from speechlstm.survey.split import propose_split
from speechlstm.survey.split_items import Item, split_items

AMOUNTS = st.dictionaries(st.sampled_from("abc"), st.floats(1, 100), min_size=1)


def units_of(amounts: list[dict[str, float]]) -> list[Unit]:
    return [Unit(f"s{i}", seconds) for i, seconds in enumerate(amounts)]


def total(units: tuple[Unit, ...], label: str, split: str) -> float:
    return sum(unit.seconds.get(label, 0) for unit in units if unit.split == split)


@given(st.lists(AMOUNTS, min_size=2, max_size=12))
@settings(deadline=None)
def test_every_class_can_be_trained(amounts: list[dict[str, float]]) -> None:
    units = units_of(amounts)
    try:
        split = propose_split(units, share=0.2, what="subject")
    except DataError:
        assert all(
            any(sum(label in u.seconds for u in units) == 1 for label in unit.seconds) for unit in units
        )
        return
    assert [unit.name for unit in split] == [unit.name for unit in units]
    assert {unit.split for unit in split} == {"train", "validation"}
    assert all(total(split, label, "train") > 0 for unit in units for label in unit.seconds)


def test_about_the_share_of_every_class() -> None:
    units = units_of([{"a": 10.0, "b": 1.0 + i % 3} for i in range(50)])
    split = propose_split(units, share=0.2, what="subject")
    for label in "ab":
        share = total(split, label, "validation") / sum(unit.seconds[label] for unit in units)
        assert share == pytest.approx(0.2, abs=0.03)
    assert split == propose_split(units, share=0.2, what="subject")


def test_the_one_that_has_a_class_alone_is_trained_on() -> None:
    split = propose_split(units_of([{"a": 5, "b": 5}, {"a": 5}]), share=0.5, what="subject")
    assert [unit.split for unit in split] == ["train", "validation"]


def test_nothing_to_spare() -> None:
    with pytest.raises(DataError, match="every subject has a class that no other subject has"):
        propose_split(units_of([{"a": 5}, {"b": 5}]), share=0.2, what="subject")
    with pytest.raises(DataError, match="there is one file"):
        propose_split(units_of([{"a": 5}]), share=0.2, what="file")


def items(*rows: tuple[str, str]) -> list[Item]:
    return [Item(f"{i}.wav", {"a": 1.0}, subject, split) for i, (subject, split) in enumerate(rows)]


def test_a_subject_is_on_one_side() -> None:
    found = split_items(items(("anna", ""), ("ben", ""), ("anna", ""), ("ben", "")), Ask())
    assert found.by == "subject"
    assert found.splits[0] == found.splits[2] != found.splits[1] == found.splits[3]
    assert found.warnings == ()


def test_a_split_that_the_data_name_is_kept_if_it_keeps_subjects_apart() -> None:
    rows = [("anna", "train"), ("ben", "validation"), ("cleo", "test")]
    found = split_items(items(*rows), Ask())
    assert (found.by, found.splits) == ("given", ("train", "validation", "test"))
    found = split_items(items(*rows, ("anna", "validation")), Ask())
    assert found.by == "subject"
    assert found.splits[0] == found.splits[3]
    assert found.splits[2] == "test"
    assert "has anna on both sides; another is proposed" in found.warnings[0]
    assert "1 files stay set apart" in found.warnings[1]


def test_subjects_that_are_not_known() -> None:
    found = split_items(items(("", ""), ("", ""), ("", "")), Ask())
    assert found.by == "file"
    assert sorted(found.splits) == ["train", "train", "validation"]
    assert "it is not known of whom they are" in found.warnings[0]
    assert "(--subject)" in found.warnings[0]


def test_one_subject_only() -> None:
    rows = items(("anna", ""), ("anna", ""), ("anna", ""))
    with pytest.raises(DataError, match=r"of one subject, 'anna', .* or split by file \(--by-file\)"):
        split_items(rows, Ask())
    found = split_items(rows, Ask(by_file=True))
    assert found.by == "file"
    assert "the split is by file, as asked" in found.warnings[0]


@pytest.mark.parametrize(
    ("splits", "why"),
    [(("", "", ""), ", as all of it is needed to train"), (("train", "train", "validation"), "")],
)
def test_a_class_that_nobody_is_left_to_measure_with_is_named(splits: tuple[str, ...], why: str) -> None:
    heard = [{"run": 1.0, "walk": 1.0}, {"walk": 1.0}, {"walk": 1.0}]
    people = zip(("anna", "ben", "cleo"), heard, splits, strict=True)
    found = split_items([Item(f"{name}.csv", seconds, name, split) for name, seconds, split in people], Ask())
    assert found.warnings == (f"not to be measured{why}: run",)
