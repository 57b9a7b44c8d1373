"""Remembers what an access cost, for when the same lanes come back at a uniform distance.

Moving every address of a request by one multiple of 32 bytes moves its sectors by a whole number
of them and changes no count; for banks the period is 128 bytes, for words 4. Loops mostly do just
that.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.reference.footprint import Touch
from ptxenergy.launch.reference.lanes import Array, Bools
from ptxenergy.launch.reference.tally import Floats

_PERIOD: Final = {"global": 32, "shared": 128, "cluster": 128, "constant": 4, "local": 4}
_SECTOR_SHIFT: Final = 5


class Pattern(Struct, frozen=True, eq=False):
    """An access that was counted: `rows` is what it added to its cell, `touch` what it touched."""

    lanes: Bools
    addresses: Array
    first: int
    is_full: bool
    rows: Floats
    touch: Touch

    def distance(self, addresses: Array, lanes: Bools) -> np.uint64 | None:
        """How far all addresses have moved (modulo 2^64); None where not all by the same."""
        if lanes is not self.lanes and not np.array_equal(lanes, self.lanes):
            return None
        moved = addresses - self.addresses
        distance: np.uint64 = moved[self.first]
        same = moved == distance
        alike = same.all() if self.is_full else same[lanes].all()
        return distance if alike else None


class Patterns(Struct):
    """The last pattern of each instruction, space, direction and phase."""

    _known: dict[tuple[int, str, str, int], Pattern] = field(default_factory=dict)

    def find(
        self, number: int, kind: tuple[str, str], addresses: Array, lanes: Bools
    ) -> tuple[Pattern, np.uint64] | None:
        """A pattern of which this access is a moved copy, and the distance."""
        pattern = self._known.get((number, *kind, _phase(kind[0], addresses, lanes)))
        if pattern is None:
            return None
        distance = pattern.distance(addresses, lanes)
        return None if distance is None else (pattern, distance)

    def keep(self, number: int, kind: tuple[str, str], pattern: Pattern) -> None:
        """Remember a pattern in place of an earlier one."""
        phase = _phase(kind[0], pattern.addresses, pattern.lanes)
        self._known[(number, *kind, phase)] = pattern


def sectors_moved(distance: np.uint64) -> np.uint64:
    """A distance in bytes as one in sectors, both modulo 2^64 (and downwards where it is)."""
    signed = int(distance)
    signed -= (signed >> 63) << 64
    return np.uint64((signed >> _SECTOR_SHIFT) & 0xFFFF_FFFF_FFFF_FFFF)


def _phase(space: str, addresses: Array, lanes: Bools) -> int:
    return int(addresses[int(lanes.argmax())]) % _PERIOD.get(space, 1 << 62)
