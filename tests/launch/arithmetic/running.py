"""Runs one instruction on lists of lane values and compares it with a one-lane reference."""

from __future__ import annotations

import itertools
import random
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ptxenergy.launch.reference.arithmetic import container, operation, source_types
from ptxenergy.launch.reference.arithmetic.forms import BITS, PACKED_FLOATS
from ptxenergy.program.opcode import Opcode

from .plain import LAYOUTS

# A busy machine is slow, not wrong.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
Reference = Callable[..., Any]
Lane = tuple[int, ...]


def opcode(text: str) -> Opcode:
    """The opcode of a dotted word; only what the arithmetic reads is filled in."""
    root, *modifiers = text.split(".")
    types = tuple(name for name in modifiers if name in BITS)
    return Opcode(text, root, tuple(modifiers), types, "other", 1)


def edges(ptx_type: str) -> tuple[int, ...]:
    """Values of a type at which something happens, as bits."""
    if ptx_type == "pred":
        return (0, 1)
    bits = BITS[ptx_type]
    top = 1 << (bits - 1)
    if ptx_type in LAYOUTS:
        precision, exponent_bits = LAYOUTS[ptx_type]
        one = ((1 << (exponent_bits - 1)) - 1) << (precision - 1)
        infinity = ((1 << exponent_bits) - 1) << (precision - 1)
        least = 1 << (precision - 1)
        positive = (
            0, 1, least - 1, least, least + 1, one - 1, one, one + 1, one + least // 2,
            one + least, infinity - 1, infinity, infinity + 1, infinity + least // 2,
        )  # fmt: skip
        return tuple(value | sign for value in positive for sign in (0, top))
    return tuple(
        dict.fromkeys(
            value % (2 * top)
            for value in (
                0, 1, 2, 7, bits - 1, bits, bits + 1, 64, 255, 256, -1, -2, top, top - 1, top + 1,
                0x55AA33CC0FF01234, 0x8000_0001_7FFF_FFFF,
            )
        )
    )  # fmt: skip


def values(ptx_type: str) -> st.SearchStrategy[int]:
    """Edges and anything else of a type."""
    anything = st.integers(0, (1 << BITS[ptx_type]) - 1)
    if ptx_type in PACKED_FLOATS:
        element = PACKED_FLOATS[ptx_type]
        width = BITS[element]
        halves = st.sampled_from(edges(element)) | st.integers(0, (1 << width) - 1)
        return st.tuples(halves, halves).map(lambda pair: pair[0] | pair[1] << width)
    return st.sampled_from(edges(ptx_type)) | anything


def lanes(text: str) -> st.SearchStrategy[list[Lane]]:
    """Lists of operand tuples for an instruction."""
    types = source_types(opcode(text))
    return st.lists(st.tuples(*map(values, types)), min_size=1, max_size=8)


def edge_lanes(text: str, most: int = 1500) -> list[Lane]:
    """Every combination of edges of the operands, or `most` of them, always the same ones."""
    types = source_types(opcode(text))
    combined = list(itertools.product(*(edges(ptx_type) for ptx_type in types)))
    return combined if len(combined) <= most else random.Random(1).sample(combined, most)


def run(text: str, operands: Sequence[Lane], **how: bool) -> list[Any]:
    """The instruction's results, one int (or tuple of ints) a lane; any warning is an error."""
    op = opcode(text)
    function = operation(op, **how)
    if function is None:
        raise LookupError(text)
    types = source_types(op)
    columns = [
        np.array(column, dtype=container(ptx_type))
        for column, ptx_type in zip(zip(*operands, strict=True), types, strict=False)
    ]
    before = [column.copy() for column in columns]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = function(*columns)
    for column, kept in zip(columns, before, strict=True):
        np.testing.assert_array_equal(column, kept)
    if isinstance(result, tuple):
        return list(zip(*(part.tolist() for part in result), strict=True))
    return result.tolist()  # type: ignore[no-any-return]


def check(text: str, reference: Reference, operands: Sequence[Lane]) -> None:
    """Every lane equals what the reference gives for it alone."""
    results = run(text, operands)
    for lane, result in zip(operands, results, strict=True):
        expected = reference(*lane)
        shown = tuple(hex(value) for value in lane)
        assert result == expected, f"{text} {shown}: {result!r}, expected {expected!r}"
