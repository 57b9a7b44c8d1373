"""Files that commands write beside their report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ptxenergy.errors import InputError


def write_file(path: Path, text: str) -> None:
    """Write a text as UTF-8; raises InputError where that is impossible."""
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write texts by file name into a folder, made where it is missing; raises InputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}") from error
    for name, text in texts.items():
        write_file(folder / name, text)
