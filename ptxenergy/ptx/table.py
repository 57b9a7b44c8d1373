"""The parser's table, kept on disk from one process to the next: making it takes longer than
reading most files."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import lark
from lark import Lark
from platformdirs import user_cache_path

from ptxenergy.ptx.on_disk import replace_file


def parser_of(grammar: str, options: Mapping[str, Any], folder: Path | None = None) -> Lark:
    """The parser of a grammar: from `folder` where it was kept there, else made, and kept.

    `folder` is the user's cache by default. One that cannot be read or written costs time only.
    """
    folder = folder or user_cache_path("ptxenergy")
    what = repr((grammar, sorted(options.items()), lark.__version__, sys.version_info[:3]))
    file = folder / f"parser-{hashlib.sha256(what.encode()).hexdigest()[:32]}"
    # A file cut short or of another making raises almost anything.
    with suppress(Exception), file.open("rb") as stream:
        if os.name == "nt" or os.fstat(stream.fileno()).st_uid == os.getuid():
            return Lark.load(stream)
    made = Lark(grammar, **options)
    with suppress(OSError, pickle.PicklingError):
        replace_file(file, made.save)
    return made
