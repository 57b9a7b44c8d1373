"""How boxes of blocks are cut: where blocks differ, or into enough for draws to even out."""

from __future__ import annotations

from typing import Final

import numpy as np

from ptxenergy.launch.closed.boxes import Box
from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.scope import SplitError
from ptxenergy.launch.closed.value import Hint
from ptxenergy.launch.reference.lanes import Bools

MOST_BOXES: Final = 1 << 16
_PATIENCE: Final = 12
_PATIENCE_FOR_FEW: Final = 3
_FEW_BOXES: Final = 64
_MOST_COMBED: Final = 4096
_ENOUGH_LANES: Final = 4096
_ENOUGH_BLOCKS: Final = 16


def replicated(boxes: tuple[Box, ...], lanes: int) -> list[Box]:
    """The boxes cut into enough for the draws of their lanes to even out, where they can be."""
    wanted = -(-max(_ENOUGH_LANES, _ENOUGH_BLOCKS * lanes) // (lanes * len(boxes)))
    found: list[Box] = []
    for box in boxes:
        pieces = [box]
        for axis in sorted(range(3), key=lambda a: -box.extent[a]):
            extent, parts = box.extent[axis], -(-wanted // len(pieces))
            places = range(0, extent, max(1, extent // parts)) if parts > 1 else ()
            pieces = [part for piece in pieces for part in piece.cut(axis, places)]
        found.extend(pieces)
    return found


def _most_apart(boxes: tuple[Box, ...], split: SplitError, cuts: int) -> int:
    """How many steps a dimension may have to be taken apart whatever the split says.

    Where each cut only shows the next one, as for a loop with a turn more in every row, single
    blocks are better: soon where that makes few boxes, at some time where it makes many.
    """
    if cuts % _PATIENCE == 0:
        return _MOST_COMBED
    if cuts <= _PATIENCE_FOR_FEW:
        return 0
    differing = np.any([lanes.reshape(len(boxes), -1) for _, lanes in split.wanted], axis=(0, 2))
    most = max(box.extent[hint.dim] for hint, _ in split.wanted for box in boxes)
    return most if most * int(differing.sum()) <= _FEW_BOXES else 0


def cut(boxes: tuple[Box, ...], split: SplitError, cuts: int) -> list[Box]:
    """The boxes, those that the split names cut as it says; where cuts have been many before, to
    single blocks."""
    apart = _most_apart(boxes, split, cuts)
    found: list[Box] = []
    rows = [(hint, lanes.reshape(len(boxes), -1)) for hint, lanes in split.wanted]
    for number, box in enumerate(boxes):
        own = [(hint, lanes[number]) for hint, lanes in rows if lanes[number].any()]
        own = [(Hint(h.dim) if box.extent[h.dim] <= apart else h, n) for h, n in own]
        placed = [(hint, lanes) for hint, lanes in own if hint.positions is not None]
        regular = [(hint, lanes) for hint, lanes in own if hint.period > 1]
        # What says where blocks differ comes before what would take all of them apart.
        pieces = _at_places(box, placed, number)
        for wanted in (regular, own):
            if len(pieces) > 1:
                break
            pieces = [box]
            for hint, lanes in wanted:
                pieces = [part for piece in pieces for part in _pieces(piece, hint, lanes, number)]
        found.extend(pieces)
    if len(found) == len(boxes):
        raise UnsupportedError("blocks differ in a way that no cut mends")
    return found


def _at_places(box: Box, placed: list[tuple[Hint, Bools]], number: int) -> list[Box]:
    """A box cut at all places that hints name."""
    places: dict[int, set[int]] = {}
    for hint, lanes in placed:
        extent = box.extent[hint.dim]
        if extent > 1:
            wanted = _positions(hint, lanes, number, extent)
            places.setdefault(hint.dim, set()).update(wanted)
    pieces = [box]
    for axis, ends in places.items():
        pieces = [part for piece in pieces for part in piece.cut(axis, ends)]
    return pieces


def _pieces(box: Box, hint: Hint, lanes: Bools, number: int) -> list[Box]:
    axis = hint.dim
    if box.extent[axis] <= 1:
        return [box]
    if hint.period > 1 and hint.period < box.extent[axis]:
        if hint.period > MOST_BOXES:
            raise UnsupportedError("too many kinds of blocks")
        return box.combed(axis, hint.period)
    if hint.positions is not None:
        return box.cut(axis, _positions(hint, lanes, number, box.extent[axis]))
    if box.extent[axis] > MOST_BOXES:
        raise UnsupportedError("too many kinds of blocks")
    return box.combed(axis, box.extent[axis])


def _positions(hint: Hint, lanes: Bools, number: int, extent: int) -> set[int]:
    """All places at which a hint wants a box of so many steps cut."""
    size = len(lanes)
    own = slice(number * size, (number + 1) * size)
    first = hint.positions[own][lanes]  # type: ignore[index]
    last = first if hint.upto is None else hint.upto[own][lanes]
    found = {int(p) for p in np.unique(first)} | {int(p) for p in np.unique(last)}
    if hint.upto is not None and (wide := last - first > 1).any():
        low, high = int(first[wide].min()), int(last[wide].max())
        if high - low > MOST_BOXES:
            raise UnsupportedError("too many kinds of blocks")
        found.update(range(low, high + 1))
    if hint.every:
        found = {p for at in found - {0} for p in range(at, extent, hint.every)}
    return found
