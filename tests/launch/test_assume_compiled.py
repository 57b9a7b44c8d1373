"""Sizes and pointers of kernels as nvcc compiles them; ptx/sizes.cu has their source."""

from functools import cache
from pathlib import Path

import pytest

from ptxenergy.launch.request import LaunchRequest
from ptxenergy.launch.resolve import resolve
from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Module

P = "pointer"

# A wave of 1056 blocks is 1056 of 256 threads, or 33x32 of 16x16.
EXPECTED: dict[str, list[object]] = {
    "unguarded_gemm": [P, P, P, 528, 1024],
    "gemm_with_pitches": [P, P, P, 512, 528, 1024, 528, 528, 528],
    "square": [P, 528],
    "copy_view": [
        {"0": P, "8": 512, "12": 528, "16": 4 * 528},
        {"0": P, "16": 4 * 528},
    ],
    "weigh": [
        {"0": P, "8": P, "16": P, "24": P, "32": 1, "36": 1, "40": 1, "44": 1, "48": 1.0},
        P,
        270336,
    ],
    "strided": [P, P, 270336, 1, 1],
    "four_at_a_time": [P, P, 4 * 270336],
    "row_per_block": [P, P, 1056, 1024],
    "column_per_thread": [P, P, 1024, 270336],
    "five_point": [P, P, 528, 512],
    "choices": [P, 270336, 1, 1, 1.0],
    "batches": [P, P, 33 * 256, 33 * 256],
    "rows_by_pointer": [P, 528, 512],
}


@cache
def compiled() -> Module:
    path = Path(__file__).parent / "ptx" / "sizes.ptx"
    return parse_text(path.read_bytes(), path.name)


@pytest.mark.parametrize("kernel", list(EXPECTED))
def test_sizes_come_out_right(kernel: str) -> None:
    module = compiled()
    launch = resolve(module, module.functions[kernel], LaunchRequest(), lambda _block: 1056)
    assert [argument.shown for argument in launch.arguments] == EXPECTED[kernel]


def test_every_kernel_of_the_file_is_expected() -> None:
    assert {kernel.name for kernel in compiled().kernels} == set(EXPECTED)
