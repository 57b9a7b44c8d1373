"""Video instructions: scalar (vadd … vset, vmad, vshl, vshr) and SIMD (vadd2 … vset4).

PTX ISA section 9.7.18. Whole registers only: the byte and half-word selectors stand in the
operands, and whoever reads those has to apply them. Without selectors, element i of a meets
element i of b, and nothing is taken from c but what it adds. Intermediate values are Python
integers, so that none of them wraps.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.forms import (
    BITS,
    Array,
    Form,
    Operation,
    element_view,
    is_signed,
    number_type,
)

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
_MASK = 0xFFFFFFFF


def _average(a: Array, b: Array) -> Array:
    total = a + b
    return (total + (total >= 0)) >> 1


_COMBINE: Mapping[str, Callable[[Array, Array], Array]] = {
    "vadd": operator.add,
    "vsub": operator.sub,
    "vabsdiff": lambda a, b: abs(a - b),
    "vmin": np.minimum,
    "vmax": np.maximum,
    "vavrg": _average,
}
_SECOND: Mapping[str, Callable[[Array, Array], Array]] = {
    "add": operator.add,
    "min": np.minimum,
    "max": np.maximum,
}


def _whole(a: Array, ptx_type: str) -> Array:
    """A register of `ptx_type` (u32 or s32) as Python integers."""
    numbers: Array = a.view(number_type(ptx_type)).astype(object)
    return numbers


def _wrapped(value: Array) -> Array:
    bits: Array = (value & _MASK).astype(np.uint32)
    return bits


def _limited(value: Array, ptx_type: str, saturate: bool) -> Array:
    """Clamped to the range of `ptx_type`, or wrapped to it."""
    if not saturate:
        return _whole(_wrapped(value), ptx_type)
    limits = np.iinfo(number_type(ptx_type))
    clamped: Array = np.minimum(np.maximum(value, int(limits.min)), int(limits.max))
    return clamped


def _close(form: Form, target: str) -> Callable[[Array, tuple[Array, ...]], Array]:
    """Saturate, then combine with the third operand where the instruction says so."""
    saturate = form.has("sat")
    second = next((_SECOND[name] for name in form.modifiers if name in _SECOND), None)

    def finish(value: Array, third: tuple[Array, ...]) -> Array:
        value = _limited(value, target, saturate)
        if second is not None:
            value = second(value, _whole(third[0], target))
        return _wrapped(value)

    return finish


def _scalar(form: Form) -> Operation:
    target, first, other = form.types
    combine, finish = _COMBINE[form.root], _close(form, target)
    return lambda a, b, *c: finish(combine(_whole(a, first), _whole(b, other)), c)


def _shift(form: Form) -> Operation:
    target, first, _ = form.types
    left, clamp, finish = form.root == "vshl", form.has("clamp"), _close(form, target)

    def operation(a: Array, b: Array, *c: Array) -> Array:
        amount = _whole(np.minimum(b, np.uint32(32)) if clamp else b & np.uint32(31), "u32")
        number = _whole(a, first)
        return finish(number << amount if left else number >> amount, c)

    return operation


def _comparison(form: Form) -> Callable[[Array, Array], Array] | None:
    compare = next((_COMPARE[name] for name in form.modifiers if name in _COMPARE), None)
    if compare is None:
        return None
    return lambda a, b: compare(a, b).astype(object) * 1


def _set(form: Form) -> Operation | None:
    first, other = form.types
    compare, finish = _comparison(form), _close(form, "u32")
    if compare is None:
        return None
    return lambda a, b, *c: finish(compare(_whole(a, first), _whole(b, other)), c)


def _multiply_add(form: Form) -> Operation:
    target, first, other = form.types
    more, saturate = int(form.has("po")), form.has("sat")
    down = 7 if form.has("shr7") else 15 if form.has("shr15") else 0

    def operation(a: Array, b: Array, c: Array) -> Array:
        exact = _whole(a, first) * _whole(b, other) + _whole(c, target) + more
        return _wrapped(_limited(exact >> down, target, saturate))

    return operation


def _elements(packed: Array, ptx_type: str, bits: int) -> Array:
    """Bytes or half-words as Python integers, shape (lanes, elements)."""
    number = number_type(f"{ptx_type[0]}{bits}")
    return element_view(packed, number).astype(object).reshape(-1, 32 // bits)


def _simd(form: Form) -> Operation | None:
    bits = 32 // int(form.root[-1])
    first, other = form.types[-2:]
    target = form.types[0] if len(form.types) == 3 else "u32"
    combine = _comparison(form) if form.root[:-1] == "vset" else _COMBINE[form.root[:-1]]
    if combine is None:
        return None
    narrow = f"{'s' if is_signed(target) else 'u'}{bits}"
    limits, saturate, add = np.iinfo(number_type(narrow)), form.has("sat"), form.has("add")

    def operation(a: Array, b: Array, *c: Array) -> Array:
        results = combine(_elements(a, first, bits), _elements(b, other, bits))
        if add:
            return _wrapped(results.sum(axis=1) + c[0].astype(object))
        if saturate:
            results = np.minimum(np.maximum(results, int(limits.min)), int(limits.max))
        fields = (results & ((1 << bits) - 1)).astype(number_type(f"u{bits}"))
        return fields.reshape(-1).view(np.uint32)

    return operation


def _with_types(build: Callable[[Form], Operation | None], count: int) -> Callable[[Form], Any]:
    """`build` where the instruction has `count` types of 32 bits, else unknown."""

    def checked(form: Form) -> Operation | None:
        fits = len(form.types) == count and all(BITS[name] == 32 for name in form.types)
        return build(form) if fits else None

    return checked


_SIMD = tuple(f"{root}{parts}" for root in _COMBINE for parts in (2, 4))

BUILDERS: Mapping[str, Callable[[Form], Any]] = {
    **dict.fromkeys(("vadd", "vsub", "vabsdiff", "vmin", "vmax"), _with_types(_scalar, 3)),
    **dict.fromkeys(("vshl", "vshr"), _with_types(_shift, 3)),
    "vset": _with_types(_set, 2),
    "vmad": _with_types(_multiply_add, 3),
    **dict.fromkeys(_SIMD, _with_types(_simd, 3)),
    **dict.fromkeys(("vset2", "vset4"), _with_types(_simd, 2)),
}
