"""Fixtures for the whole suite."""

import os
from collections.abc import Iterator
from pathlib import Path

import pulse
import pytest
from tiny import make_tiny_bundle

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the examples in docstrings that speak of the shipped model, where it is not there."""
    if any(Path(__file__).parents[1].joinpath("models").glob("words-en/bundle.json")):
        return
    for item in items:
        if isinstance(item, pytest.DoctestItem) and any("words-en" in e.source for e in item.dtest.examples):
            item.add_marker(pytest.mark.skip(reason="models/words-en is not there"))


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of random weights that finds many words in noise; see ``tests/tiny.py``."""
    return make_tiny_bundle(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def pulse_microphone() -> Iterator[pulse.PulseMicrophone]:
    """A microphone that hears what the test plays; see ``tests/pulse.py``."""
    if reason := pulse.why_not():
        pytest.skip(reason)
    with pulse.pulse_microphone() as microphone:
        yield microphone
