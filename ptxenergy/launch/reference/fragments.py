"""Where the elements of a matrix stand in the registers of a warp (PTX ISA 9.7.14.5, 9.7.15.5).

Lanes are in groups of four. A register of A or B holds neighbours along k, 32 bits of them or one
f64; each group has a row of A, a column of B and a row of the accumulators. Every shape of `mma`
follows that but m8n8k4 of f16, which has another layout and no values here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np

from ptxenergy.launch.reference.elements import packed, per_register, unpacked
from ptxenergy.launch.reference.lanes import WARP, Array

Place: TypeAlias = Callable[[int], tuple[Array, Array]]
"""From the number of a lane's element to its row and column, over the lanes of a warp."""

_LANE: Final = np.arange(WARP)
_GROUP, _MEMBER = _LANE // 4, _LANE % 4
_HALF_ROWS: Final = 8


def place_a(rows: int, ptx_type: str) -> Place:
    """Places in A (m by k), of 8 or 16 rows: registers go down the rows first, then along k."""
    per, halves = per_register(ptx_type), rows // _HALF_ROWS

    def place(number: int) -> tuple[Array, Array]:
        register, inside = divmod(number, per)
        along, half = divmod(register, halves)
        return _GROUP + _HALF_ROWS * half, _MEMBER * per + inside + 4 * per * along

    return place


def place_b(ptx_type: str) -> Place:
    """Places in B (k by 8): registers go along k."""
    per = per_register(ptx_type)

    def place(number: int) -> tuple[Array, Array]:
        register, inside = divmod(number, per)
        return _MEMBER * per + inside + 4 * per * register, _GROUP

    return place


def place_c(rows: int) -> Place:
    """Places in C and D (m by n): two neighbours, then eight rows below, then eight columns on."""
    halves = rows // _HALF_ROWS

    def place(number: int) -> tuple[Array, Array]:
        pair, inside = divmod(number, 2)
        along, half = divmod(pair, halves)
        return _GROUP + _HALF_ROWS * half, 2 * _MEMBER + inside + 8 * along

    return place


def gathered(rows: Sequence[Array], ptx_type: str, place: Place, shape: tuple[int, int]) -> Array:
    """Each warp's matrix as float64, (warps, rows, columns), from the rows of its registers."""
    per = per_register(ptx_type)
    whole = np.zeros((len(rows[0]) // WARP, *shape))
    for register, row in enumerate(rows):
        elements = unpacked(row, ptx_type).reshape(-1, WARP, per)
        for inside in range(per):
            whole[:, *place(register * per + inside)] = elements[..., inside]
    return whole


def scattered(
    whole: Array, ptx_type: str, place: Place, count: int, *, saturates: bool = False
) -> list[Array]:
    """The inverse of `gathered`: the rows of `count` registers, each in bits of the register."""
    per = per_register(ptx_type)
    found = []
    for register in range(count):
        parts = [whole[:, *place(register * per + inside)].ravel() for inside in range(per)]
        found.append(packed(np.stack(parts, axis=1), ptx_type, saturates=saturates))
    return found
