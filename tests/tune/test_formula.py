"""Formulas of the block's shape: what they give, and what they refuse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.errors import LaunchError
from ptxenergy.launch.request import Dim3
from ptxenergy.tune.formula import parse_formula

BLOCK = Dim3(32, 8)


def at(text: str, block: Dim3 = BLOCK, most: int = 3, **values: float) -> tuple[int, ...]:
    return parse_formula("--grid-from", text, most).at(block, values)


@given(st.integers(1, 10**6), st.integers(1, 1024), st.integers(1, 1024))
def test_grids_round_up(extent: int, x: int, y: int) -> None:
    found = at("ceil(nx/(bx*4)), ceil(ny / by)", Dim3(x, y), nx=extent, ny=extent + 1)
    assert found == (-(-extent // (4 * x)), -(-(extent + 1) // y))


def test_what_is_known() -> None:
    assert at("max(bx, by) - min(bx, by) + bx % 5 - -2 + floor(7 / 2) * (bz + 9 // 2)") == (43,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nx / bx", "nz, bx, by, bz"),
        ("bx / 3", "round it by ceil"),
        ("bx / (by - 8)", "block of 32x8"),
        ("1, 2, 3, 4", "at most 3"),
        ("bx **  2", "not understood"),
        ("__import__('os')", "not understood"),
        ("bx.real", "not understood"),
        ("[bx]", "not understood"),
        ("bx if by else bz", "not understood"),
        ("'text'", "not understood"),
        ("ceil(bx, by)", "block of 32x8"),
        ("bx +", "such as"),
        ("(" * 900 + "1" + ")" * 900, "such as"),
        ("", "such as"),
    ],
)
def test_anything_else_is_refused_with_what_would_do(text: str, said: str) -> None:
    with pytest.raises(LaunchError, match=said):
        at(text, nz=3)
