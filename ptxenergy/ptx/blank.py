"""Comments and strings, taken out of the way without moving anything.

What remains has no `;`, brace or quote that does not mean itself, so that it can be cut.
"""

from __future__ import annotations

import re

import numpy as np

from ptxenergy.ptx.places import Text

# What a string becomes: one opening byte, as many filling bytes as it has, one closing byte.
OPEN, FILL, CLOSE = 0x02, 0x01, 0x03
STRING = re.compile(rb"\x02\x01*\x03")

_PLAIN = bytes([*range(0x20, 0x7F), *b"\t\n\r\f\v"])
_MARKS = bytes([OPEN, FILL, CLOSE])
_SLASH, _STAR, _QUOTE, _NEWLINE = b'/*"\n'


def blanked(text: Text) -> bytes:
    """The text with spaces for comments and marks for strings, at the same offsets.

    Raises PtxSyntaxError for a comment or a string without end, and for a character that cannot
    stand outside them.
    """
    content = text.content
    clean = content
    if b'"' in content or b"/" in content:
        clean = _without(text)
    odd = clean.translate(None, _PLAIN)
    if odd and (odd.translate(None, _MARKS) or any(mark in content for mark in _MARKS)):
        _complain(clean, text)
    return clean


def _without(text: Text) -> bytes:
    """The text with its comments and strings replaced, each found where the last one ends."""
    content, done = text.content, 0
    starts, line_ends = _candidates(content)
    out = bytearray(content)
    for start, line_end in zip(starts, line_ends, strict=True):
        if start < done:
            continue
        if content[start] == _QUOTE:
            end = content.find(b'"', start + 1, line_end) + 1
            if not end:
                raise text.error("a string that never ends", start, ("'\"'",))
            out[start:end] = b"\x02" + b"\x01" * (end - start - 2) + b"\x03"
        else:
            end = line_end
            if content[start + 1] == _STAR:
                end = content.find(b"*/", start + 2) + 2
                if end < 2:
                    raise text.error("a comment that never ends", start, ("'*/'",))
            out[start:end] = b" " * (end - start)
        done = end
    return bytes(out)


def _candidates(content: bytes) -> tuple[list[int], list[int]]:
    """Where a comment or a string may start, and the end of the line of each."""
    raw = np.frombuffer(content, dtype=np.uint8)
    slashes = raw == _SLASH
    begins = raw == _QUOTE
    begins[:-1] |= slashes[:-1] & (slashes[1:] | (raw[1:] == _STAR))
    starts = np.flatnonzero(begins)
    newlines = np.append(np.flatnonzero(raw == _NEWLINE), len(raw))
    return starts.tolist(), newlines[np.searchsorted(newlines, starts)].tolist()


def _complain(clean: bytes, text: Text) -> None:
    for match in re.finditer(rb"[^\t\n\r\f\v\x20-\x7e]", STRING.sub(_spaces, clean)):
        found = text.content[match.start() : match.start() + 4].decode("utf-8", "replace")[:1]
        raise text.error(f"unexpected {found!r}", match.start())


def _spaces(match: re.Match[bytes]) -> bytes:
    return b" " * len(match[0])
