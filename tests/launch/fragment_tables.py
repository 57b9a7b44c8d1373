"""Fragments of `mma` and `wgmma` as PTX ISA 9.7.14.5 and 9.7.15.5 list them, lane by lane.

Written from the tables, one shape at a time, so that what the interpreter does by one rule for all
shapes is held to what is written down for each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Row: TypeAlias = Callable[[int, int], tuple[int, int]]
"""From lane and number of the element to its row and column."""


def _a_f16_k16(lane: int, i: int) -> tuple[int, int]:
    row = lane >> 2 if i < 2 or 4 <= i < 6 else (lane >> 2) + 8
    return row, (lane % 4) * 2 + (i & 1) + (8 if i >= 4 else 0)


def _b_f16_k16(lane: int, i: int) -> tuple[int, int]:
    return (lane % 4) * 2 + (i & 1) + (8 if i >= 2 else 0), lane >> 2


def _a_f16_k8(lane: int, i: int) -> tuple[int, int]:
    return (lane >> 2 if i < 2 else (lane >> 2) + 8), (lane % 4) * 2 + (i & 1)


def _b_f16_k8(lane: int, i: int) -> tuple[int, int]:
    return (lane % 4) * 2 + i, lane >> 2


def _a_tf32_k8(lane: int, i: int) -> tuple[int, int]:
    row = lane >> 2 if i in (0, 2) else (lane >> 2) + 8
    return row, lane % 4 + (4 if i >= 2 else 0)


def _b_tf32_k8(lane: int, i: int) -> tuple[int, int]:
    return lane % 4 + (4 if i == 1 else 0), lane >> 2


def _a_f64_k4(lane: int, i: int) -> tuple[int, int]:
    return lane >> 2, lane % 4


def _b_f64_k4(lane: int, i: int) -> tuple[int, int]:
    return lane % 4, lane >> 2


def _a_f64_k16(lane: int, i: int) -> tuple[int, int]:
    if i % 2 == 0:
        return lane >> 2, i * 2 + lane % 4
    return (lane >> 2) + 8, i * 2 - 2 + lane % 4


def _b_f64_k16(lane: int, i: int) -> tuple[int, int]:
    return lane % 4 + i * 4, lane >> 2


def _a_s8_k32(lane: int, i: int) -> tuple[int, int]:
    row = lane >> 2 if i < 4 or 8 <= i < 12 else (lane >> 2) + 8
    return row, (lane % 4) * 4 + (i & 3) + (16 if i >= 8 else 0)


def _b_s8_k32(lane: int, i: int) -> tuple[int, int]:
    return (lane % 4) * 4 + (i & 3) + (16 if i >= 4 else 0), lane >> 2


def _a_s8_k16(lane: int, i: int) -> tuple[int, int]:
    return (lane >> 2 if i < 4 else (lane >> 2) + 8), (lane % 4) * 4 + (i & 3)


def _a_s8_m8(lane: int, i: int) -> tuple[int, int]:
    return lane >> 2, (lane % 4) * 4 + i


def _b_s8_k16(lane: int, i: int) -> tuple[int, int]:
    return (lane % 4) * 4 + i, lane >> 2


def _c_m16(lane: int, i: int) -> tuple[int, int]:
    return (lane >> 2 if i < 2 else (lane >> 2) + 8), (lane % 4) * 2 + (i & 1)


def _c_m8(lane: int, i: int) -> tuple[int, int]:
    return lane >> 2, (lane % 4) * 2 + i


TABLES: dict[tuple[str, str], tuple[Row, Row, Row]] = {
    ("m16n8k16", "f16"): (_a_f16_k16, _b_f16_k16, _c_m16),
    ("m16n8k16", "bf16"): (_a_f16_k16, _b_f16_k16, _c_m16),
    ("m16n8k8", "f16"): (_a_f16_k8, _b_f16_k8, _c_m16),
    ("m16n8k8", "bf16"): (_a_f16_k8, _b_f16_k8, _c_m16),
    ("m16n8k8", "tf32"): (_a_tf32_k8, _b_tf32_k8, _c_m16),
    ("m8n8k4", "f64"): (_a_f64_k4, _b_f64_k4, _c_m8),
    ("m16n8k16", "f64"): (_a_f64_k16, _b_f64_k16, _c_m16),
    ("m16n8k32", "s8"): (_a_s8_k32, _b_s8_k32, _c_m16),
    ("m16n8k32", "u8"): (_a_s8_k32, _b_s8_k32, _c_m16),
    ("m16n8k16", "s8"): (_a_s8_k16, _b_s8_k16, _c_m16),
    ("m8n8k16", "u8"): (_a_s8_m8, _b_s8_k16, _c_m8),
}
"""Places in A, B and C by shape and type of A."""


def warpgroup_d(lane: int, i: int) -> tuple[int, int]:
    """Element `i` of D of `wgmma.m64nNk16` in a lane of the 128 (figure 149)."""
    row = 16 * (lane // 32) + lane % 32 // 4 + 8 * (i % 4 // 2)
    return row, 8 * (i // 4) + lane % 4 * 2 + i % 2


def core_matrix_byte(row: int, k_byte: int, along: int, down: int) -> int:
    """Where a byte of a K-major matrix without swizzling lies from its start.

    The canonical layout ((8,m),(T,2k)):((1T,SBO),(1,LBO)) of elements of 16 bytes (table 9.7.15.5).
    """
    return row % 8 * 16 + row // 8 * down + k_byte // 16 * along + k_byte % 16
