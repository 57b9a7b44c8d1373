"""Every field that a GPU description has: its unit, its kind, whether it may be absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

Kind: TypeAlias = Literal["integer", "number", "text", "integers"]


class Field(Struct, frozen=True):
    """One field: the unit that values are held in, what a value is, whether it may be absent.

    `zero` says whether 0 is a meaning (no reserved shared memory) or a mistake (no clock).
    """

    unit: str
    kind: Kind = "number"
    optional: bool = False
    zero: bool = False


SCALES: Mapping[str, Mapping[str, float]] = {
    "B": {"B": 1, "KiB": 1024, "MiB": 1024**2},
    "B/s": {"B/s": 1, "GB/s": 1e9},
}
"""Units that a file may use in place of the field's own, and what one of them is worth."""

_TOP = {
    "name": Field("text", "text"),
    "compute_capability": Field("major.minor", "text"),
    "sm_count": Field("SM", "integer"),
    "clock_base_mhz": Field("MHz"),
    "clock_boost_mhz": Field("MHz"),
    "power_limit_w": Field("W"),
    "idle_power_w": Field("W"),
    "constant_power_w": Field("W"),
    "l2_bytes": Field("B", "integer"),
    "dram_bytes_per_s": Field("B/s"),
    "dram_efficiency": Field("1"),
    "l1_bytes_per_clock": Field("B/clk/SM"),
    "l2_bytes_per_clock": Field("B/clk"),
    "shared_bytes_per_clock": Field("B/clk/SM"),
    "launch_gap_us": Field("us"),
    "clock_min_mhz": Field("MHz"),
    "voltage_slope": Field("1"),
    "voltage_flat_share": Field("1"),
    "atomic_l2_share": Field("1"),
    "l2_kept_share": Field("1"),
    "same_address_per_clock": Field("lane/clk"),
    "mma_share": Field("1", optional=True),
}

_LIMITS = {
    "max_threads_per_block": Field("thread", "integer"),
    "max_block_dim": Field("thread", "integers"),
    "max_grid_dim": Field("block", "integers"),
    "max_warps_per_sm": Field("warp", "integer"),
    "max_blocks_per_sm": Field("block", "integer"),
    "registers_per_sm": Field("register", "integer"),
    "max_registers_per_block": Field("register", "integer"),
    "max_registers_per_thread": Field("register", "integer"),
    "occupancy_registers_per_thread": Field("register", "integer"),
    "register_unit_per_warp": Field("register", "integer"),
    "shared_bytes_per_sm": Field("B", "integer"),
    "default_shared_bytes_per_block": Field("B", "integer"),
    "max_shared_bytes_per_block": Field("B", "integer"),
    "reserved_shared_bytes_per_block": Field("B", "integer", zero=True),
    "shared_unit_bytes": Field("B", "integer"),
    "shared_carveouts_bytes": Field("B", "integers", zero=True),
    "l1_and_shared_bytes": Field("B", "integer"),
    "schedulers_per_sm": Field("1", "integer"),
}

_LANE = Field("lane/clk/SM")
_LANES = dict.fromkeys(
    (
        *("issue", "fp32", "fp64", "fp16", "fp32_and_int", "int", "int_mul", "logic", "shift"),
        *("compare", "bit", "sfu", "conversion", "conversion_narrow", "conversion64"),
        *("shuffle", "vote", "memory", "control", "move"),
    ),
    _LANE,
)
_LANES |= {name: Field("lane/clk/SM", optional=True) for name in ("redux", "dp4a")}

_TENSOR = {
    name: Field("MAC/clk/SM", optional=True)
    for name in ("f16", "f16_half_accumulate", "bf16", "tf32", "f8", "f4", "s8", "f64")
}

_LATENCY = {
    name: Field("clk")
    for name in (
        *("alu", "fp64", "sfu", "shuffle", "shared", "l1", "l2", "dram"),
        *("barrier", "barrier_warp", "atomic", "shared_atomic", "block_start"),
    )
}
_LATENCY |= {name: Field("clk", optional=True) for name in ("tensor", "l2_far", "cluster_barrier")}

_ENERGY = {
    **{
        f"{pipe}_lane": Field("pJ/lane")
        for pipe in ("fp32", "fp64", "fp16", "int", "int_mul", "sfu", "conversion", "move")
    },
    **{
        f"tensor_{kind}_mac": Field("pJ/MAC", optional=True)
        for kind in _TENSOR
        if kind != "f16_half_accumulate"
    },
    "warp_instruction": Field("pJ/warp"),
    **{f"{level}_byte": Field("pJ/B") for level in ("shared", "l1", "l2", "dram")},
    "barrier": Field("pJ/warp"),
    "atomic_sector": Field("pJ/sector"),
}

GROUPS: Mapping[str, Mapping[str, Field]] = {
    "limits": _LIMITS,
    "lanes_per_clock": _LANES,
    "tensor_macs_per_clock": _TENSOR,
    "latency_cycles": _LATENCY,
    "energy_pj": _ENERGY,
}
"""The tables of a file and their fields."""

FIELDS: Mapping[str, Field] = _TOP | {
    f"{group}.{name}": field for group, names in GROUPS.items() for name, field in names.items()
}
"""Every field by dotted name: `sm_count`, `limits.max_warps_per_sm`, `energy_pj.l2_byte`."""
