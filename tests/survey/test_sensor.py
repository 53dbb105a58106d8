import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from kitchen import write_records

from speechlstm.errors import DataError
from speechlstm.sources.problems import Problems
from speechlstm.survey.kind import Ask, Target
from speechlstm.survey.look import examine
from speechlstm.survey.place import look_around
from speechlstm.survey.report import as_text
from speechlstm.survey.sensor import SensorFinding
from speechlstm.survey.sensor_times import Timed, bouts_of, gaps_of


def find(place: Path, ask: Ask | None = None) -> SensorFinding:
    found = examine(look_around(place), ask or Ask())
    assert isinstance(found, SensorFinding)
    return found


def rewrite(path: Path, change: object) -> None:
    """Change the lines of a file."""
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*change(lines), ""]))  # type: ignore[operator]


def sides(found: SensorFinding) -> dict[str, str]:
    """The split of each subject; a subject on both sides would be a fault."""
    pairs = {(part.subject, part.split) for part in found.facts.parts}
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Six recordings of three subjects, whom the files' names tell."""
    for i in range(6):
        write_records(tmp_path / "data" / f"s{i % 3}_{i}.csv", i)
    return tmp_path / "data"


def test_files_with_a_column_of_labels(records: Path) -> None:
    found = find(records)
    assert found.facts.labels == ("fast", "slow", "still")
    assert found.facts.channels == ("x", "y")
    assert found.facts.rate_hz == 25
    assert (found.survey.split_by, found.survey.subjects_from) == ("subject", "file names")
    assert sorted(sides(found).values()) == ["train", "train", "validation"]
    # what can be read as it is stays where it is
    assert all(part.content is None for part in found.facts.parts)
    assert found.survey.facts["minutes"] == pytest.approx(
        sum(c.seconds for c in found.survey.classes) / 60, abs=0.01
    )


def test_subjects_in_sub_folders_and_json(tmp_path: Path) -> None:
    for i in range(4):
        write_records(tmp_path / ("anna", "ben")[i % 2] / f"{i}.jsonl", i, form="jsonl")
    found = find(tmp_path)
    assert found.survey.subjects_from == "sub-folders"
    assert set(sides(found)) == {"anna", "ben"}


def test_one_file_with_a_column_of_subjects(tmp_path: Path) -> None:
    parts = [
        write_records(tmp_path / f"{i}.csv", i, user=f"u{i % 3}").read_text().splitlines() for i in range(6)
    ]
    one = tmp_path / "all" / "all.csv"
    one.parent.mkdir()
    one.write_text("\n".join([parts[0][0], *(line for part in parts for line in part[1:]), ""]))
    found = find(one)
    assert found.survey.subjects_from == "the column user"
    assert set(sides(found)) == {"u0", "u1", "u2"}
    contents = [gzip.decompress(part.content or b"").decode() for part in found.facts.parts]
    assert all(text.startswith("time_s,x,y,label\n") for text in contents)
    assert sum(len(text.splitlines()) - 1 for text in contents) == sum(len(part) - 1 for part in parts)


def test_another_name_for_the_label(records: Path) -> None:
    for file in records.iterdir():
        rewrite(file, lambda lines: [lines[0].replace("label", "Activity"), *lines[1:]])
    found = find(records)
    assert found.facts.labels == ("fast", "slow", "still")
    assert all(part.content is not None for part in found.facts.parts)
    assert find(records, Ask(label="Activity")).facts.labels == found.facts.labels


def test_folders_name_the_labels(tmp_path: Path) -> None:
    for i in range(8):
        file = write_records(
            tmp_path / ("walking", "sitting")[i % 2] / f"{('anna', 'ben')[i // 4]}_{i}.csv", i
        )
        rewrite(file, lambda lines: [line.rpartition(",")[0] for line in lines])
    found = find(tmp_path)
    assert found.facts.labels == ("sitting", "walking")
    assert set(sides(found)) == {"anna", "ben"}
    assert found.facts.one_label_each
    config = found.proposal(Target("a", tmp_path)).config
    assert "\nsplice_s = [" in config


def test_parquet(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    from pyarrow import parquet

    for i in range(4):
        rows = [
            json.loads(line)
            for line in write_records(tmp_path / "x", i, form="jsonl").read_text().splitlines()
        ]
        (tmp_path / "x").unlink()
        parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / f"p{i % 2}_{i}.parquet")
    assert find(tmp_path).facts.labels == ("fast", "slow", "still")
    assert set(sides(find(tmp_path))) == {"p0", "p1"}


def test_one_file_of_nobody_is_cut_up(tmp_path: Path) -> None:
    whole = [write_records(tmp_path / "x", i).read_text().splitlines() for i in range(4)]
    rows = [line.split(",") for part in whole for line in part[1:]]
    lines = [",".join([f"{0.04 * i:.3f}", *row[1:]]) for i, row in enumerate(rows)]
    (tmp_path / "x").unlink()
    (tmp_path / "all.csv").write_text("\n".join([whole[0][0], *lines, ""]))
    found = find(tmp_path / "all.csv")
    assert (found.survey.split_by, found.survey.subjects_from) == ("stretch", "")
    assert len(found.facts.parts) == 10
    assert found.survey.n_subjects == 0
    assert "subjects          not known; split by stretch: 2 of 10 to validate with" in as_text(found.survey)
    assert any("the split is by stretch" in text for text in found.survey.warnings)


def test_files_of_one_person_that_may_be_split(tmp_path: Path) -> None:
    for i in range(5):
        write_records(tmp_path / f"s1_{i}.csv", i)
    found = find(tmp_path, Ask(by_file=True))
    assert (found.survey.n_subjects, len(found.survey.units)) == (1, 5)
    told = as_text(found.survey)
    assert "subjects          1, from file names; split by file: 1 of 5 to validate with" in told
    assert "Note: the split is by file, as asked" in told


def test_without_header_and_without_time(records: Path) -> None:
    for file in records.iterdir():
        rewrite(file, lambda lines: [line.partition(",")[2] for line in lines[1:]])
    with pytest.raises(DataError, match=r"has no header, its first line is .*--columns"):
        find(records)
    with pytest.raises(
        DataError, match=r"its first line has 3 cells, where 2 columns are named; name one for"
    ):
        find(records, Ask(columns=("x", "y")))
    ask = Ask(columns=("x", "y", "label"))
    with pytest.raises(DataError, match=r"the records carry no time .* \(--rate\)"):
        find(records, ask)
    found = find(records, Ask(columns=("x", "y", "label"), rate_hz=20))
    assert found.facts.rate_hz == 20


def test_units_by_names_and_by_gravity(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(4):
        x = rng.normal(0, 0.5, (200, 6)) + np.array([0, 0, 9.81, 0, 0, 0])
        lines = [f"{j / 100},{','.join(f'{v:.3f}' for v in row)},{'ab'[j // 100]}" for j, row in enumerate(x)]
        header = "t,accX,accY,accZ,gyro_x_dps,gyro_y_dps,gyro_z_dps,label"
        (tmp_path / f"s{i}.csv").write_text("\n".join([header, *lines, ""]))
    found = find(tmp_path)
    assert found.facts.units == ("m/s2",) * 3 + ("deg/s",) * 3
    assert found.facts.rate_hz == 50
    assert "triples = [[0, 1, 2], [3, 4, 5]]" in found.proposal(Target("a", tmp_path)).config


def test_what_is_odd_is_told(records: Path) -> None:
    files = sorted(records.iterdir())
    rewrite(files[0], lambda lines: [*lines[:20], "3.1,none,0.2,slow", *lines[80:]])
    rewrite(files[1], lambda lines: [*lines[:40], lines[35], *lines[40:]])
    (records / "s1_broken.csv").write_text("")
    survey = find(records).survey
    assert survey.facts["gaps"] == 1
    assert survey.facts["longest_gap_s"] == pytest.approx(60 * 0.04, rel=0.1)
    assert survey.facts["records_dropped"] == 1
    told = " ".join(survey.warnings)
    assert "time goes back" in told
    assert f"1 records cannot be used (the first: {files[0].name}: line 21, x is 'none')" in told
    assert [line.rpartition("/")[2] for line in survey.unreadable] == [
        "s1_broken.csv: is empty; expected lines of CSV or JSON"
    ]


def test_a_file_that_is_cut_into_stretches_names_no_line_of_a_copy(tmp_path: Path) -> None:
    path = write_records(tmp_path / "one.csv", 1)
    rewrite(path, lambda lines: [*lines[:-9], f"{lines[-9].split(',')[0]},none,0.2,slow", *lines[-8:]])
    told = " ".join(find(path).survey.warnings)
    assert "1 records cannot be used (the first: " in told and ": x is 'none')" in told
    assert "line" not in told


def test_recordings_in_another_unit_are_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(4):
        x = rng.normal(0, 0.2, (200, 3)) + np.array([0, 0, 9.8])
        x = x / 9.81 if i == 2 else x
        lines = [f"{j / 100},{','.join(f'{v:.4f}' for v in row)},{'ab'[j // 100]}" for j, row in enumerate(x)]
        (tmp_path / f"s{i}.csv").write_text("\n".join(["t,acc_x,acc_y,acc_z,label", *lines, ""]))
    (told,) = (line for line in find(tmp_path).survey.warnings if "unit" in line)
    assert told == (
        "acc_x, acc_y, acc_z come to 0.996 in s2.csv, to 9.8 in others (1 of 4 recordings are so far off); "
        "are all in the same unit?"
    )


def test_other_files_among_them_are_told(records: Path) -> None:
    (records / "README.txt").write_text("These were recorded\nby three people, in May\n")
    (records / "people.csv").write_text("subject,age\ns1,30\n")
    rewrite(write_records(records / "s9.csv", 9), lambda lines: [line.rpartition(",")[0] for line in lines])
    found = find(records)
    assert found.facts.channels == ("x", "y")
    told = sorted(line.rpartition("/")[2] for line in found.survey.unreadable)
    assert told == [
        "README.txt: holds no records below its header",
        "people.csv: has other columns than most: subject, age",
        "s9.csv: has other columns than most: time_s, x, y",
    ]


def test_stamps_in_milliseconds(records: Path) -> None:
    for file in records.iterdir():
        header, *lines = file.read_text().splitlines()
        rows = (line.partition(",") for line in lines)
        stamped = [f"{1_700_000_000_000 + int(1000 * float(t))},{rest}" for t, _, rest in rows]
        file.write_text("\n".join([header.replace("time_s", "timestamp"), *stamped, ""]))
    assert find(records).facts.rate_hz == 25


def test_many_samples_in_a_frame_are_told_by_their_bands(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(2):
        lines = [
            f"{j / 4000},{v:.3f},{'ab'[j // 4000]}" for j, v in enumerate(rng.normal(0, 1, 8000).tolist())
        ]
        (tmp_path / f"s{i}.csv").write_text("\n".join(["t,vibration,label", *lines, ""]))
    found = find(tmp_path)
    assert found.facts.rate_hz == 4000
    assert 'kind = "bands"' in found.proposal(Target("a", tmp_path)).config


def no_labels(folder: Path) -> None:
    file = write_records(folder / "s1.csv", 1)
    rewrite(file, lambda lines: [line.rpartition(",")[0] for line in lines])


def one_class(folder: Path) -> None:
    for i in range(2):
        file = write_records(folder / f"s{i}.csv", i)
        rewrite(file, lambda lines: [lines[0], *(f"{line.rpartition(',')[0]},slow" for line in lines[1:])])


def one_subject(folder: Path) -> None:
    for i in range(2):
        write_records(folder / f"s1_{i}.csv", i)


def slow(folder: Path) -> None:
    for i in range(2):
        lines = [f"{60 * j},{j % 7},{'ab'[j % 2]}" for j in range(50)]
        (folder / f"s{i}.csv").write_text("\n".join(["time,x,label", *lines, ""]))


def labels_of_numbers(folder: Path) -> None:
    lines = [f"{0.1 * j},{j % 7},{j * 1.5}" for j in range(300)]
    (folder / "s1.csv").write_text("\n".join(["time,x,label", *lines, ""]))


def long_cells(folder: Path) -> None:
    (folder / "s1.csv").write_text(f'text,label\n"{"a" * 200_000}",slow\n')


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (long_cells, "no column of numbers is in every file"),
        (
            no_labels,
            r"no column of labels is in every file; the columns are time_s, x, y; expected .*\(--label\)",
        ),
        (one_class, "holds one class only, 'slow' in the column 'label'"),
        (one_subject, r"all of it is of one subject, 's1'"),
        (slow, r"records come every 60 s; .* say so in its name: _ms"),
        (labels_of_numbers, "holds 300 different values, as 0.0, 1.5, "),
    ],
)
def test_what_no_recipe_can_be_made_of(tmp_path: Path, write: object, message: str) -> None:
    write(tmp_path)  # type: ignore[operator]
    with pytest.raises(DataError, match=message):
        find(tmp_path)


def test_runs_of_labels_end_at_gaps() -> None:
    none = np.zeros(1)
    times = np.array([0, 1, 2, 3, 13, 14, 15.0])
    timed = Timed(times, np.array(list("aabbbba")), none, none, none, Problems())
    assert bouts_of(timed, 2.0) == {"a": [2.0, 1.0], "b": [1.0, 2.0]}
    assert gaps_of(timed, 2.0).tolist() == [10.0]
    assert timed.rate_hz == 1.0
