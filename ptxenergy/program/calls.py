"""What a call moves: argument bytes to the callee's formal parameters, and its results back.

A call names variables of `.param` space (PTX ISA 7.1) or, in the old style, registers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from ptxenergy.program.call_parts import CallParts, call_parts
from ptxenergy.program.values import Input, Node, Operation
from ptxenergy.ptx.syntax import (
    Function,
    Immediate,
    Instruction,
    Operand,
    Parameter,
    Register,
    Symbol,
)


class Caller(Struct, frozen=True):
    """The function that calls, what it can reach, and how it reads a register at this place."""

    function: Function
    functions: Mapping[str, Function]
    read: Callable[[Register], Node]


def call_operations(instruction: Instruction, caller: Caller) -> Iterator[Operation]:
    """The copies that a call makes, into and out of every function that it may reach."""
    parts = call_parts(instruction)
    for callee in _callees(parts, caller):
        for formal, actual in zip(callee.parameters, parts.arguments, strict=False):
            for theirs, ours in _bytes(callee, formal, actual, caller):
                yield Operation("copy", (), "", theirs, (ours,), instruction)
        for formal, actual in zip(callee.returns, parts.results, strict=False):
            for theirs, ours in _bytes(callee, formal, actual, caller):
                if isinstance(actual, Register):
                    ours = Node(caller.function.name, actual.name)
                if isinstance(ours, Node):
                    yield Operation("copy", (), "", ours, (theirs,), instruction)


def _callees(parts: CallParts, caller: Caller) -> Iterator[Function]:
    """The functions that a call can reach; by table, else by number of arguments."""
    if isinstance(parts.target, Symbol):
        callee = caller.functions.get(parts.target.name)
        if callee is not None:
            yield callee
        return
    names = caller.function.branch_targets.get(parts.table, ())
    for callee in caller.functions.values():
        if callee.is_entry or len(callee.parameters) != len(parts.arguments):
            continue
        if not names or callee.name in names:
            yield callee


def _bytes(
    callee: Function, formal: Parameter, actual: Operand, caller: Caller
) -> Iterator[tuple[Node, Input]]:
    """(callee's, caller's) halves of a parameter, four bytes apart where it is that long."""
    size = formal.size_bytes
    for offset in range(0, max(1, size), 4 if size > 4 else 1):
        theirs = Node(callee.name, formal.name, offset)
        if isinstance(actual, Symbol):
            yield theirs, Node(caller.function.name, actual.name, actual.offset + offset)
        elif offset == 0 and isinstance(actual, Register):
            yield theirs, caller.read(actual)
        elif offset == 0 and isinstance(actual, Immediate):
            yield theirs, actual
