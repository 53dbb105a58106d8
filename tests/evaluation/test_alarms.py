import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny import speechlike

from speechlstm.data.manifest import Clip
from speechlstm.errors import DataError
from speechlstm.evaluation.alarms import Alarms, false_alarms, require_no_targets
from speechlstm.evaluation.misses import SENSITIVITIES, threshold_of
from speechlstm.evaluation.words import WordErrors
from speechlstm.recognizer import Recognizer


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, recognizer: Recognizer) -> list[Path]:
    folder = tmp_path_factory.mktemp("sound")
    paths = [folder / f"{i}.wav" for i in range(3)]
    for i, path in enumerate(paths):
        soundfile.write(
            path, speechlike((i + 1) * recognizer.sample_rate_hz, seed=i), recognizer.sample_rate_hz
        )
    return paths


def test_alarms_are_what_the_recogniser_gives(recognizer: Recognizer, files: list[Path]) -> None:
    found = false_alarms(recognizer, files)
    said = [word.text for path in files for word in recognizer.transcribe(path).words]
    assert found.n_alarms == len(said) > 0
    assert sum(found.by_word.values()) == len(said)
    assert found.hours == pytest.approx(6 / 3600)
    assert found.alarms_per_hour == pytest.approx(len(said) * 600)
    assert sum(n for _, n in found.worst) == len(said)
    assert found.curve[5].alarms_per_hour == found.alarms_per_hour
    assert found.curve[5].misses is None


def test_more_sensitivity_gives_more_alarms_and_fewer_misses(
    recognizer: Recognizer, files: list[Path]
) -> None:
    # what the model gives at its most sensitive is taken for what was said
    most = Recognizer(recognizer.bundle)
    texts = [" ".join(w.text for w in most.transcribe(path).words) for path in files]
    clips = [Clip(path, text) for path, text in zip(files, texts, strict=True)]
    found = false_alarms(recognizer, files, targets=clips, sensitivity=1.0)
    rates = [point.alarms_per_hour for point in found.curve]
    assert rates[0] < rates[5] < rates[-1]
    assert found.n_alarms / found.hours == rates[-1]
    misses = [point.misses for point in found.curve]
    assert misses[5] == 0
    assert misses[0] > 0  # type: ignore[operator]
    assert found.n_words == sum(len(text.split()) for text in texts)


def test_misses_where_alarms_are_rare(recognizer: Recognizer, files: list[Path]) -> None:
    # as the recogniser itself decides when its threshold is the one that is told
    said = [Clip(path, "yes no up down stop") for path in files[1:]]
    found = false_alarms(recognizer, files[:1], targets=said)
    assert found.rare is not None and 0 < found.rare.threshold < 1
    config = recognizer.bundle.config
    decoder = replace(config.decoder, threshold=float(np.nextafter(found.rare.threshold, 1)))
    strict = Recognizer(replace(recognizer.bundle, config=replace(config, decoder=decoder)))
    assert strict.transcribe(files[0]).words == ()
    errors = [
        WordErrors.of(clip.text.split(), [word.text for word in strict.transcribe(clip.audio).words])
        for clip in said
    ]
    missed = sum(e.deletions + e.substitutions for e in errors)
    assert found.rare.misses == missed / 10
    told = (
        f"(0 in 1.0 seconds), given words surer than {found.rare.threshold:.3f}: {10 * missed:.1f} % missed"
    )
    assert told in found.as_table()
    # six seconds without a false word bound their rate by no less than three an interval of that length
    low, high = found.rare.alarms_per_hour_ci95
    assert (found.rare.n_alarms, low) == (0, 0) and high == pytest.approx(3 / found.hours)
    assert f"0 in 1.0 seconds can be up to {high:.1f} an hour (95 %)" in found.as_table()
    assert found.summary()["misses_at_half"] == missed / 10
    assert found.summary()["alarms_per_hour_at_half_ci95"] == (low, high)
    assert false_alarms(recognizer, files[:1]).summary()["misses_at_half"] is None


@pytest.mark.parametrize(("n_allowed", "threshold"), [(0, 0.9), (1, 0.7), (2, 0.5), (3, 0.0), (9, 0.0)])
def test_a_threshold_that_few_exceed(n_allowed: int, threshold: float) -> None:
    assert threshold_of([0.5, 0.9, 0.7], n_allowed) == threshold


def test_what_cannot_be_read_is_named_and_the_rest_counts(
    recognizer: Recognizer, files: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    found = false_alarms(recognizer, [*files, broken])
    assert (found.n_files, len(found.failed)) == (3, 1)
    assert "broken.wav" in found.failed[0]
    with pytest.raises(DataError, match=r"none of 1 files could be read: .*broken\.wav"):
        false_alarms(recognizer, [broken])
    progressed: list[Path] = []
    said = [Clip(files[0], "yes no"), Clip(broken, "yes no"), Clip(files[1], "nothing of it")]
    found = false_alarms(recognizer, files, targets=said, progress=progressed.append)
    assert (found.n_words, found.n_failed) == (2, 1)
    assert progressed == [*files, files[0], broken, files[1]]


def test_transcripts_with_words_of_the_vocabulary_are_refused() -> None:
    clips = [Clip(Path("a.wav"), "well yes"), Clip(Path("b.wav"), "well"), Clip(Path("c.wav"), "")]
    require_no_targets(clips[1:], ("yes", "no"))
    with pytest.raises(DataError, match=r"1 clips say words of the vocabulary, a\.wav for one: 'well yes'"):
        require_no_targets(clips, ("yes", "no"))


def test_the_table_and_the_json_say_the_same(recognizer: Recognizer, files: list[Path]) -> None:
    found: Alarms = false_alarms(recognizer, files)
    values = json.loads(json.dumps(found.to_json()))
    assert values["alarms_per_hour"] == found.alarms_per_hour
    assert values["alarms_per_hour_ci95"][0] < values["alarms_per_hour"] < values["alarms_per_hour_ci95"][1]
    assert [row["sensitivity"] for row in values["curve"]] == list(SENSITIVITIES)
    table = found.as_table()
    assert f"{found.n_alarms} false words in 6.0 seconds of 3 files" in table
    assert len([line for line in table.splitlines() if line.strip().startswith(("0.", "1."))]) == 11
    assert np.isfinite(values["hours"])
