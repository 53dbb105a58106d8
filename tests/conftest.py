"""Fixtures for the whole suite."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pulse
import pytest
from browser import NAMES, Browser, find_browser
from disks import Disk, disks
from tiny import make_tiny_bundle

from speechlstm.bundle import Bundle
from speechlstm.engine.engine import Engine
from speechlstm.recognizer import Recognizer
from speechlstm.recognizer.parts import engine_of

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# a shell starts background jobs with SIGINT ignored, which the commands under test would inherit
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the examples in docstrings that speak of the shipped model, where it is not there."""
    if any(Path(__file__).parents[1].joinpath("models").glob("words-en/bundle.json")):
        return
    for item in items:
        if isinstance(item, pytest.DoctestItem) and any("words-en" in e.source for e in item.dtest.examples):
            item.add_marker(pytest.mark.skip(reason="models/words-en is not there"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where ``SPEECHLSTM_REQUIRE`` names a marker or fixture of it (as in CI)."""
    report = yield
    required = {name for name in os.environ.get("SPEECHLSTM_REQUIRE", "").split(",") if name}
    needed = {marker.name for marker in item.iter_markers()} | set(getattr(item, "fixturenames", ()))
    if report.skipped and required & needed:
        report.outcome = "failed"
        report.longrepr = f"required, and skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Real recordings, which are no part of the repository; ``SPEECHLSTM_DATA`` says where they lie."""
    folder = Path(os.environ.get("SPEECHLSTM_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}; SPEECHLSTM_DATA says where they are")
    return folder


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of random weights that finds many words in noise; see ``tests/tiny.py``."""
    return make_tiny_bundle(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def recognizer(tiny_bundle: Path) -> Recognizer:
    """That bundle, loaded."""
    return Recognizer.load(tiny_bundle)


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The engine of every network that a recogniser has been made with since the test began."""
    made: list[str] = []

    def counting(bundle: Bundle, name: str, n_threads: int) -> Engine:
        made.append(name)
        return engine_of(bundle, name, n_threads)

    monkeypatch.setattr("speechlstm.recognizer.loaded_model.engine_of", counting)
    return made


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Make a disk of ``n_kb`` that is full, or read-only, soon enough; see ``tests/disks.py``."""
    with disks(tmp_path) as make:
        yield make


@pytest.fixture
def unwritable(tmp_path: Path, disk: Disk) -> Iterator[Path]:
    """A folder that may not be written: by its mode, or for root, who may, on a read-only disk."""
    if os.name == "nt":
        pytest.skip("permissions as POSIX has them")
    if os.geteuid() == 0:
        yield disk(options="ro")
        return
    (folder := tmp_path / "unwritable").mkdir(mode=0o500)
    yield folder
    folder.chmod(0o700)


@pytest.fixture
def pulse_microphone() -> Iterator[pulse.PulseMicrophone]:
    """A microphone that hears what the test plays; see ``tests/pulse.py``."""
    if reason := pulse.why_not():
        pytest.skip(reason)
    with pulse.pulse_microphone() as microphone:
        yield microphone


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """A browser without a window; see ``tests/browser.py``."""
    program = find_browser()
    if program is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    return Browser(program, tmp_path)
