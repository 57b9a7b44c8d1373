"""Matrix fragments: what the words of an opcode say of the matrix in memory."""

from __future__ import annotations

from ptxenergy.program.opcode import Opcode


def matrix_shape(opcode: Opcode) -> tuple[int, int, int]:
    """(rows as they lie in memory, elements of each, bytes of an element) of the matrix that
    `wmma.load` and `wmma.store` move (PTX ISA 9.7.14.4)."""
    shape = next(
        (m for m in opcode.modifiers if m[0] == "m" and "n" in m and "k" in m), "m16n16k16"
    )
    m, rest = shape[1:].split("n")
    n, k = rest.split("k")
    extents = {"a": (int(m), int(k)), "b": (int(k), int(n))}
    part = opcode.modifiers[1] if len(opcode.modifiers) > 1 else "d"
    rows, columns = extents.get(part, (int(m), int(n)))
    if "col" in opcode.modifiers:
        rows, columns = columns, rows
    bits = {"f16": 16, "bf16": 16, "tf32": 32, "f32": 32, "f64": 64, "s32": 32, "s8": 8, "u8": 8}
    return rows, columns, bits.get(opcode.types[-1] if opcode.types else "f16", 8) // 8
