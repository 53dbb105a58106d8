"""A browser without a window, for tests of pages."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

__all__ = ["Loaded", "load_page"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
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


def load_page(page: str, folder: Path) -> Loaded:
    """Load a page in a browser; skips where there is none.

    Args:
        page: The document.
        folder: For its files.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(_NAMES)} is installed")
    file = folder / "page.html"
    file.write_text(page.replace("<head>", "<head>" + _EARS, 1), encoding="utf-8")
    done = subprocess.run(
        [
            *(
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={folder / 'profile'}",
            ),
            *("--virtual-time-budget=2000", "--dump-dom", file.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0 and "</html>" in done.stdout, done.stderr
    return Loaded(done.stdout)
