"""Which registers hold a value that is still needed, before each instruction of a function.

The textbook backward problem (Aho, Lam, Sethi and Ullman, "Compilers", 9.2.5). Sets are the bits
of Python integers: a kernel of 100,000 instructions stays well below a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ptxenergy.program.flow import ControlFlow
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import (
    Address,
    Function,
    Group,
    Immediate,
    Instruction,
    Negation,
    Operand,
    Pair,
    Register,
    Vector,
)


class Effects(Struct, frozen=True):
    """The registers that each instruction reads and those that it surely overwrites, by number.

    `registers` maps the numbers back. A guarded instruction overwrites nothing for sure.
    """

    registers: tuple[Register, ...]
    reads: tuple[tuple[int, ...], ...]
    writes: tuple[tuple[int, ...], ...]
    is_sure: tuple[bool, ...]


def effects(function: Function) -> Effects:
    """What every instruction of a function does to registers."""
    numbers: dict[str, int] = {}
    registers: list[Register] = []
    reads, writes, is_sure = [], [], []
    for instruction in function.instructions:
        read, written = _registers_of(instruction)
        for register in (*read, *written):
            if register.name not in numbers:
                numbers[register.name] = len(registers)
                registers.append(register)
        reads.append(tuple([numbers[register.name] for register in read]))
        writes.append(tuple([numbers[register.name] for register in written]))
        is_sure.append(instruction.guard is None)
    return Effects(tuple(registers), tuple(reads), tuple(writes), tuple(is_sure))


def live_out(flow: ControlFlow, known: Effects) -> list[int]:
    """Per block, the registers live at its end, as bits of an integer."""
    uses, kills = _block_effects(flow, known)
    live_in = [0] * len(flow.blocks)
    found = [0] * len(flow.blocks)
    pending = list(range(len(flow.blocks)))
    queued = [True] * len(flow.blocks)
    while pending:
        index = pending.pop()
        queued[index] = False
        out = 0
        for successor in flow.blocks[index].successors:
            out |= live_in[successor]
        found[index] = out
        grown = uses[index] | (out & ~kills[index])
        if grown != live_in[index]:
            live_in[index] = grown
            for before in flow.blocks[index].predecessors:
                if not queued[before]:
                    queued[before] = True
                    pending.append(before)
    return found


def pressures(flow: ControlFlow, known: Effects, weights: Sequence[int]) -> Iterator[int]:
    """The weight of what is live across each instruction, block by block, backward within each.

    What an instruction writes counts with what it reads only where both outlive it, as hardware
    can put a result into the place of an operand.
    """
    for block, out in zip(flow.blocks, live_out(flow, known), strict=True):
        live = {number for number in _bits(out) if weights[number]}
        weight = sum(weights[number] for number in live)
        for index in range(block.end - 1, block.start - 1, -1):
            dead_writes = 0
            for number in known.writes[index]:
                if number not in live:
                    dead_writes += weights[number]
                elif known.is_sure[index]:
                    live.discard(number)
                    weight -= weights[number]
            written = sum(weights[number] for number in known.writes[index])
            yield weight + (written if known.is_sure[index] else dead_writes)
            for number in known.reads[index]:
                if weights[number] and number not in live:
                    live.add(number)
                    weight += weights[number]
            yield weight


def _bits(value: int) -> Iterator[int]:
    text = bin(value)[:1:-1]
    at = text.find("1")
    while at >= 0:
        yield at
        at = text.find("1", at + 1)


def _block_effects(flow: ControlFlow, known: Effects) -> tuple[list[int], list[int]]:
    """Per block: registers read before they are overwritten, and registers overwritten."""
    uses, kills = [], []
    for block in flow.blocks:
        used: set[int] = set()
        killed: set[int] = set()
        for index in range(block.start, block.end):
            used.update(number for number in known.reads[index] if number not in killed)
            if known.is_sure[index]:
                killed.update(known.writes[index])
        uses.append(_mask(used))
        kills.append(_mask(killed))
    return uses, kills


def _mask(numbers: set[int]) -> int:
    if not numbers:
        return 0
    bits = bytearray(max(numbers) // 8 + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


def _registers_of(instruction: Instruction) -> tuple[list[Register], list[Register]]:
    """Registers read and written; the base of an address is read wherever it stands."""
    read: list[Register] = []
    written: list[Register] = []
    if instruction.guard is not None:
        read.append(instruction.guard.register)
    destinations = describe(instruction.opcode).destinations
    if instruction.opcode.startswith("call") and len(instruction.operands) > 1:
        destinations = int(isinstance(instruction.operands[0], Group))
    for at, operand in enumerate(instruction.operands):
        into = written if at < destinations else read
        if isinstance(operand, Register):
            into.append(operand)
        elif not isinstance(operand, Immediate):
            _collect(operand, into, read)
    return read, written


def _collect(operand: Operand, direct: list[Register], based: list[Register]) -> None:
    """Put registers into `direct`, those within addresses into `based`."""
    if isinstance(operand, Register):
        direct.append(operand)
    elif isinstance(operand, Vector | Group):
        for element in operand.elements:
            _collect(element, direct, based)
    elif isinstance(operand, Negation):
        _collect(operand.operand, direct, based)
    elif isinstance(operand, Pair):
        _collect(operand.first, direct, based)
        _collect(operand.second, direct, based)
    elif isinstance(operand, Address):
        _collect(operand.base, based, based)
        for coordinate in operand.coordinates:
            _collect(coordinate, based, based)
