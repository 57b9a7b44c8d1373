"""Comparison and selection: setp, set, selp, slct, in integer and all float types.

PTX ISA sections 9.7.6 and 9.7.7. Of the float comparisons, the plain ones are false and the ones
that end in `u` true where an operand is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.formats import FORMATS, flush, native
from ptxenergy.launch.reference.arithmetic.forms import (
    INTEGERS,
    PACKED_FLOATS,
    Array,
    Form,
    Operation,
    container,
    element_view,
    number_type,
)
from ptxenergy.launch.reference.arithmetic.logic import BOOLEAN

_ORDERED: Mapping[str, np.ufunc] = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
    "gt": np.greater, "ge": np.greater_equal,
    "lo": np.less, "ls": np.less_equal, "hi": np.greater, "hs": np.greater_equal,
}  # fmt: skip
_OPPOSITE_OF_UNORDERED: Mapping[str, np.ufunc] = {
    "equ": np.not_equal, "neu": np.equal, "ltu": np.greater_equal, "leu": np.greater,
    "gtu": np.less_equal, "geu": np.less,
}  # fmt: skip
_COMPARISONS = frozenset({*_ORDERED, *_OPPOSITE_OF_UNORDERED, "num", "nan"})
_ONE: Mapping[str, int] = {"f32": 0x3F800000, "f16": 0x3C00, "bf16": 0x3F80}

Comparison = Callable[[Array, Array], Array]


def _float_comparison(name: str) -> Comparison | None:
    if name == "nan":
        return lambda a, b: np.isnan(a) | np.isnan(b)
    if name == "num":
        return lambda a, b: ~(np.isnan(a) | np.isnan(b))
    if name == "ne":
        # NumPy's inequality holds for NaN; PTX's ordered `ne` does not.
        return lambda a, b: (a < b) | (a > b)
    if name in _OPPOSITE_OF_UNORDERED:
        ordered = {np.not_equal: lambda a, b: (a < b) | (a > b)}
        opposite: Any = _OPPOSITE_OF_UNORDERED[name]
        opposite = ordered.get(opposite, opposite)
        return lambda a, b: ~opposite(a, b)
    return _ORDERED.get(name)


def comparison(name: str, ptx_type: str, ftz: bool) -> Operation | None:
    """Compare containers of `ptx_type`; packed types give one result per element, in order."""
    if ptx_type in INTEGERS:
        compare, number = _ORDERED.get(name), number_type(ptx_type)
        if compare is None or container(ptx_type) == number:
            return compare
        return lambda a, b: compare(a.view(number), b.view(number))
    scalar = PACKED_FLOATS.get(ptx_type, ptx_type)
    float_compare = _float_comparison(name)
    if float_compare is None or scalar not in FORMATS:
        return None
    bits = container(scalar)

    def read(a: Array) -> Array:
        a = a if scalar == ptx_type else element_view(a, bits)
        return native(flush(a, scalar) if ftz else a, scalar)

    return lambda a, b: float_compare(read(a), read(b))


def _decode(form: Form) -> tuple[Operation | None, np.ufunc | None]:
    name = form.one_of(_COMPARISONS)
    # `.and` and `.or` follow the comparison; `.f32.f32` may follow them.
    combine = next((BOOLEAN[part] for part in form.modifiers if part in BOOLEAN), None)
    return comparison(name, form.types[-1], form.has("ftz")), combine


def setp(form: Form, pair: bool) -> Operation | None:
    """`setp`: one predicate, or (p, q) with `pair`: q is the opposite comparison, or, for packed
    types, the comparison of the upper elements.
    """
    compare, combine = _decode(form)
    if compare is None:
        return None
    packed = form.types[-1] in PACKED_FLOATS

    def both(a: Array, b: Array) -> tuple[Array, Array]:
        result = compare(a, b)
        return (result[0::2], result[1::2]) if packed else (result, ~result)

    if pair or packed:
        if combine is None:
            return both if pair else lambda a, b: both(a, b)[0]

        def combined(a: Array, b: Array, c: Array) -> Any:
            p, q = both(a, b)
            return (combine(p, c), combine(q, c)) if pair else combine(p, c)

        return combined
    if combine is not None:
        return lambda a, b, c: combine(compare(a, b), c)
    return compare


def _set(form: Form) -> Operation | None:
    """`set`: all ones (integers) or 1.0 (floats) where the comparison holds, else zero."""
    compare, combine = _decode(form)
    if compare is None or len(form.types) < 2:
        return None
    target, packed = form.types[0], form.types[-1] in PACKED_FLOATS
    bits = container(target)
    if packed:
        element = PACKED_FLOATS.get(target, "u16")
        true, narrow = _ONE.get(element, 0xFFFF), container(element)
    else:
        true = _ONE.get(target, (1 << (np.dtype(bits).itemsize * 8)) - 1)
        narrow = bits
    choice = np.array([0, true], dtype=narrow)

    def choose(a: Array, b: Array, *c: Array) -> Array:
        result = compare(a, b)
        if combine is not None:
            result = combine(result, np.repeat(c[0], 2) if packed else c[0])
        value: Array = choice[result.astype(np.intp)].view(bits)
        return value

    return choose


def _selp(form: Form) -> Operation:
    return lambda a, b, c: np.where(c, a, b)


def _slct(form: Form) -> Operation:
    if form.types[1] == "s32":
        return lambda a, b, c: np.where(c.view(np.int32) >= 0, a, b)
    # NaN and negative numbers choose b, -0 chooses a; `.ftz` makes a zero of a subnormal c.
    ftz = form.has("ftz")
    return lambda a, b, c: np.where((flush(c, "f32") if ftz else c).view(np.float32) >= 0, a, b)


BUILDERS: Mapping[str, Callable[[Form], Any]] = {
    "setp": lambda form: setp(form, pair=False),
    "set": _set,
    "selp": _selp,
    "slct": _slct,
}
