"""What each level of memory moves: held to its ends, never less for more, and to known kernels."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ptxenergy.gpu import load
from ptxenergy.gpu.occupancy import Occupancy
from ptxenergy.launch.inspection import Inspection, MemoryTraffic
from ptxenergy.launch.parse import parse_argument
from ptxenergy.launch.profile import (
    Exactness,
    Footprint,
    InstructionProfile,
    LaunchProfile,
    Reach,
    Traffic,
)
from ptxenergy.launch.request import Dim3, Launch, LaunchRequest
from ptxenergy.model.board import Board
from ptxenergy.model.traffic import Cache, estimate_traffic, l1_capacity_bytes, share_lost
from ptxenergy.pipeline import Options, inspect
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import Instruction, Location
from tests.corpus import CORPUS

GPU = load("h200")
OCCUPANCY = Occupancy(8, 64, 1.0, "warps")
SHAPES = ((4, 64), (8, 32), (16, 16), (32, 8), (64, 4), (128, 2), (256, 1))
EDGE = 4096
ROUNDING = 1e-9


def accesses(opcode: str, **traffic: float) -> InstructionProfile:
    """An instruction that makes the traffic of its own space and direction."""
    (access,) = describe(opcode).accesses
    location = Location("k.ptx", 1, 1)
    return InstructionProfile(
        Instruction(opcode, (), None, location),
        describe(opcode),
        traffic={(access.space, access.direction): Traffic(**traffic)},
    )


def estimated(
    footprint: Footprint, asks: tuple[float, float, float] = (0, 0, 0), kept: Cache = "warm"
) -> MemoryTraffic:
    """The traffic of a launch that touches so much, and asks for so many sectors: of loads, of
    stores and of atomics.
    """
    opcodes = "ld.global.f32", "st.global.f32", "red.global.add.f32"
    instructions = tuple(
        accesses(opcode, sectors=sectors) for opcode, sectors in zip(opcodes, asks, strict=True)
    )
    launch = Launch(Dim3(4224), Dim3(256), 0, ())
    profile = LaunchProfile("k", launch, instructions, Exactness(True, True), 1, footprint)
    return estimate_traffic(profile, OCCUPANCY, 4.0, GPU, kept)


def inspected(
    path: Path,
    kernel: str,
    shape: tuple[int, ...],
    grid: Dim3,
    *arguments: str,
    kept: Cache = "warm",
) -> Inspection:
    request = LaunchRequest(
        block=Dim3(*shape), grid=grid, arguments=tuple(parse_argument(text) for text in arguments)
    )
    options = Options(kernel=kernel, request=request, board=Board(cache=kept))
    return inspect(str(path), options).results[0]


def corpus(name: str) -> Path:
    return CORPUS / "ptx" / "nvcc-13.0" / "sm_90" / f"{name}.ptx"


@cache
def transposed(shape: tuple[int, int]) -> Inspection:
    grid = Dim3(EDGE // shape[0], EDGE // shape[1])
    found = inspected(corpus("transpose"), "transpose_naive", shape, grid, f"2={EDGE}", f"3={EDGE}")
    assert found.profile.launch.grid == grid
    return found


def asked(inspection: Inspection, direction: str | None = None) -> float:
    """Global sectors by request."""
    return sum(
        traffic.sectors
        for (space, way), traffic in inspection.profile.traffic().items()
        if space == "global" and direction in (None, way)
    )


def test_a_turned_transpose_asks_for_fewer_sectors() -> None:
    sectors = {shape: asked(transposed(shape)) for shape in SHAPES}
    lowest, middle, highest = {(4, 64), (8, 32)}, {(16, 16)}, {(32, 8), (64, 4), (128, 2), (256, 1)}
    assert len({sectors[shape] for shape in lowest}) == 1
    assert len({sectors[shape] for shape in highest}) == 1
    assert sectors[8, 32] < sectors[16, 16] < sectors[32, 8]
    assert lowest | middle | highest == set(SHAPES)


def test_the_flattest_transpose_writes_most() -> None:
    flat = [transposed(shape) for shape in ((32, 8), (64, 4), (128, 2), (256, 1))]
    written = [inspection.memory.l2_write_bytes for inspection in flat]
    assert written == sorted(written)
    assert len(set(written)) == len(written)
    to_dram = [inspection.memory.dram_write_bytes for inspection in flat]
    assert to_dram[-1] == max(to_dram) > to_dram[0]
    assert transposed((8, 32)).memory.l2_write_bytes < min(written)


def test_a_transpose_moves_its_matrices_once_at_the_least() -> None:
    matrix = 4 * EDGE * EDGE
    for shape in SHAPES:
        memory = transposed(shape).memory
        assert memory.footprint_bytes == pytest.approx(2 * matrix, rel=0.01)
        assert memory.l2_read_bytes >= matrix * 0.99
        assert matrix * 0.99 <= memory.dram_read_bytes <= matrix * 1.1


def test_a_stencil_reads_its_neighbours_from_cache() -> None:
    grid = Dim3(8, 32)
    found = inspected(corpus("stencil"), "stencil_3d7", (32, 8), grid, "2=256", "3=256", "4=256")
    once = 32 * found.profile.footprint.read.launch
    assert once < found.memory.l2_read_bytes < 0.5 * 32 * asked(found, "load")
    assert found.memory.dram_read_bytes < 1.1 * once


def test_tiles_in_shared_memory_spare_the_caches() -> None:
    naive = inspected(
        corpus("gemm_naive"), "gemm_naive", (16, 16), Dim3(64, 64), "0=1024", "1=1024", "2=1024"
    ).memory
    tiled = inspected(
        corpus("gemm_tiled"), "gemm_tiled", (16, 16), Dim3(64, 64), "3=1024", "4=1024", "5=1024"
    ).memory
    assert tiled.footprint_bytes == naive.footprint_bytes == 3 * 4 * 1024**2
    assert 3 * tiled.l1_bytes < naive.l1_bytes
    assert tiled.l2_read_bytes < naive.l2_read_bytes < naive.l1_bytes


def test_three_matrices_that_fit_in_l2_leave_dram_alone_once_warm() -> None:
    arguments = ("3=1024", "4=1024", "5=1024")
    warm, cold = (
        inspected(
            corpus("gemm_tiled"), "gemm_tiled", (16, 16), Dim3(64, 64), *arguments, kept=kept
        ).memory
        for kept in ("warm", "cold")
    )
    assert warm.dram_bytes == 0
    assert cold.dram_bytes == cold.footprint_bytes
    assert (warm.l1_bytes, warm.l2_bytes) == (cold.l1_bytes, cold.l2_bytes)


def test_a_gather_takes_a_sector_a_lane_from_l2() -> None:
    rows, width = 262144, 32
    found = inspected(
        corpus("spmv"), "spmv_ell", (256,), Dim3(1024), f"0={rows}", f"1={width}", f"2={rows}"
    )
    gathered = sum(assumption.code == "access" for assumption in found.profile.assumptions)
    assert gathered
    assert found.memory.l2_read_bytes <= 32 * asked(found, "load")
    assert found.memory.l2_read_bytes >= 32 * found.profile.footprint.read.wave


reaches = st.tuples(*[st.floats(0, 1e8)] * 3).map(lambda n: Reach(*sorted(n, reverse=True)))


@st.composite
def footprints(draw: st.DrawFn) -> Footprint:
    """Footprints that a launch may have: either direction alone is no more than both."""
    read, write, share, partly = (
        draw(reaches),
        draw(reaches),
        draw(st.floats(0, 1)),
        draw(st.floats(0, 1)),
    )
    every = Reach(
        *(
            max(one, other) + share * min(one, other)
            for one, other in (
                (getattr(read, s), getattr(write, s)) for s in Reach.__struct_fields__
            )
        )
    )
    return Footprint(every, read, write, partly * write.launch)


LEVELS = ("l1_bytes", "l2_read_bytes", "l2_write_bytes", "dram_bytes", "footprint_bytes")


def assert_no_less(more: MemoryTraffic, less: MemoryTraffic) -> None:
    for level in LEVELS:
        assert getattr(more, level) >= getattr(less, level) * (1 - ROUNDING), level


@given(footprints(), st.integers(0, 2), st.tuples(*[st.floats(0, 1e9)] * 3), st.floats(0, 1e9))
def test_asking_more_is_never_less_traffic(
    footprint: Footprint, way: int, before: tuple[float, float, float], more: float
) -> None:
    loads, stores, atomics = (n + more * (way == at) for at, n in enumerate(before))
    after = estimated(footprint, (loads, stores, atomics))
    assert_no_less(after, estimated(footprint, before))


@given(
    footprints(),
    st.sampled_from(("read", "write")),
    st.sampled_from(Reach.__struct_fields__),
    st.floats(0, 1e7),
    st.sampled_from(("warm", "cold")),
)
def test_touching_more_is_never_less_traffic(
    footprint: Footprint, way: str, scope: str, more: float, kept: Cache
) -> None:
    """New sectors of one direction, that nothing else touches."""
    own = getattr(footprint, way)
    grown = replace(
        footprint,
        any=replace(footprint.any, **{scope: getattr(footprint.any, scope) + more}),
        **{way: replace(own, **{scope: getattr(own, scope) + more})},
    )
    asks = (1e9, 1e9, 0.0)
    assert_no_less(estimated(grown, asks, kept), estimated(footprint, asks, kept))


@given(footprints(), st.floats(0, 1), st.sampled_from(("warm", "cold")))
def test_writing_sectors_in_part_costs_a_read(
    footprint: Footprint, share: float, kept: Cache
) -> None:
    wholly = estimated(replace(footprint, partial_write_sectors=0), kept=kept)
    partly = estimated(
        replace(footprint, partial_write_sectors=share * footprint.write.launch), kept=kept
    )
    assert_no_less(partly, wholly)
    assert partly.dram_write_bytes == wholly.dram_write_bytes


def test_a_sector_that_is_read_anyway_is_filled_for_nothing() -> None:
    own, none = Reach(8e6, 1e6, 8e6), Reach()
    apart = Footprint(own, none, own, partial_write_sectors=8e6)
    in_place = Footprint(own, own, own, partial_write_sectors=8e6)
    assert estimated(apart).dram_read_bytes == estimated(in_place).dram_read_bytes == 32 * 8e6


def test_what_fits_a_share_of_l2_is_kept_and_twice_that_is_lost() -> None:
    kept = next(size for size in range(GPU.l2_bytes, 0, -1024) if share_lost(size, GPU) == 0)
    assert 0.5 * GPU.l2_bytes < kept < 0.6 * GPU.l2_bytes
    assert share_lost(1.5 * kept, GPU) == pytest.approx(0.5, abs=0.001)
    assert share_lost(2.1 * kept, GPU) == 1


def test_shared_memory_takes_from_l1() -> None:
    sizes = [
        l1_capacity_bytes(replace(OCCUPANCY, shared_bytes_per_sm=size), GPU)
        for size in (8 * 1024, 9 * 1024, 100 * 1024, 227 * 1024)
    ]
    assert [size // 1024 for size in sizes] == [256 - 8, 256 - 16, 256 - 100, 256 - 228]


def test_reuse_beyond_l1_goes_to_l2() -> None:
    small, large = (Reach(n, n / 8, n / 16) for n in (1e5, 1e8))
    near, far = (estimated(Footprint(r, r), (4 * r.block, 0, 0)) for r in (small, large))
    assert near.l2_read_bytes == 32 * small.block
    assert 32 * large.block < far.l2_read_bytes < 4 * 32 * large.block


def test_bulk_copies_pass_by_l1() -> None:
    opcode = "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
    item = InstructionProfile(
        Instruction(opcode, (), None, Location("k.ptx", 1, 1)),
        describe(opcode),
        traffic={("global", "load"): Traffic(requests=1, sectors=100, bytes=3200)},
    )
    launch = Launch(Dim3(1), Dim3(32), 0, ())
    own = Reach(100, 100, 100)
    profile = LaunchProfile("k", launch, (item,), Exactness(True, True), 1, Footprint(own, own))
    memory = estimate_traffic(profile, OCCUPANCY, 1.0, GPU, "cold")
    assert (memory.l1_bytes, memory.l2_bytes, memory.dram_bytes) == (0, 3200, 3200)


def test_every_number_is_a_number_of_bytes() -> None:
    assert all(name.endswith("_bytes") for name in MemoryTraffic.__struct_fields__)
