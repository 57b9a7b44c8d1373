"""Instructions → operations on values: one function's share of a value graph."""

from __future__ import annotations

from collections.abc import Iterator

from ptxenergy.program.calls import Caller, call_operations
from ptxenergy.program.opcode import Access
from ptxenergy.program.opcodes import describe
from ptxenergy.program.places import Places
from ptxenergy.program.values import ANYWHERE, AddressUse, Field, Input, Node, Operation
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
    SpecialRegister,
    Symbol,
    Vector,
)

_WIDE = frozenset({"u64", "s64", "b64"})


def _reused(function: Function) -> frozenset[str]:
    """The registers that more than one instruction writes."""
    once: set[str] = set()
    again: set[str] = set()
    for instruction in function.instructions:
        for operand in instruction.operands[: describe(instruction.opcode).destinations]:
            if isinstance(operand, Register):
                (again if operand.name in once else once).add(operand.name)
            elif isinstance(operand, Vector | Pair):
                parts = operand.elements if isinstance(operand, Vector) else ()
                both = (operand.first, operand.second) if isinstance(operand, Pair) else parts
                for part in both:
                    if isinstance(part, Register):
                        (again if part.name in once else once).add(part.name)
    return frozenset(again)


class Reader:
    """Reads the operations of one function; `address_uses` fills as they are read.

    A register that is written more than once gets a node for each write, which reads up to the
    next label refer to, beside the one that stands for all of them.
    """

    def __init__(
        self, function: Function, functions: dict[str, Function], *, is_kernel: bool
    ) -> None:
        self._function = function
        self._is_kernel = is_kernel
        self._formals = {p.name: index for index, p in enumerate(function.parameters)}
        self._places = Places(function)
        self._hides_places = False
        self._caller = Caller(function, functions, self._node)
        self._reused = _reused(function)
        self._latest: dict[str, Node] = {}
        self._renames = 0
        self.address_uses: list[AddressUse] = []

    def operations(self, *, hides_places: bool) -> Iterator[Operation]:
        """All operations, in text order.

        `hides_places`: addresses of local variables go about as values, so that any generic load
        may be of local memory.
        """
        self._hides_places = hides_places
        self._latest.clear()
        labelled = frozenset(self._function.labels.values())
        for index, instruction in enumerate(self._function.instructions):
            if index in labelled:
                self._latest.clear()
            self._note_addresses(instruction)
            for operation in tuple(self._read(instruction)):
                if operation.result.name in self._reused:
                    yield from self._renamed(operation)
                else:
                    yield operation

    def _read(self, instruction: Instruction) -> Iterator[Operation]:
        opcode = instruction.opcode
        if opcode.startswith("call"):
            return call_operations(instruction, self._caller)
        if opcode.startswith(("ld.", "st.")):
            return self._move(instruction, opcode[:2])
        return self._plain(instruction)

    def _note_addresses(self, instruction: Instruction) -> None:
        for operand in instruction.operands:
            if (
                isinstance(operand, Address)
                and isinstance(operand.base, Register)
                and ".param" not in instruction.opcode
            ):
                self.address_uses.append(AddressUse(self._node(operand.base), instruction))

    def _renamed(self, operation: Operation) -> Iterator[Operation]:
        """A definition of a reused register: what follows up to the next label reads this one."""
        name = operation.result.name
        if operation.instruction.guard is not None or operation.result.offset is not None:
            self._latest.pop(name, None)
            yield operation
            return
        self._renames += 1
        node = Node(self._function.name, f"{name}#{self._renames}")
        self._latest[name] = node
        yield operation._replace(result=node)
        yield operation._replace(kind="copy", inputs=(node,))

    def _node(self, register: Register) -> Node:
        """What a read of the register gives at this place of the text."""
        if self._latest:
            latest = self._latest.get(register.name)
            if latest is not None:
                return latest
        return Node(self._function.name, register.name)

    def _input(self, operand: Operand) -> Iterator[Input]:
        if isinstance(operand, Register):
            yield self._node(operand)
        elif isinstance(operand, SpecialRegister | Immediate | Symbol):
            yield operand
        elif isinstance(operand, Negation):
            yield from self._input(operand.operand)
        elif isinstance(operand, Vector | Group):
            for element in operand.elements:
                yield from self._input(element)
        elif isinstance(operand, Pair):
            yield from self._input(operand.first)

    def _results(self, operand: Operand) -> list[Node]:
        if isinstance(operand, Register):
            return [Node(self._function.name, operand.name)]
        if isinstance(operand, Pair):
            return self._results(operand.first) + self._results(operand.second)
        if isinstance(operand, Vector | Group):
            return [node for element in operand.elements for node in self._results(element)]
        return []

    def _plain(self, instruction: Instruction) -> Iterator[Operation]:
        opcode = describe(instruction.opcode)
        written = instruction.operands[: opcode.destinations]
        results = [node for operand in written for node in self._results(operand)]
        if not results:
            return
        type_ = opcode.types[-1] if opcode.types else ""
        kind = opcode.root
        inputs: tuple[Input, ...] = ()
        if not opcode.accesses:
            inputs = self._inputs(instruction.operands[opcode.destinations :])
        is_packing = kind == "mov" and (len(results) > 1 or len(inputs) > 1)
        if kind in ("mov", "cvta", "shfl"):
            inputs = inputs if kind != "shfl" else inputs[:1]
            kind = "copy"
        elif opcode.accesses or (len(results) != 1 and kind not in ("setp", "set")):
            kind, inputs = "unknown", ()
        modifiers = opcode.modifiers
        for result in results if is_packing or kind != "copy" else results[:1]:
            yield Operation(kind, modifiers, type_, result, inputs, instruction)

    def _inputs(self, operands: tuple[Operand, ...]) -> tuple[Input, ...]:
        found: list[Input] = []
        for operand in operands:
            if isinstance(operand, Register):
                found.append(self._node(operand))
            else:
                found.extend(self._input(operand))
        return tuple(found)

    @property
    def shows_local_addresses(self) -> bool:
        """Whether the function stores the address of a local variable, or passes it on."""
        return any(
            self._places.is_local(operand)
            for instruction in self._function.instructions
            if instruction.opcode.startswith("st.")
            for operand in instruction.operands[1:]
        )

    def _move(self, instruction: Instruction, root: str) -> Iterator[Operation]:
        """A load or store: followed through the param and local spaces, unknown elsewhere."""
        opcode = describe(instruction.opcode)
        access = opcode.accesses[0] if opcode.accesses else Access("generic", "load", 1, 0)
        address = next((o for o in instruction.operands if isinstance(o, Address)), None)
        if address is None or len(instruction.operands) < 2:
            return
        type_ = opcode.types[-1] if opcode.types else ""
        step = access.width_bytes // max(1, opcode.vector)
        values = [o for o in instruction.operands[:2] if not isinstance(o, Address)]
        elements = [e for o in values for e in (o.elements if isinstance(o, Vector) else (o,))]
        for lane, element in enumerate(elements):
            slots = self._slots(address, access.space, lane * step, type_)
            if root == "ld":
                for result in self._results(element):
                    kind = "unknown" if not slots else "copy"
                    if any(isinstance(slot, Field) for slot in slots):
                        kind = "field"
                    yield Operation(kind, opcode.modifiers, type_, result, slots, instruction)
            else:
                inputs = tuple(self._input(element))
                stored = [slot for slot in slots if isinstance(slot, Node)]
                if stored and stored != [ANYWHERE] and type_ in _WIDE:
                    stored.append(ANYWHERE)
                for slot in stored if inputs else ():
                    yield Operation("copy", opcode.modifiers, type_, slot, inputs, instruction)

    def _slots(self, address: Address, space: str, add: int, type_: str) -> tuple[Input, ...]:
        """What an address in param or local space can name; () elsewhere."""
        place = self._places.of_address(address)
        if place is None:
            is_hidden = space == "local" or (space == "generic" and self._hides_places)
            return (ANYWHERE,) if is_hidden and type_ in _WIDE else ()
        symbol, offset = place
        at = None if offset is None else offset + add
        if self._is_kernel and symbol in self._formals:
            return (Field(self._formals[symbol], at, type_),)
        if not self._places.is_tracked(symbol):
            return ()
        if at is None:
            return (ANYWHERE,) if type_ in _WIDE else ()
        return (Node(self._function.name, symbol, at),)
