"""A kernel made ready: the steps that decide anything counted, block by block of its flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from ptxenergy.launch.closed.value import Value
from ptxenergy.launch.reference.loops import LoopExit
from ptxenergy.launch.reference.placement import Placement
from ptxenergy.program.flow import ControlFlow
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Function

if TYPE_CHECKING:
    from ptxenergy.launch.closed.lanes import Lanes
    from ptxenergy.launch.closed.machine import Machine

Step: TypeAlias = "Callable[[Machine, Lanes], None]"
Fill: TypeAlias = "Callable[[Machine], Value]"


class UnsupportedError(Exception):
    """The kernel does what this evaluation does not follow; the reference evaluation does."""


class Guard(Struct, frozen=True):
    """`@%p` or `@!%p`."""

    slot: int
    negated: bool


class End(Struct, frozen=True):
    """How a block ends. `kind`: `branch`, `return` (of a called function), `leave` or `fall`;
    blocks by number, None for the end.

    `meet` is where lanes that part here meet again. A branch that can leave a loop has `exit` and
    the slot in which lanes count how often they come to it. A guarded instruction in the middle of
    a block has one too (`guard`), of which only the guard matters.
    """

    kind: str
    number: int
    guard: Guard | None = None
    target: int | None = None
    following: int | None = None
    meet: int | None = None
    exit: LoopExit | None = None
    visits: int = -1


class Node(Struct):
    """A block: its steps in order, the registers that it reads before writing, and writes.

    `merged` are those that a guard lets it write in some lanes only.
    """

    steps: list[Step] = field(default_factory=list)
    end: End | None = None
    reads: set[int] = field(default_factory=set)
    writes: set[int] = field(default_factory=set)
    merged: set[int] = field(default_factory=set)


class Code(Struct):
    """A function's blocks. `slots` number registers, constants and special registers.

    `first` and `first_block` are what its instructions and blocks are numbered from in a program.
    `parameters` and `locals` give offsets of parameters and local variables, `local_bytes` the
    room that the latter take. `live[b]` are the registers that matter when block b is entered,
    `passing` all that some block hands to another or writes in some lanes only; `loaded` may hold
    what was loaded; in `results` a called function leaves its results. `loops` maps the header of
    a loop to (where all that leave it meet, registers written in it), and `exits` to the branches
    that can leave it.
    """

    function: Function
    flow: ControlFlow
    placement: Placement
    opcodes: tuple[Opcode, ...]
    first: int = 0
    first_block: int = 0
    nodes: list[Node] = field(default_factory=list)
    fills: list[tuple[int, Fill]] = field(default_factory=list)
    parameters: dict[str, int] = field(default_factory=dict)
    locals: dict[str, int] = field(default_factory=dict)
    local_bytes: int = 0
    slots: dict[object, int] = field(default_factory=dict)
    live: list[set[int]] = field(default_factory=list)
    passing: frozenset[int] = frozenset()
    loaded: frozenset[int] = frozenset()
    results: frozenset[int] = frozenset()
    loops: dict[int, tuple[int | None, frozenset[int]]] = field(default_factory=dict)
    exits: dict[int, tuple[End, ...]] = field(default_factory=dict)

    def slot(self, key: object) -> int:
        """The slot of a register."""
        return self.slots.setdefault(key, len(self.slots))

    def fixed(self, key: object, fill: Fill) -> int:
        """The slot of a value that is set before the kernel starts."""
        if key not in self.slots:
            self.fills.append((self.slot(key), fill))
        return self.slots[key]


def find_live(code: Code) -> None:
    """Fill in what is live at the entry of each block, and the registers that loops write."""
    size = len(code.nodes)
    code.live = [set(node.reads) for node in code.nodes]
    changed = True
    while changed:
        changed = False
        for index in range(size - 1, -1, -1):
            node = code.nodes[index]
            out: set[int] = set()
            for following in code.flow.blocks[index].successors:
                out |= code.live[following]
            fresh = code.live[index] | (out - node.writes)
            if len(fresh) != len(code.live[index]):
                code.live[index] = fresh
                changed = True
    code.passing = frozenset(slot for node in code.nodes for slot in node.reads | node.merged)
    for loop in code.flow.loops:
        written = frozenset(slot for block in loop.body for slot in code.nodes[block].writes)
        code.loops[loop.header] = (_meeting_place(code.flow, loop.header, loop.body), written)
        ends = (code.nodes[block].end for block in sorted(loop.body))
        code.exits[loop.header] = tuple(
            end for end in ends if end and end.exit and end.exit.loop == loop.index
        )


def _meeting_place(flow: ControlFlow, header: int, body: frozenset[int]) -> int | None:
    """The first block outside a loop that all ways out of it lead through."""
    place = flow.post_dominators[header]
    while place is not None and place in body:
        place = flow.post_dominators[place]
    return place
