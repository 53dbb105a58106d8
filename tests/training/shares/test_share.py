import json
from dataclasses import replace
from pathlib import Path

import pytest
from tides import tides, write_tides, write_tides_recipe
from tones import write_recipe, write_tones
from wrist import write_wrist, write_wrist_recipe

from speechlstm.data.corpus import DataSet
from speechlstm.errors import ConfigError
from speechlstm.training.recipe import Recipe, read_recipe
from speechlstm.training.settings import ValidationSet
from speechlstm.training.shares.share import share_of, survey


def of_people(folder: Path, **sets: list[str]) -> Recipe:
    """A recipe with sets of words by these speakers."""
    write_tones(folder)
    for name, speakers in sets.items():
        rows = [{"audio": f"low{i % 4}.wav", "text": "low", "speaker": s} for i, s in enumerate(speakers)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = read_recipe(write_recipe(folder / "recipe"))
    data = {name: DataSet(f"{name}.jsonl", "words") for name in sets}
    return replace(recipe, data=data, sources=dict.fromkeys(data, "made by a test"))


def kept(recipe: Recipe, folder: Path) -> dict[str, set[str]]:
    """Who is still heard, by set."""
    return {
        name: {json.loads(line)["speaker"] for line in (folder / s.manifest).read_text().splitlines()}
        - set(s.exclude_speakers)
        for name, s in recipe.data.items()
    }


def test_shares_are_nested_and_of_people(tmp_path: Path) -> None:
    many, few = [f"m{i}" for i in range(20)], ["a", "b", "c"]
    recipe = of_people(tmp_path, many=many * 3, few=few)
    shares = survey(recipe, tmp_path)
    assert shares.unit == "speakers"
    found = [share_of(recipe, shares, fraction) for fraction in (0.1, 0.5, 1.0)]
    people = [kept(share.recipe, tmp_path) for share in found]
    assert [len(p["many"]) for p in people] == [2, 10, 20]
    # of every set by itself, and at least one
    assert [len(p["few"]) for p in people] == [1, 2, 3]
    for name in ("many", "few"):
        assert people[0][name] < people[1][name] < people[2][name]
    assert [share.amount for share in found] == [3, 12, 23]
    assert found[-1].recipe == recipe
    assert people[1]["many"] != set(many[:10])


def test_one_person_is_one_in_all_sets(tmp_path: Path) -> None:
    names = [f"p{i}" for i in range(10)]
    recipe = of_people(tmp_path, one=names, two=names[::-1])
    share = share_of(recipe, survey(recipe, tmp_path), 0.3)
    people = kept(share.recipe, tmp_path)
    assert people["one"] == people["two"]
    assert share.amount == 3


def test_who_is_left_out_stays_out(tmp_path: Path) -> None:
    recipe = of_people(tmp_path, one=["a", "b", "c", "d"])
    recipe = replace(recipe, data={"one": replace(recipe.data["one"], exclude_speakers=("b",))})
    share = share_of(recipe, survey(recipe, tmp_path), 1.0)
    assert (kept(share.recipe, tmp_path)["one"], share.amount) == ({"a", "c", "d"}, 3)


def test_without_validation_the_last_are_held_out_of_all_sets(tmp_path: Path) -> None:
    names = [f"p{i}" for i in range(10)]
    recipe = replace(of_people(tmp_path, one=names, two=[*names[:6], "x"]), validation={})
    shares = survey(recipe, tmp_path)
    held = {person for people in shares.held_out.values() for person in people}
    assert set(shares.held_out["one"]) == held & set(names) and len(shares.held_out["one"]) >= 2
    small, whole = (share_of(recipe, shares, fraction) for fraction in (0.3, 1.0))
    for share in (small, whole):
        assert not held & set().union(*kept(share.recipe, tmp_path).values())
    assert kept(whole.recipe, tmp_path)["one"] == set(names) - held
    assert whole.amount == len({*names, "x"} - held)
    assert (
        survey(replace(recipe, validation={"v": ValidationSet("one.jsonl")}), tmp_path).held_out["one"] == ()
    )


def test_noise_stays_whole(tmp_path: Path) -> None:
    recipe = read_recipe(write_recipe(tmp_path / "recipe"))
    shares = survey(recipe, write_tones(tmp_path))
    assert shares.people["noise"] == ()
    assert share_of(recipe, shares, 0.5).recipe.data["noise"] == recipe.data["noise"]


def test_subjects_of_a_sensor(tmp_path: Path) -> None:
    recipe = read_recipe(write_wrist_recipe(tmp_path / "recipe"))
    write_wrist(tmp_path / "wrist")
    shares = survey(recipe, tmp_path)
    assert (shares.unit, share_of(recipe, shares, 0.5).amount) == ("subjects", 1)


def test_the_newest_part_of_a_series(tmp_path: Path) -> None:
    recipe = read_recipe(write_tides_recipe(tmp_path / "recipe"))
    write_tides(tmp_path / "tides.csv", tides(700))
    shares = survey(recipe, tmp_path)
    (name,) = recipe.data
    assert shares.rows == {name: (0, 500)}
    share = share_of(recipe, shares, 0.25)
    assert (share.recipe.data[name].rows, share.amount) == ((375, 500), 125)
    whole = replace(recipe, data={name: replace(recipe.data[name], rows=())})
    assert survey(whole, tmp_path).rows == {name: (0, 700)}


def test_what_cannot_be_divided(tmp_path: Path) -> None:
    recipe = of_people(tmp_path, one=["", ""], two=["a"])
    with pytest.raises(ConfigError, match="no set of tones names two people or more"):
        survey(recipe, tmp_path)
    recipe = of_people(tmp_path, one=["a", "b"])
    for fraction in (0.0, 1.5):
        with pytest.raises(ConfigError, match="above 0 and at most 1"):
            share_of(recipe, survey(recipe, tmp_path), fraction)
