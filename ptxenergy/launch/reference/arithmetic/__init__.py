"""What each PTX data instruction computes, on NumPy arrays of lanes, plainly.

`operation(opcode)` gives a function of the source operands in PTX order. Each operand is an array
of one container per lane: `bool` for predicates, unsigned integers of the type's width otherwise
(two `uint64` words, low first, for 128 bits); a vector operand `{a, b}` is a tuple of arrays.
Arrays are never written to, but a result may be one of the sources itself.
PTX ISA 9.0, sections 9.7.1 to 9.7.9 and 9.7.18.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from ptxenergy.launch.reference.arithmetic import (
    bits,
    carry,
    compare,
    convert,
    double,
    extrema,
    floating,
    integer,
    logic,
    video,
)
from ptxenergy.launch.reference.arithmetic import pack as packing
from ptxenergy.launch.reference.arithmetic.forms import (
    INTEGERS,
    PACKED_INTEGERS,
    Form,
    Operation,
    container,
    form_of,
)
from ptxenergy.launch.reference.arithmetic.pack import pack, unpack
from ptxenergy.launch.reference.arithmetic.signatures import signature
from ptxenergy.launch.reference.arithmetic.validity import is_defined
from ptxenergy.program.opcode import Opcode

__all__ = [
    "Operation", "container", "destination_types", "is_approximate", "operation", "pack",
    "reads_carry", "source_types", "unpack", "writes_carry",
]  # fmt: skip

_Builders = Mapping[str, Callable[[Form], Operation | None]]

_OF_ANY_TYPE: _Builders = {
    **bits.BUILDERS,
    **logic.BUILDERS,
    **compare.BUILDERS,
    **convert.BUILDERS,
    **packing.BUILDERS,
    **video.BUILDERS,
}
_OF_DOUBLES: _Builders = {**double.BUILDERS, **extrema.BUILDERS}
_OF_FLOATS: _Builders = {**floating.BUILDERS, **extrema.BUILDERS}


def _builders(form: Form) -> _Builders:
    """The table for the root and the first type of `form`."""
    if form.root in _OF_ANY_TYPE:
        return _OF_ANY_TYPE
    if carry.form_reads_carry(form) or carry.form_writes_carry(form):
        return carry.BUILDERS
    first = form.types[0]
    if first in INTEGERS or first in PACKED_INTEGERS:
        return integer.BUILDERS
    return _OF_DOUBLES if first == "f64" else _OF_FLOATS


@lru_cache(maxsize=4096)
def operation(opcode: Opcode, pair: bool = False) -> Operation | None:
    """The function that `opcode` computes, or None where it is not known here.

    Where `reads_carry`, the carry flag (`bool`) is one more source, last; where `writes_carry`,
    the result is (value, carry out). `pair` asks setp for both of its predicates, `p|q`;
    `lop3` with a boolean operator always gives (d, p).
    """
    form = form_of(opcode)
    if not form.types or not is_defined(form):
        return None
    if form.root == "setp":
        return compare.setp(form, pair)
    build = _builders(form).get(form.root)
    return build(form) if build is not None else None


@lru_cache(maxsize=4096)
def source_types(opcode: Opcode) -> tuple[str, ...]:
    """The PTX type of each source operand, in order; empty where the opcode is not known here.

    An instruction may be written with fewer operands (min and max take two or three).
    """
    return signature(form_of(opcode))[1]


@lru_cache(maxsize=4096)
def destination_types(opcode: Opcode) -> tuple[str, ...]:
    """The PTX type of each destination; setp always shows two, of which one may be absent."""
    return signature(form_of(opcode))[0]


def reads_carry(opcode: Opcode) -> bool:
    """Whether the operation takes the carry flag as an additional last source."""
    return carry.form_reads_carry(form_of(opcode))


def writes_carry(opcode: Opcode) -> bool:
    """Whether the operation returns (value, carry out)."""
    return carry.form_writes_carry(form_of(opcode))


def is_approximate(opcode: Opcode) -> bool:
    """Whether hardware may give other low bits: PTX bounds the error of `.approx` and `.full`."""
    return any(name in ("approx", "full") for name in opcode.modifiers)
