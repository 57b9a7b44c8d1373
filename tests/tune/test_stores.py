"""The fingerprint of what a launch writes, against a list of every single byte."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.launch.closed.evaluate import run_closed
from ptxenergy.launch.closed.stores import (
    _POINTS,
    _PRIME,
    Fingerprint,
    _powers,
    _product,
    _series,
    fingerprint,
)
from ptxenergy.launch.request import Pins
from tests.launch.reference_launches import launch_of, module_of, region

KERNEL = """.reg .pred %p<4>; .reg .b32 %r<20>; .reg .b64 %rd<9>;
ld.param.u64 %rd1, [out];
ld.param.u32 %r1, [n];
mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mov.u32 %r4, %tid.x;
mad.lo.s32 %r5, %r2, %r3, %r4;
mov.u32 %r6, %ctaid.y; mov.u32 %r7, %ntid.y; mov.u32 %r8, %tid.y;
mad.lo.s32 %r9, %r6, %r7, %r8;
setp.ge.s32 %p1, %r5, %r1;
setp.ge.s32 %p2, %r9, %r1;
or.pred %p3, %p1, %p2;
@%p3 ret;
mad.lo.s32 %r10, %r9, %r1, %r5;
mul.wide.s32 %rd2, %r10, 4;
add.s64 %rd3, %rd1, %rd2;
BODY
ret;
"""
PARAMETERS = ".param .u64 out, .param .u32 n"
SIZE = 50


def printed(body: str, block: tuple[int, int], size: int = SIZE) -> Fingerprint | None:
    module = module_of(KERNEL.replace("BODY", body), PARAMETERS)
    grid = tuple(-(-size // extent) for extent in block)
    launch = launch_of(module.kernels[0], grid, block, {1: size})
    return fingerprint(run_closed(module, module.kernels[0], launch, Pins()).sums)


def listed(stores: list[tuple[str, int, int]]) -> Fingerprint:
    """The fingerprint of (direction, address, bytes) one by one."""
    bytes_ = Counter((d, at + b) for d, at, width in stores for b in range(width))
    directions = sorted({direction for direction, _ in bytes_})
    return tuple(
        (
            d,
            tuple(
                sum(n * pow(x, at, _PRIME) for (own, at), n in bytes_.items() if own == d) % _PRIME
                for x in _POINTS
            ),
        )
        for d in directions
    )


def test_it_is_that_of_the_listed_bytes() -> None:
    body = "st.global.v2.u32 [%rd3], {%r4, %r5};\nred.global.add.u32 [%rd1+64], 1;"
    at = region(0)
    cells = [at + 4 * (y * SIZE + x) for x, y in product(range(SIZE), repeat=2)]
    stores = [("store", cell, 8) for cell in cells] + [("atomic", at + 64, 4)] * SIZE**2
    assert printed(body, (16, 4)) == listed(stores)


@settings(max_examples=25)
@given(
    st.sampled_from([(32, 1), (16, 2), (8, 8), (1, 32), (64, 4), (5, 7)]),
    st.sampled_from([(32, 1), (4, 16), (2, 64), (33, 3)]),
)
def test_shapes_that_guard_their_edges_write_the_same(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    body = "st.global.u32 [%rd3], %r4;"
    assert printed(body, one) == printed(body, other)


LOOP = """mov.u32 %r11, 0;
AGAIN:
st.global.u32 [%rd3], %r4;
add.s64 %rd3, %rd3, STEP;
add.s32 %r11, %r11, 1;
setp.lt.s32 %p1, %r11, 3;
@%p1 bra AGAIN;"""


@pytest.mark.parametrize("step", ["4", "-8", "10000"])
def test_loops_are_series(step: str) -> None:
    at = region(0)
    stores = [
        ("store", at + 4 * (y * SIZE + x) + int(step) * turn, 4)
        for x, y, turn in product(range(SIZE), range(SIZE), range(3))
    ]
    assert printed(LOOP.replace("STEP", step), (8, 4)) == listed(stores)


@pytest.mark.parametrize(
    "other",
    [
        "st.global.u32 [%rd3+4], %r4;",
        "st.global.u16 [%rd3], 1;",
        "st.global.u32 [%rd3], %r4;\nst.global.u32 [%rd1], %r4;",
        "setp.eq.s32 %p1, %r4, 0;\n@%p1 st.global.u32 [%rd3], %r4;",
        "red.global.add.u32 [%rd3], 1;",
    ],
)
def test_anything_else_is_told_apart(other: str) -> None:
    assert printed("st.global.u32 [%rd3], %r4;", (16, 4)) != printed(other, (16, 4))


def test_what_data_places_has_none() -> None:
    body = "ld.global.u32 %r12, [%rd3];\nmul.wide.u32 %rd4, %r12, 4;\nadd.s64 %rd4, %rd1, %rd4;\n"
    assert printed(body + "st.global.u32 [%rd4], %r4;", (16, 4)) is None


@given(st.lists(st.integers(0, _PRIME - 1), min_size=1, max_size=20), st.integers(0, _PRIME - 1))
def test_products_are_those_of_whole_numbers(ones: list[int], other: int) -> None:
    found = _product(np.array(ones, np.uint64), np.full(len(ones), other, np.uint64))
    assert found.tolist() == [one * other % _PRIME for one in ones]


@given(st.lists(st.integers(0, (1 << 63) - 1), min_size=1, max_size=9))
def test_powers_are_those_of_whole_numbers(exponents: list[int]) -> None:
    found = _powers(np.array(exponents, np.uint64))
    assert found.tolist() == [[pow(x, e, _PRIME) for e in exponents] for x in _POINTS]


@given(st.integers(-50, 50), st.integers(1, 60))
def test_series_are_sums(stride: int, steps: int) -> None:
    for x in _POINTS:
        wanted = sum(pow(x, stride * j, _PRIME) for j in range(steps)) % _PRIME
        assert _series(x, stride, steps) == wanted
