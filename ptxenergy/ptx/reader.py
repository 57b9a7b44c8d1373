"""The way in: a file or a text → a module."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

from ptxenergy.errors import InputError
from ptxenergy.ptx.fast import parse_quickly
from ptxenergy.ptx.syntax import Module

# What is larger is no kernel; memory grows to about ten times the text.
MOST_BYTES = 64 * 1024 * 1024


def parse_file(path: str | Path) -> Module:
    """The module that a PTX file says.

    Raises InputError where the file cannot be read as text, PtxSyntaxError where it is not PTX.
    """
    return parse_text(read_bytes(path), str(path))


def read_bytes(path: str | Path) -> bytes:
    """The file's content. Raises InputError where it cannot be read or is larger than 64 MiB."""
    try:
        with Path(path).open("rb") as stream:
            return _at_most(stream, str(path))
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror or problem}") from None


def read_input(path: str, gpu: str | None = None) -> tuple[bytes, str]:
    """PTX and name of what a user named; `-` is standard input. Raises like read_bytes.

    A file that is not called `*.ptx` is offered to the front ends of plugins, which make PTX of it
    for a GPU, given by its id; what none of them takes is read as PTX.
    """
    if path == "-":
        # Python has no stream where the caller closed it.
        if sys.stdin is None:
            raise InputError("<stdin>: closed")
        return _at_most(sys.stdin.buffer, "<stdin>"), "<stdin>"
    if Path(path).suffix != ".ptx" and os.path.isfile(path):  # noqa: PTH113 - never raises
        from ptxenergy.plugins import host

        for _, text in host().ask("ptxenergy_compile", path=Path(path), gpu=gpu):
            return bytes(text), path
    return read_bytes(path), path


def _at_most(stream: BinaryIO, file: str) -> bytes:
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InputError(f"{file}: larger than {MOST_BYTES >> 20} MiB")
    return content


def parse_text(text: str | bytes, file: str = "<text>") -> Module:
    """The module that a PTX text says; `file` is what errors and locations call it.

    Raises InputError where it is empty, binary, not UTF-8 or larger than 64 MiB, PtxSyntaxError
    where it is not PTX.
    """
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return parse_quickly(_checked(content, file), file)


def _checked(content: bytes, file: str) -> bytes:
    if len(content) > MOST_BYTES:
        raise InputError(f"{file}: larger than {MOST_BYTES >> 20} MiB")
    # NVRTC and the CUDA driver hand out PTX with a terminating NUL.
    content = content.rstrip(b"\0").removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise InputError(f"{file}: empty")
    if b"\0" in content:
        raise InputError(f"{file}: binary, not PTX text (a cubin or an executable?)")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise InputError(f"{file}:{line}: not UTF-8 text") from None
    return content
