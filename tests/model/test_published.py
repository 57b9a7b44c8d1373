"""The bound of small kernels against what others measured. docs/bound.md has the same table.

Each figure is of a real board, by the source named; the tolerance is how far the bound may be off.
"""

import pytest

from ptxenergy.gpu import available, load
from ptxenergy.gpu.occupancy import occupancy
from ptxenergy.model.board import Board
from ptxenergy.model.prediction import Bound
from tests.model import kernels
from tests.model.kernels import bound

COLD = Board(cache="cold")


def cycles(found: Bound, gpu: str, parts: float) -> float:
    """Cycles of each of so many parts, without the gap between launches."""
    busy_s = found.time_s - load(gpu).launch_gap_us * 1e-6
    return busy_s * found.clock_mhz * 1e6 / parts


@pytest.mark.parametrize(
    ("gpu", "measured"), [("v100", 4), ("a100", 4), ("h200", 4), ("rtx4090", 4), ("p100", 6)]
)
def test_a_dependent_multiply_add_takes_its_latency(gpu: str, measured: float) -> None:
    """Jia 1804.06826, arXiv 2208.11174, arXiv 2507.10789; Pascal: 6, estimated."""
    found = bound(kernels.FFMA_CHAIN, gpu, "1x32", 1000)
    assert found.limiter == "latency"
    assert cycles(found, gpu, 64 * 1000) == pytest.approx(measured, rel=0.02)


@pytest.mark.parametrize(
    ("gpu", "tflops"), [("v100", 15.7), ("a100", 19.5), ("h100", 66.9), ("h200", 66.9)]
)
def test_independent_multiply_adds_reach_the_peak(gpu: str, tflops: float) -> None:
    """98 % of it was measured on A100 (gpu-benches), 94 % on GH200 (OpenCL-benchmark)."""
    blocks = 8 * load(gpu).sm_count
    found = bound(kernels.FFMA, gpu, f"{blocks}x256", 1000)
    assert 2e-12 * blocks * 256 * 128_000 / found.time_s == pytest.approx(tflops, rel=0.04)


@pytest.mark.parametrize(("gpu", "tflops"), [("v100", 7.8), ("a100", 9.7)])
def test_double_precision_reaches_its_peak(gpu: str, tflops: float) -> None:
    """Datasheets."""
    blocks = 8 * load(gpu).sm_count
    found = bound(kernels.DFMA, gpu, f"{blocks}x256", 200)
    assert 2e-12 * blocks * 256 * 64 * 200 / found.time_s == pytest.approx(tflops, rel=0.02)


@pytest.mark.parametrize(
    ("gpu", "measured"),
    [("h200", 4010), ("h100", 2900), ("gh200", 3165), ("a100", 1732), ("v100", 802),
     ("a40", 652), ("l40", 770)],
)  # fmt: skip
def test_copying_reaches_the_measured_bandwidth(gpu: str, measured: float) -> None:
    """GB/s: Azure's guide (H100 and H200: copy), gpu-benches (scale)."""
    found = bound(kernels.COPY, gpu, "262144x256")
    assert found.limiter == "DRAM"
    reached = 2e-9 * 262144 * 256 * 16 / found.time_s
    assert reached == pytest.approx(measured, rel=0.12)


@pytest.mark.parametrize(
    ("gpu", "watts", "off"),
    [("h200", 700, 0.1), ("gh200", 640, 0.1), ("v100", 131, 0.2), ("a40", 208, 0.2),
     ("l40", 205, 0.2), ("a100-40", 223, 0.3)],
)  # fmt: skip
def test_streaming_draws_the_measured_power(gpu: str, watts: float, off: float) -> None:
    """NVML power in gpu-benches (H200 by its fit: 656 W at 4.5 TB/s, near the cap of 700).

    The data there are smooth; here they are random, which on A100 draws a quarter more (SC25).
    """
    found = bound(kernels.COPY, gpu, "262144x256")
    assert found.power_w == pytest.approx(watts, rel=off)
    assert found.power_w >= watts * 0.9


@pytest.mark.parametrize(("gpu", "tbps"), [("a100", 5.43), ("gh200", 9.77)])
def test_reading_what_lies_in_l2_reaches_its_bandwidth(gpu: str, tbps: float) -> None:
    """16 MiB read again and again: gpu-benches."""
    blocks = 8 * load(gpu).sm_count
    found = bound(kernels.L2_READ, gpu, f"{blocks}x256", 256)
    assert found.limiter == "L2"
    assert 1e-12 * blocks * 256 * 256 * 16 / found.time_s == pytest.approx(tbps, rel=0.05)


@pytest.mark.parametrize("stride", [1, 2, 4, 8])
@pytest.mark.parametrize(("gpu", "least"), [("gh200", 1.0), ("a100", 1.0), ("a40", 2.0)])
def test_a_request_that_hits_l1_takes_the_measured_cycles(
    gpu: str, least: float, stride: int
) -> None:
    """gpu-benches: words a power of two apart take as many cycles, twice as many on A40."""
    blocks = 8 * load(gpu).sm_count
    found = bound(kernels.l1_reads(stride), gpu, f"{blocks}x256", 200)
    assert cycles(found, gpu, 8 * 8 * 32 * 200) == pytest.approx(least * stride, rel=0.05)


@pytest.mark.parametrize(
    ("gpu", "board", "measured"),
    [("h200", Board(), 281), ("h200", COLD, 690), ("a100", Board(), 206), ("a100", COLD, 562),
     ("v100", COLD, 416)],
)  # fmt: skip
def test_a_pointer_chase_takes_a_latency_a_step(gpu: str, board: Board, measured: float) -> None:
    """AI_kernels, gpu-benches, MT4G: L2 where the cache is warm, DRAM where it is cold."""
    found = bound(kernels.CHASE, gpu, "1x1", 10_000, board)
    assert found.limiter == "latency"
    assert cycles(found, gpu, 10_000) == pytest.approx(measured, rel=0.05)
    assert found.chain.memory_trips == pytest.approx(10_000)


@pytest.mark.parametrize(
    ("gpu", "measured"),
    [("gh200", (935, 1707, 2297, 2756)), ("h100-pcie", (702, 1261, 1680, 1942))],
)
def test_bandwidth_grows_with_occupancy_as_measured(gpu: str, measured: tuple[float, ...]) -> None:
    """One load of 8 bytes a thread at 25, 50, 75 and 100 % occupancy, GB/s: gpu-benches."""
    for blocks, reached in zip((2, 4, 6, 8), measured, strict=True):
        found = bound(kernels.read_8_bytes(_shared_bytes(gpu, blocks)), gpu, "262144x256")
        assert found.occupancy == blocks / 8
        assert found.chain.flight_bytes == pytest.approx(8, rel=0.01)
        assert 1e-9 * 262144 * 256 * 8 / found.time_s == pytest.approx(reached, rel=0.15)


def _shared_bytes(gpu: str, blocks: int) -> int:
    """Shared memory with which so many blocks of 256 threads fit on an SM."""
    description = load(gpu)
    for size in range(0, description.limits.max_shared_bytes_per_block, 512):
        fit = occupancy(description, block_threads=256, registers_per_thread=32, shared_bytes=size)
        if fit.blocks_per_sm == blocks:
            return size
    raise AssertionError(blocks)


def _tensor_tflops(found: Bound, macs: float, clock_mhz: float) -> float:
    """TFLOPS of the matrix units alone, as at that clock."""
    return 2e-12 * macs / (found.times_s["tensor"] * found.clock_mhz / clock_mhz)


@pytest.mark.parametrize("n", [64, 128, 256])
def test_wgmma_reaches_the_peak_at_its_clock(n: int) -> None:
    """989 TFLOPS at 1830 MHz (datasheet); below n = 64 shared memory would bind (2501.12084)."""
    found = bound(kernels.wgmma(n), "h200", "132x128", 2000)
    macs = 132 * 64 * n * 16 * 8 * 2000
    assert _tensor_tflops(found, macs, 1830) == pytest.approx(989, rel=0.01)
    assert found.is_power_limited, "random data do not let it keep its clock"
    assert 0.6 * 989 < 2e-12 * macs / found.time_s < 989
    operands = bound(kernels.wgmma(32), "h200", "132x128", 2000).times_s
    assert operands["tensor operands"] > 1.4 * operands["tensor"]


@pytest.mark.parametrize(("gpu", "tflops"), [("a100", 312), ("h100", 0.62 * 989 * 1980 / 1830)])
def test_mma_reaches_its_share_of_the_peak(gpu: str, tflops: float) -> None:
    """A100: datasheet. On H100 only wgmma reaches the peak; mma 60 to 65 % of it."""
    blocks = 2 * load(gpu).sm_count
    found = bound(kernels.mma(), gpu, f"{blocks}x256", 500)
    macs = blocks * 8 * 32 * 16 * 8 * 16 * 500
    assert 2e-12 * macs / found.time_s == pytest.approx(tflops, rel=0.03)


@pytest.mark.parametrize("gpu", available())
def test_an_empty_kernel_takes_a_microsecond_or_a_few(gpu: str) -> None:
    """0.9 to 1.3 µs in a CUDA graph, 1.6 to 2.6 one by one: gpu-benches."""
    assert 0.7e-6 < bound(kernels.EMPTY, gpu, "1x32").time_s < 3e-6


def test_energy_per_operation_is_that_of_the_fits() -> None:
    """gpu-benches, fitted: 4.9 to 6.5 pJ/FLOP; SC25: 0.52 (f16 tensor), 23.6 (fp64), 18 pJ/bit."""
    fp32 = bound(kernels.FFMA, "gh200", "1056x256", 1000)
    per_flop = (fp32.energy_j - fp32.contributions[0].energy_j) / (2 * 1056 * 256 * 128_000)
    assert 4.9e-12 < per_flop < 6.5e-12
    streamed = bound(kernels.COPY, "gh200", "262144x256")
    parts = {part.name: part.energy_j for part in streamed.contributions}
    bits = 8 * 2 * 262144 * 256 * 16
    assert (parts["DRAM"] + parts["L2"] + parts["L1"]) / bits == pytest.approx(18e-12, rel=0.02)


def test_barriers_and_atomics_on_one_address_take_what_is_said_of_them() -> None:
    """20 to 30 cycles and about one a warp; one lane a clock on the whole chip: estimates."""
    barriers = bound(kernels.BARRIERS, "h200", "132x256", 1000)
    assert cycles(barriers, "h200", 16_000) == pytest.approx(8 + 25, rel=0.3)
    atomics = bound(kernels.SAME_ADDRESS, "h200", "132x256", 100)
    assert atomics.limiter == "atomics"
    assert cycles(atomics, "h200", 132 * 256 * 100) == pytest.approx(1, rel=0.01)
