from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechlstm.errors import AudioError, DataError
from speechlstm.messages import Gap, Overflow
from speechlstm.sources.whole import whole_samples, whole_sound

RAMP = np.arange(100, dtype=np.float32)
BROKEN = [RAMP[:30], Gap(20), RAMP[50:70], RAMP[70:]]


def test_all_of_it() -> None:
    chunks = [RAMP[:30], Overflow(5), RAMP[30:30], RAMP[30:]]
    np.testing.assert_array_equal(whole_samples(chunks, 10, "a"), RAMP)


@pytest.mark.parametrize(("start", "n"), [(0, 100), (0, 7), (29, 2), (30, 70), (95, 20), (100, 5), (200, 5)])
def test_a_part(start: int, n: int) -> None:
    found = whole_samples([RAMP[:30], RAMP[30:]], 10, "a", start=start, n=n)
    np.testing.assert_array_equal(found, RAMP[start : start + n])


def test_a_part_reads_no_further() -> None:
    def chunks() -> object:
        yield RAMP[:30]
        yield RAMP[30:]
        pytest.fail("read on")

    assert len(whole_samples(chunks(), 10, "a", n=40)) == 40  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "n", "expected"), [(0, 30, RAMP[:30]), (40, None, RAMP[50:]), (60, 9, RAMP[60:69])]
)
def test_a_side_of_a_gap(start: int, n: int | None, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(whole_samples(BROKEN, 10, "a", start=start, n=n), expected)


def test_a_gap_within() -> None:
    told = r"a\.csv: has a gap from 3 to 5 s, across which .*; take the 2 s before it, or what comes after it"
    with pytest.raises(DataError, match=told):
        whole_samples(BROKEN, 10, "a.csv", start=10)


def test_a_gap_at_the_end_is_none() -> None:
    np.testing.assert_array_equal(whole_samples([RAMP, Gap(3)], 10, "a"), RAMP)


def test_a_sound_file_as_one_array(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, RAMP / 100, 8000, "FLOAT")
    np.testing.assert_array_equal(whole_sound(path, 8000), RAMP / 100)


def test_a_file_without_a_sample_at_the_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.ones(2), 48_000)
    with pytest.raises(AudioError, match=r"a\.wav: is too short to be heard; at 8000 Hz it has no sample"):
        whole_sound(path, 8000)
