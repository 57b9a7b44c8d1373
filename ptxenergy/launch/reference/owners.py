"""Which argument or variable a global sector belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.reference.lanes import Array
from ptxenergy.launch.reference.tensors import region_of_map

if TYPE_CHECKING:
    from ptxenergy.launch.reference.program import Program

_REGION_SHIFT: Final = np.uint64(35)
"""Pointer arguments lie 2^40 bytes apart, which is 2^35 sectors."""
_HALF_REGION: Final = np.uint64(1 << 34)
_POINTER_BYTES: Final = 8


class Owners:
    """The names that sectors are told apart by; number 0 is of sectors without an owner.

    An address belongs to the pointer that is nearest, below it or above, so that what lies just
    before an array is the array's. Fields of one struct parameter share its name.
    """

    def __init__(self, program: Program) -> None:
        self.names: list[str] = [""]
        self._of_region: dict[int, int] = {}
        for argument in program.launch.arguments:
            regions = {
                _region(argument.image[offset : offset + _POINTER_BYTES])
                for offset in argument.pointer_offsets
            }
            if regions:
                self._of_region |= dict.fromkeys(regions, len(self.names))
                self.names.append(argument.parameter.name)
        for parameter in program.kernel.parameters:
            if parameter.name not in self.names:
                self.names.append(parameter.name)
            region = region_of_map(program, parameter.name)
            self._of_region[region] = self.names.index(parameter.name)
        starts: list[tuple[int, int]] = [(0, 0)]
        places = program.placement.addresses
        for variable in program.module.variables:
            space, offset = places.get(variable.name, ("", 0))
            if space == "global":
                starts.append((offset // 32, len(self.names)))
                starts.append(((offset + max(variable.size_bytes, 1) + 31) // 32, 0))
                self.names.append(variable.name)
        starts.sort(key=lambda start: (start[0], start[1] != 0))
        self._starts = np.array([at for at, _ in starts], np.uint64)
        self._of_start = np.array([owner for _, owner in starts], np.int64)

    def of(self, sector: Array) -> Array:
        """The number of each sector's owner; quick where neighbours in the list have the same."""
        if not len(sector):
            return np.zeros(0, np.int64)
        region = self.region(sector)
        starts = np.concatenate(([0], np.flatnonzero(region[1:] != region[:-1]) + 1))
        first = region[starts]
        owner = np.zeros(len(starts), np.int64)
        for number in np.unique(first).tolist():
            owner[first == number] = self._of_region.get(number, 0)
        lengths = np.diff(starts, append=len(sector))
        found: Array = np.repeat(owner, lengths)
        if (first == 0).any():
            here = np.repeat(first == 0, lengths)
            at = np.searchsorted(self._starts, sector[here], "right") - 1
            found[here] = self._of_start[at]
        return found

    @staticmethod
    def region(sector: Array) -> Array:
        """The number of the pointer that each sector is nearest to; 0 where none is."""
        found: Array = ((sector + _HALF_REGION) >> _REGION_SHIFT).astype(np.int64)
        return found


def _region(image: bytes) -> int:
    return (int.from_bytes(image, "little") + (1 << 39)) >> 40
