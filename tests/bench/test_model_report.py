import dataclasses
import json
from pathlib import Path

import pytest
from handwriting import make_pen_bundle
from tides import make_tides_bundle
from wrist import make_wrist_bundle

from speechlstm.bench.machine import this_machine
from speechlstm.bench.model_cost import Span, part_costs
from speechlstm.bench.model_report import ModelReport, PartReport, measure_model
from speechlstm.bench.part_times import REST
from speechlstm.bundle import Bundle
from speechlstm.errors import SpeechLSTMError


@pytest.fixture(scope="module")
def report(tiny_bundle: Path) -> ModelReport:
    return measure_model(Bundle.load(tiny_bundle), "low", measure_s=0.1)


def test_every_part_is_counted_and_timed(report: ModelReport, tiny_bundle: Path) -> None:
    bundle = Bundle.load(tiny_bundle)
    costs = {cost.name: cost for cost in part_costs(bundle, bundle.config.latency["low"])}
    parts = {part.name: part for part in report.parts}
    assert list(parts) == [*list(costs)[:-1], REST, "decoder"]
    a_second = 8000 / 240
    for name, cost in costs.items():
        part = parts[name]
        assert part.busy_s > 0
        assert part.bytes_moved == pytest.approx(a_second * cost.n_bytes)
        if cost.n_multiply_adds is None:
            assert (part.multiply_adds, part.share_of_limit) == (None, None)
        else:
            assert part.multiply_adds == pytest.approx(a_second * cost.n_multiply_adds)
            rate = part.multiply_adds / part.busy_s
            assert part.share_of_limit == pytest.approx(rate / report.limit_per_s)
    # a thread that multiplies matrices does some billions a second, and no part of a tiny model does as many
    assert report.limit_per_s > 1e8
    assert report.total.share_of_limit is not None and 0 < report.total.share_of_limit < 1


def test_the_whole_is_the_sum(report: ModelReport) -> None:
    total = report.total
    assert total.busy_s == pytest.approx(sum(part.busy_s for part in report.parts))
    assert total.n_numbers == sum(part.n_numbers for part in report.parts)
    assert total.multiply_adds == pytest.approx(sum(part.multiply_adds or 0 for part in report.parts))


def test_json_and_table(report: ModelReport) -> None:
    machine = this_machine()
    told = json.loads(report.to_json(machine))
    assert told["per"] == "second of sound"
    assert told["parts"] == [dataclasses.asdict(part) for part in report.parts]
    head, rule, front_end = report.to_markdown(machine).splitlines()[6:9]
    assert [cell.strip() for cell in head.split("|")][1:3] == ["part", "numbers"]
    assert set(rule) == {"|", "-"}
    assert [cell.strip() for cell in front_end.split("|")][1:3] == ["front end", "3,272"]


def test_large_numbers_are_short() -> None:
    part = PartReport("a", 1234, 2.5e9, 3.25e6, 0.01, 0.0123)
    report = ModelReport("m", "low", Span("second", 1.0), 5e9, (part,))
    row = report.to_markdown(this_machine()).splitlines()[-1]
    assert [cell.strip() for cell in row.split("|")][1:-1] == [
        "all",
        "1,234",
        "2.5 G",
        "3.25 M",
        "10 ms",
        "5,000 %",
    ]


@pytest.mark.parametrize("make", [make_wrist_bundle, make_pen_bundle, make_tides_bundle])
def test_every_kind_of_model(make: object, tmp_path: Path) -> None:
    bundle = Bundle.load(make(tmp_path / "model"))  # type: ignore[operator]
    parts = measure_model(bundle, "balanced", measure_s=0.05).parts
    assert {"front end", "layer 1 backward", REST, "decoder"} < {part.name for part in parts}


def test_measuring_that_fails_says_why(tiny_bundle: Path) -> None:
    bundle = dataclasses.replace(Bundle.load(tiny_bundle), path=Path("gone"))
    with pytest.raises(SpeechLSTMError, match=r"ended with exit code 1, expected 0: (?s:.*)no model 'gone'"):
        measure_model(bundle, "low", measure_s=0.05)
