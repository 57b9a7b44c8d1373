"""The bound of small kernels agrees with what others measured, and docs/bound.md says how well.

To take over a change into the document: `PTXENERGY_UPDATE=1 pytest tests/model -n 0`.
"""

import os
import re
from pathlib import Path

import pytest

from ptxenergy.gpu import available, load
from tests.model import kernels
from tests.model.kernels import bound
from tests.model.published import COLD, FACTS, Fact, cycles, full, shared_bytes_for, table

DOCUMENT = Path(__file__).parents[2] / "docs" / "bound.md"
ROWS = re.compile(r"(?<=\| --- \| --- \| --- \| --- \|\n)(\|[^\n]*\n)+(?=\nStreaming)")
CASES = [
    pytest.param(fact, gpu, id=f"{fact.what} {gpu}") for fact in FACTS for gpu in fact.measured
]


@pytest.mark.parametrize(("fact", "gpu"), CASES)
def test_the_bound_is_as_near_as_it_says(fact: Fact, gpu: str) -> None:
    assert fact.bounded(gpu) == pytest.approx(fact.measured[gpu], rel=fact.within)


def test_the_document_has_these_numbers() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    (found,) = (match[0] for match in ROWS.finditer(text))
    if os.environ.get("PTXENERGY_UPDATE"):
        DOCUMENT.write_text(text.replace(found, table()), encoding="utf-8")
    else:
        assert found == table(), "PTXENERGY_UPDATE=1 rewrites docs/bound.md"


def test_a_pascal_chain_is_slower() -> None:
    """6 cycles, estimated."""
    found = bound(kernels.FFMA_CHAIN, "p100", "1x32", 1000)
    assert cycles(found, "p100", 64 * 1000) == pytest.approx(6, rel=0.02)
    assert found.limiter == "latency"
    assert found.chain.parallelism == pytest.approx(1, abs=0.1)


def test_each_kernel_is_limited_by_what_it_was_written_for() -> None:
    assert bound(kernels.COPY, "a100", "262144x256").limiter == "DRAM"
    assert full(kernels.L2_READ, "a100", 256)[0].limiter == "L2"
    assert full(kernels.l1_reads(4), "a100", 200)[0].limiter == "L1"
    assert full(kernels.FFMA, "a100", 1000)[0].limiter == "fp32"
    assert full(kernels.mma(), "a100", 500, blocks_per_sm=2)[0].limiter == "tensor"
    chase = bound(kernels.CHASE, "a100", "1x1", 10_000, COLD)
    assert chase.limiter == "latency"
    assert chase.chain.memory_trips == pytest.approx(10_000)
    assert chase.utilisation["memory latency"] > 0.99


def test_what_is_in_flight_is_what_a_thread_loads() -> None:
    for blocks in (2, 4, 6, 8):
        body = kernels.read_8_bytes(shared_bytes_for("gh200", blocks))
        found = bound(body, "gh200", "262144x256")
        assert found.occupancy == blocks / 8
        assert found.chain.flight_bytes == pytest.approx(8, rel=0.01)
        assert found.chain.memory_trips == pytest.approx(1)


def test_streaming_on_h200_nears_its_limit() -> None:
    found = bound(kernels.COPY, "h200", "262144x256")
    assert 0.9 * 700 < found.power_w <= 700 * (1 + 1e-9)


@pytest.mark.parametrize("n", [64, 128, 256])
def test_wgmma_holds_its_clock_as_far_as_the_power_limit_lets_it(n: int) -> None:
    """Random data keep H800 below its clock (2402.13499); N = 32 is bound by shared memory."""
    found = bound(kernels.wgmma(n), "h200", "132x128", 2000)
    assert found.is_power_limited
    assert found.power_w == pytest.approx(700)
    assert 0.8 * 989 < 2e-12 * 132 * 64 * n * 16 * 8 * 2000 / found.time_s < 989
    narrow = bound(kernels.wgmma(32), "h200", "132x128", 2000).times_s
    assert narrow["tensor operands"] == pytest.approx(1.5 * narrow["tensor"])


def test_mma_reaches_the_peak_except_on_hopper() -> None:
    """60 to 65 % of it there: only wgmma reaches it."""
    found, threads = full(kernels.mma(), "h100", 500, blocks_per_sm=2)
    peak_macs = 132 * load("h100").tensor_macs_per_clock["f16"] * found.clock_mhz * 1e6
    assert 0.6 < threads * 16 * 8 * 16 * 500 / found.time_s / peak_macs < 0.65


@pytest.mark.parametrize("gpu", available())
def test_an_empty_kernel_takes_a_microsecond_or_a_few(gpu: str) -> None:
    assert 0.7e-6 < bound(kernels.EMPTY, gpu, "1x32").time_s < 3e-6


def test_barriers_and_atomics_on_one_address_take_what_is_said_of_them() -> None:
    """20 to 30 cycles and about one a warp; one lane a clock on the whole chip: estimates."""
    barriers = bound(kernels.BARRIERS, "h200", "132x256", 1000)
    assert 20 + 8 < cycles(barriers, "h200", 16_000) < 30 + 8 + 5
    atomics = bound(kernels.SAME_ADDRESS, "h200", "132x256", 100)
    assert atomics.limiter == "atomics"
    assert cycles(atomics, "h200", 132 * 256 * 100) == pytest.approx(1, rel=0.01)
