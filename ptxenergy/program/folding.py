"""Values that take no register of their own in machine code, though PTX gives them one.

The assembler puts constants, kernel parameters and launch extents into the instructions that use
them, copies are coalesced, a widened index lives on in its narrow register (IMAD.WIDE), and a
constant added to an address becomes the offset of the access.
"""

from __future__ import annotations

from msgspec.structs import replace

from ptxenergy.program.liveness import Effects
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import (
    Function,
    Immediate,
    Instruction,
    Operand,
    Register,
    SpecialRegister,
    Symbol,
)

_UNIFORM = frozenset({"ntid", "nctaid", "ctaid", "clusterid", "nclusterid"})
_WIDE_TYPES = frozenset({"u64", "s64", "b64"})
_NARROW_TYPES = frozenset({"u32", "s32", "b32", "u16", "s16"})
_ADDRESS_TYPES = frozenset({"u64", "s64", "b64", "u32", "s32", "b32"})


def folded(function: Function, known: Effects) -> Effects:
    """The effects with each folded register replaced by the registers that it is made of."""
    carriers = _carriers(function, known)
    reads, writes = [], []
    for read, written in zip(known.reads, known.writes, strict=True):
        is_folded = len(written) == 1 and written[0] in carriers
        reads.append(
            ()
            if is_folded
            else tuple(n for number in read for n in carriers.get(number, (number,)))
        )
        writes.append(() if is_folded else written)
    return replace(known, reads=tuple(reads), writes=tuple(writes))


def _carriers(function: Function, known: Effects) -> dict[int, tuple[int, ...]]:
    """For each folded register, the registers that carry its value."""
    times = [0] * len(known.registers)
    for written in known.writes:
        for number in written:
            times[number] += 1
    carriers: dict[int, tuple[int, ...]] = {}
    for index, instruction in enumerate(function.instructions):
        written, read = known.writes[index], known.reads[index]
        if len(written) != 1 or any(times[number] != 1 for number in (*written, *read)):
            continue
        if known.is_sure[index] and _folds(instruction, function, has_reads=bool(read)):
            sources = (n for number in read for n in carriers.get(number, (number,)))
            carriers[written[0]] = tuple(dict.fromkeys(sources))
    return carriers


def _folds(instruction: Instruction, function: Function, *, has_reads: bool) -> bool:
    opcode, operands = describe(instruction.opcode), instruction.operands
    if opcode.root == "ld":
        return "param" in opcode.modifiers and function.is_entry and not has_reads
    if len(operands) < 2:
        return False
    if opcode.root in ("mov", "cvta"):
        return _is_free(operands[1])
    if opcode.root == "cvt":
        return _widens(opcode)
    return (
        opcode.root == "add"
        and len(operands) == 3
        and isinstance(operands[1], Register)
        and isinstance(operands[2], Immediate)
        and opcode.types[-1:] != ()
        and opcode.types[-1] in _ADDRESS_TYPES
    )


def _is_free(operand: Operand) -> bool:
    if isinstance(operand, SpecialRegister):
        return operand.name.lstrip("%").split(".")[0] in _UNIFORM
    return isinstance(operand, Immediate | Symbol | Register)


def _widens(opcode: Opcode) -> bool:
    return (
        len(opcode.types) == 2
        and opcode.types[0] in _WIDE_TYPES
        and opcode.types[1] in _NARROW_TYPES
    )
