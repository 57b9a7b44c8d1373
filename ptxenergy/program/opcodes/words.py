"""The words that opcodes are made of: types with their sizes, and named groups of modifiers."""

from __future__ import annotations

import re
from typing import Final

TYPE_BYTES: Final[dict[str, float]] = {
    "pred": 0, "b1": 0.125, "b8": 1, "b16": 2, "b32": 4, "b64": 8, "b128": 16, "b1024": 128,
    "u8": 1, "u16": 2, "u32": 4, "u64": 8, "s8": 1, "s16": 2, "s32": 4, "s64": 8,
    "u2": 0.25, "s2": 0.25, "u4": 0.5, "s4": 0.5,
    "u8x4": 4, "s8x4": 4, "u16x2": 4, "s16x2": 4,
    "f16": 2, "f16x2": 4, "bf16": 2, "bf16x2": 4, "f32": 4, "f32x2": 8, "f64": 8, "tf32": 4,
    "e4m3": 1, "e5m2": 1, "e2m3": 1, "e3m2": 1, "e2m1": 0.5, "ue8m0": 1, "ue4m3": 1,
    "e4m3x2": 2, "e5m2x2": 2, "e2m3x2": 2, "e3m2x2": 2, "e2m1x2": 1, "ue8m0x2": 2,
    "e4m3x4": 4, "e5m2x4": 4, "e2m3x4": 4, "e3m2x4": 4, "e2m1x4": 2, "s2f6x2": 2,
    "texref": 8, "samplerref": 8, "surfref": 8,
}  # fmt: skip
"""Bytes of one value of each type (PTX ISA 5.2, fundamental and alternate formats)."""

GROUPS: Final[dict[str, str]] = {
    "u": "u16|u32|u64",
    "s": "s16|s32|s64",
    "int": "u16|u32|u64|s16|s32|s64",
    "wide": "u32|u64|s32|s64",
    "b": "b16|b32|b64",
    "half": "f16|f16x2",
    "bhalf": "bf16|bf16x2",
    "scalar": "b16|b32|b64|u16|u32|u64|s16|s32|s64|f32|f64",
    "mem": "b8|b16|b32|b64|b128|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64",
    "cint": "u8|u16|u32|u64|s8|s16|s32|s64",
    "cfloat": "f16|bf16|f32|f64",
    "frnd": "rn|rz|rm|rp",
    "irnd": "rni|rzi|rmi|rpi",
    "f8x2": "e4m3x2|e5m2x2|e2m3x2|e3m2x2|e2m1x2|ue8m0x2|s2f6x2",
    "f8x4": "e4m3x4|e5m2x4|e2m3x4|e3m2x4|e2m1x4",
    "cmp": "eq|ne|lt|le|gt|ge|lo|ls|hi|hs|equ|neu|ltu|leu|gtu|geu|num|nan",
    "icmp": "eq|ne|lt|le|gt|ge",
    "ucmp": "eq|ne|lt|le|gt|ge|lo|ls|hi|hs",
    "fcmp": "eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan",
    "bool": "and|or|xor",
    "ldsem": "weak|relaxed|acquire|volatile",
    "stsem": "weak|relaxed|release|volatile",
    "sem": "relaxed|acquire|release|acq_rel",
    "scope": "cta|cluster|gpu|sys",
    "space": "global|shared|shared::cta|shared::cluster|local|const|param|param::entry|param::func",
    "ldcop": "ca|cg|cs|lu|cv",
    "stcop": "wb|cg|cs|wt",
    "l1": "L1::evict_normal|L1::evict_unchanged|L1::evict_first|L1::evict_last|L1::no_allocate",
    "l2": "L2::evict_normal|L2::evict_first|L2::evict_last",
    "hint": "L2::cache_hint",
    "fetch": "L2::64B|L2::128B|L2::256B",
    "vec": "v2|v4|v8",
    "tx": "mbarrier::complete_tx::bytes",
    "dim": "1d|2d|3d|4d|5d",
    "tile": "tile|tile::gather4|tile::scatter4|im2col|im2col::w|im2col::w::128|im2col_no_offs",
    "aop": "add|min|max|inc|dec|and|or|xor|exch",
    "rop": "add|min|max|inc|dec|and|or|xor",
    "geom": "1d|2d|3d|a1d|a2d|cube|acube|2dms|a2dms",
    "sgeom": "1d|2d|3d|a1d|a2d",
    "video": "u32|s32",
    "vop": "add|min|max",
    "wgmma": "|".join(f"m64n{n}k{k}" for n in range(8, 257, 8) for k in (8, 16, 32, 64, 128, 256)),
}
"""Alternatives that many opcodes share, by the name the tables use after a `$`."""

SPACES: Final[dict[str, str]] = {
    "global": "global",
    "shared": "shared",
    "shared::cta": "shared",
    "shared::cluster": "cluster",
    "local": "local",
    "const": "constant",
    "param": "param",
    "param::entry": "param",
    "param::func": "param",
}
"""State-space modifier → the space that traffic is counted under."""

_VECTOR = re.compile(r"v([1248])")


def vector_length(modifiers: tuple[str, ...]) -> int:
    """The element count of a `.v2`/`.v4`/`.v8` modifier, 1 where there is none."""
    for word in modifiers:
        found = _VECTOR.fullmatch(word)
        if found:
            return int(found.group(1))
    return 1


def space_of(modifiers: tuple[str, ...]) -> str:
    """The first state space among the modifiers; `generic` where none is named."""
    for word in modifiers:
        if word in SPACES:
            return SPACES[word]
    return "generic"
