"""Parse trees of declarations → variables, parameters and registers (PTX ISA, section 5)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from msgspec import Struct

from ptxenergy.ptx.constants import immediate
from ptxenergy.ptx.expressions import Displaced, Value
from ptxenergy.ptx.leaves import RUN, Leaf, Node, Part, leaves, nodes
from ptxenergy.ptx.operands import NUMBERS, Names, operand_maker, read_integer, value_maker
from ptxenergy.ptx.syntax import Immediate, Parameter, Symbol, Variable

Initial = int | float | Symbol

TYPE_BYTES: Mapping[str, int] = {
    "pred": 1, "b8": 1, "s8": 1, "u8": 1, "b16": 2, "s16": 2, "u16": 2, "f16": 2, "bf16": 2,
    "b32": 4, "s32": 4, "u32": 4, "f32": 4, "f16x2": 4, "bf16x2": 4, "b64": 8, "s64": 8,
    "u64": 8, "f64": 8, "b128": 16, "b256": 32, "f32x2": 8, "tf32": 4, "texref": 8,
    "samplerref": 8, "surfref": 8,
}  # fmt: skip
_WORD = re.compile(r"[-\w]+")
_VECTOR_WIDTHS: Mapping[str, int] = {"v2": 2, "v4": 4, "v8": 8}
_POINTER_SPACES = frozenset({"global", "const", "shared", "local", "param"})


class Declared(Struct, frozen=True):
    """One declared name with everything that its declaration says about it.

    `count` is n in `%r<n>` and -1 for a single name; `dimensions` has -1 for `[]`.
    """

    name: str
    space: str
    type: str
    vector: int
    align_bytes: int
    count: int
    dimensions: tuple[int, ...]
    initial: Part
    is_extern: bool
    is_pointer: bool
    pointer_space: str

    @property
    def element_bytes(self) -> int:
        """The size of one element, a whole vector counting as one."""
        return TYPE_BYTES[self.type] * self.vector


def declared(node: Node, words: Sequence[str]) -> Iterator[Declared]:
    """The names that a `declaration` or a `parameter`, which has one type, introduces.

    Raises ValueError where a number in it is absurdly long.
    """
    found: dict[str, list[str]] = {"LINKAGE": [], "SPACE": [], "WORD": [], "TYPE": []}
    aligns, declarators = [], []
    for part in node.children:
        if isinstance(part, Leaf):
            found[part.kind].append(part.read(words)[1:])
        elif part is not None and part.data == "align":
            aligns.append(read_integer(next(leaves(part)), words))
        elif part is not None and part.data == "declarator":
            declarators.append(part)
    kind, others, spaces = found["TYPE"][0], found["WORD"], found["SPACE"]
    vector = math.prod(_VECTOR_WIDTHS.get(word, 1) for word in others) if others else 1
    is_pointer = "ptr" in others
    natural = 1 if is_pointer else TYPE_BYTES[kind] * vector
    for item in declarators:
        yield Declared(
            name=cast(Leaf, item.children[0]).read(words),
            space=spaces[0],
            type=kind,
            vector=vector,
            align_bytes=aligns[0] if aligns else natural,
            count=_count(item, words),
            dimensions=tuple(_dimensions(item, words)) if len(item.children) > 1 else (),
            initial=_initial(item),
            is_extern="extern" in found["LINKAGE"],
            is_pointer=is_pointer,
            pointer_space=next((s for s in spaces[1:] if s in _POINTER_SPACES), "generic"),
        )


def _count(item: Node, words: Sequence[str]) -> int:
    for part in item.children:
        if isinstance(part, Node) and part.data == "range":
            return read_integer(next(leaves(part)), words)
    return -1


def _dimensions(item: Node, words: Sequence[str]) -> Iterator[int]:
    for part in nodes(item, "dimension"):
        inner = part.children[0]
        if inner is None:
            yield -1
            continue
        size = operand_maker(inner)(words, NO_NAMES)
        if not isinstance(size, Immediate) or not isinstance(size.value, int) or size.value < 0:
            raise ValueError("the size of an array must be a whole number")
        yield size.value


def _initial(item: Node) -> Part:
    """What follows `=`, or None. The grammar puts it last, after the dimensions."""
    last = item.children[-1]
    if isinstance(last, Node) and last.data in ("range", "dimension"):
        return None
    if isinstance(last, Leaf) and last is item.children[0]:
        return None
    return last


class _NoNames:
    """Where a constant must stand, no name means anything."""

    def resolve(self, name: str) -> Symbol:
        raise ValueError(f"a constant must stand here, not '{name}'")

    def callee(self, name: str) -> Symbol:
        return self.resolve(name)

    def element_bytes(self, name: str) -> int:
        raise ValueError(f"a constant must stand here, not '{name}'")


NO_NAMES: Names = _NoNames()


def parameter(item: Declared) -> Parameter:
    """The formal parameter that a declaration in a parameter list stands for."""
    count = math.prod(max(size, 0) for size in item.dimensions)
    return Parameter(
        name=item.name,
        type=item.type,
        size_bytes=item.element_bytes * count,
        align_bytes=item.element_bytes if item.is_pointer else item.align_bytes,
        is_array=bool(item.dimensions),
        is_pointer=item.is_pointer,
        pointer_space=item.pointer_space,
        pointer_align_bytes=item.align_bytes if item.is_pointer else 1,
    )


def variable(item: Declared, name: str, words: Sequence[str], names: Names) -> Variable:
    """The variable that a declaration stands for, under the name that it has in its function."""
    initial = tuple(_initial_values(item, words, names))
    sizes = item.dimensions
    if sizes and sizes[0] < 0:
        row = math.prod(sizes[1:]) * item.vector
        sizes = (-(-len(initial) // row) if row else 0, *sizes[1:])
    return Variable(
        name=name,
        space=item.space,
        type=item.type,
        align_bytes=item.align_bytes,
        size_bytes=item.element_bytes * math.prod(sizes),
        initial=initial,
        is_extern=item.is_extern,
    )


def _initial_values(item: Declared, words: Sequence[str], names: Names) -> Iterator[Initial]:
    if item.initial is None or item.type in ("texref", "samplerref", "surfref"):
        return
    sizes = item.dimensions + ((item.vector,) if item.vector > 1 else ())
    yield from _flattened(item.initial, sizes, words, names)


def _flattened(
    part: Part, sizes: tuple[int, ...], words: Sequence[str], names: Names
) -> Iterator[Initial]:
    """The values in element order; an inner brace that lists too few is filled up with zeros."""
    if isinstance(part, Leaf) and part.kind == RUN:
        yield from (_signed(found[0]) for found in _WORD.finditer(part.text))
    elif not (isinstance(part, Node) and part.data == "vector"):
        yield _initial_value(value_maker(part)(words, names))
    else:
        yield from _listed(part, sizes, words, names)


def _signed(word: str) -> int | float:
    value = immediate(word.removeprefix("-")).value
    return -value if word.startswith("-") else value


def _listed(
    node: Node, sizes: tuple[int, ...], words: Sequence[str], names: Names
) -> Iterator[Initial]:
    if len(sizes) < 2 and all(isinstance(c, Leaf) and c.kind in NUMBERS for c in node.children):
        texts = [cast(Leaf, child).read(words) for child in node.children]
        _check_fits(len(texts), sizes)
        yield from [immediate(text).value for text in texts]
        return
    given = 0
    row = math.prod(sizes[1:])
    for child in node.children:
        values = list(_flattened(child, sizes[1:], words, names))
        is_row = isinstance(child, Node) and child.data == "vector"
        values += [0] * (row - len(values) if is_row else 0)
        given += len(values)
        yield from values
    _check_fits(given, sizes)


def _check_fits(given: int, sizes: tuple[int, ...]) -> None:
    if sizes and 0 <= math.prod(sizes) < given:
        raise ValueError(f"{given} initial values for {math.prod(sizes)} elements")


def _initial_value(value: Value) -> Initial:
    if isinstance(value, int | float | Symbol):
        return value
    if isinstance(value, Immediate):
        return value.value
    if isinstance(value, Displaced) and isinstance(value.base, Symbol):
        return Symbol(value.base.name, value.bytes)
    raise ValueError("an initial value must be a number or the address of a variable")
