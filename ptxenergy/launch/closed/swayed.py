"""Which instructions data may sway: whether lanes run them, how often, or where they access.

What is loaded is unknown to an evaluation, and so is all that is computed from it. What is written
on one side of a branch that data decides is not: it holds the plain number of the side that was
assumed. Both are found here from the text alone: registers by name, without regard to order, and of
control flow all that lies between a branch and the place where its lanes meet again.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Final

from ptxenergy.launch.closed.code import Code
from ptxenergy.launch.reference.relevance import Name, Relevance, registers, written
from ptxenergy.program.flow import ControlFlow
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Address, Instruction, Operand, Vector

_ONLY_ADDRESSES: Final = frozenset({"ld", "ldu", "st", "atom", "red", "ldmatrix", "stmatrix"})


def swayed_by_data(code: Code, relevance: Relevance, loaded: Set[Name]) -> frozenset[int]:
    """The instructions of a kernel that calls nothing, by number. `loaded`: the registers that may
    hold what memory held before the launch."""
    decided = set(loaded)
    while True:
        numbers = set(_where_data_decides(code, decided))
        set_there = {
            (code.function.name, name)
            for number in numbers
            for name in written(code.function.instructions[number], code.opcodes[number])
        }
        if set_there <= decided:
            break
        decided |= relevance.following(set_there)
    for number, (instruction, opcode) in enumerate(
        zip(code.function.instructions, code.opcodes, strict=True)
    ):
        if opcode.accesses and _any_of(code, _placing(instruction, opcode), decided):
            numbers.add(number)
    return frozenset(code.first + number for number in numbers)


def _where_data_decides(code: Code, decided: Set[Name]) -> Iterator[int]:
    """Instructions whose guard is decided by data, and those that such a branch may leave out."""
    flow = code.flow
    for number, instruction in enumerate(code.function.instructions):
        guard = instruction.guard
        if guard is None or (code.function.name, guard.register.name) not in decided:
            continue
        yield number
        block = flow.block_of[number]
        if number == flow.blocks[block].end - 1:
            for between in _until_they_meet(flow, block):
                yield from range(flow.blocks[between].start, flow.blocks[between].end)


def _until_they_meet(flow: ControlFlow, block: int) -> set[int]:
    """The blocks that lanes can pass which part at the end of a block, until all meet again."""
    meet = flow.post_dominators[block]
    found: set[int] = set()
    pending = list(flow.blocks[block].successors)
    while pending:
        at = pending.pop()
        if at != meet and at not in found:
            found.add(at)
            pending += flow.blocks[at].successors
    return found


def _placing(instruction: Instruction, opcode: Opcode) -> tuple[Operand, ...]:
    """The operands that say where an access goes and how large it is, as against what it moves."""
    rest = instruction.operands[opcode.destinations :]
    if opcode.root in _ONLY_ADDRESSES:
        return tuple(operand for operand in instruction.operands if isinstance(operand, Address))
    return tuple(operand for operand in rest if not isinstance(operand, Vector))


def _any_of(code: Code, operands: tuple[Operand, ...], names: Set[Name]) -> bool:
    return any((code.function.name, name) in names for name in registers(operands))
