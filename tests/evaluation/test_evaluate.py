import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from speechlstm.data.manifest import Clip
from speechlstm.errors import AudioError, BundleError
from speechlstm.evaluation import ClipResult, Evaluation, WordErrors, evaluate
from speechlstm.messages import Transcript, Word

RATE_HZ = 8000


class FakeRecognizer:
    """Answers by file name; a name that it does not know cannot be read."""

    sample_rate_hz = RATE_HZ
    bundle = SimpleNamespace(vocabulary=("zero", "one", "two", "five", "nine", "go"))

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers

    def transcribe(self, sound: Path) -> Transcript:
        if sound.name not in self.answers:
            raise AudioError(f"{sound} does not exist")
        texts = self.answers[sound.name].split()
        words = tuple(Word(t, 100 * i, 100 * i + 50, 0.9) for i, t in enumerate(texts))
        return Transcript(words, RATE_HZ, RATE_HZ)


ANSWERS = {"a": "one two", "b": "one nine", "c": "go", "d": "", "e": "go go"}
CLIPS = [
    Clip(Path("a"), "one two", "ann"),
    Clip(Path("b"), "one five zero", "ann"),
    Clip(Path("c"), "please go", "bob"),
    Clip(Path("d"), "", "bob"),
    Clip(Path("e"), "we call it bear", "cat"),
    Clip(Path("gone"), "one", "ann"),
]


def measure(clips: list[Clip] = CLIPS, **options: Any) -> Evaluation:
    return evaluate(FakeRecognizer(ANSWERS), clips, **options)  # type: ignore[arg-type]


def test_totals_by_hand() -> None:
    e = measure()
    assert (e.n_clips, e.n_failed, e.n_dropped_words) == (5, 1, 5)
    assert e.errors == WordErrors(n_words=6, substitutions=1, deletions=1, insertions=2)
    assert e.wer == pytest.approx(4 / 6)
    assert e.exact == pytest.approx(3 / 5)
    # of three speakers one is always right and another never
    assert e.exact_ci95 == (0.0, 1.0)
    assert e.ci95_unit == "speakers"
    assert e.audio_s == 5.0
    assert e.rtf == e.processing_s / 5.0


def test_clips_with_and_without_words() -> None:
    e = measure()
    assert (e.spoken.n_clips, e.spoken.n_insertions, e.spoken.audio_s) == (3, 0, 3.0)
    assert e.spoken.exact == pytest.approx(2 / 3)
    assert (e.wordless.n_clips, e.wordless.n_insertions, e.wordless.exact) == (2, 2, 0.5)


def test_speakers() -> None:
    e = measure()
    assert list(e.per_speaker) == ["ann", "bob", "cat"]
    ann, cat = e.per_speaker["ann"], e.per_speaker["cat"]
    assert (ann.n_clips, ann.n_words, ann.wer, ann.exact) == (2, 5, 2 / 5, 0.5)
    assert (cat.n_clips, cat.n_words, cat.wer, cat.exact) == (1, 0, None, 0.0)
    assert e.wer_spread is not None and e.exact_spread is not None
    assert (e.wer_spread.best, e.wer_spread.median, e.wer_spread.worst) == (0.0, 0.2, 0.4)
    assert (e.exact_spread.best, e.exact_spread.median, e.exact_spread.worst) == (1.0, 0.5, 0.0)


def test_ranks() -> None:
    ranked = measure().ranked(1)
    assert {rank: [r.clip.audio.name for r in clips] for rank, clips in ranked.items()} == {
        "best": ["a"],
        "median": ["d"],
        "worst": ["e"],
    }


def test_progress_sees_each_clip_once_in_order() -> None:
    seen: list[ClipResult] = []
    e = measure(progress=seen.append)
    assert tuple(seen) == e.results
    assert [r.clip.audio.name for r in seen] == ["a", "b", "c", "d", "e", "gone"]
    assert seen[-1].error == "gone does not exist"
    assert [w.text for w in seen[0].words] == ["one", "two"]


def test_only_unreadable_sound_is_survived() -> None:
    class Broken(FakeRecognizer):
        def transcribe(self, sound: Path) -> Transcript:
            raise BundleError("damaged")

    with pytest.raises(BundleError, match="damaged"):
        evaluate(Broken({}), CLIPS)  # type: ignore[arg-type]


def test_json_holds_every_figure() -> None:
    figures = json.loads(json.dumps(measure().to_json(), allow_nan=False))
    assert (figures["n_clips"], figures["n_words"], figures["n_failed"]) == (5, 6, 1)
    assert (figures["insertions"], figures["deletions"], figures["substitutions"]) == (2, 1, 1)
    assert figures["wer"] == pytest.approx(4 / 6)
    assert len(figures["wer_ci95"]) == len(figures["exact_ci95"]) == 2
    assert figures["rtf"] >= 0
    assert figures["speaker_spread"]["wer"] == {"best": 0.0, "median": 0.2, "worst": 0.4}
    assert figures["confusions"][0] == {"reference": "", "hypothesis": "go", "count": 2}
    assert figures["failures"] == [{"audio": "gone", "error": "gone does not exist"}]
    worst = figures["clips"]["worst"][0]
    assert worst == {"audio": "e", "speaker": "cat", "reference": "", "hypothesis": "go go", "errors": 2}


def test_one_right_clip_is_not_certainty() -> None:
    e = measure([Clip(Path("a"), "one two")])
    assert (e.wer, e.wer_ci95, e.exact) == (0.0, None, 1.0)
    assert e.exact_ci95 == pytest.approx((0.2065, 1.0), abs=1e-4)
    assert (e.per_speaker, e.wer_spread, e.exact_spread) == ({}, None, None)


def test_without_reference_words_the_rate_is_unknown_and_insertions_count() -> None:
    figures = measure([Clip(Path("e"), ""), Clip(Path("d"), "")]).to_json()
    assert (figures["wer"], figures["wer_ci95"], figures["insertions"]) == (None, None, 2)
    assert figures["spoken"]["exact"] is None


def test_all_clips_failing_leaves_everything_unknown() -> None:
    e = measure([Clip(Path("gone"), "one")])
    assert (e.n_clips, e.n_failed, e.wer, e.exact, e.exact_ci95, e.rtf) == (0, 1, None, None, None, None)
    assert "word error rate  unknown (95 %: unknown)" in e.as_table()


def test_speakers_are_the_units() -> None:
    clips = [Clip(Path("ab"[i % 2]), "one two", f"speaker{i // 2}") for i in range(20)]
    assert measure(clips).ci95_unit == "speakers"
    assert measure(clips[:2]).ci95_unit == "clips"


def test_table() -> None:
    lines = measure().as_table().splitlines()
    assert lines[:9] == [
        "clips            5, 1 more failed, 5.0 s",
        "words            6 (5 outside the vocabulary left out)",
        lines[2],
        "                 2 inserted, 1 deleted, 1 substituted",
        "exact clips      60.0 % (95 %: 0.0 % to 100.0 %)",
        "  with words     66.7 % (95 %: 0.0 % to 100.0 %) of 3",
        "  without words  50.0 % (95 %: 0.0 % to 100.0 %) of 2",
        "false words      2 in 2.0 s without words",
        lines[8],
    ]
    assert lines[2].startswith("word error rate  66.7 % (95 %: ")
    assert lines[8].startswith("real-time factor 0.0")
    assert "  (nothing)          go                          2" in lines
    assert "  b: one five zero, recognised one nine" in lines
    assert "  a: one two (exact)" in lines


def test_package_exports_are_sorted() -> None:
    import speechlstm.evaluation as package

    assert package.__all__ == sorted(package.__all__)
    assert all(hasattr(package, name) for name in package.__all__)
