"""Where values come from: the operations of a kernel and of what it calls, as one graph.

What moves a value without changing it, wherever it goes (a `mov`, a store to `.param` and the
load behind the call, a spill to local memory and back), is an operation of kind `copy`. Sources:
PTX ISA 5.1.6 (.param space), 7.1 (calls).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from ptxenergy.program.operations import Reader
from ptxenergy.program.shared import reachable
from ptxenergy.program.values import AddressUse, Node, Operation
from ptxenergy.ptx.syntax import Function, Group, Module, Operand, SpecialRegister, Vector


class ValueGraph(Struct, frozen=True):
    """All operations of a kernel and its callees, and the bases of their memory accesses.

    `definitions` lists the operations that define each node and `users` those that take it, in
    text order.
    """

    operations: tuple[Operation, ...]
    definitions: Mapping[Node, list[Operation]]
    users: Mapping[Node, list[Operation]]
    address_uses: tuple[AddressUse, ...]
    special_registers: frozenset[str]


def value_graph(module: Module, kernel: Function) -> ValueGraph:
    """The value graph of a kernel: every function that it reaches, each once."""
    functions = reachable(module, kernel)
    by_name = {function.name: function for function in functions}
    operations: list[Operation] = []
    uses: list[AddressUse] = []
    readers = [Reader(f, by_name, is_kernel=f.name == kernel.name) for f in functions]
    hides_places = any(reader.shows_local_addresses for reader in readers)
    for reader in readers:
        operations.extend(reader.operations(hides_places=hides_places))
        uses.extend(reader.address_uses)
    definitions: dict[Node, list[Operation]] = {}
    users: dict[Node, list[Operation]] = {}
    for operation in operations:
        definitions.setdefault(operation.result, []).append(operation)
        for value in operation.inputs:
            if isinstance(value, Node):
                users.setdefault(value, []).append(operation)
    special = frozenset(
        name
        for function in functions
        for instruction in function.instructions
        for name in _special_registers(instruction.operands)
    )
    return ValueGraph(tuple(operations), definitions, users, tuple(uses), special)


def _special_registers(operands: tuple[Operand, ...]) -> Iterator[str]:
    for operand in operands:
        if isinstance(operand, SpecialRegister):
            yield operand.name
        elif isinstance(operand, Vector | Group):
            yield from _special_registers(operand.elements)
