"""Kernels run on real memory contents, their results against NumPy's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import EvaluationOptions, GlobalMemory, evaluate
from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Module
from tests.launch.reference_launches import launch_of, module_of, region, run
from tests.launch.test_reference_counts import REGISTERS

CORPUS = Path(__file__).parent.parent / "corpus" / "ptx" / "nvcc-13.0"
RANDOM = np.random.default_rng(7)


@cache
def corpus(architecture: str, name: str) -> Module:
    path = CORPUS / architecture / f"{name}.ptx"
    return parse_text(path.read_bytes(), path.name)


def launched(
    kernel: str,
    module: Module,
    shape: tuple[object, object],
    values: dict[int, int | float],
    contents: dict[int, np.ndarray],
    shared: int = 0,
) -> tuple[GlobalMemory, LaunchProfile]:
    """Run a kernel on arrays in the regions of its pointer parameters."""
    memory = GlobalMemory(seed=1)
    for index, array in contents.items():
        memory.write(region(index), array)
    grid, block = shape
    launch = launch_of(module.functions[kernel], grid, block, values, shared)  # type: ignore[arg-type]
    profile = evaluate(module, module.functions[kernel], launch, EvaluationOptions(data=1), memory)
    return memory, profile


def test_tiled_matrix_product() -> None:
    m, n, k = 21, 35, 40
    a = RANDOM.standard_normal((m, k), np.float32)
    b = RANDOM.standard_normal((k, n), np.float32)
    memory, profile = launched(
        "gemm_tiled", corpus("sm_90", "gemm_tiled"), ((3, 2), (16, 16)),
        {3: m, 4: n, 5: k}, {0: a, 1: b},
    )  # fmt: skip
    result = memory.read(region(2), m * n, np.float32).reshape(m, n)
    np.testing.assert_allclose(result, a @ b, rtol=1e-4, atol=1e-4)
    assert profile.exact.all


def test_tree_maximum() -> None:
    values = RANDOM.integers(-(2**31), 2**31, 700, np.int64).astype(np.int32)
    memory, profile = launched(
        "reduce_max_tree", corpus("sm_90", "reduce_tree"), (3, 128), {2: 700}, {0: values}, 512
    )
    expected = [values[:256].max(), values[256:512].max(), values[512:].max()]
    assert memory.read(region(1), 3, np.int32).tolist() == expected
    assert profile.exact.all


def test_prefix_sum() -> None:
    values = RANDOM.integers(0, 1000, 500, np.uint32)
    module = corpus("sm_90", "scan")
    memory, _ = launched("scan_blocks", module, (2, 128), {3: 500}, {0: values}, 1024)
    padded = np.append(values, np.zeros(12, np.uint32)).reshape(2, 256)
    expected = np.cumsum(padded, axis=1) - padded
    assert memory.read(region(1), 500, np.uint32).tolist() == expected.ravel()[:500].tolist()
    assert memory.read(region(2), 2, np.uint32).tolist() == padded.sum(axis=1).tolist()


def test_histogram_through_shared_and_global_atomics() -> None:
    values = RANDOM.integers(0, 256, 4 * 900, np.uint8)
    memory, profile = launched(
        "histogram_bytes", corpus("sm_90", "histogram"), (2, 96), {2: 900},
        {0: values, 1: np.zeros(256, np.uint32)},
    )  # fmt: skip
    expected = np.bincount(values, minlength=256)
    assert memory.read(region(1), 256, np.uint32).tolist() == expected.tolist()
    assert not profile.exact.control
    assert not profile.exact.addresses


def test_fourier_transform() -> None:
    line = RANDOM.standard_normal((2, 512)) + 1j * RANDOM.standard_normal((2, 512))
    memory, profile = launched(
        "fft_512", corpus("sm_90", "fourier"), (2, 64), {}, {0: line.astype(np.complex64)}
    )
    result = memory.read(region(0), 2 * 1024, np.float32).view(np.complex64).reshape(2, 512)
    np.testing.assert_allclose(result, np.fft.fft(line), atol=1e-3)
    assert profile.exact.all


def test_softmax_through_shuffles() -> None:
    rows = RANDOM.standard_normal((3, 100), np.float32)
    memory, _ = launched("softmax_rows", corpus("sm_90", "softmax"), (3, 64), {2: 100}, {0: rows})
    grown = np.exp(rows - rows.max(axis=1, keepdims=True))
    expected = grown / grown.sum(axis=1, keepdims=True)
    result = memory.read(region(1), 300, np.float32).reshape(3, 100)
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_bitonic_sort_by_many_launches() -> None:
    keys = RANDOM.integers(0, 2**32, 256, np.uint64).astype(np.uint32)
    module = corpus("sm_90", "sorting")
    run_length = 2
    while run_length <= 256:
        distance = run_length // 2
        while distance:
            values: dict[int, int | float] = {1: distance, 2: run_length if run_length < 256 else 0}
            memory, _ = launched("bitonic_step", module, (2, 64), values, {0: keys})
            keys = memory.read(region(0), 256, np.uint32)
            distance //= 2
        run_length *= 2
    assert keys.tolist() == sorted(keys.tolist())


def test_radix_scatter_by_ballots() -> None:
    keys = RANDOM.integers(0, 2**16, 256, np.uint32)
    digits = keys >> 4 & 15
    starts = np.cumsum(np.bincount(digits, minlength=16)) - np.bincount(digits, minlength=16)
    memory, _ = launched(
        "radix_scatter", corpus("sm_90", "sorting"), (1, 256), {3: 4, 4: 256},
        {0: keys, 2: starts.astype(np.uint32)},
    )  # fmt: skip
    expected = keys[np.argsort(digits, kind="stable")]
    assert memory.read(region(1), 256, np.uint32).tolist() == expected.tolist()


def test_a_loop_that_data_ends() -> None:
    a = np.sort(RANDOM.integers(0, 1000, 300, np.int32))
    b = np.sort(RANDOM.integers(0, 1000, 200, np.int32))
    memory, profile = launched(
        "merge_path", corpus("sm_90", "sorting"), (1, 64), {1: 300, 3: 200, 5: 10}, {0: a, 2: b}
    )
    merged = np.concatenate([a, b])
    from_a = np.concatenate([np.ones(300, int), np.zeros(200, int)])
    order = np.argsort(merged, kind="stable")
    expected = [int(from_a[order][:diagonal].sum()) for diagonal in range(0, 501, 10)]
    assert memory.read(region(4), 51, np.int32).tolist() == expected
    assert not profile.exact.control
    assert not profile.assumptions


def test_hamming_distances() -> None:
    words, count = 3, 70
    codes = RANDOM.integers(0, 2**63, (words, count), np.uint64)
    query = RANDOM.integers(0, 2**63, words, np.uint64)
    memory, _ = launched(
        "hamming", corpus("sm_90", "bits"), (2, 64), {3: words, 4: 93, 5: count},
        {0: codes, 1: query},
    )  # fmt: skip
    distance = np.bitwise_count(codes ^ query[:, None]).sum(axis=0)
    assert memory.read(region(2), count, np.uint8).tolist() == (distance <= 93).tolist()


RECURSIVE = """
.func (.param .b64 result) triangle(.param .b64 value)
{
.reg .pred %p<2>;
.reg .b64 %rd<6>;
ld.param.b64 %rd1, [value];
setp.eq.s64 %p1, %rd1, 0;
mov.u64 %rd4, 0;
@%p1 bra END;
sub.s64 %rd2, %rd1, 1;
{
.param .b64 inner;
st.param.b64 [inner], %rd2;
.param .b64 back;
call.uni (back), triangle, (inner);
ld.param.b64 %rd3, [back];
}
add.s64 %rd4, %rd3, %rd1;
END:
st.param.b64 [result], %rd4;
ret;
}
"""


def test_recursion_to_a_depth_of_each_lanes_own() -> None:
    text = f"""{REGISTERS}
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x;
cvt.u64.u32 %rd2, %r1;
{{
.param .b64 given;
st.param.b64 [given], %rd2;
.param .b64 taken;
call.uni (taken), triangle, (given);
ld.param.b64 %rd3, [taken];
}}
mul.wide.u32 %rd4, %r1, 8;
add.s64 %rd5, %rd1, %rd4;
st.global.u64 [%rd5], %rd3;
ret;
"""
    module = module_of(text, ".param .u64 out", before=RECURSIVE)
    memory = GlobalMemory(seed=0)
    run(module, launch_of(module.kernels[0], 1, 32), memory, EvaluationOptions(data=0))
    expected = [n * (n + 1) // 2 for n in range(32)]
    assert memory.read(region(0), 32, np.uint64).tolist() == expected


def test_warps_that_part_at_named_barriers() -> None:
    """Warp 0 makes values, warp 1 uses them; each waits for the other at a barrier of its own."""
    text = f"""{REGISTERS}
.shared .align 4 .b8 box[128];
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x;
and.b32 %r2, %r1, 31;
mov.u32 %r9, box;
shl.b32 %r3, %r2, 2;
add.u32 %r4, %r9, %r3;
mov.u32 %r5, 0;
mov.u32 %r8, 0;
setp.ge.u32 %p1, %r1, 32;
@%p1 bra USER;
MAKER:
bar.sync 1, 64;
mad.lo.u32 %r6, %r5, 100, %r2;
st.shared.u32 [%r4], %r6;
bar.arrive 2, 64;
add.u32 %r5, %r5, 1;
setp.lt.u32 %p2, %r5, 4;
@%p2 bra MAKER;
bra DONE;
USER:
bar.arrive 1, 64;
bar.sync 2, 64;
ld.shared.u32 %r7, [%r4];
add.u32 %r8, %r8, %r7;
add.u32 %r5, %r5, 1;
setp.lt.u32 %p2, %r5, 4;
@%p2 bra USER;
mul.wide.u32 %rd2, %r2, 4;
add.s64 %rd2, %rd2, %rd1;
st.global.u32 [%rd2], %r8;
DONE:
ret;
"""
    module = module_of(text, ".param .u64 out")
    memory = GlobalMemory(seed=0)
    profile = run(module, launch_of(module.kernels[0], 1, 64), memory, EvaluationOptions(data=0))
    expected = [0 + 100 + 200 + 300 + 4 * lane for lane in range(32)]
    assert memory.read(region(0), 32, np.uint32).tolist() == expected
    assert profile.exact.all
    assert "barrier-mismatch" not in profile.flags


@pytest.mark.parametrize("seed", [0, 3])
def test_contents_are_the_seeds_alone(seed: int) -> None:
    first, second = GlobalMemory(seed), GlobalMemory(seed)
    second.read(region(9), 4, np.uint64)
    same = first.read(region(3), 100, np.uint64)
    assert same.tolist() == second.read(region(3), 100, np.uint64).tolist()
    assert same.tolist() != GlobalMemory(seed + 1).read(region(3), 100, np.uint64).tolist()
