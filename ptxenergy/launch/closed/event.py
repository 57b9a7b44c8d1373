"""One access of a run: the addresses of all lanes, in all blocks and iterations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from ptxenergy.launch.closed.value import Strides
from ptxenergy.launch.reference.lanes import Array, Bools


class Event(Struct, frozen=True, eq=False):
    """An access by `lanes` at `addresses` (at the origin) with their strides.

    `number` is the instruction; `loops` gives the iterations of each loop dimension; `unknown`
    is set where data decides the addresses, which then mean nothing; `rest` where another event
    has other lanes of the same requests. A bulk copy is one piece of `width` bytes a lane.
    """

    number: int
    space: str
    direction: str
    width: int
    addresses: Array
    strides: Strides | None
    lanes: Bools
    unknown: bool = False
    rest: bool = False
    is_bulk: bool = False
    loops: Mapping[int, int] = field(default_factory=dict)

    @property
    def row(self) -> Array:
        """The address of each lane."""
        row = self.addresses
        return row if row.shape == self.lanes.shape else np.broadcast_to(row, self.lanes.shape)

    def repeated(self, dim: int, iterations: int) -> Event:
        """The same access in so many iterations of a loop."""
        return replace(self, loops={**self.loops, dim: iterations})
