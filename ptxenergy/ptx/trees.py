"""The grammar's parse trees → events. Here alone are trees as the parser makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from lark import Token, Tree

from ptxenergy.ptx.events import Event, event_of
from ptxenergy.ptx.leaves import Leaf, Node, Part
from ptxenergy.ptx.places import Text

_NESTED = frozenset({"function", "body", "section"})


def events_of(
    tree: Tree[Token], slots: Mapping[int, int], text: Text, start: int = 0
) -> Iterator[tuple[Event, int]]:
    """The events of a parsed `module` or `piece`, each with the offset of its first word.

    `slots` maps a word's offset in the parsed text to its slot; `start` is where that text begins
    in `text`. Raises PtxSyntaxError where an operand is grammatical but means nothing.
    """
    for child in tree.children:
        node = cast("Tree[Token]", child)
        if node.data in _NESTED:
            yield from events_of(node, slots, text, start)
            continue
        offset = _first_offset(node)
        try:
            event = event_of(_frozen(node, slots))
        except ValueError as problem:
            raise text.error(str(problem), start + offset) from None
        yield event, offset


def _frozen(tree: Tree[Token], slots: Mapping[int, int]) -> Node:
    """The tree with leaves for tokens."""
    children: list[Part] = []
    for child in tree.children:
        if isinstance(child, Tree):
            children.append(_frozen(child, slots))
        elif isinstance(child, Token):
            offset = child.start_pos or 0
            children.append(Leaf(child.type, str(child), slots.get(offset, -1)))
        else:
            children.append(None)
    return Node(str(tree.data), tuple(children))


def _first_offset(tree: Tree[Token]) -> int:
    """Where the first word of the tree stands in the text that was parsed."""
    for child in tree.children:
        if isinstance(child, Token):
            return int(child.start_pos or 0)
        if isinstance(child, Tree):
            return _first_offset(child)
    return 0
