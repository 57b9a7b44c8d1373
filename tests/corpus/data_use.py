"""Where values loaded from memory steer a kernel: its branches, guards and addresses.

A forward data flow over the text, apart from the package's own analyses so that each can show the
other wrong. Tables that the module itself initialises are not data; what is stored to shared or
local memory makes all of that space data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias

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
    Symbol,
    Vector,
)

Kind: TypeAlias = Literal["data", "table"]
State: TypeAlias = dict[str, Kind]
Sink: TypeAlias = "Callable[[Instruction], Iterator[str]]"

_LOADS = ("ld.", "ldu.", "ldmatrix.", "atom.", "tex.", "tld4.", "suld.", "cp.async", "wmma.load")
_STORES = ("st.", "atom.", "red.", "cp.async", "stmatrix.", "wmma.store", "call")
_NO_RESULT = (
    *("st.", "red.", "sust.", "stmatrix.", "wmma.store", "bra", "brx", "bar", "cp.", "call"),
    *("mbarrier.arrive", "mbarrier.init", "fence"),
)
_ENDS = ("bra", "brx", "ret", "exit", "trap")
# Places in tensor memory come from its allocator, by way of shared memory; they are not data.
_NO_PLACE = ("tcgen05.",)


def data_sinks(
    module: Module, functions: Sequence[Function], sink: Sink | None = None
) -> tuple[int, ...]:
    """The lines (1-based) of the branches, guards and addresses that depend on loaded values.

    `sink` asks for one kind of them: `choosing_a_way` or `choosing_a_place`.
    """
    tables = {variable.name for variable in module.variables if variable.initial}
    spaces: set[str] = set()
    before = -1
    while before != len(spaces):
        before = len(spaces)
        lines = {
            line for f in functions for line in _Walk(f, tables, spaces).sinks(sink or _steering)
        }
    return tuple(sorted(lines))


class _Walk:
    """The flow through one function, until nothing changes."""

    def __init__(self, function: Function, tables: set[str], spaces: set[str]) -> None:
        self.function = function
        self.tables = tables
        self.spaces = spaces
        self.entering: dict[int, State] = {index: {} for index in function.labels.values()}

    def sinks(self, sink: Sink) -> set[int]:
        """Lines that data steers."""
        changed, lines = True, set[int]()
        while changed:
            changed, state = False, State()
            for index, instruction in enumerate(self.function.instructions):
                changed |= self._meet(index, state)
                state = dict(self.entering.get(index, state))
                if any(state.get(name) == "data" for name in sink(instruction)):
                    lines.add(instruction.location.line)
                self._apply(instruction, state)
                changed |= self._branch(instruction, state)
                if instruction.opcode.startswith(_ENDS) and instruction.guard is None:
                    state = {}
        return lines

    def _meet(self, index: int, state: State) -> bool:
        """Adds `state` to what enters the label at `index`; tells whether that is news."""
        if index not in self.entering:
            return False
        into = self.entering[index]
        news = {n: k for n, k in state.items() if into.get(n) != k and into.get(n) != "data"}
        into.update(news)
        return bool(news)

    def _branch(self, instruction: Instruction, state: State) -> bool:
        if not instruction.opcode.startswith(("bra", "brx")):
            return False
        named = [operand.name for operand in instruction.operands if isinstance(operand, Symbol)]
        targets = [t for n in named for t in self.function.branch_targets.get(n, (n,))]
        news = [self._meet(self.function.labels[target], state) for target in targets]
        return any(news)

    def _apply(self, instruction: Instruction, state: State) -> None:
        kind = self._kind(instruction, state)
        opcode = instruction.opcode
        if kind == "data" and opcode.startswith(_STORES):
            self.spaces |= {s for s in ("shared", "local", "param") if f".{s}" in opcode}
            self.spaces |= {"param"} if opcode.startswith("call") else set()
        if opcode.startswith(_NO_RESULT):
            return
        for name in _written(instruction):
            if kind:
                state[name] = kind
            elif instruction.guard is None:
                state.pop(name, None)

    def _kind(self, instruction: Instruction, state: State) -> Kind | None:
        """What the instruction's result is made of."""
        kinds = {state.get(name) for name in _read(instruction)}
        if "data" in kinds:
            return "data"
        opcode = instruction.opcode
        symbols = set(_symbols(instruction.operands))
        from_table = "table" in kinds or bool(symbols & self.tables)
        if opcode.startswith("ld.param"):
            return "data" if "param" in self.spaces and not self.function.is_entry else None
        if not opcode.startswith(_LOADS):
            return "table" if from_table else None
        space = next((s for s in ("shared", "local") if f".{s}" in opcode), "")
        if opcode.startswith("cp.async") or not space:
            return None if from_table else "data"
        return "data" if space in self.spaces else None


def _steering(instruction: Instruction) -> Iterator[str]:
    yield from choosing_a_way(instruction)
    yield from choosing_a_place(instruction)


def choosing_a_way(instruction: Instruction) -> Iterator[str]:
    """Registers that guards, branches and calls look at."""
    if instruction.guard:
        yield instruction.guard.register.name
    if instruction.opcode.startswith(("brx", "call")):
        yield from (o.name for o in instruction.operands if isinstance(o, Register))


def choosing_a_place(instruction: Instruction) -> Iterator[str]:
    """Registers that addresses are made of."""
    if not instruction.opcode.startswith(_NO_PLACE):
        yield from _registers([o for o in instruction.operands if isinstance(o, Address)])


def _written(instruction: Instruction) -> list[str]:
    """The first operand; not a shuffle's predicate, which tells of lanes and not of values."""
    first = instruction.operands[:1]
    if first and isinstance(first[0], Pair) and instruction.opcode.startswith("shfl"):
        first = (first[0].first,)
    return list(_registers(first))


def _read(instruction: Instruction) -> Iterator[str]:
    skipped = 0 if instruction.opcode.startswith(_NO_RESULT) else 1
    yield from _registers(instruction.operands[skipped:])


def _registers(operands: Sequence[Operand]) -> Iterator[str]:
    for operand in operands:
        match operand:
            case Register():
                yield operand.name
            case Address():
                yield from _registers((operand.base, *operand.coordinates))
            case Vector() | Group():
                yield from _registers(operand.elements)
            case Negation():
                yield from _registers((operand.operand,))
            case Pair():
                yield from _registers((operand.first, operand.second))


def _symbols(operands: Sequence[Operand]) -> Iterator[str]:
    for operand in operands:
        if isinstance(operand, Symbol):
            yield operand.name
        elif isinstance(operand, Address):
            yield from _symbols((operand.base,))
