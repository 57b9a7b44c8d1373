"""Compiled PTX that reads the same wherever it was compiled: no path, no name made from a path."""

from __future__ import annotations

import re

_FILE = re.compile(r'(?m)^(\s*\.file\s+\d+\s+")([^"]*)(")')
_B8_RUN = re.compile(r"(?m)(?:^\.b8[ \t]+[0-9,]+\n)+")
# The compiler names what is private to a file after a hash of the file's absolute path.
_PRIVATE = re.compile(r"(?<=_INTERNAL_)[0-9a-f]{8}(?=_)")
_NO_HASH = "0" * 8
_TOOLKIT = re.compile(r"^.*/(?:targets/[^/]+/)?include/")


def neutral(ptx: str, source_name: str) -> str:
    """The PTX with its own source called `source_name`, toolkit headers `cuda/include/…`.

    Raises ValueError where a file is neither the source nor a header of the toolkit.
    """
    ptx = _FILE.sub(lambda match: match[1] + _renamed(match[2], source_name) + match[3], ptx)
    ptx = _B8_RUN.sub(lambda match: _without_hash(match[0]), ptx)
    return _PRIVATE.sub(_NO_HASH, ptx)


def _renamed(path: str, source_name: str) -> str:
    if path.rsplit("/", 1)[-1] == source_name.rsplit("/", 1)[-1]:
        return source_name
    renamed, was_header = _TOOLKIT.subn("cuda/include/", path)
    if not was_header:
        raise ValueError(f"{source_name} includes {path}, which its hash does not cover")
    return renamed


def _without_hash(run: str) -> str:
    """The same run of `.b8` bytes, line for line, with the hash in any name spelled by zeros."""
    lines = [line.removeprefix(".b8").strip().split(",") for line in run.splitlines()]
    text = "".join(chr(int(byte)) for line in lines for byte in line)
    changed = iter(_PRIVATE.sub(_NO_HASH, text))
    return "".join(f".b8 {','.join(str(ord(next(changed))) for _ in line)}\n" for line in lines)
