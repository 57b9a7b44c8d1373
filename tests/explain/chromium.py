"""Opens a page in headless Chromium, and reads what became of it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from tests.pace import allowed

PROGRAM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_POLICY = 'http-equiv="Content-Security-Policy"'


def dumped(page: Path, folder: Path) -> str:
    """The document as it stands after its scripts have run."""
    if PROGRAM is None:
        raise FileNotFoundError("no Chromium")
    done = subprocess.run(
        [
            *(PROGRAM, "--headless", "--no-sandbox", "--disable-gpu"),
            *(f"--user-data-dir={folder / 'profile'}", "--window-size=1280,900"),
            *("--virtual-time-budget=1000", "--dump-dom", page.as_uri()),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60 + allowed(60),
    )
    return done.stdout


def driven(page: str, script: str, width: int) -> str:
    """The page in a frame so wide, with one more script at its end, which its own policy would not
    let run. The outer page takes over its title. (A window cannot be as narrow as a telephone.)
    """
    without = page.replace(_POLICY, 'name="policy-taken-off-for-the-test"')
    inner = escape(without.replace("</body>", f"<script>{script}</script></body>"))
    style = f"width: {width}px; height: 800px; border: 0"
    take = "document.title = document.querySelector('iframe').contentDocument.title"
    return (
        f'<!DOCTYPE html><meta charset="utf-8"><title></title><body style="margin: 0">'
        f'<iframe style="{style}" onload="{take}" srcdoc="{inner}"></iframe>'
    )


@dataclass
class Elements(HTMLParser):
    """What a document is made of: its tags, every attribute, and its text outside of scripts."""

    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if not self.tags or self.tags[-1] not in ("script", "style"):
            self.texts.append(data)

    @classmethod
    def of(cls, page: str) -> Elements:
        """Those of a page."""
        found = cls()
        found.feed(page)
        return found
