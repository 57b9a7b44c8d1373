"""What others measured on real boards, and what the bound of a small kernel says of the same.

Source tags are those of ptxenergy/gpu/gpus/sources.toml.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ptxenergy.gpu import load
from ptxenergy.gpu.occupancy import occupancy
from ptxenergy.model.board import Board
from ptxenergy.model.prediction import Bound
from tests.model import kernels
from tests.model.kernels import bound

COLD = Board(cache="cold")
_STREAM = "262144x256"
_STREAMED = 262144 * 256


@dataclass(frozen=True, slots=True)
class Fact:
    """`measured` by GPU, `bounded` from a GPU's id; `within` is how far off it may be, relative."""

    what: str
    sources: str
    within: float
    measured: Mapping[str, float]
    bounded: Callable[[str], float]
    digits: int = 0


def cycles(found: Bound, gpu: str, parts: float) -> float:
    """Cycles of each of so many parts, without the gap between launches."""
    busy_s = found.time_s - load(gpu).launch_gap_us * 1e-6
    return busy_s * found.clock_mhz * 1e6 / parts


def full(body: str, gpu: str, n: int, blocks_per_sm: int = 8) -> tuple[Bound, int]:
    """The bound of a launch with so many blocks of 256 threads a SM, and its threads."""
    blocks = blocks_per_sm * load(gpu).sm_count
    return bound(body, gpu, f"{blocks}x256", n), blocks * 256


def multiply_add_cycles(gpu: str) -> float:
    return cycles(bound(kernels.FFMA_CHAIN, gpu, "1x32", 1000), gpu, 64 * 1000)


def fp32_tflops(gpu: str) -> float:
    found, threads = full(kernels.FFMA, gpu, 1000)
    return 2e-12 * threads * 128 * 1000 / found.time_s


def fp64_tflops(gpu: str) -> float:
    found, threads = full(kernels.DFMA, gpu, 200)
    return 2e-12 * threads * 64 * 200 / found.time_s


def copied_gbps(gpu: str) -> float:
    return 2e-9 * _STREAMED * 16 / bound(kernels.COPY, gpu, _STREAM).time_s


def copying_w(gpu: str) -> float:
    return bound(kernels.COPY, gpu, _STREAM).power_w


def l2_tbps(gpu: str) -> float:
    found, threads = full(kernels.L2_READ, gpu, 256)
    return 1e-12 * threads * 256 * 16 / found.time_s


def l1_cycles(stride: int) -> Callable[[str], float]:
    def per_request(gpu: str) -> float:
        found, _ = full(kernels.l1_reads(stride), gpu, 200)
        return cycles(found, gpu, 8 * 8 * 32 * 200)

    return per_request


def chase_cycles(board: Board) -> Callable[[str], float]:
    def per_step(gpu: str) -> float:
        return cycles(bound(kernels.CHASE, gpu, "1x1", 10_000, board), gpu, 10_000)

    return per_step


def read_gbps(blocks_per_sm: int) -> Callable[[str], float]:
    def reached(gpu: str) -> float:
        body = kernels.read_8_bytes(shared_bytes_for(gpu, blocks_per_sm))
        return 1e-9 * _STREAMED * 8 / bound(body, gpu, _STREAM).time_s

    return reached


def shared_bytes_for(gpu: str, blocks: int) -> int:
    """Shared memory with which so many blocks of 256 threads fit on an SM."""
    described = load(gpu)
    for size in range(0, described.limits.max_shared_bytes_per_block, 512):
        fit = occupancy(described, block_threads=256, registers_per_thread=32, shared_bytes=size)
        if fit.blocks_per_sm == blocks:
            return size
    raise AssertionError(blocks)


def wgmma_tflops(gpu: str) -> float:
    """Of the matrix units alone, at the clock at which NVIDIA states their peak."""
    found = bound(kernels.wgmma(256), gpu, "132x128", 2000)
    busy_s = found.times_s["tensor"] * found.clock_mhz / 1830
    return 2e-12 * 132 * 64 * 256 * 16 * 8 * 2000 / busy_s


def mma_tflops(gpu: str) -> float:
    found, threads = full(kernels.mma(), gpu, 500, blocks_per_sm=2)
    return 2e-12 * threads / 32 * 32 * 16 * 8 * 16 * 500 / found.time_s


def empty_us(gpu: str) -> float:
    return bound(kernels.EMPTY, gpu, "1x32").time_s * 1e6


def fp32_pj(gpu: str) -> float:
    """Picojoules per FLOP beyond constant power."""
    found, threads = full(kernels.FFMA, gpu, 1000)
    events_j = found.energy_j - found.contributions[0].energy_j
    return 1e12 * events_j / (2 * threads * 128 * 1000)


def streamed_bit_pj(gpu: str) -> float:
    parts = {p.name: p.energy_j for p in bound(kernels.COPY, gpu, _STREAM).contributions}
    return 1e12 * (parts["DRAM"] + parts["L2"] + parts["L1"]) / (8 * 2 * _STREAMED * 16)


_READS = {
    25: {"gh200": 935, "h100-pcie": 702},
    50: {"gh200": 1707, "h100-pcie": 1261},
    75: {"gh200": 2297, "h100-pcie": 1680},
    100: {"gh200": 2756, "h100-pcie": 1942},
}
_ALU = dict.fromkeys(("v100", "a100", "h200", "rtx4090"), 4.0)
_FP32 = {"v100": 15.7, "a100": 19.5, "h100": 66.9, "h200": 66.9}
_COPY = {"gh200": 3165, "a100": 1732, "v100": 802, "a40": 652, "l40": 770}
_WATTS = {"v100": 131, "a40": 208, "l40": 205}
# Constant power and energy per bit as fitted, at the bandwidth that the bound gives.
_FITTED_WATTS = {"a100-40": 65 + 14.8 * 8 * 1.335, "gh200": 105 + 15.3 * 8 * 3.50}
_GRAPH = {"a100": 1.3, "gh200": 1.3, "a40": 1.1, "l40": 0.9}

FACTS = (
    Fact("dependent FFMA, cycles", "jia-volta a2208 bw25", 0.02, _ALU, multiply_add_cycles, 2),
    Fact("FFMA peak, TFLOPS", "nvidia-names", 0.04, _FP32, fp32_tflops, 1),
    Fact("DFMA peak, TFLOPS", "nvidia-names", 0.02, {"v100": 7.8, "a100": 9.7}, fp64_tflops, 1),
    Fact("copy, GB/s", "azure", 0.05, {"h200": 4010, "h100": 2900}, copied_gbps),
    Fact("scale, GB/s (here: copy)", "gb", 0.12, _COPY, copied_gbps),
    Fact("power of streaming, W", "gb", 0.2, _WATTS, copying_w),
    Fact("the same by the fit to it, W", "gbfit", 0.3, _FITTED_WATTS, copying_w),
    Fact("16 MiB from L2, TB/s", "gb", 0.05, {"a100": 5.43, "gh200": 9.77}, l2_tbps, 2),
    *(
        Fact(
            f"L1 hit, words {stride} apart, cycles a request",
            *("gb", 0.05, {"gh200": stride, "a100": stride}, l1_cycles(stride), 1),
        )
        for stride in (1, 2, 4, 8)
    ),
    Fact("L1 hit, words side by side, cycles", "gb", 0.05, {"a40": 2.0}, l1_cycles(1), 1),
    Fact(
        "pointer chase in L2, cycles",
        *("aik gb", 0.05, {"h200": 281, "a100": 206}, chase_cycles(Board())),
    ),
    Fact(
        "pointer chase in DRAM, cycles",
        *("aik gb mt4g", 0.05, {"h200": 690, "a100": 562, "v100": 416}, chase_cycles(COLD)),
    ),
    *(
        Fact(
            f"8 bytes a thread, occupancy {share} %, GB/s", "gb", 0.15, gbps, read_gbps(share // 12)
        )
        for share, gbps in _READS.items()
    ),
    Fact("`wgmma` f16 at 1830 MHz, TFLOPS", "ds-h200", 0.01, {"h200": 989}, wgmma_tflops),
    Fact("`mma` f16, TFLOPS", "wp-a100", 0.03, {"a100": 312}, mma_tflops),
    Fact("an empty kernel in a graph, µs", "gb", 0.2, _GRAPH, empty_us, 2),
    Fact("FFMA energy, pJ/FLOP (4.9 to 6.5)", "gbfit", 0.14, {"gh200": 5.7}, fp32_pj, 1),
    Fact("streamed bit, pJ", "sc25", 0.02, {"gh200": 18.0}, streamed_bit_pj, 1),
)


def table() -> str:
    """The facts as the rows of a Markdown table: `GPU measured → bound`."""
    return "".join(
        f"| {fact.what} | {fact.sources} | {fact.within:.0%} | {_row(fact)} |\n" for fact in FACTS
    )


def _row(fact: Fact) -> str:
    cells = (
        f"{gpu} {measured:.{fact.digits}f} → {fact.bounded(gpu):.{fact.digits}f}"
        for gpu, measured in fact.measured.items()
    )
    return ", ".join(cells)
