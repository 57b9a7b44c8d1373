"""What is known of one opcode: its class, its types, what it touches and how it expands."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Category: TypeAlias = Literal[
    "fp32", "fp64", "fp16", "int", "sfu", "tensor", "conversion",
    "move", "control", "memory", "atomic", "barrier", "other",
]  # fmt: skip
Direction: TypeAlias = Literal["load", "store", "atomic"]

CATEGORIES: tuple[Category, ...] = (
    "fp32", "fp64", "fp16", "int", "sfu", "tensor", "conversion",
    "move", "control", "memory", "atomic", "barrier", "other",
)  # fmt: skip


class Access(Struct, frozen=True):
    """One side of a memory instruction. `cp.async` has two: a global load and a shared store.

    `space` is `global`, `shared`, `local`, `constant`, `texture`, `cluster`, `param` or
    `generic` (found out when the address is evaluated). `operand` is the index of the operand
    that holds the address. `width_bytes` is what one lane moves: element size × vector length;
    0 where an operand gives it (`cp.async` size, bulk copies). `is_bulk` marks one request of
    ceil(bytes/32) sectors for the whole instruction rather than one access per lane.
    `size_operand` is the index of the operand with the bytes to move, None where there is none.
    """

    space: str
    direction: Direction
    operand: int
    width_bytes: int
    is_bulk: bool = False
    size_operand: int | None = None


class TensorShape(Struct, frozen=True):
    """The work of one matrix instruction for the whole warp (or warp group, or CTA pair).

    `kind` is `f16`, `bf16`, `tf32`, `f8`, `f4`, `s8`, `f64` or `b1`; `macs` is m × n × k;
    `warps` is how many warps issue it together (1 for mma, 4 for wgmma), so that each warp's
    share is macs / warps.
    """

    kind: str
    macs: int
    warps: int = 1
    is_sparse: bool = False


class Opcode(Struct, frozen=True):
    """One opcode, described.

    `root` is the part before the first dot (`ld`), `modifiers` the rest in order
    (`("global", "nc", "v4", "f32")`), `types` those modifiers that are types. `destinations`
    counts the leading operands that are written. `expansion` is the typical number of machine
    instructions that one becomes (1 for most; about 26 for a precise division), with its source
    in the table. `known` is false where the table has no entry. `accumulates` marks that the
    destination is read, too (`wgmma` adds to its accumulators).
    """

    text: str
    root: str
    modifiers: tuple[str, ...]
    types: tuple[str, ...]
    category: Category
    destinations: int
    accesses: tuple[Access, ...] = ()
    tensor: TensorShape | None = None
    expansion: float = 1.0
    vector: int = 1
    known: bool = True
    accumulates: bool = False
