import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny import speechlike
from wrist import make_wrist_bundle

from speechlstm.data.manifest import Clip
from speechlstm.errors import ConfigError
from speechlstm.evaluation.lookahead import ChangedClip, LookaheadComparison, WordChange, compare_lookahead
from speechlstm.evaluation.words import ClipResult, WordErrors
from speechlstm.recognizer import Recognizer


def result(said: str, heard: str, speaker: str = "", error: str | None = None) -> ClipResult:
    errors = WordErrors.of(said.split(), heard.split())
    return ClipResult(Clip(Path(said), said, speaker), said, heard, errors, 8000, error=error)


# by eye: "nine" is mended twice and spoilt once, "two" is spoilt, what is put in changes nothing
LOW = [result("one nine", "one five"), result("nine", "nine"), result("two nine", "two"), result("go", "go")]
HIGH = [result("one nine", "one nine"), result("nine", ""), result("two nine", "nine"), result("go", "go up")]


def compared() -> LookaheadComparison:
    return LookaheadComparison.from_results({"low": LOW, "high": HIGH})


def test_words_that_only_look_ahead_gets_right() -> None:
    assert compared().words == {
        "nine": WordChange(n=3, n_mended=2, n_spoilt=1),
        "go": WordChange(n=1, n_mended=0, n_spoilt=0),
        "one": WordChange(n=1, n_mended=0, n_spoilt=0),
        "two": WordChange(n=1, n_mended=0, n_spoilt=1),
    }
    assert list(compared().words) == ["nine", "go", "one", "two"]
    assert compared().gain == 0.0


def test_changed_clips() -> None:
    changed = compared().changed
    assert [c.reference for c in changed] == ["one nine", "nine", "two nine", "go"]
    assert changed[3] == ChangedClip(LOW[3].clip, "go", {"low": "go", "high": "go up"}, {"low": 0, "high": 1})


def test_interval_of_the_gain() -> None:
    """Ten speakers with one clip each, six of them mended: the bootstrap over speakers is a binomial."""
    low = [result("nine", "five", f"speaker{i}") for i in range(10)]
    high = [result("nine", "nine" if i < 6 else "five", f"speaker{i}") for i in range(10)]
    found = LookaheadComparison.from_results({"low": low, "offline": high})
    draws = np.random.default_rng(3).binomial(10, 0.6, 20_000) / 10
    assert found.gain == pytest.approx(0.6)
    assert found.gain_ci95 == pytest.approx(np.quantile(draws, (0.025, 0.975)), abs=0.11)


def test_what_cannot_be_read_and_what_holds_no_word() -> None:
    low, high = ([result("", heard), result("one", "", error="gone")] for heard in ("", "up"))
    found = LookaheadComparison.from_results({"low": low, "high": high})
    assert (found.n_clips, found.n_failed, found.gain, found.gain_ci95, found.words) == (1, 1, None, None, {})
    assert json.loads(json.dumps(found.to_json()))["changed"][0]["answers"] == {"low": "", "high": "up"}


def test_of_a_model(tiny_bundle: Path, tmp_path: Path, networks: list[str]) -> None:
    clips = []
    for seed in range(4):
        soundfile.write(tmp_path / f"{seed}.wav", speechlike(8000, seed=seed), 8000, "FLOAT")
        clips.append(Clip(tmp_path / f"{seed}.wav", "stop no"))
    found = compare_lookahead(tiny_bundle, clips, latencies=("low", "high"))
    assert networks == ["onnx"], "one for all settings"
    texts = {
        latency: [Recognizer.load(tiny_bundle, latency=latency).transcribe(c.audio).text for c in clips]
        for latency in ("low", "high")
    }
    different = [i for i in range(4) if texts["low"][i] != texts["high"][i]]
    assert different
    assert [c.clip.audio.name for c in found.changed] == [f"{i}.wav" for i in different]
    assert [c.answers["high"] for c in found.changed] == [texts["high"][i] for i in different]


def test_what_cannot_be_compared(tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected two settings or more"):
        compare_lookahead(tiny_bundle, [], latencies=("low",))
    with pytest.raises(ConfigError, match="hears no sound"):
        compare_lookahead(make_wrist_bundle(tmp_path / "wrist"), [])
