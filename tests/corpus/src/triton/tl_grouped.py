# build: triton-3.9.0 cc_90
"""Persistent single-precision-accumulate int8 matmul: each program walks over many tiles."""
# mypy: ignore-errors

import triton
import triton.language as tl


@triton.jit
def persistent_matmul(a, b, c, scales, m, n, k, tile: tl.constexpr, tile_k: tl.constexpr):
    """Tiles `program`, `program + programs`, …; int8 operands, int32 sums, scaled to bf16."""
    across = tl.cdiv(n, tile)
    lanes, depth = tl.arange(0, tile), tl.arange(0, tile_k)
    for tile_id in tl.range(tl.program_id(0), tl.cdiv(m, tile) * across, tl.num_programs(0)):
        rows = tile_id // across * tile + lanes
        columns = tile_id % across * tile + lanes
        sums = tl.zeros((tile, tile), tl.int32)
        for start in range(0, k, tile_k):
            x = tl.load(a + rows[:, None] * k + (start + depth)[None, :], rows[:, None] < m, 0)
            y = tl.load(
                b + columns[None, :] * k + (start + depth)[:, None], columns[None, :] < n, 0
            )
            sums = tl.dot(x, y, sums)
        scale = tl.load(scales + columns, columns < n, 0.0)
        inside = (rows[:, None] < m) & (columns[None, :] < n)
        result = (sums.to(tl.float32) * scale[None, :]).to(tl.bfloat16)
        tl.store(c + rows[:, None] * n + columns[None, :], result, inside)


BUILD = {
    "kernel": persistent_matmul,
    "signature": {
        "a": "*i8:16",
        "b": "*i8:16",
        "c": "*bf16:16",
        "scales": "*fp32:16",
        "m": "i32",
        "n": "i32:16",
        "k": "i32:16",
    },
    "constants": {"tile": 64, "tile_k": 64},
    "options": {"num_warps": 4, "num_stages": 3},
}
