# build: triton-3.9.0 cc_80 cc_90 cc_100
"""Causal attention forward with a running softmax, head width 64."""
# mypy: ignore-errors

import triton
import triton.language as tl


@triton.jit
def attention(q, k, v, out, length, scale, tile_q: tl.constexpr, tile_k: tl.constexpr):
    """One program a tile of queries of one head; tensors are (heads, length, 64)."""
    first = tl.program_id(0) * tile_q
    base = tl.program_id(1).to(tl.int64) * length * 64
    rows, lanes, keys = first + tl.arange(0, tile_q), tl.arange(0, 64), tl.arange(0, tile_k)
    query = tl.load(q + base + rows[:, None] * 64 + lanes[None, :], rows[:, None] < length, 0.0)
    best = tl.full((tile_q,), -1e30, tl.float32)
    weight = tl.zeros((tile_q,), tl.float32)
    sums = tl.zeros((tile_q, 64), tl.float32)
    for start in range(0, tl.minimum(first + tile_q, length), tile_k):
        at = start + keys
        key = tl.load(k + base + at[None, :] * 64 + lanes[:, None], at[None, :] < length, 0.0)
        scores = tl.dot(query, key) * scale
        scores = tl.where((rows[:, None] >= at[None, :]) & (at[None, :] < length), scores, -1e30)
        peak = tl.maximum(best, tl.max(scores, 1))
        shrink = tl.exp2(best - peak)
        part = tl.exp2(scores - peak[:, None])
        weight = weight * shrink + tl.sum(part, 1)
        value = tl.load(v + base + at[:, None] * 64 + lanes[None, :], at[:, None] < length, 0.0)
        sums = tl.dot(part.to(tl.float16), value, sums * shrink[:, None])
        best = peak
    target = out + base + rows[:, None] * 64 + lanes[None, :]
    tl.store(target, (sums / weight[:, None]).to(tl.float16), rows[:, None] < length)


BUILD = {
    "kernel": attention,
    "signature": {
        "q": "*fp16:16",
        "k": "*fp16:16",
        "v": "*fp16:16",
        "out": "*fp16:16",
        "length": "i32:16",
        "scale": "fp32",
    },
    "constants": {"tile_q": 64, "tile_k": 64},
    "options": {"num_warps": 4, "num_stages": 2},
}
