"""The work of a matrix instruction, from its shape and types (PTX ISA 9.7.14 to 9.7.16)."""

from __future__ import annotations

import re
from typing import Final

from ptxenergy.program.opcode import TensorShape

_SHAPE = re.compile(r"m(\d+)n(\d+)k(\d+)")
_KIND_OF_TYPE: Final[dict[str, str]] = {
    "f16": "f16", "bf16": "bf16", "tf32": "tf32", "f64": "f64", "b1": "b1",
    "e4m3": "f8", "e5m2": "f8", "e2m3": "f8", "e3m2": "f8", "e2m1": "f8",
    "s8": "s8", "u8": "s8", "s4": "s8", "u4": "s8",
}  # fmt: skip
_KIND_OF_MODIFIER: Final[dict[str, str]] = {
    "kind::mxf4": "f4",
    "kind::mxf4nvf4": "f4",
    "kind::mxf8f6f4": "f8",
    "kind::f8f6f4": "f8",
    "kind::i8": "s8",
    "kind::tf32": "tf32",
    "kind::f16": "f16",
}


def shape_of(modifiers: tuple[str, ...]) -> tuple[int, int, int] | None:
    """m, n and k of the first shape among the modifiers."""
    for word in modifiers:
        found = _SHAPE.fullmatch(word)
        if found:
            return int(found[1]), int(found[2]), int(found[3])
    return None


def tensor_work(root: str, modifiers: tuple[str, ...], types: tuple[str, ...]) -> TensorShape:
    """Multiply-accumulates of one issue; for sparse forms, m × n × k counts the zeros too.

    Four-bit integers count as `s8`, six-bit floats as `f8`, and four-bit floats as `f4` only in
    the kinds that run at that rate. `tcgen05.mma` has `macs` 0: not countable from the opcode.
    """
    shape = shape_of(modifiers)
    is_sparse = any(word == "sp" or word.startswith("sp::") for word in modifiers)
    warps = 4 if root == "wgmma" else 1
    macs = shape[0] * shape[1] * shape[2] if shape else 0
    return TensorShape(_kind(modifiers, types), macs, warps, is_sparse)


def _kind(modifiers: tuple[str, ...], types: tuple[str, ...]) -> str:
    for word in modifiers:
        if word in _KIND_OF_MODIFIER:
            return _KIND_OF_MODIFIER[word]
    # wmma.mma with two types names only D and C: its multiplicands are f16
    multiplicand = types[1] if len(types) > 2 else "f16"
    return _KIND_OF_TYPE.get(multiplicand, "f16")
