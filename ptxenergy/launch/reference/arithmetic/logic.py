"""Logic and shifts: and, or, xor, not, cnot, lop3, shf, shl, shr; and prmt.

PTX ISA sections 9.7.8 (logic and shift) and 9.7.9.7 (prmt).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.forms import (
    BITS,
    Array,
    Form,
    Operation,
    container,
    number_type,
)

BOOLEAN: Mapping[str, np.ufunc] = {
    "and": np.logical_and,
    "or": np.logical_or,
    "xor": np.logical_xor,
}


def _always(function: np.ufunc) -> Callable[[Form], Operation]:
    return lambda form: function


def _cnot(form: Form) -> Operation:
    bits = container(form.types[0])
    return lambda a: (a == 0).astype(bits)


@lru_cache(maxsize=256)
def _minterms(table: int) -> tuple[tuple[bool, bool, bool], ...]:
    """The input combinations (a, b, c) for which the look-up table gives one."""
    return tuple(
        (bool(i & 4), bool(i & 2), bool(i & 1)) for i in range(8) if table >> i & 1
    )  # fmt: skip


def look_up(a: Array, b: Array, c: Array, table: int) -> Array:
    """Each bit of a, b, c through an 8-entry truth table (bit 4a + 2b + c of `table`)."""
    result = np.zeros_like(a)
    for a_set, b_set, c_set in _minterms(table & 255):
        result |= (a if a_set else ~a) & (b if b_set else ~b) & (c if c_set else ~c)
    return result


def _lop3(form: Form) -> Operation:
    combine = next((BOOLEAN[name] for name in form.modifiers if name in BOOLEAN), None)

    def logic(a: Array, b: Array, c: Array, table: Array) -> Array:
        # The table is an immediate: every lane has the same.
        return look_up(a, b, c, int(table.flat[0])) if a.size else a

    def logic_and_test(a: Array, b: Array, c: Array, table: Array, q: Array) -> Any:
        result = logic(a, b, c, table)
        return result, combine(result != 0, q)  # type: ignore[misc]

    return logic_and_test if combine else logic


def _shl(form: Form) -> Operation:
    bits = BITS[form.types[0]]
    if bits == 32:
        # NumPy shifts by the width or more give zero, as PTX's do.
        return np.left_shift
    unsigned = container(form.types[0])
    return lambda a, b: a << np.minimum(b, np.uint32(bits)).astype(unsigned)


def _shr(form: Form) -> Operation:
    ptx_type = form.types[0]
    bits, unsigned, number = BITS[ptx_type], container(ptx_type), number_type(ptx_type)
    if unsigned == number:
        if bits == 32:
            return np.right_shift
        return lambda a, b: a >> np.minimum(b, np.uint32(bits)).astype(unsigned)

    def arithmetic(a: Array, b: Array) -> Array:
        shifted: Array = a.view(number) >> np.minimum(b, np.uint32(bits - 1)).astype(number)
        return shifted.view(unsigned)

    return arithmetic


def _shf(form: Form) -> Operation:
    clamp, left = form.has("clamp"), form.has("l")

    def funnel(a: Array, b: Array, c: Array) -> Array:
        amount = np.minimum(c, np.uint32(32)) if clamp else c & np.uint32(31)
        both = (b.astype(np.uint64) << np.uint64(32)) | a
        if left:
            return ((both << amount.astype(np.uint64)) >> np.uint64(32)).astype(np.uint32)
        return (both >> amount.astype(np.uint64)).astype(np.uint32)

    return funnel


# Bytes of {b, a} (0 to 7) for destination bytes 0 to 3, by the low two bits of the selector.
_MODE_BYTES: Mapping[str, Array] = {
    "f4e": np.array([[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [3, 4, 5, 6]]),
    "b4e": np.array([[0, 7, 6, 5], [1, 0, 7, 6], [2, 1, 0, 7], [3, 2, 1, 0]]),
    "rc8": np.array([[0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3, 3]]),
    "ecl": np.array([[0, 1, 2, 3], [1, 1, 2, 3], [2, 2, 2, 3], [3, 3, 3, 3]]),
    "ecr": np.array([[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 2, 2], [0, 1, 2, 3]]),
    "rc16": np.array([[0, 1, 0, 1], [2, 3, 2, 3], [0, 1, 0, 1], [2, 3, 2, 3]]),
}
_NIBBLES = np.array([0, 4, 8, 12], dtype=np.uint32)


def _bytes_of(a: Array, b: Array, index: Array) -> Array:
    """Bytes of {b, a} at `index` (lanes, 4), as (lanes, 4)."""
    both = np.stack((a, b), axis=-1).view(np.uint8)
    return np.take_along_axis(both, index.astype(np.intp), axis=1)


def _prmt(form: Form) -> Operation:
    table = _MODE_BYTES.get(form.one_of(frozenset(_MODE_BYTES)))

    def permute_in_mode(a: Array, b: Array, selector: Array) -> Array:
        chosen = _bytes_of(a, b, table[selector & np.uint32(3)])  # type: ignore[index]
        return chosen.view(np.uint32)[:, 0]

    def permute(a: Array, b: Array, selector: Array) -> Array:
        nibbles = selector[:, np.newaxis] >> _NIBBLES
        chosen = _bytes_of(a, b, nibbles & np.uint32(7))
        # The fourth bit of a selector asks for the byte's sign, repeated.
        sign = (chosen.view(np.int8) >> 7).view(np.uint8)
        chosen = np.where(nibbles & np.uint32(8), sign, chosen)
        return chosen.view(np.uint32)[:, 0]

    return permute if table is None else permute_in_mode


BUILDERS: Mapping[str, Callable[[Form], Any]] = {
    "and": _always(np.bitwise_and),
    "or": _always(np.bitwise_or),
    "xor": _always(np.bitwise_xor),
    "not": _always(np.invert),
    "cnot": _cnot,
    "lop3": _lop3,
    "shl": _shl,
    "shr": _shr,
    "shf": _shf,
    "prmt": _prmt,
}
