"""Makes compiled PTX say the same on every machine: no absolute path in it, in text or in bytes.

`.file` names are text and may change length. Debug sections spell strings as `.b8` bytes whose
count other directives rely on, so there a path is replaced by a relative one of equal length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_FILE = re.compile(r'(?m)^(\s*\.file\s+\d+\s+")([^"]*)(")')
_TOOLKIT_HEADER = re.compile(r"/.*?/include/(.*)")
_B8_RUN = re.compile(r"(?m)(?:^[ \t]*\.b8[ \t]+[^\n]*\n)+")
_B8_LINE = re.compile(r"(?m)^[ \t]*\.b8[ \t]+([0-9, \t]+)")
_PATH_TEXT = re.compile(r"(?<![\w./])/[A-Za-z][\w.-]*(?:/[\w.+-]+)+")


def neutralise(ptx: str, roots: Mapping[str, str]) -> str:
    """The same PTX with every path under a key of `roots` made relative to that key's value."""
    ordered = dict(sorted(roots.items(), key=lambda item: -len(item[0])))
    ptx = _FILE.sub(lambda m: m[1] + _relative(m[2], ordered) + m[3], ptx)
    ptx = _B8_RUN.sub(lambda m: _neutralise_bytes(m[0], ordered), ptx)
    for root, name in ordered.items():
        ptx = re.sub(re.escape(root) + r"(?=/)", name, ptx)
    return ptx


def absolute_paths(ptx: str) -> Iterator[str]:
    """Every absolute path in the text or spelled in `.b8` bytes."""
    for match in _FILE.finditer(ptx):
        if match[2].startswith("/"):
            yield match[2]
    yield from (match[0] for match in _PATH_TEXT.finditer(ptx))
    for run in _B8_RUN.finditer(ptx):
        yield from (match[0] for match in _PATH_TEXT.finditer(_decoded(run[0])))


def _relative(path: str, roots: Mapping[str, str]) -> str:
    header = _TOOLKIT_HEADER.fullmatch(path)
    if header:
        return f"cuda/include/{header[1]}"
    for root, name in roots.items():
        if path.startswith(root):
            return (name + path[len(root) :]).removeprefix("./")
    return path


def _numbers(run: str) -> list[re.Match[str]]:
    number = re.compile(r"\d+")
    return [n for line in _B8_LINE.finditer(run) for n in number.finditer(run, *line.span(1))]


def _decoded(run: str) -> str:
    return bytes(int(number[0]) & 255 for number in _numbers(run)).decode("latin-1")


def _neutralise_bytes(run: str, roots: Mapping[str, str]) -> str:
    numbers = _numbers(run)
    text = bytes(int(number[0]) & 255 for number in numbers).decode("latin-1")
    changed = text
    for root, name in roots.items():
        changed = changed.replace(root, _padded(name, len(root)))
    if changed == text:
        return run
    pieces, at = [], 0
    for number, character in zip(numbers, changed, strict=True):
        pieces += [run[at : number.start()], str(ord(character))]
        at = number.end()
    return "".join([*pieces, run[at:]])


def _padded(name: str, length: int) -> str:
    """A path equal to `name` (or to `.` where that does not fit) that is `length` long."""
    if len(name) > length:
        name = "."
    missing = length - len(name)
    return "./" * (missing // 2) + ("/" if missing % 2 else "") + name
