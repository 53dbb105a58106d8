"""Fixtures for the whole suite."""

from collections.abc import Iterator

import pulse
import pytest


@pytest.fixture
def pulse_microphone() -> Iterator[pulse.PulseMicrophone]:
    """A microphone that hears what the test plays; see ``tests/pulse.py``."""
    if reason := pulse.why_not():
        pytest.skip(reason)
    with pulse.pulse_microphone() as microphone:
        yield microphone
