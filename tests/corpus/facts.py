"""What the corpus promises of each kernel, read off its PTX: length, mix, loops, use of data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ptxenergy.ptx.syntax import Function, Instruction, Module, Symbol
from tests.corpus.data_use import data_sinks


@dataclass(frozen=True, slots=True)
class Facts:
    """What one kernel's text says, together with the functions that it calls.

    `mix` counts opcodes; `loops` tells whether a branch leads back; `data_sinks` are the lines
    (1-based) of branches, guards and addresses that values from memory can reach.
    """

    instructions: int
    mix: Counter[str]
    loops: bool
    data_sinks: tuple[int, ...]


def facts_of(module: Module, kernel: Function) -> Facts:
    """The facts of a kernel."""
    functions = _reached(module, kernel)
    opcodes = [i.opcode for function in functions for i in function.instructions]
    return Facts(
        instructions=len(opcodes),
        mix=Counter(opcodes),
        loops=any(_goes_back(function) for function in functions),
        data_sinks=data_sinks(module, functions),
    )


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """Overlap of two opcode mixes: shared instructions over all, 1 where they are equal."""
    return (one & other).total() / (one | other).total()


def _reached(module: Module, kernel: Function) -> list[Function]:
    found = {kernel.name: kernel}
    waiting = [kernel]
    while waiting:
        for instruction in waiting.pop().instructions:
            for name in _named(module, instruction):
                function = module.functions.get(name)
                if function and not function.is_declaration and name not in found:
                    found[name] = function
                    waiting.append(function)
    return list(found.values())


def _named(module: Module, instruction: Instruction) -> Iterator[str]:
    """Symbols among the operands, and those that a named table of functions holds."""
    tables = {variable.name: variable.initial for variable in module.variables}
    for operand in instruction.operands:
        if isinstance(operand, Symbol):
            yield operand.name
            yield from (v.name for v in tables.get(operand.name, ()) if isinstance(v, Symbol))


def _goes_back(function: Function) -> bool:
    for index, instruction in enumerate(function.instructions):
        if not instruction.opcode.startswith(("bra", "brx")):
            continue
        named = [operand.name for operand in instruction.operands if isinstance(operand, Symbol)]
        targets = [t for name in named for t in function.branch_targets.get(name, (name,))]
        if any(function.labels[target] <= index for target in targets):
            return True
    return False
