"""Steps that touch memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ptxenergy.launch.closed.bulk import bulk_copy
from ptxenergy.launch.closed.code import Code, Step, UnsupportedError
from ptxenergy.launch.closed.compute import forget
from ptxenergy.launch.closed.fragments import fragment_of
from ptxenergy.launch.closed.grain import grain_of
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import address, source
from ptxenergy.launch.closed.record import Site, record
from ptxenergy.launch.reference.lanes import WARP
from ptxenergy.launch.reference.types import size_of
from ptxenergy.program.opcode import Access, Opcode
from ptxenergy.ptx.syntax import Immediate, Instruction, Register, Vector

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_COMMON: Final = ("global", "shared", "cluster", "constant", "generic")
_FOLLOWED: Final = (
    *("ld", "ldu", "st", "atom", "red", "cp", "ldmatrix", "stmatrix", "wmma", "multimem"),
    *("tex", "tld4", "suld", "sust", "sured"),
)


def access(
    code: Code, number: int, instruction: Instruction, opcode: Opcode, *, is_data: bool
) -> Step:
    """The step of a memory instruction; of data only where it lies matters.

    Raises UnsupportedError for what is not followed.
    """
    if any(a.is_bulk for a in opcode.accesses):
        return bulk_copy(code, number, instruction, opcode)
    if opcode.root not in _FOLLOWED:
        raise UnsupportedError(instruction.opcode)
    if {"async", "bulk"} & set(opcode.modifiers) and opcode.root != "cp":
        raise UnsupportedError(instruction.opcode)
    sites = [_site(code, number, instruction, opcode, a) for a in opcode.accesses]
    given = _given_size(code, instruction) if opcode.root == "cp" else None
    rest = forget(code, instruction, opcode, _grain_of_load(sites) if _is_load(opcode) else None)

    def step(machine: Machine, lanes: Lanes) -> None:
        for site in sites:
            reading = lanes
            if given is not None and site.direction == "load":
                reading = _reading(machine, lanes, given)
            if reading.count:
                record(machine, reading, site)
        if not is_data:
            rest(machine, lanes)

    return step


def _is_load(opcode: Opcode) -> bool:
    """Whether lanes that read one place get one value: not so of what each has of its own."""
    return opcode.root in ("ld", "ldu") and opcode.accesses[0].space in _COMMON


def _grain_of_load(sites: list[Site]) -> Callable[[Machine], int]:
    return lambda machine: grain_of(machine.scope, machine.read(sites[0].slot))


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
    width, giving, fragment = what.width_bytes, WARP, None
    if opcode.root in ("ldmatrix", "stmatrix"):
        count = next((int(m[1:]) for m in opcode.modifiers if m in ("x1", "x2", "x4")), 1)
        giving = min(WARP, count * (16 if "m16n16" in opcode.modifiers else 8))
        width = 16
    elif opcode.root == "wmma":
        fragment = fragment_of(code, instruction, opcode)
        width = fragment.width
    elif opcode.root == "multimem":
        width = max(width, 1)
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
    return Site(number, slot, offset, what.space, what.direction, width, giving, fragment=fragment)
