"""One warp on its way through basic blocks: what it waits for, in cycles.

A warp issues in order, so that a block ends when its last instruction has found its operands.
Within a block the assembler orders instructions as it likes: there, only register dependences,
barriers and issue slots count. What is still under way at the end of a block is carried on.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from msgspec import Struct, field

from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Immediate, Instruction


class Role(Enum):
    """How an instruction takes part in waiting beyond its registers."""

    PLAIN = 0
    FENCE = 1
    COPY = 2
    COMMIT = 3
    WAIT = 4


def role_of(opcode: Opcode) -> Role:
    """The role of an opcode: barriers of a block, and the groups of `cp.async` and `wgmma`.

    Bulk copies are waited for through an mbarrier, which says nothing of which copy is meant:
    they are taken to be prefetched in time (PTX ISA 9.7.9.25, 9.7.13, 9.7.15).
    """
    words = opcode.modifiers
    if opcode.root in ("bar", "barrier"):
        waits = "arrive" not in words and words[:1] != ("warp",)
        return Role.FENCE if waits else Role.PLAIN
    if opcode.root == "wgmma" or (opcode.root == "cp" and words[:1] == ("async",)):
        if "bulk" in words or "mbarrier" in words or "fence" in words:
            return Role.PLAIN
        if "commit_group" in words:
            return Role.COMMIT
        return Role.WAIT if "wait_group" in words or "wait_all" in words else Role.COPY
    return Role.PLAIN


def groups_left(instruction: Instruction) -> int:
    """How many of the youngest groups a wait lets pend."""
    first = instruction.operands[0] if instruction.operands else None
    return int(first.value) if isinstance(first, Immediate) else 0


class Code(Struct, frozen=True):
    """A function's instructions, as a warp meets them: by index, in one scenario of latencies."""

    reads: Sequence[Sequence[int]]
    writes: Sequence[Sequence[int]]
    is_sure: Sequence[bool]
    latency_cycles: Sequence[float]
    roles: Sequence[Role]
    queues: Sequence[tuple[str, int]]


class Warp(Struct):
    """What is under way: cycles from now until each register, open copy and group is there."""

    ready: dict[int, float] = field(default_factory=dict)
    open_copies: dict[str, float] = field(default_factory=dict)
    groups: dict[str, list[float]] = field(default_factory=dict)

    def copy(self) -> Warp:
        """The same state, to go another way from."""
        groups = {queue: list(times) for queue, times in self.groups.items()}
        return Warp(dict(self.ready), dict(self.open_copies), groups)

    def run(self, code: Code, indices: range, slot_cycles: float) -> float:
        """Go through a block that takes `slot_cycles` or more to issue; the cycles it takes."""
        ready, latencies, roles = self.ready, code.latency_cycles, code.roles
        floor = latest = 0.0
        for index in indices:
            at = floor
            for register in code.reads[index]:
                there = ready.get(register, 0.0)
                if there > at:
                    at = there
            role = roles[index]
            if role is Role.PLAIN:
                done = at + latencies[index]
                for register in code.writes[index]:
                    ready[register] = (
                        done if code.is_sure[index] else max(done, ready.get(register, 0.0))
                    )
            elif role is Role.FENCE:
                at = floor = max(at, latest) + latencies[index]
            else:
                at = self._asynchronous(code, index, at)
                floor = max(floor, at) if role is Role.WAIT else floor
            if at > latest:
                latest = at
        cycles = max(latest, slot_cycles)
        self._advance(cycles)
        return cycles

    def _asynchronous(self, code: Code, index: int, at: float) -> float:
        queue, left = code.queues[index]
        role = code.roles[index]
        if role is Role.COPY:
            done = at + code.latency_cycles[index]
            self.open_copies[queue] = max(done, self.open_copies.get(queue, 0.0))
        elif role is Role.COMMIT:
            self.groups.setdefault(queue, []).append(self.open_copies.pop(queue, 0.0))
        else:
            groups = self.groups.get(queue, [])
            awaited = groups[: max(0, len(groups) - left)]
            at = max((at, *awaited))
            self.groups[queue] = groups[len(awaited) :]
        return at

    def _advance(self, cycles: float) -> None:
        """Let time pass; what has arrived by then is forgotten."""
        self.ready = {name: at - cycles for name, at in self.ready.items() if at > cycles}
        self.open_copies = {queue: at - cycles for queue, at in self.open_copies.items()}
        self.groups = {queue: [at - cycles for at in all_] for queue, all_ in self.groups.items()}
