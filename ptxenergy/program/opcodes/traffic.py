"""What a memory opcode touches: space, direction and bytes of a lane, from its modifiers."""

from __future__ import annotations

from typing import Final

from ptxenergy.program.opcode import Access, Direction
from ptxenergy.program.opcodes.form import AccessRule, Form
from ptxenergy.program.opcodes.tensorwork import shape_of
from ptxenergy.program.opcodes.words import TYPE_BYTES, space_of, vector_length

_DIRECTIONS: Final[dict[str, Direction]] = {"load": "load", "store": "store", "atomic": "atomic"}
_MATRIX_BYTES: Final[dict[str, int]] = {"m8n8": 128, "m8n16": 128, "m16n8": 128, "m16n16": 256}
"""Bytes of one matrix of ldmatrix and stmatrix as it arrives in the registers of a warp."""
_WARP_LANES: Final = 32


def accesses_of(
    form: Form, modifiers: tuple[str, ...], types: tuple[str, ...]
) -> tuple[Access, ...]:
    """The accesses of one opcode of this form."""
    return tuple(_access(rule, form.root, modifiers, types) for rule in form.accesses)


def _access(
    rule: AccessRule, root: str, modifiers: tuple[str, ...], types: tuple[str, ...]
) -> Access:
    width = rule.width_bytes
    return Access(
        space=rule.space or space_of(modifiers),
        direction=_DIRECTIONS[rule.direction],
        operand=rule.operand,
        width_bytes=lane_bytes(root, modifiers, types) if width is None else width,
        is_bulk=rule.is_bulk,
        size_operand=rule.size_operand,
    )


def lane_bytes(root: str, modifiers: tuple[str, ...], types: tuple[str, ...]) -> int:
    """Bytes that one lane moves.

    For `ldmatrix`, `stmatrix` and `wmma.load/store` it is the warp's bytes / 32, though the
    addresses are given otherwise: rows of 16 bytes by lanes 0 to 8·num - 1, or one address and
    a stride for the whole warp.
    """
    if root in ("ldmatrix", "stmatrix"):
        size = next(_MATRIX_BYTES[word] for word in modifiers if word in _MATRIX_BYTES)
        count = next(int(word[1:]) for word in modifiers if word in ("x1", "x2", "x4"))
        return size * count // _WARP_LANES
    if root == "wmma":
        return _fragment_bytes(modifiers, types)
    if not types:
        return 0
    element = types[0] if root in ("tex", "tld4") else types[-1]
    return int(TYPE_BYTES[element] * vector_length(modifiers))


def _fragment_bytes(modifiers: tuple[str, ...], types: tuple[str, ...]) -> int:
    shape = shape_of(modifiers)
    if not shape or not types:
        return 0
    m, n, k = shape
    elements = {"a": m * k, "b": k * n}.get(modifiers[1], m * n)
    return int(elements * TYPE_BYTES[types[-1]]) // _WARP_LANES
