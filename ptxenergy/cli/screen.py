"""Standard output and standard error: the only place that writes to them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Item = TypeVar("Item")

_WIDEST_COLUMNS = 100
# Tables are padded to the full width, which only shows when text is copied or compared.
_TRAILING_SPACES = re.compile(r" +$", re.MULTILINE)


def show(body: RenderableType) -> None:
    """Print a report on standard output, at most 100 columns wide, all of it or nothing."""
    console = _console()
    with console.capture() as capture:
        console.print(body)
    write(_TRAILING_SPACES.sub("", capture.get()))


def write(text: str) -> None:
    """Write finished text to standard output at once; what it cannot encode becomes `?`."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def discard_output() -> None:
    """Let what is still to be written go nowhere, so that Python does not fail at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_ascii_only() -> bool:
    """Whether standard output lacks block characters."""
    return not (sys.stdout.encoding or "").lower().startswith("utf")


def report_error(message: str) -> None:
    """Write `error: …` to standard error, in red on a terminal; control characters are shown."""
    if sys.stderr is None:
        return
    from rich.console import Console
    from rich.text import Text

    from ptxenergy.report.words import printable

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text.assemble(("error: ", "bold red"), printable(message)))


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    console.width = min(console.width, _WIDEST_COLUMNS)
    return console


def progress(items: Iterable[Item], doing: str, total: int | None = None) -> Iterator[Item]:
    """The items, one by one, with a progress bar on standard error where that is a terminal.

    `total` says how many they are, where they do not know themselves.
    """
    if total is None:
        items = list(items)
        total = len(items)
    if total < 2 or sys.stderr is None or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, doing, total, console=Console(stderr=True), transient=True)
