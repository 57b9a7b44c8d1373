"""What a file is made of, in order: the things that the grammar's `piece` is a run of.

Both ways of reading a file end in the same stream of events, from which `build` makes functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from msgspec import Struct

from ptxenergy.ptx.leaves import Leaf, Node, leaves, nodes
from ptxenergy.ptx.operands import Maker, callee_maker, operand_maker


class InstructionShape(Struct, frozen=True):
    """An instruction whose words are still to be put in."""

    guard: Leaf | None
    is_negated: bool
    opcode: tuple[Leaf, ...]
    operands: tuple[Maker, ...]


class Event(Struct, frozen=True):
    """One thing of a file. `kind` is the name of its rule in the grammar."""

    kind: str
    node: Node
    instruction: InstructionShape | None = None


class Occurrence(Struct, frozen=True):
    """An event where it stands: the words for its slots, and its offset in the text."""

    event: Event
    words: Sequence[str]
    offset: int


def event_of(node: Node) -> Event:
    """What a node of the grammar's `piece` is. Raises ValueError where it means nothing."""
    kind = node.data
    if kind == "instruction":
        return Event(kind, node, _instruction(node))
    for declaring in node.with_inner():
        if declaring.data in ("declaration", "parameter"):
            types = sum(1 for _ in leaves(declaring, "TYPE"))
            if types != 1:
                raise ValueError(f"a declaration needs one type, not {types}")
    for inlined in nodes(node, "inlined"):
        words = [leaf.text for leaf in leaves(inlined, "NAME")]
        if words[0] != "function_name" or words[2] != "inlined_at":
            raise ValueError("what follows in a .loc is 'function_name …, inlined_at …'")
    return Event(kind, node)


def _instruction(node: Node) -> InstructionShape:
    guard, opcode, *operands = node.children
    words = tuple(leaves(cast(Node, opcode)))
    is_call = words[0].text.partition(".")[0] == "call"
    make = callee_maker if is_call else operand_maker
    makers = tuple(make(part) for part in operands if part is not None)
    if guard is None:
        return InstructionShape(None, False, words, makers)
    register = next(leaves(cast(Node, guard), "NAME", "REGISTER"))
    is_negated = any(leaves(cast(Node, guard), "NOT"))
    return InstructionShape(register, is_negated, words, makers)
