"""Reads a `cuobjdump -sass` listing and counts what a lane executes on its shortest way through.

The shortest way is the usual one: the slow paths of precise division and roots are skipped, a
compare-and-swap loop is gone through once, and a subroutine counts each time it is called.
"""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass
from itertools import pairwise

_LINE = re.compile(r"^\s+/\*([0-9a-f]{4,})\*/\s+(@!?U?P\w+\s+)?([A-Z][\w.]*)([^;]*);", re.MULTILINE)
_TARGET = re.compile(r"0x([0-9a-f]+)\s*$")


@dataclass(frozen=True, slots=True)
class MachineInstruction:
    """One machine instruction: byte address, guarded or not, name, and where it may branch."""

    address: int
    is_guarded: bool
    name: str
    operands: str

    @property
    def target(self) -> int | None:
        """The branch or call target, None where the operands name none."""
        found = _TARGET.search(self.operands.strip())
        return int(found[1], 16) if found else None

    @property
    def is_conditional(self) -> bool:
        """Whether a branch may fall through: it has a guard or a predicate operand."""
        plain = re.fullmatch(r"\s*0x[0-9a-f]+\s*", self.operands)
        return self.is_guarded or plain is None


def read_listing(text: str) -> tuple[MachineInstruction, ...]:
    """The instructions of the one function in a listing, padding left out."""
    return tuple(
        MachineInstruction(int(found[1], 16), bool(found[2]), found[3], found[4])
        for found in _LINE.finditer(text)
        if found[3] != "NOP"
    )


def executed(code: tuple[MachineInstruction, ...]) -> int:
    """Instructions on the shortest way from the first one to EXIT. ValueError if there is none."""
    following = {a.address: b.address for a, b in pairwise(code)}
    at = {instruction.address: instruction for instruction in code}
    queue: list[tuple[int, int, tuple[int, ...]]] = [(0, code[0].address, ())]
    seen: set[tuple[int, tuple[int, ...]]] = set()
    while queue:
        cost, address, returns = heapq.heappop(queue)
        if (address, returns) in seen or address not in at:
            continue
        seen.add((address, returns))
        instruction = at[address]
        if instruction.name == "EXIT" and not instruction.is_guarded:
            return cost + 1
        for step in _successors(instruction, following.get(address, -1), returns):
            heapq.heappush(queue, (cost + 1, *step))
    raise ValueError("no way to EXIT")


def _successors(
    instruction: MachineInstruction, following: int, returns: tuple[int, ...]
) -> list[tuple[int, tuple[int, ...]]]:
    root = instruction.name.split(".")[0]
    target = instruction.target
    if root == "RET" and returns:
        return [(returns[-1], returns[:-1])]
    if root == "CALL" and target is not None:
        return [(target, (*returns, following))]
    if root == "BRA" and target is not None:
        taken = [(target, returns)]
        return [*taken, (following, returns)] if instruction.is_conditional else taken
    return [(following, returns)]
