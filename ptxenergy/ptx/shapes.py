"""The shapes of pieces: each is read by the grammar once, and remembered for the process.

A program of a million statements has a few thousand shapes, so that nearly every statement is
accepted by looking up its key. No statement is accepted otherwise than by way of the grammar.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ptxenergy.ptx.events import Event
from ptxenergy.ptx.outline import IN_FUNCTION, IN_SECTION

# A longer key is not worth remembering: it is a table of constants or something hostile.
LONGEST_KEY = 4096
_MOST_REMEMBERED = 100_000


FROM_START, FROM_PIECE = -1, -2


class Placed(Struct, frozen=True):
    """An event of a piece, and how to find its first word.

    It is the word before which `skip` characters other than white space stand, counted from the
    end of slot `anchor`, or from the start of the piece where that is FROM_START. FROM_PIECE
    means that `skip` counts every character.
    """

    event: Event
    anchor: int
    skip: int


class Shape(Struct, frozen=True):
    """What pieces of one shape say. `change`, `low` and `high` are of the depth of braces."""

    events: tuple[Placed, ...]
    change: int
    low: int
    high: int
    in_function: bool
    in_section: bool


def summed(placed: tuple[Placed, ...]) -> Shape:
    """The shape that these events make."""
    kinds = [item.event.kind for item in placed]
    depths = list(accumulate((_STEPS.get(kind, 0) for kind in kinds), initial=0))
    return Shape(
        events=placed,
        change=depths[-1],
        low=min(depths),
        high=max(depths),
        in_function=IN_FUNCTION.issuperset(kinds),
        in_section=IN_SECTION.issuperset(kinds),
    )


_STEPS = {"open": 1, "close": -1}


class Memo(dict[bytes, int]):
    """Keys → the numbers of their shapes. Looking a new key up gives it the next number.

    Number 0 is for keys that are too long to be remembered. `facts` has one row for each shape:
    change, low, high, in_function, in_section, whether it could be read, whether it is just `;`.
    """

    def __init__(self) -> None:
        self.shapes: list[Shape | None] = []
        self.facts: NDArray[np.int32] = np.zeros((1024, 7), dtype=np.int32)
        self.add(None)

    def __missing__(self, key: bytes) -> int:
        if len(key) > LONGEST_KEY:
            return 0
        number = self[key] = len(self) + 1
        return number

    def add(self, shape: Shape | None) -> None:
        """The shape of the next number; None where its pieces have to be read otherwise."""
        number = len(self.shapes)
        self.shapes.append(shape)
        if number >= len(self.facts):
            self.facts = np.concatenate((self.facts, np.zeros_like(self.facts)))
        if shape is not None:
            self.facts[number] = facts_of(shape)

    def unread(self) -> Iterator[bytes]:
        """The keys that have a number and no shape yet, in the order of their numbers."""
        keys = list(self)
        return iter(keys[len(self.shapes) - 1 :])

    def forget_unread(self) -> None:
        """Takes back the numbers without shapes, after an error."""
        for key in list(self.unread()):
            del self[key]

    def forget_if_full(self) -> None:
        """Keeps memory bounded in a process that reads many unlike files."""
        if len(self) > _MOST_REMEMBERED:
            self.clear()
            self.__init__()  # type: ignore[misc]


def facts_of(shape: Shape) -> tuple[int, ...]:
    """The row of `Memo.facts`."""
    is_empty = [placed.event.kind for placed in shape.events] == ["empty"]
    places = shape.in_function, shape.in_section
    return shape.change, shape.low, shape.high, *places, 1, is_empty
