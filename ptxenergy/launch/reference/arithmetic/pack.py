"""mov and cvta, and the packing of several registers into one.

PTX ISA sections 9.7.9.3 and 9.7.9.4 (mov) and 9.7.9.20 (cvta). Addresses pass cvta unchanged: where
a memory window lies is not a matter of arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.forms import BITS, Array, Form, Operation, container


def pack(elements: tuple[Array, ...], ptx_type: str) -> Array:
    """`{a, b, …}` as one value of `ptx_type`: the first element takes the lowest bits."""
    bits = BITS[ptx_type] // len(elements)
    narrow, wide = container(f"b{bits}"), container(ptx_type)
    if len(elements) == 2 and bits < 64:
        low, high = elements
        pair: Array = (high.astype(wide) << wide(bits)) | low.astype(narrow)
        return pair
    side_by_side = np.stack([element.astype(narrow) for element in elements], axis=-1)
    words = side_by_side.view(wide)
    value: Array = words if BITS[ptx_type] == 128 else words[..., 0]
    return value


def unpack(value: Array, ptx_type: str, count: int) -> tuple[Array, ...]:
    """A value of `ptx_type` as `count` elements, lowest bits first: the inverse of `pack`."""
    narrow = container(f"b{BITS[ptx_type] // count}")
    words = value if BITS[ptx_type] == 128 else value[..., np.newaxis]
    parts = np.ascontiguousarray(words).view(narrow)
    return tuple(parts[..., index] for index in range(count))


def _mov(form: Form) -> Operation:
    ptx_type = form.types[0]
    return lambda a: pack(a, ptx_type) if isinstance(a, tuple) else a


def _cvta(form: Form) -> Operation:
    return lambda a: a


BUILDERS: Mapping[str, Callable[[Form], Any]] = {"mov": _mov, "cvta": _cvta}
