"""Files that commands write beside their report."""

from __future__ import annotations

from pathlib import Path

from ptxenergy.errors import InputError


def write_file(path: Path, text: str) -> None:
    """Write a text as UTF-8; raises InputError where that is impossible."""
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
