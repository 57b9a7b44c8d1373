"""The words of a parse tree, which may stand for the same place in many statements alike.

A statement is read by the grammar once for each shape. What differs between statements of one
shape (register numbers, constants, names) are *slots*: a leaf either keeps its own text or names
the slot whose text takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from lark import Token, Tree
from msgspec import Struct

# The kind of a leaf that stands for many numbers and the commas after each: `1, 2, 3,`.
RUN = "RUN"


class Leaf(Struct, frozen=True):
    """One word: its terminal in the grammar, its text, and its slot (-1 where it has none)."""

    kind: str
    text: str
    slot: int = -1

    def read(self, values: Sequence[str]) -> str:
        """The word as it stands in the statement whose slots hold `values`."""
        return self.text if self.slot < 0 else values[self.slot]


Node: TypeAlias = Tree[Leaf]
Part: TypeAlias = Node | Leaf | None


def freeze(tree: Tree[Token], slots: Mapping[int, int]) -> Node:
    """The tree with leaves for tokens; `slots` maps a token's offset in the text to its slot."""
    children: list[Part] = []
    for child in tree.children:
        if isinstance(child, Tree):
            children.append(freeze(child, slots))
        elif isinstance(child, Token):
            offset = child.start_pos or 0
            children.append(Leaf(child.type, str(child), slots.get(offset, -1)))
        else:
            children.append(None)
    return Tree(str(tree.data), children)  # type: ignore[arg-type]


def nodes(node: Node, name: str) -> Iterator[Node]:
    """The direct children that are called `name`."""
    return (part for part in node.children if isinstance(part, Tree) and part.data == name)


def leaves(node: Node, *kinds: str) -> Iterator[Leaf]:
    """The direct children that are words of one of these kinds (of any, where none is named)."""
    return (
        part
        for part in node.children
        if isinstance(part, Leaf) and (not kinds or part.kind in kinds)
    )


def first_offset(tree: Tree[Token]) -> int:
    """Where the first word of the tree stands in the text that was parsed."""
    for child in tree.children:
        if isinstance(child, Token):
            return int(child.start_pos or 0)
        if isinstance(child, Tree):
            return first_offset(child)
    return 0
