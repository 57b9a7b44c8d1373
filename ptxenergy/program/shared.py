"""The functions that a kernel reaches, and how much shared memory they declare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ptxenergy.errors import EvaluationError
from ptxenergy.ptx.syntax import Address, Function, Group, Module, Operand, Symbol, Variable, Vector

MOST_STATEMENTS: Final = 120_000
"""Of one function; more would take longer than five seconds and more than a gigabyte."""


def body_of(module: Module, name: str) -> Function:
    """A function of the module. Raises EvaluationError, before it is read, where it is too long."""
    if module.statements.get(name, 0) > MOST_STATEMENTS:
        raise EvaluationError(
            f"{name} has more than {MOST_STATEMENTS:,} statements: too long to be evaluated"
        )
    return module.functions[name]


def static_shared_bytes(module: Module, kernel: Function) -> int:
    """Bytes of the shared variables that a kernel and what it calls declare or name.

    Module-level shared variables count only where the code names them, as the assembler does.
    Variables are laid out in order, each at its own alignment, dynamic shared memory last.
    """
    found: dict[str, Variable] = {}
    for function in reachable(module, kernel):
        own = (v for v in function.variables if v.space == "shared")
        found |= {f"{function.name}:{variable.name}": variable for variable in own}
        at_module_level = _named_variables(module, function)
        named = (v for v in at_module_level if v.space == "shared")
        found |= {variable.name: variable for variable in named}
    end = 0
    for variable in sorted(found.values(), key=lambda variable: variable.is_extern):
        end = -(-end // variable.align_bytes) * variable.align_bytes + variable.size_bytes
    return end


def reachable(module: Module, kernel: Function) -> tuple[Function, ...]:
    """A kernel and the functions with a body that it names, directly or through others.

    A name may also stand in a table: the initial value of a variable that the code names.
    """
    functions = {kernel.name: kernel}
    pending = [kernel]
    while pending:
        for name in _names(module, pending.pop()):
            if name in functions or name not in module.functions:
                continue
            callee = body_of(module, name)
            if not callee.is_declaration:
                functions[name] = callee
                pending.append(callee)
    return tuple(functions.values())


def _names(module: Module, function: Function) -> Iterator[str]:
    """Every symbol that a function's code names, and those in the tables that it names."""
    for instruction in function.instructions:
        yield from _symbols(instruction.operands)
    for variable in _named_variables(module, function):
        yield from (value.name for value in variable.initial if isinstance(value, Symbol))


def _named_variables(module: Module, function: Function) -> tuple[Variable, ...]:
    """The module's variables that a function's code names, or that one of those points at."""
    by_name = {variable.name: variable for variable in module.variables}
    pending = [name for i in function.instructions for name in _symbols(i.operands)]
    found: dict[str, Variable] = {}
    while pending:
        name = pending.pop()
        if name in by_name and name not in found:
            found[name] = by_name[name]
            pending += [v.name for v in by_name[name].initial if isinstance(v, Symbol)]
    return tuple(variable for variable in module.variables if variable.name in found)


def _symbols(operands: tuple[Operand, ...]) -> Iterator[str]:
    for operand in operands:
        if isinstance(operand, Symbol):
            yield operand.name
        elif isinstance(operand, Address):
            yield from _symbols((operand.base,))
        elif isinstance(operand, Vector | Group):
            yield from _symbols(operand.elements)
