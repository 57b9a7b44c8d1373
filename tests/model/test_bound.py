"""The physical bound: monotone in all work, within the power limit, and the sum of its parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.errors import LaunchError
from ptxenergy.gpu import available, load
from ptxenergy.gpu.occupancy import Occupancy
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.request import Dim3, Launch
from ptxenergy.model.board import Board, check_board
from ptxenergy.model.bound import physical_bound, placement_of
from ptxenergy.model.energies import ENERGY_NAMES
from ptxenergy.model.prediction import TIME_NAMES, Chain, Placement
from ptxenergy.model.work import Work
from tests.model.works import COUNTS, chains, grown, placements, with_, work_with, works

gpus = st.sampled_from(available()).map(load)
shares = st.floats(0, 1)
ROUNDING = 1e-9
AS_IT_COMES = Board()


@given(works(), chains(), placements, gpus, st.sampled_from(COUNTS), st.floats(1, 10))
def test_more_work_is_never_less_energy_or_time(
    work: Work, chain: Chain, placement: Placement, gpu: Gpu, name: str, factor: float
) -> None:
    less = physical_bound(work, chain, placement, gpu, AS_IT_COMES)
    more = physical_bound(grown(work, name, factor), chain, placement, gpu, AS_IT_COMES)
    assert more.energy_j >= less.energy_j * (1 - ROUNDING)
    assert more.time_s >= less.time_s * (1 - ROUNDING)


@given(works(), chains(), placements, gpus, st.floats(0, 1e6), st.integers(0, 2))
def test_a_longer_chain_is_never_less_energy_or_time(
    work: Work, chain: Chain, placement: Placement, gpu: Gpu, cycles: float, level: int
) -> None:
    longer = tuple(c + cycles * (at >= level) for at, c in enumerate(chain.level_cycles))
    less = physical_bound(work, chain, placement, gpu, AS_IT_COMES)
    more = physical_bound(work, with_(chain, level_cycles=longer), placement, gpu, AS_IT_COMES)
    assert more.energy_j >= less.energy_j * (1 - ROUNDING)
    assert more.time_s >= less.time_s * (1 - ROUNDING)


@given(works(), chains(), placements, gpus, shares, shares)
def test_a_lower_power_limit_never_shortens_the_time(
    work: Work, chain: Chain, placement: Placement, gpu: Gpu, one: float, other: float
) -> None:
    def limited(share: float) -> Board:
        return Board(power_limit_w=gpu.constant_power_w + 1 + share * spare_w)

    spare_w = gpu.power_limit_w - gpu.constant_power_w - 1
    low = physical_bound(work, chain, placement, gpu, limited(min(one, other)))
    high = physical_bound(work, chain, placement, gpu, limited(max(one, other)))
    assert low.time_s >= high.time_s * (1 - ROUNDING)
    assert low.clock_mhz <= high.clock_mhz * (1 + ROUNDING)
    assert low.power_w <= high.power_w * (1 + 1e-6) or not low.is_power_limited


@given(works(), chains(), placements, gpus, shares, shares)
def test_a_lower_clock_never_shortens_the_time_nor_raises_the_energy_of_events(
    work: Work, chain: Chain, placement: Placement, gpu: Gpu, one: float, other: float
) -> None:
    def locked(share: float) -> Board:
        span = gpu.clock_boost_mhz - gpu.clock_min_mhz
        return Board(clock_mhz=gpu.clock_min_mhz + share * span)

    low = physical_bound(work, chain, placement, gpu, locked(min(one, other)))
    high = physical_bound(work, chain, placement, gpu, locked(max(one, other)))
    assert low.time_s >= high.time_s * (1 - ROUNDING)
    assert low.clock_mhz <= high.clock_mhz * (1 + ROUNDING)
    events = [sum(part.energy_j for part in bound.contributions[1:]) for bound in (low, high)]
    assert events[0] <= events[1] * (1 + ROUNDING)


@given(works(), chains(), placements, gpus)
def test_contributions_add_up_and_power_stays_within_the_limit(
    work: Work, chain: Chain, placement: Placement, gpu: Gpu
) -> None:
    bound = physical_bound(work, chain, placement, gpu, AS_IT_COMES)
    parts = sum(part.energy_j for part in bound.contributions)
    assert parts == pytest.approx(bound.energy_j, rel=1e-9)
    assert bound.energy_j == pytest.approx(bound.power_w * bound.time_s, rel=1e-9)
    assert bound.power_w <= gpu.power_limit_w * (1 + 1e-9)
    assert bound.time_s >= max(bound.times_s.values())
    assert bound.times_s.keys() <= set(TIME_NAMES)
    assert {part.name for part in bound.contributions} <= set(ENERGY_NAMES)
    assert bound.times_s[bound.limiter] == max(bound.times_s.values())


@given(works(), chains(), placements, gpus)
def test_at_the_cap_nothing_is_given_away(
    work: Work, chain: Chain, placement: Placement, gpu: Gpu
) -> None:
    bound = physical_bound(work, chain, placement, gpu, AS_IT_COMES)
    if bound.is_power_limited:
        assert bound.power_w == pytest.approx(gpu.power_limit_w, rel=1e-6)
    else:
        assert bound.clock_mhz == gpu.clock_boost_mhz


MACS = {"f16": 1e15}


def heavy_work() -> Work:
    """Matrix work at full rate and streaming beside it: far beyond what 700 W can feed."""
    return work_with(tensor_macs=MACS, dram_bytes=5e12, l2_bytes=5e12, l1_bytes=5e12)


def test_the_clock_comes_down_to_the_limit_and_no_further() -> None:
    gpu = load("h200")
    placed = Placement(1 / 132, 64, 1e6)
    free = physical_bound(heavy_work(), Chain(), placed, gpu, AS_IT_COMES)
    assert gpu.clock_min_mhz < free.clock_mhz < gpu.clock_boost_mhz
    slow = physical_bound(heavy_work(), Chain(), placed, gpu, Board(clock_mhz=free.clock_mhz / 2))
    assert slow.clock_mhz == free.clock_mhz / 2
    assert not slow.is_power_limited
    fast = physical_bound(heavy_work(), Chain(), placed, gpu, Board(clock_mhz=gpu.clock_boost_mhz))
    assert fast == free, "a locked clock does not lift the cap"


def test_below_the_lowest_clock_the_board_pauses() -> None:
    gpu = load("h200")
    board = Board(power_limit_w=gpu.constant_power_w + 20)
    bound = physical_bound(heavy_work(), Chain(), Placement(1 / 132, 64, 1e6), gpu, board)
    assert bound.clock_mhz == pytest.approx(gpu.clock_min_mhz)
    assert bound.power_w == pytest.approx(gpu.constant_power_w + 20, rel=1e-9)
    assert bound.time_s > max(bound.times_s.values()) * 1.5


@pytest.mark.parametrize(
    "board",
    [
        *(Board(clock_mhz=mhz) for mhz in (0, 100, 1981, float("nan"))),
        *(Board(power_limit_w=watts) for watts in (-1, 115, 701, float("nan"))),
    ],
)
def test_a_board_that_cannot_be_run_so_is_refused(board: Board) -> None:
    with pytest.raises(LaunchError, match=r"--clock-mhz|--power-limit-w"):
        check_board(board, load("h200"))


def test_a_last_block_alone_on_an_sm_doubles_the_time() -> None:
    gpu = load("h200")

    def placed(blocks: int) -> Placement:
        launch = Launch(Dim3(blocks), Dim3(256), 0, ())
        return placement_of(launch, Occupancy(2, 16, 0.25, "registers"), gpu)

    def time_s(blocks: int) -> float:
        work = work_with(pipe_warps={"fp32": 1e6 * blocks}, pipe_lanes={"fp32": 32e6 * blocks})
        return physical_bound(work, Chain(), placed(blocks), gpu, AS_IT_COMES).time_s

    assert time_s(gpu.sm_count + 1) > 1.9 * time_s(gpu.sm_count)
    assert placed(gpu.sm_count).tail_share == 0
    assert placed(gpu.sm_count + 1).tail_share == pytest.approx(131 / 264)
    assert placed(2 * gpu.sm_count).turns == 1
    assert placed(2 * gpu.sm_count + 1).turns == 2
    assert placed(2 * gpu.sm_count).waves == 1
