"""Lanes that run together: the stack of reconvergence, calls, and splitting at a barrier.

A strand is a set of warps that share a history. Each frame (call) has a stack of entries; the top
one runs until it stands at its point of reconvergence, where it is dropped and the lanes go on
with the entry below, which waits there with all of them (Fung et al., MICRO 2007).
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from ptxenergy.launch.reference.code import Code
from ptxenergy.launch.reference.lanes import Bools, Mask
from ptxenergy.launch.reference.registers import Registers

NOWHERE: Final = -1


class Entry(Struct):
    """Lanes at `pc` that stop at `meet` (an instruction index, or NOWHERE)."""

    pc: int
    mask: Mask
    meet: int = NOWHERE


class Frame(Struct):
    """One call. `returns` are (slot in the caller's parameter memory, own offset, bytes)."""

    code: Code
    registers: Registers
    stack: list[Entry]
    caller: Frame | None = None
    on_return: object = None
    lanes: Bools | None = None


class Strand(Struct):
    """Calls, innermost last. `waits_at` is the barrier at which the strand is held up."""

    frames: list[Frame] = field(default_factory=list)
    waits_at: int | None = None

    @property
    def frame(self) -> Frame:
        """The innermost call."""
        return self.frames[-1]

    @property
    def mask(self) -> Mask:
        """The lanes that run now."""
        return self.frames[-1].stack[-1].mask

    def diverge(self, taken: Bools, target: int, meet: int) -> None:
        """Send the lanes `taken` to `target` and the others on; they meet at `meet`.

        The entry's `pc` already points at the next instruction.
        """
        stack = self.frame.stack
        top = stack.pop()
        if meet != top.meet:
            stack.append(Entry(meet, top.mask, top.meet))
        sides = ((target, taken), (top.pc, top.mask.lanes & ~taken))
        for pc, lanes in sides:
            if pc != meet:
                stack.append(Entry(pc, Mask.of(lanes), meet))

    def spread(self, groups: list[tuple[int, Bools]], meet: int) -> None:
        """Send several groups of lanes to targets of their own; they meet at `meet`."""
        stack = self.frame.stack
        top = stack.pop()
        if meet != top.meet:
            stack.append(Entry(meet, top.mask, top.meet))
        for pc, lanes in reversed(groups):
            if pc != meet:
                stack.append(Entry(pc, Mask.of(lanes), meet))

    def leave_frame(self, lanes: Bools) -> None:
        """These lanes return from the innermost call."""
        self.frame.stack = _without(self.frame.stack, lanes)
        self.frame.registers.live -= int(lanes.sum())

    def leave_all(self, lanes: Bools) -> None:
        """These lanes exit: they are gone from every call."""
        for frame in self.frames:
            present = lanes & frame.lanes if frame.lanes is not None else lanes
            frame.stack = _without(frame.stack, lanes)
            frame.registers.live -= int(present.sum())

    def part(self, lanes: Bools) -> Strand:
        """The same strand as only these lanes see it."""
        frames: list[Frame] = []
        copies: dict[int, Frame] = {}
        for frame in self.frames:
            stack = _without(frame.stack, ~lanes)
            caller = copies.get(id(frame.caller))
            own = None if frame.lanes is None else frame.lanes & lanes
            copy = Frame(frame.code, frame.registers, stack, caller, frame.on_return, own)
            copies[id(frame)] = copy
            frames.append(copy)
        return Strand(frames)


def _without(stack: list[Entry], lanes: Bools) -> list[Entry]:
    kept: list[Entry] = []
    for entry in stack:
        left = entry.mask.lanes & ~lanes
        if left.any():
            kept.append(Entry(entry.pc, Mask.of(left), entry.meet))
    return kept
