"""Offsets in a text → lines and columns, and errors that point there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ptxenergy.errors import PtxSyntaxError
from ptxenergy.ptx.syntax import Location


class Text:
    """The bytes of a file with its name; offsets count from 0, lines and columns from 1."""

    def __init__(self, content: bytes, file: str) -> None:
        self.content = content
        self.file = file

    @cached_property
    def _line_starts(self) -> NDArray[np.int64]:
        raw = np.frombuffer(self.content, dtype=np.uint8)
        return np.concatenate(([0], np.flatnonzero(raw == ord("\n")) + 1))

    def locations(self, offsets: Sequence[int]) -> list[Location]:
        """The places of these offsets."""
        at = np.asarray(offsets, dtype=np.int64)
        lines = np.searchsorted(self._line_starts, at, side="right")
        columns = at - self._line_starts[lines - 1] + 1
        file = self.file
        pairs = zip(lines.tolist(), columns.tolist(), strict=True)
        return [Location(file, line, column) for line, column in pairs]

    def location(self, offset: int) -> Location:
        """The place of one offset."""
        return self.locations([offset])[0]

    def error(self, message: str, offset: int, expected: tuple[str, ...] = ()) -> PtxSyntaxError:
        """The complaint that points at the offset."""
        offset = min(max(offset, 0), len(self.content))
        place = self.location(offset)
        start = int(self._line_starts[place.line - 1])
        end = self.content.find(b"\n", start, start + _LONGEST_SHOWN + place.column)
        stop = end if end >= 0 else start + _LONGEST_SHOWN + place.column
        return PtxSyntaxError(
            message,
            file=self.file,
            line=place.line,
            column=place.column,
            source_line=self.content[start:stop].decode("utf-8", "replace").rstrip("\r"),
            expected=expected,
        )


_LONGEST_SHOWN = 200
