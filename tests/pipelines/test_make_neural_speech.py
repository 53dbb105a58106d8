"""What ``make_neural_speech.py`` has spoken, and by whom."""

from pathlib import Path

import pytest

PIPELINES = Path(__file__).parents[2] / "pipelines"


def test_neural_speakers_are_drawn_alike_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PIPELINES / "words-en")
    import make_neural_speech as script

    names = ["af_one", "am_two", "bm_three", "hf_four", "zm_five"]
    jobs = script.words(names) + script.strings(names) + script.sentences(names, ["we call it bear"])
    again = script.words(names) + script.strings(names) + script.sentences(names, ["we call it bear"])
    assert jobs == again
    assert len({job.name for job in jobs}) == len(jobs)
    for job in jobs:
        assert sum(share for _, share in job.speaker.voices) == pytest.approx(1)
        assert job.spoken.replace(",", "").split() == job.text.split()
