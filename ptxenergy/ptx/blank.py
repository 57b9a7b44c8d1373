"""Comments and strings, taken out of the way without moving anything.

What remains has no `;`, brace or quote that does not mean itself, so that it can be cut.
"""

from __future__ import annotations

import re

from ptxenergy.ptx.places import Text

# What a string becomes: one opening byte, as many filling bytes as it has, one closing byte.
OPEN, FILL, CLOSE = 0x02, 0x01, 0x03
STRING = re.compile(rb"\x02\x01*\x03")

_SKIPPED = re.compile(rb'//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)|"[^"\n]*"?')
_PLAIN = bytes([*range(0x20, 0x7F), *b"\t\n\r\f\v"])
_MARKS = bytes([OPEN, FILL, CLOSE])


def blanked(text: Text) -> bytes:
    """The text with spaces for comments and marks for strings, at the same offsets.

    Raises PtxSyntaxError for a comment or a string without end, and for a character that cannot
    stand outside them.
    """
    content = text.content
    out = bytearray(content) if b'"' in content or b"/" in content else None
    if out is not None:
        for match in _SKIPPED.finditer(content):
            start, end = match.span()
            out[start:end] = _replacement(content, start, end, text)
    clean = bytes(out) if out is not None else content
    odd = clean.translate(None, _PLAIN)
    if odd.translate(None, _MARKS) or any(mark in content for mark in _MARKS):
        _complain(clean, text)
    return clean


def _replacement(content: bytes, start: int, end: int, text: Text) -> bytes:
    if content[start] != ord('"'):
        is_block = content[start + 1] == ord("*")
        if is_block and (end - start < 4 or content[end - 2 : end] != b"*/"):
            raise text.error("a comment that never ends", start, ("'*/'",))
        return b" " * (end - start)
    if end - start < 2 or content[end - 1] != ord('"'):
        raise text.error("a string that never ends", start, ("'\"'",))
    return b"\x02" + b"\x01" * (end - start - 2) + b"\x03"


def _complain(clean: bytes, text: Text) -> None:
    for match in re.finditer(rb"[^\t\n\r\f\v\x20-\x7e]", STRING.sub(_spaces, clean)):
        found = text.content[match.start() : match.start() + 4].decode("utf-8", "replace")[:1]
        raise text.error(f"unexpected {found!r}", match.start())


def _spaces(match: re.Match[bytes]) -> bytes:
    return b" " * len(match[0])
