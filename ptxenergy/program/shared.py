"""The functions that a kernel reaches, and how much shared memory they declare."""

from __future__ import annotations

from typing import Final

from ptxenergy.errors import EvaluationError
from ptxenergy.ptx.syntax import (
    Address,
    Function,
    Group,
    Module,
    Operand,
    Register,
    Symbol,
    Variable,
    Vector,
)

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
        named = _with_tables(module, named_in(function))
        found |= {v.name: v for v in module.variables if v.space == "shared" and v.name in named}
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
        for name in _with_tables(module, named_in(pending.pop())):
            if name in functions or name not in module.functions:
                continue
            callee = body_of(module, name)
            if not callee.is_declaration:
                functions[name] = callee
                pending.append(callee)
    return tuple(functions.values())


def named_in(function: Function) -> dict[str, None]:
    """Every name that a function's code holds (of variables, functions and labels), in order."""
    found: dict[str, None] = {}
    for instruction in function.instructions:
        for operand in instruction.operands:
            # Nearly all are, and hold none.
            if type(operand) is not Register:
                _note_names(found, operand)
    return found


def _note_names(found: dict[str, None], operand: Operand) -> None:
    if isinstance(operand, Symbol):
        found[operand.name] = None
    elif isinstance(operand, Address):
        _note_names(found, operand.base)
    elif isinstance(operand, Vector | Group):
        for element in operand.elements:
            _note_names(found, element)


def _with_tables(module: Module, names: dict[str, None]) -> dict[str, None]:
    """The names, then those in the tables that they name, directly or through others."""
    tables = {v.name: v for v in module.variables if v.initial}
    named, pending = set(names), list(names)
    while pending:
        table = tables.get(pending.pop())
        held = {v.name for v in table.initial if isinstance(v, Symbol)} - named if table else set()
        named |= held
        pending += held
    inner = (value for name, table in tables.items() if name in named for value in table.initial)
    return names | {value.name: None for value in inner if isinstance(value, Symbol)}
