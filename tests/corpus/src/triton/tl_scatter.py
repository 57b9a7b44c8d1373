# build: triton-3.9.0 cc_90 cc_100
"""Gradient of an embedding: rows of the gradient are added to the rows that tokens name."""
# mypy: ignore-errors

import triton
import triton.language as tl


@triton.jit
def embedding_backward(gradient, tokens, table, count, width: tl.constexpr, rows: tl.constexpr):
    """One program `rows` tokens; token 0 is padding and is skipped."""
    first = tl.program_id(0) * rows
    lanes = tl.arange(0, width)
    for i in range(rows):
        if first + i < count:
            token = tl.load(tokens + first + i)
            if token != 0:
                part = tl.load(gradient + (first + i) * width + lanes)
                tl.atomic_add(table + token * width + lanes, part)


BUILD = {
    "kernel": embedding_backward,
    "signature": {
        "gradient": "*fp32:16",
        "tokens": "*i64:16",
        "table": "*fp32:16",
        "count": "i32",
    },
    "constants": {"width": 256, "rows": 4},
    "options": {"num_warps": 2},
}
