"""Headers → what is known of a function without its body (PTX ISA, sections 5.1, 7 and 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ptxenergy.ptx.constants import integer
from ptxenergy.ptx.declarations import declared, parameter
from ptxenergy.ptx.events import Occurrence
from ptxenergy.ptx.leaves import Leaf, Node, leaves, nodes
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.syntax import Parameter

Listed = list[tuple[Parameter, str]]

# The directives that name an extent along x, y and z (PTX ISA, section 11.4).
_THREE = frozenset({"maxntid", "reqntid", "reqnctapercluster"})


class Signature(Struct, frozen=True):
    """What is known of a function without its body."""

    name: str
    is_entry: bool
    parameters: tuple[Parameter, ...]
    returns: tuple[Parameter, ...]
    directives: Mapping[str, tuple[int, ...]]
    offset: int
    register_parameters: frozenset[str] = frozenset()


def signature(header: Occurrence, tunings: Sequence[Occurrence], text: Text) -> Signature:
    """The function that a header and the directives after it announce.

    Raises PtxSyntaxError where a parameter has no type or a number is absurdly long.
    """
    node, words = header.event.node, header.words
    try:
        returns, parameters = parameter_lists(node, words)
        directives = dict(_directive(item, words) for item in nodes(node, "tuning"))
        for item in tunings:
            if item.event.kind == "tuning":
                directives.update([_directive(item.event.node, item.words)])
    except ValueError as problem:
        raise text.error(str(problem), header.offset) from None
    in_registers = [item[0].name for item in (*returns, *parameters) if item[1] == "reg"]
    return Signature(
        name=name_of(header),
        is_entry=is_kernel(header),
        parameters=tuple(item[0] for item in parameters),
        returns=tuple(item[0] for item in returns),
        directives=directives,
        offset=header.offset,
        register_parameters=frozenset(in_registers),
    )


def name_of(header: Occurrence) -> str:
    """The function's name."""
    return next(leaves(header.event.node, "NAME")).read(header.words)


def is_kernel(header: Occurrence) -> bool:
    """Whether the function is an `.entry`."""
    return next(leaves(header.event.node, "KIND")).text == ".entry"


def parameter_lists(node: Node, words: Sequence[str]) -> tuple[Listed, Listed]:
    """The lists before and after the name, each parameter with its state space.

    Raises ValueError where a parameter has no type.
    """
    lists: list[Listed] = []
    for part in _around_the_name(node):
        items = nodes(part, "parameter") if part is not None else ()
        lists.append([(parameter(d), d.space) for item in items for d in declared(item, words)])
    return lists[0], lists[1]


def _around_the_name(node: Node) -> tuple[Node | None, Node | None]:
    at = next(i for i, part in enumerate(node.children) if _is_name(part))
    before, after = node.children[at - 1], node.children[at + 1]
    return before, after  # type: ignore[return-value]


def _is_name(part: object) -> bool:
    return isinstance(part, Leaf) and part.kind in ("NAME", "SINK")


def _directive(node: Node, words: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    name = next(leaves(node, "WORD")).text[1:]
    values = tuple(integer(leaf.read(words)) for leaf in leaves(node, "INT"))
    if name in _THREE:
        values = (*values, 1, 1, 1)[:3]
    return name, values
