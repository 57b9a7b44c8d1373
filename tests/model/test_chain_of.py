"""From a profile to the bound: what is touched, asked for and waited for never makes it less."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ptxenergy import Dim3, Options, predict
from ptxenergy.errors import EvaluationError
from ptxenergy.gpu import load
from ptxenergy.launch.inspection import Inspection
from ptxenergy.launch.profile import Footprint, Reach
from ptxenergy.model.board import Board
from ptxenergy.model.bound import bound_of
from ptxenergy.model.latency import LEVELS, cost_on, kernel_chains
from ptxenergy.model.prediction import Bound
from ptxenergy.model.traffic import Cache, estimate_traffic
from ptxenergy.program.opcodes import describe
from ptxenergy.program.shared import body_of, reachable
from ptxenergy.ptx import parse_text, read_input
from tests.corpus import CorpusLaunch, one_launch_per_kernel
from tests.launch.written import module
from tests.model import kernels

GPU = load("h200")
ROUNDING = 1e-9


@cache
def inspected() -> Inspection:
    return kernels.inspected(kernels.COPY, "h200", "4096x256")


def bound_with(footprint: Footprint, cache: Cache) -> Bound:
    """The bound of a copy that touches so much, with what the caches make of it."""
    found = inspected()
    profile = replace(found.profile, footprint=footprint)
    memory = estimate_traffic(profile, found.occupancy, found.waves, GPU, cache)
    return bound_of(replace(found, profile=profile, memory=memory), GPU, Board(cache=cache))


def scaled(footprint: Footprint, factor: float) -> Footprint:
    def reach(old: Reach) -> Reach:
        return Reach(old.block * factor, old.wave * factor, old.launch * factor)

    return replace(
        footprint,
        any=reach(footprint.any),
        read=reach(footprint.read),
        write=reach(footprint.write),
    )


@given(st.floats(0, 100), st.floats(1, 10), st.sampled_from(("warm", "cold")))
def test_a_larger_footprint_is_never_less_energy_or_time(
    size: float, factor: float, cache: Cache
) -> None:
    small = scaled(inspected().profile.footprint, size)
    less, more = bound_with(small, cache), bound_with(scaled(small, factor), cache)
    assert more.energy_j >= less.energy_j * (1 - ROUNDING)
    assert more.time_s >= less.time_s * (1 - ROUNDING)


def test_a_cold_cache_is_never_less_than_a_warm_one() -> None:
    footprint = inspected().profile.footprint
    warm, cold = bound_with(footprint, "warm"), bound_with(footprint, "cold")
    assert cold.traffic_bytes["dram"] > warm.traffic_bytes["dram"]
    assert cold.time_s > warm.time_s
    assert cold.chain.dram_share > warm.chain.dram_share


@given(st.integers(0, 200), st.floats(1, 10))
def test_a_count_that_grows_is_never_less_energy_or_time(at: int, factor: float) -> None:
    """Each instruction of the profile in turn; its traffic stays as it is."""
    found = inspected()
    items = list(found.profile.instructions)
    item = items[at % len(items)]
    more_often = replace(item, warp=item.warp * factor, thread=item.thread * factor)
    items[at % len(items)] = more_often
    profile = replace(found.profile, instructions=tuple(items))
    less = bound_of(found, GPU, Board())
    more = bound_of(replace(found, profile=profile), GPU, Board())
    assert more.energy_j >= less.energy_j * (1 - ROUNDING)
    assert more.time_s >= less.time_s * (1 - ROUNDING)


def test_chains_are_found_once_for_a_kernel_and_a_gpu() -> None:
    source = module("", "add.f32 %f1, %f1, %f2;")
    kernel = body_of(source, "k")
    assert kernel_chains(source, kernel, GPU) is kernel_chains(source, kernel, GPU)
    assert kernel_chains(source, kernel, GPU) is not kernel_chains(source, kernel, load("a100"))


def test_chains_of_another_kernel_are_refused() -> None:
    source = module("", "add.f32 %f1, %f1, %f2;")
    other = kernel_chains(source, body_of(source, "k"), GPU)
    with pytest.raises(EvaluationError, match="not those of the profile"):
        bound_of(replace(inspected(), chains=other), GPU, Board())


CALLS = [launch for launch in one_launch_per_kernel() if "\n.func" in launch.path.read_text()]


@pytest.mark.parametrize("launch", CALLS[:6], ids=lambda launch: launch.name)
def test_chains_and_profile_number_instructions_alike(launch: CorpusLaunch) -> None:
    request = replace(launch.request, grid=Dim3(2), threads=None)
    options = Options(kernel=launch.kernel, request=request)
    (found,) = predict(str(launch.path), options).results
    parsed = parse_text(*read_input(str(launch.path)))
    functions = reachable(parsed, body_of(parsed, found.inspection.profile.kernel))
    listed = [i.location.line for function in functions for i in function.instructions]
    items = found.inspection.profile.instructions
    assert [item.instruction.location.line for item in items] == listed
    assert found.bound.chain.cycles > 0


def test_without_chains_a_launch_still_has_a_bound() -> None:
    bound = bound_of(replace(inspected(), chains=None), GPU, Board())
    assert bound.chain.cycles == 0
    assert bound.times_s["latency"] > 0, "blocks still have to start"


@pytest.mark.parametrize(
    ("opcode", "cycles"),
    [
        ("fma.rn.f32", (4, 4, 4)),
        ("fma.rn.f64", (8, 8, 8)),
        ("sin.approx.f32", (20 + 4,) * 3),
        ("popc.b32", (20, 20, 20)),
        ("shfl.sync.bfly.b32", (24, 24, 24)),
        ("div.rn.f32", (10 * 4,) * 3),
        ("cvt.u32.u64", (0, 0, 0)),
        ("ld.global.f32", (39, 281, 690)),
        ("ld.local.f32", (39, 39, 39)),
        ("ld.shared.f32", (29, 29, 29)),
        ("st.global.f32", (0, 0, 0)),
        ("atom.global.add.u32", (368, 368, 368)),
        ("red.global.add.u32", (0, 0, 0)),
        ("bar.sync", (25, 25, 25)),
        ("barrier.cluster.wait", (200, 200, 200)),
        ("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", (33, 33, 33)),
    ],
)
def test_latencies_are_those_of_the_class(opcode: str, cycles: tuple[float, ...]) -> None:
    assert len(LEVELS) == len(cycles)
    assert cost_on(GPU)(describe(opcode)).latency_cycles == pytest.approx(cycles)


def test_a_warp_keeps_its_own_part_of_a_unit() -> None:
    cost = cost_on(GPU)
    assert cost(describe("fma.rn.f32")).pipe_cycles == 1
    assert cost(describe("rcp.approx.ftz.f32")).pipe_cycles == 8, "4 of 16 lanes"
    assert cost(describe("ld.global.f32")).pipe_cycles == 1, "all 32 lanes"
    mma = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
    assert cost(describe(mma)).pipe_cycles == 16 * 8 * 16 / (2048 / 4)
