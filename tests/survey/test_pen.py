import gzip
import json
import tomllib
from pathlib import Path

import pytest
from handwriting import write_pen

from speechlstm.config import from_dict
from speechlstm.data.strokes import read_strokes
from speechlstm.errors import DataError
from speechlstm.survey.kind import Ask, Target
from speechlstm.survey.look import examine
from speechlstm.survey.pen import PenFinding
from speechlstm.survey.place import look_around
from speechlstm.survey.report import as_text
from speechlstm.training.recipe import Recipe


def find(path: Path, ask: Ask | None = None) -> PenFinding:
    found = examine(look_around(path), ask or Ask())
    assert isinstance(found, PenFinding)
    return found


def without(path: Path, *keys: str) -> Path:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    kept = ({key: value for key, value in row.items() if key not in keys} for row in rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in kept))
    return path


def test_single_characters_with_their_split(tmp_path: Path) -> None:
    found = find(write_pen(tmp_path).parent)
    assert (found.facts.vocabulary, found.facts.spelt) == (("i", "o", "z"), False)
    assert (found.survey.split_by, found.survey.n_subjects, found.survey.amount) == ("given", 6, "pieces")
    assert sum(c.n for c in found.survey.classes) == 60
    assert sum(c.validation_s for c in found.survey.classes) == 10
    assert "samples of handwriting, each one of a few" in as_text(found.survey)


def test_a_split_by_writer_is_proposed(tmp_path: Path) -> None:
    found = find(without(write_pen(tmp_path), "split"))
    assert (found.survey.split_by, found.survey.subjects_from) == ("subject", "the samples")
    sides = {(s.writer, side) for s, side in zip(found.facts.samples, found.facts.splits, strict=True)}
    assert len(sides) == 6 and {side for _, side in sides} == {"train", "validation"}


def test_without_writers_it_is_said(tmp_path: Path) -> None:
    found = find(without(write_pen(tmp_path), "split", "writer"))
    assert (found.survey.split_by, found.survey.n_subjects) == ("file", 0)
    assert "it is not known of whom they are" in " ".join(found.survey.warnings)


def test_a_writer_whose_name_ends_a_line_in_unicode(tmp_path: Path) -> None:
    path = write_pen(tmp_path)
    text = path.read_text().replace('"writer": "', '"writer": "ann\u2028')
    path.write_text(text)
    assert text.count("\u2028") == 60
    assert find(path).survey.n_subjects == 6


def test_words_are_spelt(tmp_path: Path) -> None:
    found = find(write_pen(tmp_path, spelt=True, n=40))
    assert (found.facts.vocabulary, found.facts.spelt) == (("i", "o", "z"), True)
    n_written = sum(s.label.count("o") for s in found.facts.samples)
    assert next(c.n for c in found.survey.classes if c.label == "o") == n_written


@pytest.mark.parametrize("spelt", [False, True])
def test_the_recipe(spelt: bool, tmp_path: Path) -> None:
    found = find(write_pen(tmp_path / "data", spelt=spelt, n=40))
    proposal = found.proposal(Target("mine", tmp_path / "mine"))
    recipe = from_dict(Recipe, tomllib.loads(proposal.config))
    assert recipe.vocabulary == ("i", "o", "z")
    assert recipe.network.head == ("words" if spelt else "classes")
    assert recipe.decoder.method == ("spell" if spelt else "whole")
    file = tmp_path / "strokes.jsonl.gz"
    file.write_bytes(proposal.files["strokes.jsonl.gz"])
    copied = read_strokes(file)
    assert [(s.label, s.writer) for s in copied] == [(s.label, s.writer) for s in found.facts.samples]
    assert tuple(s.split for s in copied) == found.facts.splits
    assert recipe.data["strokes"].manifest == proposal.evaluate_on
    # a piece of 40 lies within the frames that are trained on
    assert recipe.pen.n_frames % 8 == 0 and recipe.pen.n_frames >= 8


def test_gzip_and_one_label(tmp_path: Path) -> None:
    file = write_pen(tmp_path / "a")
    packed = tmp_path / "strokes.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert find(packed).facts.splits == find(file).facts.splits
    rows = [json.loads(line) | {"label": "o"} for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match="holds 'o' alone; expected something to tell it from"):
        find(file)
