"""A browser without a window, for tests of pages."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

__all__ = ["NAMES", "Browser", "Loaded", "find_browser"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# first in the head, so that it hears of everything that follows
_EARS = """<script>
const told = [];
const keep = what => { told.push(what); document.documentElement.dataset.told = JSON.stringify(told); };
addEventListener('error', e => keep(e.message || 'cannot load ' + e.target.outerHTML.slice(0, 90)), true);
addEventListener('unhandledrejection', e => keep(String(e.reason)));
addEventListener('securitypolicyviolation', e => keep(e.violatedDirective + ' ' + e.blockedURI.slice(0, 90)));
</script>"""


class Loaded(str):
    """The document after its scripts ran."""

    @property
    def errors(self) -> list[str]:
        """What went wrong: in scripts, in sounds and pictures, and what was forbidden."""
        found = re.search(r'data-told="([^"]*)"', self)
        return json.loads(unescape(found[1])) if found else []


class Browser:
    """Loads pages.

    Args:
        program: Its executable.
        folder: For its files.
    """

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def load(self, page: str) -> Loaded:
        """Load a document and run its scripts."""
        file = self._folder / "page.html"
        file.write_text(page.replace("<head>", "<head>" + _EARS, 1), encoding="utf-8")
        done = subprocess.run(
            [
                self._program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={self._folder / 'profile'}",
                "--virtual-time-budget=2000",
                "--dump-dom",
                file.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0 and "</html>" in done.stdout, done.stderr
        return Loaded(done.stdout)


def find_browser() -> str | None:
    """The executable of a browser that can do without a window, if one is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)
