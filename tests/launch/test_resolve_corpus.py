"""Real kernels: their arguments are found, and their sizes guessed, from the PTX alone."""

from functools import cache
from pathlib import Path

import pytest

from ptxenergy.launch.request import Dim3, Launch, LaunchRequest
from ptxenergy.launch.resolve import resolve
from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Module
from tests.corpus import PTX, CorpusLaunch, corpus_launches


@cache
def read(path: Path) -> Module:
    return parse_text(path.read_bytes(), path.name)


def no_wave(_block: Dim3) -> int:
    raise AssertionError("the launch is given in full")


@pytest.mark.parametrize("launch", corpus_launches(), ids=lambda launch: launch.name)
def test_a_launch_with_all_scalars_needs_no_assumption(launch: CorpusLaunch) -> None:
    made = read(launch.path)
    found = resolve(made, made.functions[launch.kernel], launch.request, no_wave)
    assert found.assumptions == ()
    for argument in found.arguments:
        if argument.parameter.is_pointer:
            assert argument.pointer_offsets == (0,)


# Sizes by parameter index, for 16x16 blocks (256 in one dimension) in a wave of 1056 blocks.
SIZES: dict[tuple[str, str], dict[int, float]] = {
    ("gemm_naive", "gemm_naive"): {0: 32 * 16, 1: 33 * 16, 2: 1024, 3: 1.0, 6: 1.0},
    ("gemm_tiled", "gemm_tiled"): {3: 32 * 16, 4: 33 * 16, 5: 1024},
    ("stencil", "stencil_3d7"): {2: 33 * 16, 3: 32 * 16, 4: 1024},
    ("stencil", "stencil_3d27"): {2: 12 * 8, 3: 11 * 8, 4: 8 * 4},
    ("transpose", "transpose_naive"): {2: 33 * 16, 3: 32 * 16},
    ("transpose", "_Z15transpose_tiledILi32ELi8ELi1EEvPKfPfii"): {2: 33 * 32, 3: 32 * 32},
    ("transpose_conflict", "transpose_in_place_f64"): {1: 33 * 16},
    ("saxpy", "saxpy"): {0: 1056 * 256, 1: 1.0},
    ("vector_add", "vector_add"): {3: 1056 * 256},
    ("reduce_tree", "reduce_max_tree"): {2: 1056 * 512},
    ("softmax", "softmax_rows"): {2: 1024},
    ("spmv", "spmv_csr_scalar"): {0: 1056 * 256},
    ("spmv", "spmv_ell"): {0: 1056 * 256, 1: 1024, 2: 1056 * 256},
    ("gemv", "gemv"): {3: 1056 * 8, 4: 1024},
    ("convolution", "convolve_3x3"): {4: 1024, 5: 11 * 16, 6: 12 * 16},
    ("convolution", "convolve_line"): {2: 1056 * 256, 3: 1024},
    ("mandelbrot", "mandelbrot"): {1: 33 * 16, 2: 32 * 16, 6: 1024},
    ("n_body", "n_body"): {3: 1056 * 256},
    ("image_filters", "bilateral"): {2: 33 * 16, 3: 32 * 16},
}


def assumed_launch(path: Path, kernel: str) -> Launch:
    made = read(path)
    return resolve(made, made.functions[kernel], LaunchRequest(), lambda _block: 1056)


@pytest.mark.parametrize(("source", "kernel"), list(SIZES))
@pytest.mark.parametrize("target", ["sm_80", "sm_90"])
def test_sizes_are_read_off_the_code(source: str, kernel: str, target: str) -> None:
    path = PTX / "nvcc-13.0" / target / f"{source}.ptx"
    if not path.exists():
        path = PTX / "nvcc-13.0" / "sm_90" / f"{source}.ptx"
    launch = assumed_launch(path, kernel)
    sizes = {
        index: argument.shown
        for index, argument in enumerate(launch.arguments)
        if argument.shown != "pointer"
    }
    expected = SIZES[source, kernel]
    assert {index: sizes.get(index) for index in expected} == expected


@pytest.mark.parametrize("target", ["cc_80", "cc_90", "cc_100"])
def test_what_triton_writes_is_understood(target: str) -> None:
    launch = assumed_launch(PTX / "triton-3.9.0" / target / "tl_add.ptx", "add_relu")
    assert launch.block == Dim3(128)
    assert launch.arguments[3].shown == 1056 * 1024
    assert [a.code for a in launch.assumptions] == ["grid", "argument"]
