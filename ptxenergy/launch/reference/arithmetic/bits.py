"""Bit counting, bit fields and byte dot products.

PTX ISA section 9.7.1: popc, clz, bfind, fns, brev, bfe, bfi, bmsk, szext, dp4a, dp2a.
Positions and lengths of bfe and bfi above 255 lose their upper bits, as the ISA's formulas say;
ptxas does so in the 32-bit forms and not in the 64-bit ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.forms import (
    BITS,
    Array,
    Form,
    Operation,
    container,
    element_view,
    is_signed,
    number_type,
)

_NOT_FOUND = 0xFFFFFFFF


def _bit_length(a: Array) -> Array:
    """Position of the highest set bit, counted from 1; 0 where no bit is set. int64."""
    if a.itemsize == 8:
        low, high = a & np.uint64(0xFFFFFFFF), a >> np.uint64(32)
        return np.where(high != 0, 32 + _bit_length(high.astype(np.uint32)),
                        _bit_length(low.astype(np.uint32)))  # fmt: skip
    # 32 bits are exact in float64, and frexp's exponent of such a number is its bit length.
    return np.frexp(a.astype(np.float64))[1].astype(np.int64)


def _popc(form: Form) -> Operation:
    return lambda a: np.bitwise_count(a).astype(np.uint32)


def _clz(form: Form) -> Operation:
    bits = BITS[form.types[0]]
    return lambda a: (bits - _bit_length(a)).astype(np.uint32)


def _bfind(form: Form) -> Operation:
    number, bits = number_type(form.types[0]), BITS[form.types[0]]
    from_top = form.has("shiftamt")

    def find(a: Array) -> Array:
        position = _bit_length(np.where(a.view(number) < 0, ~a, a)) - 1
        shown = bits - 1 - position if from_top else position
        return np.where(position < 0, _NOT_FOUND, shown).astype(np.uint32)

    return find


def _nth_set_bit(mask: int, base: int, offset: int) -> int:
    """The `offset`-th set bit of `mask`, walking up (or down, if negative) from bit `base`."""
    if offset == 0:
        return base if mask >> base & 1 else _NOT_FOUND
    positions = range(base, 32) if offset > 0 else range(base, -1, -1)
    found = [position for position in positions if mask >> position & 1]
    return found[abs(offset) - 1] if abs(offset) <= len(found) else _NOT_FOUND


def _fns(form: Form) -> Operation:
    def find(mask: Array, base: Array, offset: Array) -> Array:
        lanes = zip(
            mask.tolist(), (base & 31).tolist(), offset.view(np.int32).tolist(), strict=True
        )
        return np.array([_nth_set_bit(*lane) for lane in lanes], dtype=np.uint32)

    return find


def _brev(form: Form) -> Operation:
    narrow = container(form.types[0])

    def reverse(a: Array) -> Array:
        bits = np.unpackbits(np.ascontiguousarray(a).view(np.uint8), bitorder="little")
        per_lane = bits.reshape(-1, a.itemsize * 8)[:, ::-1]
        return np.packbits(per_lane, axis=1, bitorder="little").reshape(-1).view(narrow)

    return reverse


def _field_operand(b: Array, dtype: np.dtype[Any], most: int) -> Array:
    """Low eight bits of a position or length, no larger than `most`, in `dtype`."""
    value: Array = np.minimum(b & np.uint32(255), np.uint32(most)).astype(dtype)
    return value


def _low_ones(length: Array) -> Array:
    """A mask of `length` low bits, in the unsigned type of `length`."""
    value: Array = ~(~length.dtype.type(0) << length)
    return value


def _bfe(form: Form) -> Operation:
    bits, signed = BITS[form.types[0]], is_signed(form.types[0])
    number = number_type(form.types[0])

    def extract_unsigned(a: Array, position: Array, length: Array) -> Array:
        start = _field_operand(position, a.dtype, bits)
        return (a >> start) & _low_ones(_field_operand(length, a.dtype, bits))

    def extract_signed(a: Array, position: Array, length: Array) -> Array:
        # The arithmetic shift supplies the sign bit beyond the top; the second pair of shifts
        # spreads the top bit of the field.
        start = _field_operand(position, a.dtype, bits - 1).view(number)
        kept = _field_operand(length, a.dtype, bits)
        empty = np.minimum(bits - kept, bits - 1).astype(a.dtype).view(number)
        field = (((a.view(number) >> start) << empty) >> empty).view(a.dtype)
        value: Array = np.where(kept == 0, a.dtype.type(0), field)
        return value

    return extract_signed if signed else extract_unsigned


def _bfi(form: Form) -> Operation:
    bits = BITS[form.types[0]]

    def insert(a: Array, b: Array, position: Array, length: Array) -> Array:
        start = _field_operand(position, a.dtype, bits)
        mask = _low_ones(_field_operand(length, a.dtype, bits)) << start
        return (b & ~mask) | ((a << start) & mask)

    return insert


def _bmsk(form: Form) -> Operation:
    clamp = form.has("clamp")

    def mask(position: Array, width: Array) -> Array:
        start, length = position.astype(np.uint64), width.astype(np.uint64)
        if clamp:
            start, length = np.minimum(start, np.uint64(32)), np.minimum(length, np.uint64(32))
        else:
            start, length = start & np.uint64(31), length & np.uint64(31)
        return (_low_ones(length) << start).astype(np.uint32)

    return mask


def _szext(form: Form) -> Operation:
    clamp, number = form.has("clamp"), number_type(form.types[0])

    def extend(a: Array, width: Array) -> Array:
        kept = np.minimum(width, np.uint32(32)) if clamp else width & np.uint32(31)
        empty = np.minimum(np.uint32(32) - kept, np.uint32(31))
        field = ((a << empty).view(number) >> empty.view(number)).view(np.uint32)
        return np.where(kept == 0, np.uint32(0), field)

    return extend


def _parts(packed: Array, bits: int, ptx_type: str) -> Array:
    """Fields of `bits` bits of 32-bit registers, lowest first: int64 of shape (lanes, fields)."""
    number = number_type(f"{ptx_type[0]}{bits}")
    return element_view(packed, number).astype(np.int64).reshape(-1, 32 // bits)


def _dp4a(form: Form) -> Operation:
    a_type, b_type = form.types

    def dot(a: Array, b: Array, c: Array) -> Array:
        products = _parts(a, 8, a_type) * _parts(b, 8, b_type)
        value: Array = (products.sum(axis=1) + c).astype(np.uint32)
        return value

    return dot


def _dp2a(form: Form) -> Operation:
    a_type, b_type = form.types
    first = 2 if form.has("hi") else 0

    def dot(a: Array, b: Array, c: Array) -> Array:
        products = _parts(a, 16, a_type) * _parts(b, 8, b_type)[:, first : first + 2]
        value: Array = (products.sum(axis=1) + c).astype(np.uint32)
        return value

    return dot


BUILDERS: Mapping[str, Callable[[Form], Any]] = {
    "popc": _popc,
    "clz": _clz,
    "bfind": _bfind,
    "fns": _fns,
    "brev": _brev,
    "bfe": _bfe,
    "bfi": _bfi,
    "bmsk": _bmsk,
    "szext": _szext,
    "dp4a": _dp4a,
    "dp2a": _dp2a,
}
