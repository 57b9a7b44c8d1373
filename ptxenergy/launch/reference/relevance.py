"""Which values decide anything that is counted: branches, guards, addresses and sizes.

Where memory contents are unknown, what only becomes data need not be computed. The analysis is
plain: registers by name, without regard to order; all of shared and local memory is one place
(kernels seldom keep an address there, and then all of it is kept), all parameters another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from msgspec import Struct, field

from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import (
    Address,
    Function,
    Group,
    Instruction,
    Module,
    Negation,
    Operand,
    Pair,
    Register,
    Vector,
)

Name: TypeAlias = tuple[str, str]
"""Function and register."""

_MEMORY: Final[Name] = ("", "memory")
_PARAMETERS: Final[Name] = ("", "parameters")
_LOADED: Final[Name] = ("", "loaded")
_CONSTANTS: Final[Name] = ("", "constants")
_FORGETFUL: Final = ("global", "texture", "constant")
_DECIDING: Final = frozenset(
    {"bra", "brx", "call", "ret", "exit", "trap", "bar", "barrier", "cp", "mbarrier"}
)
_CARRY: Final = "%cc.cf"


class Relevance(Struct):
    """What depends on what, and what is known to matter."""

    sources: dict[Name, set[Name]] = field(default_factory=dict)
    matters: set[Name] = field(default_factory=set)

    def is_data(self, function: Function, instruction: Instruction) -> bool:
        """Whether an instruction changes only registers or memory that decide nothing."""
        opcode = describe(instruction.opcode)
        if opcode.root == "st":
            return _place(opcode) not in self.matters
        if opcode.root in ("atom", "red") or opcode.root in _DECIDING:
            return False
        names = written(instruction, opcode)
        if not names or (opcode.accesses and opcode.root not in ("ld", "ldu")):
            return False
        return not any((function.name, name) in self.matters for name in names)

    def loaded(self, module: Module) -> set[Name]:
        """Registers and places that may hold what memory held before the launch.

        Constants that the module itself gives are not counted, nor, unless they come from there,
        what was stored to shared and local memory.
        """
        found = {_LOADED}
        if any(v.space == "const" and not v.initial for v in module.variables):
            found.add(_CONSTANTS)
        return self.following(found)

    def following(self, names: Iterable[Name]) -> set[Name]:
        """These registers and places, and all that may be computed from them."""
        readers: dict[Name, list[Name]] = {}
        for name, sources in self.sources.items():
            for source in sources:
                readers.setdefault(source, []).append(name)
        found = set(names)
        pending = list(found)
        while pending:
            for reader in readers.get(pending.pop(), ()):
                if reader not in found:
                    found.add(reader)
                    pending.append(reader)
        return found


def relevance_of(functions: Iterable[Function]) -> Relevance:
    """What matters in these functions together."""
    found = Relevance()
    for function in functions:
        for instruction in function.instructions:
            _note(found, function.name, instruction)
    pending = list(found.matters)
    while pending:
        for name in found.sources.get(pending.pop(), ()):
            if name not in found.matters:
                found.matters.add(name)
                pending.append(name)
    return found


def _note(found: Relevance, function: str, instruction: Instruction) -> None:
    """Enter one instruction: what it makes matter, and what its results depend on."""
    opcode = describe(instruction.opcode)
    if instruction.guard is not None:
        found.matters.add((function, instruction.guard.register.name))
    for operand in instruction.operands:
        if isinstance(operand, Address):
            found.matters.update((function, name) for name in registers((operand,)))
    read = {(function, name) for name in _read(instruction, opcode)}
    if opcode.root in _DECIDING:
        found.matters |= read
        found.matters.update((function, name) for name in written(instruction, opcode))
    elif opcode.root == "st":
        found.sources.setdefault(_place(opcode), set()).update(read)
    elif opcode.accesses:
        if opcode.root not in ("ld", "ldu", "atom", "red"):
            found.matters |= {(function, name) for name in _bare(instruction, opcode)}
        read = _sources(opcode)
    for name in written(instruction, opcode):
        found.sources.setdefault((function, name), set()).update(read)


def _sources(opcode: Opcode) -> set[Name]:
    """What a load or an atomic gives. In which order atomics come is data too."""
    space = opcode.accesses[0].space
    if space == "constant":
        return {_CONSTANTS}
    if space in _FORGETFUL or opcode.root not in ("ld", "ldu"):
        return {_LOADED} if space in _FORGETFUL else {_LOADED, _place(opcode)}
    # A generic address may be one of global memory.
    return {_LOADED, _place(opcode)} if space == "generic" else {_place(opcode)}


def _place(opcode: Opcode) -> Name:
    """The memory that an access is to."""
    is_parameter = bool(opcode.accesses) and opcode.accesses[0].space == "param"
    return _PARAMETERS if is_parameter else _MEMORY


def written(instruction: Instruction, opcode: Opcode) -> list[str]:
    """The names of the registers that an instruction writes."""
    names = list(registers(instruction.operands[: opcode.destinations]))
    return [*names, _CARRY] if "cc" in opcode.modifiers else names


def _read(instruction: Instruction, opcode: Opcode) -> list[str]:
    names = list(registers(instruction.operands[opcode.destinations :]))
    return [*names, _CARRY] if opcode.root in ("addc", "subc", "madc") else names


def _bare(instruction: Instruction, opcode: Opcode) -> list[str]:
    """Sources that stand alone: strides and sizes, as against the elements of fragments."""
    rest = instruction.operands[opcode.destinations :]
    return list(registers(operand for operand in rest if not isinstance(operand, Vector)))


def registers(operands: Iterable[Operand]) -> Iterator[str]:
    """The names of all registers in some operands."""
    for operand in operands:
        if isinstance(operand, Register):
            yield operand.name
        elif isinstance(operand, Address):
            yield from registers((operand.base, *operand.coordinates))
        elif isinstance(operand, Negation):
            yield from registers((operand.operand,))
        elif isinstance(operand, Pair):
            yield from registers((operand.first, operand.second))
        elif isinstance(operand, Vector | Group):
            yield from registers(operand.elements)
