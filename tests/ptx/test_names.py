"""Kernel names: demangled for people, chosen by what people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.errors import KernelSelectionError
from ptxenergy.ptx.names import demangle, select, short_name

TRANSPOSE = "_Z9transposePfPKfii"
GEMM_16, GEMM_32 = "_Z4gemmILi16EEvPKfS1_Pfi", "_Z4gemmILi32EEvPKfS1_Pfi"
SPACED = "_ZN3lib4axpyEfPKfPfi"
NUMBA = "_ZN8__main__3addB2v1B10cw51cXTLSUE5ArrayIfLi1E1A7mutable7alignedE"
NAMES = (TRANSPOSE, GEMM_16, GEMM_32, SPACED, "add_kernel", "add_kernel_2")


@pytest.mark.parametrize(
    ("mangled", "shown", "short"),
    [
        (TRANSPOSE, "transpose(float*, float const*, int, int)", "transpose"),
        (GEMM_16, "void gemm<16>(float const*, float const*, float*, int)", "gemm"),
        (SPACED, "lib::axpy(float, float const*, float*, int)", "lib::axpy"),
        ("add_kernel", "add_kernel", "add_kernel"),
        ("_Z", "_Z", "_Z"),
        ("_ZZ1fvE1x", "_ZZ1fvE1x", "_ZZ1fvE1x"),
        ("$odd$name%1", "$odd$name%1", "$odd$name%1"),
    ],
)
def test_names_are_shown_as_they_were_written(mangled: str, shown: str, short: str) -> None:
    assert demangle(mangled) == shown
    assert short_name(mangled) == short


def test_a_numba_name_loses_its_hashes() -> None:
    assert demangle(NUMBA).startswith("__main__::add(Array<float, 1")
    assert short_name(NUMBA) == "__main__::add"


def test_an_anonymous_namespace_is_no_end_of_the_name() -> None:
    assert short_name("_ZN12_GLOBAL__N_13fooEi").endswith("foo")


@given(st.text(max_size=60))
def test_any_text_after_the_mark_is_answered(text: str) -> None:
    assert demangle("_Z" + text)
    assert short_name("_Z" + text)


def test_deeply_nested_names_are_answered() -> None:
    assert demangle("_Z1f" + "P" * 3000 + "i")
    assert demangle("_Z" + "N1a" * 100_000)


def _base_36(number: int) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return digits[number] if number < 36 else _base_36(number // 36) + digits[number % 36]


def test_a_name_that_would_grow_without_bound_is_shown_as_it_is() -> None:
    """Each argument is a function of two of the one before: 2 to the power of 40 when spelt out."""
    bomb = "_Z1fP1a" + "".join(
        f"PFv{substitution}{substitution}E"
        for substitution in ("S" + _base_36(2 * n) + "_" for n in range(40))
    )
    assert demangle(bomb) == bomb


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (TRANSPOSE, TRANSPOSE),
        ("transpose(float*, float const*, int, int)", TRANSPOSE),
        ("transpose(float*,float const*,int,int)", TRANSPOSE),
        ("transp", TRANSPOSE),
        ("lib::axpy", SPACED),
        ("axpy", SPACED),
        ("gemm<32>", GEMM_32),
        ("ILi16E", GEMM_16),
        ("add_kernel", "add_kernel"),
        ("kernel_2", "add_kernel_2"),
    ],
)
def test_a_kernel_is_chosen_by_any_unique_name(wanted: str, name: str) -> None:
    assert select(NAMES, wanted) == name


@pytest.mark.parametrize("wanted", ["gemm", "kernel", "float"])
def test_two_matches_are_an_error_that_lists_them(wanted: str) -> None:
    with pytest.raises(KernelSelectionError, match="kernels match") as caught:
        select(NAMES, wanted)
    if wanted == "gemm":
        assert GEMM_16 in str(caught.value)
        assert GEMM_32 in str(caught.value)
        assert TRANSPOSE not in str(caught.value)


@pytest.mark.parametrize("wanted", ["", "nosuch"])
def test_no_match_is_an_error_that_lists_what_there_is(wanted: str) -> None:
    with pytest.raises(KernelSelectionError, match="no kernel matches") as caught:
        select(NAMES, wanted)
    assert "add_kernel_2" in str(caught.value)


def test_a_file_without_kernels_says_so() -> None:
    with pytest.raises(KernelSelectionError, match="has no kernel"):
        select((), "any")


def test_a_long_list_is_cut() -> None:
    with pytest.raises(KernelSelectionError, match="and 90 more"):
        select([f"k{n}" for n in range(100)], "nosuch")
