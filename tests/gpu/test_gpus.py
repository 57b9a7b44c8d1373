"""Every described GPU is physically sane, and the main ones agree with their datasheets."""

from __future__ import annotations

import pytest

from ptxenergy.gpu import available, load
from ptxenergy.gpu.spec import Gpu

# Peak single-precision TFLOPS at the boost clock and memory bandwidth in GB/s, as the boards'
# datasheets and product pages print them.
DATASHEETS: dict[str, tuple[float, float]] = {
    "h200": (67, 4800),
    "h100": (67, 3350),
    "h100-pcie": (51, 2000),
    "gh200": (67, 4000),
    "a100": (19.5, 2039),
    "a100-40": (19.5, 1555),
    "a100-pcie-80": (19.5, 1935),
    "a30": (10.3, 933),
    "v100": (15.7, 900),
    "p100": (10.6, 732),
    "t4": (8.1, 320),
    "l4": (30.3, 300),
    "l40": (90.5, 864),
    "l40s": (91.6, 864),
    "a10": (31.2, 600),
    "a40": (37.4, 696),
    "rtx-a6000": (38.7, 768),
    "rtx-a4000": (19.2, 448),
    "rtx3080": (29.8, 760),
    "rtx3090": (35.6, 936),
    "rtx4070": (29.1, 504),
    "rtx4090": (82.6, 1008),
    "rtx5090": (104.8, 1792),
    "rtx2080ti": (13.4, 616),
    "gtx1080ti": (11.3, 484),
    "b200": (75, 7700),
}

# Dense TFLOPS (TOPS for s8) by kind, and the clock in MHz at which NVIDIA states them.
TENSOR_DATASHEETS: tuple[tuple[str, float, dict[str, float]], ...] = (
    ("h200", 1830, {"f16": 989, "bf16": 989, "tf32": 494, "f8": 1979, "s8": 1979}),
    ("h200", 1980, {"f64": 67}),
    ("h100", 1830, {"f16": 989, "bf16": 989, "tf32": 494, "f8": 1979, "s8": 1979}),
    ("h100", 1980, {"f64": 67}),
    ("a100", 1410, {"f16": 312, "bf16": 312, "tf32": 156, "s8": 624, "f64": 19.5}),
    ("a30", 1440, {"f16": 165, "bf16": 165, "tf32": 82, "s8": 330, "f64": 10.3}),
    ("v100", 1530, {"f16": 125}),
    ("t4", 1590, {"f16": 65, "s8": 130}),
    ("l4", 2040, {"f16": 121, "bf16": 121, "tf32": 60, "f8": 242, "s8": 242}),
    ("l40s", 2520, {"f16": 362, "bf16": 362, "tf32": 183, "f8": 733, "s8": 733}),
    ("a10", 1695, {"f16": 125, "bf16": 125, "tf32": 62.5, "s8": 250}),
    ("a40", 1740, {"f16": 149.7, "tf32": 74.8, "s8": 299.3}),
    ("rtx3090", 1695, {"f16": 71, "bf16": 71, "tf32": 35.6, "s8": 284}),
    ("rtx4090", 2520, {"f16": 165.2, "bf16": 165.2, "tf32": 82.6, "f8": 330.3, "s8": 660.6}),
    ("rtx5090", 2407, {"f16": 209.5, "bf16": 209.5, "tf32": 104.8, "f4": 1676, "s8": 838}),
)

REQUIRED = {"h200", "h100", "a100", "v100", "t4", "l4", "rtx4090"}
CAPABILITIES = {
    *((6, 0), (6, 1), (7, 0), (7, 5), (8, 0), (8, 6), (8, 9), (9, 0), (10, 0), (12, 0)),
}


def test_describes_the_promised_gpus_and_capabilities() -> None:
    gpus = [load(id) for id in available()]
    assert {gpu.id for gpu in gpus} >= REQUIRED
    assert len(gpus) >= len(REQUIRED) + 10
    assert {gpu.compute_capability for gpu in gpus} == CAPABILITIES


@pytest.mark.parametrize("id", DATASHEETS)
def test_agrees_with_the_datasheet(id: str) -> None:
    gpu = load(id)
    tflops, gigabytes_per_s = DATASHEETS[id]
    peak = 2 * gpu.sm_count * gpu.lanes_per_clock["fp32"] * gpu.clock_boost_mhz * 1e-6
    assert peak == pytest.approx(tflops, rel=0.03)
    assert gpu.dram_bytes_per_s * 1e-9 == pytest.approx(gigabytes_per_s, rel=0.03)


@pytest.mark.parametrize(("id", "clock_mhz", "rates"), TENSOR_DATASHEETS)
def test_agrees_with_the_datasheet_of_the_tensor_cores(
    id: str, clock_mhz: float, rates: dict[str, float]
) -> None:
    gpu = load(id)
    for kind, tflops in rates.items():
        peak = 2 * gpu.sm_count * gpu.tensor_macs_per_clock[kind] * clock_mhz * 1e-6
        assert peak == pytest.approx(tflops, rel=0.03), kind


@pytest.fixture(params=available())
def gpu(request: pytest.FixtureRequest) -> Gpu:
    return load(request.param)


def test_every_value_has_a_source(gpu: Gpu) -> None:
    for field, source in gpu.sources.items():
        assert len(source.text) > 10, field
        no_source = source.text.startswith("No public source")
        assert source.estimated or not no_source, field
    groups = {
        "lanes_per_clock": gpu.lanes_per_clock,
        "tensor_macs_per_clock": gpu.tensor_macs_per_clock,
        "latency_cycles": gpu.latency_cycles,
        "energy_pj": gpu.energy_pj,
    }
    for group, values in groups.items():
        assert {f"{group}.{name}" for name in values} <= gpu.sources.keys()


def test_powers_and_clocks_are_ordered(gpu: Gpu) -> None:
    assert 300 < gpu.clock_base_mhz < gpu.clock_boost_mhz < 3000
    assert 5 <= gpu.idle_power_w <= gpu.constant_power_w < 0.6 * gpu.power_limit_w
    assert 0.8 <= gpu.dram_efficiency <= 0.97
    assert 0.5 <= gpu.launch_gap_us <= 5
    assert gpu.clock_min_mhz < gpu.voltage_flat_share * gpu.clock_boost_mhz
    assert gpu.voltage(gpu.clock_boost_mhz) == 1
    flat = gpu.voltage(gpu.voltage_flat_share * gpu.clock_boost_mhz)
    assert 0.5 < flat == gpu.voltage(gpu.clock_min_mhz) <= gpu.voltage(gpu.clock_base_mhz) < 1
    assert 0 < gpu.mma_share <= 1
    assert 0 < gpu.l2_kept_share <= 1


def test_the_memory_hierarchy_is_ordered(gpu: Gpu) -> None:
    latency, energy = gpu.latency_cycles, gpu.energy_pj
    assert latency["shared"] < latency["l1"] < latency["l2"] < latency["dram"]
    assert latency["l2"] < latency["atomic"]
    has_clusters = gpu.compute_capability >= (9, 0)
    assert ("cluster_barrier" in latency) == has_clusters
    assert latency.get("cluster_barrier", latency["l2"]) > latency["barrier"]
    assert latency.get("l2_far", latency["l2"] + 1) > latency["l2"]
    assert energy["shared_byte"] < energy["l1_byte"] < energy["l2_byte"] < energy["dram_byte"]
    clock_hz = gpu.clock_boost_mhz * 1e6
    assert gpu.l2_bytes_per_clock * clock_hz > gpu.dram_bytes_per_s
    assert gpu.l1_bytes_per_clock * gpu.sm_count > gpu.l2_bytes_per_clock
    assert gpu.l2_bytes < 256 * 2**20


def test_pipes_are_within_the_issue_rate_and_halve_as_they_should(gpu: Gpu) -> None:
    lanes = gpu.lanes_per_clock
    assert lanes["issue"] == 32 * gpu.limits.schedulers_per_sm
    assert all(rate <= lanes["issue"] for rate in lanes.values())
    assert lanes["fp64"] <= lanes["fp32"] <= lanes["fp32_and_int"]
    assert lanes["sfu"] <= lanes["int"]
    assert lanes["conversion64"] <= lanes["conversion"] <= lanes["conversion_narrow"]
    assert lanes["int_mul"] <= lanes["int"]


def test_tensor_rates_double_as_formats_narrow(gpu: Gpu) -> None:
    rates = gpu.tensor_macs_per_clock
    assert bool(rates) == (gpu.compute_capability >= (7, 0))
    assert ("bf16" in rates) == ("tf32" in rates) == (gpu.compute_capability >= (8, 0))
    assert ("f8" in rates) == (gpu.compute_capability >= (8, 9))
    assert ("f4" in rates) == (gpu.compute_capability >= (10, 0))
    ordered = [rates[kind] for kind in ("f64", "tf32", "f16", "f8", "f4") if kind in rates]
    assert ordered == sorted(ordered)
    if rates:
        assert rates["f16"] <= rates["f16_half_accumulate"]
        assert rates["f16"] > gpu.lanes_per_clock["fp32"]


def test_event_energies_are_ordered(gpu: Gpu) -> None:
    energy = gpu.energy_pj
    assert energy["move_lane"] <= energy["int_lane"] <= energy["int_mul_lane"]
    assert energy["int_mul_lane"] <= energy["fp32_lane"] < energy["fp64_lane"]
    assert energy["fp32_lane"] < energy["sfu_lane"]
    assert energy["barrier"] < energy["atomic_sector"]
    priced = {name[7:-4] for name in energy if name.startswith("tensor_")}
    assert priced == gpu.tensor_macs_per_clock.keys() - {"f16_half_accumulate"}
    kinds = [k for k in ("f4", "f8", "f16", "tf32", "f64") if k in priced]
    costs = [energy[f"tensor_{kind}_mac"] for kind in kinds]
    assert costs == sorted(costs)
    if kinds:
        assert energy["tensor_f16_mac"] < energy["fp32_lane"]


def test_board_power_of_plain_loads_is_near_the_power_limit(gpu: Gpu) -> None:
    """Streaming, or multiply-adds at full rate: above idle by far, not absurdly above the cap."""
    energy, clock_hz = gpu.energy_pj, gpu.clock_boost_mhz * 1e6
    byte_pj = energy["l1_byte"] + energy["l2_byte"] + energy["dram_byte"]
    streaming_w = gpu.dram_bytes_per_s * gpu.dram_efficiency * byte_pj * 1e-12
    lanes_per_s = gpu.sm_count * gpu.lanes_per_clock["fp32"] * clock_hz
    lane_pj = energy["fp32_lane"] + energy["warp_instruction"] / 32
    arithmetic_w = lanes_per_s * lane_pj * 1e-12
    for load_w in (streaming_w, arithmetic_w):
        board_w = gpu.constant_power_w + load_w
        # The small boards boost far beyond what they can hold: L4's 72 W cap at 2040 MHz.
        assert 0.35 < board_w / gpu.power_limit_w < 2.7


def test_limits_hold_together(gpu: Gpu) -> None:
    limits = gpu.limits
    carveouts = limits.shared_carveouts_bytes
    assert carveouts == tuple(sorted(carveouts))
    assert carveouts[-1] == limits.shared_bytes_per_sm < limits.l1_and_shared_bytes
    reserved = limits.reserved_shared_bytes_per_block
    assert limits.max_shared_bytes_per_block + reserved <= limits.shared_bytes_per_sm
    assert limits.default_shared_bytes_per_block <= limits.max_shared_bytes_per_block
    assert limits.max_warps_per_sm * 32 >= limits.max_threads_per_block
    assert limits.max_registers_per_thread <= limits.occupancy_registers_per_thread
