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
_PRMT_MODES = frozenset({"f4e", "b4e", "rc8", "ecl", "ecr", "rc16"})


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


_MODE_BYTES: Mapping[str, tuple[tuple[int, int, int, int], ...]] = {
    # Bytes of {b, a} (0 to 7) for destination bytes 0 to 3, by the low two bits of the selector.
    "f4e": ((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (3, 4, 5, 6)),
    "b4e": ((0, 7, 6, 5), (1, 0, 7, 6), (2, 1, 0, 7), (3, 2, 1, 0)),
    "rc8": ((0, 0, 0, 0), (1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 3, 3)),
    "ecl": ((0, 1, 2, 3), (1, 1, 2, 3), (2, 2, 2, 3), (3, 3, 3, 3)),
    "ecr": ((0, 0, 0, 0), (0, 1, 1, 1), (0, 1, 2, 2), (0, 1, 2, 3)),
    "rc16": ((0, 1, 0, 1), (2, 3, 2, 3), (0, 1, 0, 1), (2, 3, 2, 3)),
}


def _byte_of(both: Array, index: Array) -> Array:
    value: Array = (both >> (index << np.uint64(3))) & np.uint64(255)
    return value


def _prmt(form: Form) -> Operation:
    mode = form.one_of(_PRMT_MODES)
    table = np.array(_MODE_BYTES[mode], dtype=np.uint64) if mode else None

    def permute(a: Array, b: Array, selector: Array) -> Array:
        both = (b.astype(np.uint64) << np.uint64(32)) | a
        result = np.zeros(both.shape, dtype=np.uint64)
        for place in range(4):
            if table is not None:
                chosen = _byte_of(both, table[selector & np.uint32(3), place])
            else:
                nibble = (selector >> np.uint32(4 * place)).astype(np.uint64)
                chosen = _byte_of(both, nibble & np.uint64(7))
                sign = np.where(chosen >= 128, np.uint64(255), np.uint64(0))
                chosen = np.where(nibble & np.uint64(8), sign, chosen)
            result |= chosen << np.uint64(8 * place)
        return result.astype(np.uint32)

    return permute


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
