"""Steps that touch memory: what is accessed where, left to be counted when the run is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.closed.code import Code, Step, UnsupportedError
from ptxenergy.launch.closed.compute import forget
from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import address, source
from ptxenergy.launch.closed.scope import SplitError
from ptxenergy.launch.closed.value import GRID_AXES, UNKNOWN, Hint, Stride, Value
from ptxenergy.launch.reference.lanes import WARP, Array, Bools, tainted_lanes
from ptxenergy.launch.reference.placement import WINDOWS
from ptxenergy.launch.reference.types import size_of
from ptxenergy.program.opcode import Access, Opcode
from ptxenergy.ptx.syntax import Immediate, Instruction, Register, Vector

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_SPACE_OF_TAG: Final = {tag: space for space, tag in WINDOWS.items()}
_RANK_SHIFT: Final = 24
_FOLLOWED: Final = (
    *("ld", "ldu", "st", "atom", "red", "cp", "ldmatrix", "stmatrix"),
    *("tex", "tld4", "suld", "sust", "sured"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """An access of an instruction: slot and constant offset of its address, space, width."""

    number: int
    slot: int
    offset: int
    space: str
    direction: str
    width: int
    giving_lanes: int = WARP


def access(code: Code, number: int, instruction: Instruction, opcode: Opcode) -> Step:
    """The step of a memory instruction. Raises UnsupportedError for what is not followed."""
    if opcode.root not in _FOLLOWED or any(a.is_bulk for a in opcode.accesses):
        raise UnsupportedError(instruction.opcode)
    if {"async", "bulk"} & set(opcode.modifiers) and opcode.root != "cp":
        raise UnsupportedError(instruction.opcode)
    sites = [_site(code, number, instruction, opcode, a) for a in opcode.accesses]
    given = _given_size(code, instruction) if opcode.root == "cp" else None
    rest = forget(code, instruction, opcode)

    def step(machine: Machine, lanes: Lanes) -> None:
        for site in sites:
            reading = lanes
            if given is not None and site.direction == "load":
                reading = _reading(machine, lanes, given)
            if reading.count:
                record(machine, reading, site)
        rest(machine, lanes)

    return step


def _given_size(code: Code, instruction: Instruction) -> tuple[int, bool] | None:
    """The slot of how many bytes `cp.async` reads, or of whether it reads none (True).

    A fourth operand of 64 bits is a cache policy.
    """
    if len(instruction.operands) < 4:
        return None
    operand = instruction.operands[3]
    if isinstance(operand, Register) and operand.type in ("b64", "u64", "s64"):
        return None
    is_predicate = isinstance(operand, Register) and operand.type == "pred"
    return source(code, operand, "pred" if is_predicate else "u32"), is_predicate


def _reading(machine: Machine, lanes: Lanes, given: tuple[int, bool]) -> Lanes:
    """The lanes that read anything: a copy of no bytes only fills with zeros."""
    slot, is_predicate = given
    value = machine.read(slot)
    if value.taint is not None or value.strides is not None:
        raise UnsupportedError("a copy whose size data decides")
    machine.scope.settle(value, lanes.bools)
    reads = ~value.base if is_predicate else value.base != 0
    return Lanes(machine.scope, reads & lanes.bools)


def _site(code: Code, number: int, instruction: Instruction, opcode: Opcode, what: Access) -> Site:
    if what.space == "texture":
        return Site(number, -1, 0, what.space, what.direction, max(what.width_bytes, 1))
    slot, offset = address(code, instruction.operands[what.operand])
    width, giving = what.width_bytes, WARP
    if opcode.root in ("ldmatrix", "stmatrix"):
        count = next((int(m[1:]) for m in opcode.modifiers if m in ("x1", "x2", "x4")), 1)
        giving = min(WARP, count * (16 if "m16n16" in opcode.modifiers else 8))
        width = 16
    elif opcode.root == "cp":
        size = instruction.operands[2] if len(instruction.operands) > 2 else None
        width = int(size.value) if isinstance(size, Immediate) else 16
    elif opcode.root in ("atom", "red"):
        value = instruction.operands[what.operand + 1]
        elements = len(value.elements) if isinstance(value, Vector) else 1
        width = elements * size_of(opcode.types[-1] if opcode.types else "b32")
    else:
        data = instruction.operands[0 if what.direction == "load" else 1]
        elements = len(data.elements) if isinstance(data, Vector) else 1
        width = elements * size_of(opcode.types[-1] if opcode.types else "b32")
    if what.space == "cluster":
        raise UnsupportedError(what.space)
    return Site(number, slot, offset, what.space, what.direction, width, giving)


def record(machine: Machine, lanes: Lanes, site: Site) -> None:
    """Note an access of some lanes."""
    bools = lanes.bools
    if site.giving_lanes < WARP:
        bools = bools & (np.arange(len(bools)) % WARP < site.giving_lanes)
        if not bools.any():
            return
    # Where a texture's pieces lie is the driver's business.
    value = UNKNOWN if site.space == "texture" else machine.read(site.slot)
    unknown = tainted_lanes(value.taint, bools)
    if unknown is not None:
        _unknown(machine, site, unknown)
        others = np.repeat(unknown.reshape(-1, WARP).any(axis=1), WARP)
        for known, is_rest in ((bools & ~unknown & others, True), (bools & ~others, False)):
            if known.any():
                _known(machine, site, value, known, is_rest=is_rest)
        return
    _known(machine, site, value, bools)


def _known(
    machine: Machine, site: Site, value: Value, bools: Bools, *, is_rest: bool = False
) -> None:
    machine.scope.settle(value, bools)
    addresses = _addresses(machine, site, value)
    if site.space == "generic":
        space, addresses = _told(machine, addresses, bools)
    else:
        space = site.space
    if (
        space == "shared"
        and (np.broadcast_to(addresses, bools.shape)[bools] >> np.uint64(_RANK_SHIFT)).any()
    ):
        raise UnsupportedError("shared memory of another block")
    strides = {
        dim: stride if isinstance(stride, int) else _by_warp(machine, dim, stride, bools)
        for dim, stride in (value.strides or {}).items()
    }
    machine.tally.events.append(
        Event(
            site.number,
            space,
            site.direction,
            site.width,
            addresses,
            strides or None,
            bools,
            rest=is_rest,
        )
    )


def _addresses(machine: Machine, site: Site, value: Value) -> Array:
    row = value.base
    if site.offset:
        limit = (1 << (8 * row.dtype.itemsize)) - 1
        row = row + row.dtype.type(site.offset & limit)
    if row.dtype == np.uint64:
        return row
    if value.strides is not None:
        moved = Value(row, value.strides)
        outside = machine.scope.fits(moved, 8 * row.dtype.itemsize, signed=False)
        if outside is not None and (outside & machine.scope.active).any():
            raise UnsupportedError("an address wraps")
    return row.astype(np.uint64)


def _unknown(machine: Machine, site: Site, bools: Bools) -> None:
    space = "global" if site.space == "generic" else site.space
    nothing = np.zeros(1, np.uint64)
    machine.tally.events.append(
        Event(site.number, space, site.direction, site.width, nothing, None, bools, unknown=True)
    )


def _told(machine: Machine, addresses: Array, bools: Bools) -> tuple[str, Array]:
    """The space of generic addresses, and the offsets in it."""
    shift = np.uint64(machine.program.kernel.placement.window_shift)
    tags = np.broadcast_to(addresses >> shift, bools.shape)[bools]
    if (tags != tags[0]).any():
        raise UnsupportedError("generic addresses of several spaces")
    space = _SPACE_OF_TAG.get(int(tags[0]), "global")
    if space in ("param", "function"):
        raise UnsupportedError(f"generic address in {space} space")
    return space, addresses if space == "global" else addresses - (tags[0] << shift)


def _by_warp(machine: Machine, dim: int, stride: Array, bools: Bools) -> Stride:
    """A stride that is the same in all active lanes of a warp; one where it need be only one."""
    rows, active = stride.reshape(-1, WARP), bools.reshape(-1, WARP)
    leaders = rows[np.arange(len(rows)), active.argmax(axis=1)]
    apart = (rows != leaders[:, None]) & active
    if apart.any():
        if dim < GRID_AXES:
            lanes = np.repeat(apart.any(axis=1), WARP)
            raise SplitError([(Hint(dim), lanes)])
        for loop in machine.scope.open:
            if loop.dim == dim:
                loop.most = 1
    whole = active.any(axis=1)
    if whole.any() and (leaders[whole] == leaders[whole][0]).all():
        return int(leaders[whole][0])
    return np.repeat(np.where(whole, leaders, 0), WARP)
