"""Block and grid: as asked, as the file says, or assumed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.errors import LaunchError
from ptxenergy.launch.extents import near_square
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.launch.resolve import resolve
from tests.launch.written import index, launched, module

PLAIN = module("", index("x"))


def test_what_is_asked_is_launched_without_assumptions() -> None:
    launch = launched(PLAIN, block="32x8", grid="7x5x3")
    assert (launch.block, launch.grid) == (Dim3(32, 8, 1), Dim3(7, 5, 3))
    assert launch.assumptions == ()


def test_the_required_block_of_the_file_is_taken() -> None:
    made = module("", index("x"), ".reqntid 96, 2, 1")
    launch = launched(made, block=None, grid="4")
    assert launch.block == Dim3(96, 2, 1)
    assert launch.assumptions == ()
    with pytest.raises(LaunchError, match=r"requires a block of 96x2x1 \(.reqntid\), not 128x1x1"):
        launched(made, block="128")


@pytest.mark.parametrize(
    ("axes", "directives", "block"),
    [
        ("x", "", Dim3(256)),
        ("xy", "", Dim3(16, 16)),
        ("xyz", "", Dim3(8, 8, 4)),
        ("x", ".maxntid 512, 1, 1", Dim3(256)),
        ("x", ".maxntid 128, 1, 1", Dim3(128)),
        ("", "", Dim3(256)),
    ],
)
def test_without_a_block_256_threads_are_assumed(axes: str, directives: str, block: Dim3) -> None:
    launch = launched(module("", index(*axes), directives), block=None, grid="1")
    assert launch.block == block
    (assumption,) = launch.assumptions
    assert (assumption.code, assumption.line) == ("block", None)
    assert assumption.option == f"--block {block}"
    again = launched(
        module("", index(*axes), directives), block=assumption.option.split()[1], grid="1"
    )
    assert again.block == block
    assert again.assumptions == ()


def test_a_block_beyond_maxntid_is_refused() -> None:
    made = module("", index("x"), ".maxntid 128, 1, 1")
    with pytest.raises(LaunchError, match=r"at most 128 threads per block \(.maxntid\)"):
        launched(made, block="16x16", grid="1")


@pytest.mark.parametrize(
    ("threads", "block", "grid"),
    [
        ("1000", "256", Dim3(4)),
        ("1024", "256", Dim3(4)),
        ("1", "256", Dim3(1)),
        ("100x30x7", "32x8x2", Dim3(4, 4, 4)),
    ],
)
def test_the_grid_is_the_ceiling_of_the_problem(threads: str, block: str, grid: Dim3) -> None:
    launch = launched(PLAIN, block=block, threads=threads)
    assert launch.grid == grid
    assert launch.assumptions == ()


def test_grid_and_threads_together_are_refused() -> None:
    with pytest.raises(LaunchError, match="give one"):
        launched(PLAIN, grid="4", threads="1000")


@pytest.mark.parametrize(
    ("axes", "wave", "grid"),
    [
        ("x", 1056, Dim3(1056)),
        ("y", 1056, Dim3(1, 1056, 1)),
        ("xy", 1056, Dim3(33, 32)),
        ("xy", 132, Dim3(12, 11)),
        ("xz", 132, Dim3(12, 1, 11)),
        ("xyz", 1056, Dim3(12, 11, 8)),
        ("", 40, Dim3(40)),
    ],
)
def test_without_a_grid_one_full_wave_is_assumed(axes: str, wave: int, grid: Dim3) -> None:
    launch = launched(module("", index(*axes)), block="32", wave=lambda _block: wave)
    assert launch.grid == grid
    (assumption,) = launch.assumptions
    assert (assumption.code, assumption.option) == ("grid", f"--grid {grid}")


def test_the_wave_is_that_of_the_block() -> None:
    launch = launched(PLAIN, block="64x2", wave=lambda block: 10 * block.x + block.y)
    assert launch.grid == Dim3(642)


def test_a_block_that_does_not_fit_has_no_wave() -> None:
    with pytest.raises(LaunchError, match="no block of 256x1x1 threads of k fits"):
        launched(PLAIN, wave=lambda _block: 0)


def test_axes_that_only_a_called_function_reads_count() -> None:
    helper = ".func f() { .reg .b32 %a; mov.u32 %a, %ctaid.y; ret; }"
    made = module("", index("x") + "call.uni f, ();", functions=helper)
    assert launched(made, wave=lambda _block: 132).grid == Dim3(12, 11)


def test_clusters_are_kept_whole() -> None:
    made = module("", index("x"), ".reqnctapercluster 4, 1, 1")
    assert launched(made, wave=lambda _block: 18).grid == Dim3(16)
    assert launched(made, threads="2560").grid == Dim3(12)
    assert launched(made, grid="8").grid == Dim3(8)
    with pytest.raises(LaunchError, match="no multiple of k's cluster 4x1x1"):
        launched(made, grid="10")


@given(st.integers(1, 10_000), st.sampled_from(["x", "y", "xy", "yz", "xyz"]))
def test_a_wave_is_full_or_nearly_so(count: int, axes: str) -> None:
    grid = near_square(count, axes)
    assert grid.volume <= count
    assert grid.volume >= count * 0.5
    sides = [extent for extent, axis in zip(grid, "xyz", strict=True) if axis in axes]
    assert all(extent == 1 for extent, axis in zip(grid, "xyz", strict=True) if axis not in axes)
    assert sides == sorted(sides, reverse=True) or len(axes) == 3
    if len(axes) == 2:
        assert max(sides) <= 4 * min(sides) + 4


def test_negative_shared_memory_is_refused() -> None:
    with pytest.raises(LaunchError, match="negative"):
        resolve(PLAIN, PLAIN.kernels[0], LaunchRequest(shared_bytes=-1), lambda _block: 1)


@pytest.mark.parametrize("extents", [Dim3(0), Dim3(4, -1), Dim3(1, 1, 0)])
def test_extents_below_one_are_refused(extents: Dim3) -> None:
    for request in (
        LaunchRequest(block=extents),
        LaunchRequest(block=Dim3(32), grid=extents),
        LaunchRequest(block=Dim3(32), threads=extents),
    ):
        with pytest.raises(LaunchError, match="below 1"):
            resolve(PLAIN, PLAIN.kernels[0], request, lambda _block: 1)
