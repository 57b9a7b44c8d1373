# build: triton-3.9.0 cc_75 cc_80 cc_90 cc_100 cc_120
"""z = relu(x + y) with a masked tail."""
# mypy: ignore-errors

import triton
import triton.language as tl


@triton.jit
def add_relu(x, y, z, n, block: tl.constexpr):
    """One program a block of elements."""
    index = tl.program_id(0) * block + tl.arange(0, block)
    mask = index < n
    total = tl.load(x + index, mask) + tl.load(y + index, mask)
    tl.store(z + index, tl.maximum(total, 0.0), mask)


BUILD = {
    "kernel": add_relu,
    "signature": {"x": "*fp32:16", "y": "*fp32:16", "z": "*fp32:16", "n": "i32:16"},
    "constants": {"block": 1024},
    "options": {"num_warps": 4},
}
