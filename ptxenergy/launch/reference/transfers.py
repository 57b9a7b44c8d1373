"""Reads and writes of the lanes of one part of an access, and the counting of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.launch.reference.lanes import ALL, Array, Bools, Taint, blended, join
from ptxenergy.launch.reference.memory import Bank
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.resolve import Part
from ptxenergy.launch.reference.traffic import Kind, count, count_unknown

if TYPE_CHECKING:
    from ptxenergy.launch.reference.code import Step
    from ptxenergy.launch.reference.machine import Machine

_UNCOUNTED = ("param", "function")


def count_part(machine: Machine, step: Step, part: Part, direction: str, width: int) -> None:
    """Count one part of an access, its unknown lanes apart where contents are unknown."""
    if part.space in _UNCOUNTED:
        return
    kind = Kind(part.space, direction, width)
    if part.unknown is None:
        count(machine, step, kind, part.offsets, part.lanes)
        return
    if machine.memory is not None:
        machine.policy.addresses_exact = False
        count(machine, step, kind, part.offsets, part.lanes)
        return
    known = part.lanes & ~part.unknown
    if known.any():
        count(machine, step, kind, part.offsets, known)
        count_unknown(machine, step, kind, part.unknown, known)
    elif part.unknown.any():
        count_unknown(machine, step, kind, part.unknown)


def bank_of(machine: Machine, registers: Registers, space: str) -> Bank | None:
    """The contents of a space other than global; None where they are not kept."""
    if space == "param":
        return registers.parameters
    banks = {"shared": machine.shared, "local": machine.local, "constant": machine.constant}
    return banks.get(space)


def _trusted(machine: Machine, part: Part) -> Bools:
    """The lanes whose addresses mean something."""
    if part.unknown is None or machine.memory is not None:
        return part.lanes
    return part.lanes & ~part.unknown


def read_part(
    machine: Machine, registers: Registers, part: Part, dtype: np.dtype[np.generic], step: int
) -> tuple[Array, Taint]:
    """One value a lane, `step` bytes beyond each lane's address."""
    offsets = part.offsets + np.uint64(step) if step else part.offsets
    unknown: Taint = part.unknown
    bank = bank_of(machine, registers, part.space)
    if bank is not None:
        values, taint = bank.load(offsets, _trusted(machine, part), dtype)
        return values, join(taint, unknown)
    if part.space == "global" and machine.memory is not None:
        return machine.memory.load(offsets, part.lanes, dtype), ALL
    return np.zeros(machine.lanes, dtype), ALL


def write_part(
    machine: Machine, registers: Registers, part: Part, value: tuple[Array, Taint], step: int
) -> None:
    """Write one value a lane; where data decides the address, all that it may change is unknown."""
    row, taint = value
    offsets = part.offsets + np.uint64(step) if step else part.offsets
    bank = bank_of(machine, registers, part.space)
    if bank is None:
        if part.space == "global" and machine.memory is not None:
            machine.memory.store(offsets, part.lanes, row)
        return
    lanes = _trusted(machine, part)
    if lanes.any():
        bank.store(offsets, lanes, row, taint)
    if part.unknown is not None and part.unknown.any():
        bank.taint_slots(part.unknown)


def merged(old: tuple[Array, Taint], new: tuple[Array, Taint], part: Part) -> tuple[Array, Taint]:
    """Values of several parts put together, those of `part` from `new`."""
    return np.where(part.lanes, new[0], old[0]), blended(new[1], old[1], part.lanes)
