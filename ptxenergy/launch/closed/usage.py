"""Which registers each block reads before it writes them, and which it writes."""

from __future__ import annotations

from ptxenergy.launch.closed.code import Code, Node
from ptxenergy.launch.closed.parameters import parameter_cells, result_cells
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import (
    Address,
    Instruction,
    Negation,
    Operand,
    Pair,
    Register,
    Vector,
)


def note_usage(code: Code, node: Node, instruction: Instruction, opcode: Opcode) -> None:
    """Enter what a step reads and writes. A guarded write does not end a register's life."""
    reads = _registers(code, instruction.operands[opcode.destinations :])
    if instruction.guard is not None:
        reads.append(code.slot(instruction.guard.register.name))
    writes = _registers(code, instruction.operands[: opcode.destinations])
    node.reads.update(slot for slot in reads if slot not in node.writes)
    if instruction.guard is None:
        node.writes.update(writes)
    else:
        node.reads.update(slot for slot in writes if slot not in node.writes)
        node.writes.update(writes)
        node.merged.update(writes)


def _registers(code: Code, operands: tuple[Operand, ...]) -> list[int]:
    found: list[int] = []
    for operand in operands:
        if isinstance(operand, Register):
            found.append(code.slot(operand.name))
        elif isinstance(operand, Address):
            found += _registers(code, (operand.base,))
        elif isinstance(operand, Negation):
            found += _registers(code, (operand.operand,))
        elif isinstance(operand, Pair):
            found += _registers(code, (operand.first, operand.second))
        elif isinstance(operand, Vector):
            found += _registers(code, operand.elements)
    return found


def note_parameters(code: Code) -> None:
    """Enter what blocks read and write of the memory of parameters, once all of it is known."""
    code.results = frozenset(result_cells(code))
    code.nodes[0].merged.update(code.results)
    for block, node in zip(code.flow.blocks, code.nodes, strict=True):
        for number in range(block.start, block.end):
            instruction, opcode = code.function.instructions[number], code.opcodes[number]
            is_access = bool(opcode.accesses) and opcode.accesses[0].space == "param"
            if opcode.root != "call" and not is_access:
                continue
            reads, writes = parameter_cells(code, instruction)
            node.reads.update(reads - node.writes)
            if instruction.guard is not None:
                node.reads.update(writes - node.writes)
                node.merged.update(writes)
            node.writes.update(writes)
