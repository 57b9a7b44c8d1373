"""Which variable of param or local space an address names, where constants alone form it."""

from __future__ import annotations

from typing import TypeAlias

from ptxenergy.ptx.syntax import (
    Address,
    Function,
    Immediate,
    Instruction,
    Operand,
    Register,
    Symbol,
)

Place: TypeAlias = tuple[str, int | None]


class Places:
    """Resolves the addresses of one function to (variable, offset).

    Order is left out: a register that is given two different places has none.
    """

    def __init__(self, function: Function) -> None:
        spaces = {v.name: v.space for v in function.variables}
        self._tracked = {name for name, space in spaces.items() if space in ("param", "local")}
        self._local = {name for name, space in spaces.items() if space == "local"}
        self._tracked |= {p.name for p in (*function.parameters, *function.returns)}
        self._known: dict[str, Place | None] = {}
        for instruction in function.instructions:
            self._learn(instruction)

    def is_tracked(self, symbol: str) -> bool:
        """Whether the variable lies in param or local space."""
        return symbol in self._tracked

    def is_local(self, operand: Operand) -> bool:
        """Whether the operand holds the address of a local variable."""
        place = self._of(operand)
        return place is not None and place[0] in self._local

    def of_address(self, address: Address) -> Place | None:
        """(variable, offset), offset None where it is not constant; None: another base."""
        place = self._of(address.base)
        if place is None or place[1] is None:
            return place
        return place[0], place[1] + address.offset

    def _of(self, operand: Operand) -> Place | None:
        if isinstance(operand, Symbol):
            return operand.name, operand.offset
        if isinstance(operand, Register):
            return self._known.get(operand.name)
        return None

    def _learn(self, instruction: Instruction) -> None:
        operands = instruction.operands
        if len(operands) < 2 or not isinstance(operands[0], Register):
            return
        name = operands[0].name
        place = self._result(instruction)
        if place is None and name not in self._known:
            return
        if name in self._known and self._known[name] != place:
            place = None
        self._known[name] = place

    def _result(self, instruction: Instruction) -> Place | None:
        """What an instruction makes of places; None where it is no place in tracked space."""
        operands = instruction.operands[1:]
        for operand in operands:
            if isinstance(operand, Register) and operand.name in self._known:
                break
            if isinstance(operand, Symbol):
                break
        else:
            return None
        root = instruction.opcode.split(".", 1)[0]
        place = None
        if root in ("mov", "cvta", "cvt"):
            place = self._of(operands[0])
        elif root in ("add", "sub", "or", "mad") and len(operands) > 1:
            place = self._sum(root, operands)
        return place if place is not None and self.is_tracked(place[0]) else None

    def _sum(self, root: str, operands: tuple[Operand, ...]) -> Place | None:
        place = next((p for p in map(self._of, operands) if p is not None), None)
        other = operands[1] if self._of(operands[0]) is not None else operands[0]
        if place is None:
            return None
        is_constant = isinstance(other, Immediate) and isinstance(other.value, int)
        if root not in ("add", "sub") or not is_constant or place[1] is None:
            return place[0], None
        step = int(other.value) if isinstance(other, Immediate) else 0
        return place[0], place[1] + (step if root == "add" else -step)
