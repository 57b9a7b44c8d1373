"""The registers of one call of a function: one row of lanes each, with what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.reference.lanes import ALL, Array, Bools, Mask, Taint, blended

if TYPE_CHECKING:
    from ptxenergy.launch.reference.memory import Bank


class Trips(Struct):
    """How often lanes have stood at a loop exit that data decides, since they entered the loop."""

    loop: int
    count: Array
    limit: Array


class Decision(Struct):
    """What was answered for a predicate that data decides; `row` tells one value from the next."""

    row: Array
    truth: Bools
    answered: Bools


class Registers(Struct):
    """Rows are never changed in place: a write puts a new row, so that rows can be shared.

    `live` counts the lanes that are still in this call; a write under a mask of as many lanes
    needs no blending. `parameters` holds formal parameters and `.param` variables.
    """

    values: list[Array]
    unknown: list[Taint]
    live: int
    local_base: int = 0
    parameters: Bank | None = None
    trips: dict[int, Trips] = field(default_factory=dict)
    decisions: dict[int, Decision] = field(default_factory=dict)

    def write(self, slot: int, row: Array, taint: Taint, mask: Mask) -> None:
        """Set a register in the lanes of the mask."""
        if mask.count == self.live:
            self.values[slot] = row
            self.unknown[slot] = taint
            return
        lanes = mask.lanes if row.ndim == 1 else mask.lanes[:, None]
        self.values[slot] = np.where(lanes, row, self.values[slot])
        old = self.unknown[slot]
        if taint is not None or old is not None:
            self.unknown[slot] = blended(taint, old, mask.lanes)

    def is_unknown(self, slot: int, lane: int) -> bool:
        """Whether one lane's value depends on data."""
        taint = self.unknown[slot]
        if taint is None:
            return False
        return not isinstance(taint, np.ndarray) or bool(taint[lane])

    def forget(self, slot: int, mask: Mask) -> None:
        """Make a register unknown in the lanes of the mask, its value left as it is."""
        if mask.count == self.live:
            self.unknown[slot] = ALL
        else:
            self.unknown[slot] = blended(ALL, self.unknown[slot], mask.lanes)
        row = self.values[slot]
        if row.dtype == np.bool_:
            self.values[slot] = row.copy()
