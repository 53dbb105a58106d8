"""Targets of composed streams; that the streams hold what they say is tested with the composer."""

from pathlib import Path

import numpy as np
import pytest
from tones import PITCH_HZ, RATE_HZ, write_tones

from speechlstm.data.compose import Composer
from speechlstm.data.compose_config import ComposeConfig
from speechlstm.data.corpus import DataSet, load_corpus
from speechlstm.data.pronunciations import Pronunciations
from speechlstm.features.mfcc import MfccConfig
from speechlstm.training.recipe import Recipe, read_recipe
from speechlstm.training.words.examples import Batch, ExampleMaker
from speechlstm.training.words.front_end import build_front_end

pytestmark = pytest.mark.train

VOCABULARY = tuple(PITCH_HZ)
# every word is two phones, of its own and one that all share
SPELLED = Pronunciations(("X", *VOCABULARY), {word: (i + 1, 0) for i, word in enumerate(VOCABULARY)})


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    root = Path(__file__).parents[3]
    return read_recipe(root / "pipelines" / "words-en")


def _made(recipe: Recipe, folder: Path, known: Pronunciations | None, **settings: float) -> Batch:
    write_tones(folder)
    sets = [DataSet(f"{role}.jsonl", role) for role in ("words", "phrases", "noise")]  # type: ignore[arg-type]
    config = ComposeConfig(p_speech=0, **settings)  # type: ignore[arg-type]
    composer = Composer(load_corpus(sets, folder, RATE_HZ, folder / "cache"), VOCABULARY, config)
    front_end = build_front_end(MfccConfig(sample_rate_hz=RATE_HZ), composer, n_streams=4)
    maker = ExampleMaker(recipe, composer, front_end, known)
    return maker.join([maker.make(range(0, 3)), maker.make(range(3, 8))])


def test_words_of_runs_come_with_their_phones(recipe: Recipe, tmp_path: Path) -> None:
    batch = _made(recipe, tmp_path, SPELLED, p_run=1.0, p_phrase=0, p_other=0, p_fluent=0, p_close=0)
    n_words = (batch.labels >= 0).sum(axis=1)
    assert n_words.sum() > 10
    for labels, phones, windows, unknown in zip(
        batch.labels, batch.phones, batch.phone_windows, batch.unknown, strict=True
    ):
        words = labels[labels >= 0]
        # a phone of its own, which is 1 for the blank and 1 for X further, then X
        assert phones[phones >= 0].tolist() == [p for w in words for p in (w + 1, 1)]
        assert not unknown.any()
        assert (np.diff(windows[phones >= 0][:, 0]) >= 0).all()


def test_without_pronunciations_all_speech_is_unknown(recipe: Recipe, tmp_path: Path) -> None:
    batch = _made(recipe, tmp_path, None, p_run=1.0, p_phrase=0, p_other=0)
    assert (batch.phones == -1).all()
    for labels, windows, unknown in zip(batch.labels, batch.windows, batch.unknown, strict=True):
        inside = np.zeros(len(unknown), bool)
        for start, stop in windows[labels >= 0]:
            inside[start:stop] = True
        assert inside.any()
        assert np.array_equal(unknown, inside)


def test_speech_too_fast_for_its_phones_is_unknown(recipe: Recipe, tmp_path: Path) -> None:
    slow = Pronunciations(SPELLED.phones, {word: (1, 1) * 50 for word in VOCABULARY})
    batch = _made(recipe, tmp_path, slow, p_run=1.0, p_phrase=0, p_other=0)
    assert (batch.phones == -1).all()
    assert batch.unknown.any()
