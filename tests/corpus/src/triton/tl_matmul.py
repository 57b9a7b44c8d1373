# build: triton-3.9.0 cc_80 cc_90 cc_100 cc_120
"""C = A B in half precision, tiled, with software pipelining and grouped program order."""
# mypy: ignore-errors

import triton
import triton.language as tl


@triton.jit
def matmul(a, b, c, m, n, k, tile_m: tl.constexpr, tile_n: tl.constexpr, tile_k: tl.constexpr):
    """One program a tile of C; tiles go in groups of eight rows for reuse in L2."""
    program = tl.program_id(0)
    across, down = tl.cdiv(n, tile_n), tl.cdiv(m, tile_m)
    group = program // (8 * across)
    height = tl.minimum(down - group * 8, 8)
    row = group * 8 + program % (8 * across) % height
    column = program % (8 * across) // height
    rows = (row * tile_m + tl.arange(0, tile_m)) % m
    columns = (column * tile_n + tl.arange(0, tile_n)) % n
    depth = tl.arange(0, tile_k)
    left = a + rows[:, None] * k + depth[None, :]
    right = b + depth[:, None] * n + columns[None, :]
    sums = tl.zeros((tile_m, tile_n), tl.float32)
    for i in range(tl.cdiv(k, tile_k)):
        inside = depth < k - i * tile_k
        x = tl.load(left, inside[None, :], other=0.0)
        y = tl.load(right, inside[:, None], other=0.0)
        sums = tl.dot(x, y, sums)
        left += tile_k
        right += tile_k * n
    rows = row * tile_m + tl.arange(0, tile_m)
    columns = column * tile_n + tl.arange(0, tile_n)
    target = c + rows[:, None] * n + columns[None, :]
    tl.store(target, sums.to(tl.float16), (rows[:, None] < m) & (columns[None, :] < n))


BUILD = {
    "kernel": matmul,
    "signature": {
        "a": "*fp16:16",
        "b": "*fp16:16",
        "c": "*fp16:16",
        "m": "i32:16",
        "n": "i32:16",
        "k": "i32:16",
    },
    "constants": {"tile_m": 64, "tile_n": 64, "tile_k": 32},
    "options": {"num_warps": 4, "num_stages": 3},
}
