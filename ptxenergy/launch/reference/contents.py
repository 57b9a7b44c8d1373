"""The bytes that a plain bulk copy moves, where memory has contents (PTX ISA 9.7.9.25.4).

They are there at once. Copies to another block of the cluster, or to several, move nothing. Places
and sizes must be multiples of 16 bytes, else a GPU would stop (flag `bulk-misaligned`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ptxenergy.launch.reference.lanes import Array, Mask
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.resolve import Where, resolved

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_UNIT_BYTES: Final = 16


def move(
    machine: Machine,
    registers: Registers,
    mask: Mask,
    ends: tuple[Where, Where],
    sizes: Array,
) -> None:
    """Copy `sizes` bytes of each lane from the first end to the second, lane after lane."""
    source, target = (_by_lane(machine, registers, mask, end) for end in ends)
    for lane in np.nonzero(sizes)[0].tolist():
        size = min(int(sizes[lane]), machine.shared.slot_bytes)
        if size < sizes[lane]:
            machine.shared.went_outside = True
        if any(part % _UNIT_BYTES for part in (size, source[lane][1], target[lane][1])):
            machine.policy.flag("bulk-misaligned")
        data = _read(machine, lane, source[lane], size)
        if data is not None:
            _write(machine, lane, target[lane], data)


def _by_lane(
    machine: Machine, registers: Registers, mask: Mask, at: Where
) -> dict[int, tuple[str, int]]:
    """(space, offset in it) of each lane."""
    return {
        lane: (part.space, int(part.offsets[lane]))
        for part in resolved(machine, registers, at, mask)
        for lane in np.nonzero(part.lanes)[0].tolist()
    }


def _read(
    machine: Machine, lane: int, place: tuple[str, int], size: int
) -> npt.NDArray[np.uint8] | None:
    space, offset = place
    if space == "global" and machine.memory is not None:
        return machine.memory.read(offset, size, np.uint8)
    if space != "shared":
        return None
    whole = np.zeros(size, np.uint8)
    found = _slot(machine, lane)[offset : offset + size]
    whole[: len(found)] = found
    return whole


def _write(
    machine: Machine, lane: int, place: tuple[str, int], data: npt.NDArray[np.uint8]
) -> None:
    space, offset = place
    if space == "global" and machine.memory is not None:
        machine.memory.write(offset, data)
    elif space == "shared":
        room = _slot(machine, lane)[offset : offset + len(data)]
        room[:] = data[: len(room)]
        if len(room) < len(data):
            machine.shared.went_outside = True


def _slot(machine: Machine, lane: int) -> npt.NDArray[np.uint8]:
    found: npt.NDArray[np.uint8] = machine.shared.contents[machine.shared.slot_of_lane[lane]]
    return found
