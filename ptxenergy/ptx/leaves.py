"""The words of a statement, which may stand for the same place in many statements alike.

A statement is read by the grammar once for each shape. What differs between statements of one
shape (register numbers, constants, names) are *slots*: a leaf either keeps its own text or names
the slot whose text takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

# The kind of a leaf that stands for many numbers and the commas after each: `1, 2, 3,`.
RUN = "RUN"


class Leaf(Struct, frozen=True, array_like=True, tag=0):
    """One word: its terminal in the grammar, its text, and its slot (-1 where it has none)."""

    kind: str
    text: str
    slot: int = -1

    def read(self, values: Sequence[str]) -> str:
        """The word as it stands in the statement whose slots hold `values`."""
        return self.text if self.slot < 0 else values[self.slot]


class Node(Struct, frozen=True, array_like=True, tag=1):
    """What a rule of the grammar, `data`, made of words and of other rules; None where it leaves
    something out."""

    data: str
    children: tuple[Node | Leaf | None, ...]

    def with_inner(self) -> Iterator[Node]:
        """The node, and all nodes in it."""
        yield self
        for part in self.children:
            if isinstance(part, Node):
                yield from part.with_inner()


Part: TypeAlias = Node | Leaf | None


def nodes(node: Node, name: str) -> Iterator[Node]:
    """The direct children that are called `name`."""
    return (part for part in node.children if isinstance(part, Node) and part.data == name)


def leaves(node: Node, *kinds: str) -> Iterator[Leaf]:
    """The direct children that are words of one of these kinds (of any, where none is named)."""
    return (
        part
        for part in node.children
        if isinstance(part, Leaf) and (not kinds or part.kind in kinds)
    )
