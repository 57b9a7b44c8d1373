"""Where the variables of a module lie, and the windows by which a generic address is told apart.

Global addresses are generic addresses as they are. The other spaces start at 0 and appear in the
generic space at a window of their own, marked by the top eight bits (PTX ISA 5.1.4 leaves the
windows to the implementation).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from ptxenergy.launch.reference.types import size_of
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.shared import named_in
from ptxenergy.ptx.syntax import Function, Module, Symbol, Variable

WINDOWS: Final[Mapping[str, int]] = {
    "shared": 0xF1, "local": 0xF2, "constant": 0xF3, "param": 0xF4, "function": 0xF5,
}  # fmt: skip
RANK_SHIFT: Final = 24
"""Above the offset, a shared address carries the rank of another block of its cluster plus one."""
_SPACE_OF_WORD: Final = {
    "shared": "shared", "shared::cta": "shared", "shared::cluster": "shared", "local": "local",
    "const": "constant", "param": "param", "param::entry": "param", "global": "global",
}  # fmt: skip
_GLOBAL_START: Final = 1 << 20
_VARIABLE_ALIGN: Final = 256
_MOST_IMAGE_BYTES: Final = 1 << 24
_SPACES: Final = {"const": "constant", "tex": "global"}


class Placement(Struct, frozen=True):
    """Addresses of module-level and shared variables, and the contents of those with values.

    `addresses` maps a name to (space, offset in it); a shared variable of a function's body is
    `function:name`. `images` are (space, offset, bytes).
    """

    addresses: Mapping[str, tuple[str, int]]
    images: tuple[tuple[str, int, bytes], ...]
    static_shared_bytes: int
    constant_bytes: int
    window_shift: int

    def generic(self, space: str, offset: int) -> int:
        """The generic address of an offset in a space."""
        tag = WINDOWS.get(space, 0)
        return (tag << self.window_shift) + offset


def place(module: Module, functions: Iterable[Function]) -> Placement:
    """Lay out everything that a kernel and the functions that it reaches can name."""
    addresses: dict[str, tuple[str, int]] = {}
    ends = {"global": _GLOBAL_START, "constant": 0}
    for variable in module.variables:
        space = _SPACES.get(variable.space, variable.space)
        if space in ends:
            align = max(variable.align_bytes, _VARIABLE_ALIGN if space == "global" else 1)
            ends[space] = _aligned(ends[space], align)
            addresses[variable.name] = (space, ends[space])
            ends[space] += max(variable.size_bytes, 1)
    static_bytes = _place_shared(module, functions, addresses)
    for number, name in enumerate(module.functions):
        addresses.setdefault(name, ("function", 16 * (number + 1)))
    shift = 56 if module.address_size == 64 else 24
    bare = Placement(addresses, (), static_bytes, ends["constant"], shift)
    images = tuple(
        (*addresses[variable.name], _image(variable, bare))
        for variable in module.variables
        if variable.initial and variable.name in addresses
    )
    return Placement(addresses, images, static_bytes, ends["constant"], shift)


def _place_shared(
    module: Module, functions: Iterable[Function], addresses: dict[str, tuple[str, int]]
) -> int:
    """Static variables in order, each at its alignment; what is sized at launch comes after."""
    at_module_level = {v.name: v for v in module.variables if v.space == "shared"}
    found: dict[str, Variable] = {}
    for function in functions:
        found |= {f"{function.name}:{v.name}": v for v in function.variables if v.space == "shared"}
        named = named_in(function)
        found |= {n: at_module_level[n] for n in at_module_level if n in named}
    end = 0
    for name, variable in found.items():
        if variable.size_bytes:
            start = _aligned(end, variable.align_bytes)
            addresses[name] = ("shared", start)
            end = start + variable.size_bytes
    for name, variable in found.items():
        if not variable.size_bytes:
            addresses[name] = ("shared", _aligned(end, max(variable.align_bytes, 16)))
    return end


def _aligned(offset: int, align: int) -> int:
    return -(-offset // align) * align if align > 1 else offset


def _image(variable: Variable, placement: Placement) -> bytes:
    """The listed values as bytes; what is not listed is zero."""
    size = size_of(variable.type)
    out = bytearray()
    for value in variable.initial:
        if isinstance(value, Symbol):
            space, offset = placement.addresses.get(value.name, ("global", 0))
            value = placement.generic(space, offset) + value.offset
            width = max(size, 4)
        else:
            width = size
        out += encoded(value, variable.type, width)
    size_bytes = min(variable.size_bytes, _MOST_IMAGE_BYTES)
    return bytes(out[:size_bytes].ljust(size_bytes, b"\0"))


def encoded(value: int | float, ptx_type: str, width: int) -> bytes:
    """One initial value, little-endian; numbers with a point in the type's own format."""
    if isinstance(value, float):
        formats = {"f64": "<d", "f32": "<f", "f16": "<e"}
        return struct.pack(formats.get(ptx_type, "<d" if width == 8 else "<f"), value)
    return (value & ((1 << (8 * width)) - 1)).to_bytes(width, "little")


def space_word(opcode: Opcode) -> str:
    """The state space that an address instruction names."""
    return next(
        (_SPACE_OF_WORD[word] for word in opcode.modifiers if word in _SPACE_OF_WORD), "global"
    )
