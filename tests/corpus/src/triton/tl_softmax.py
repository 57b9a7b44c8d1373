# build: triton-3.9.0 cc_75 cc_80 cc_90
"""Row softmax of half-precision rows that fit in registers."""
# mypy: ignore-errors

import triton
import triton.language as tl


@triton.jit
def row_softmax(out, rows, pitch, columns, width: tl.constexpr):
    """One program a row."""
    row = tl.program_id(0)
    index = tl.arange(0, width)
    values = tl.load(rows + row * pitch + index, index < columns, other=-float("inf"))
    values = values.to(tl.float32)
    scaled = tl.exp(values - tl.max(values, 0))
    tl.store(
        out + row * pitch + index, (scaled / tl.sum(scaled, 0)).to(tl.float16), index < columns
    )


BUILD = {
    "kernel": row_softmax,
    "signature": {"out": "*fp16:16", "rows": "*fp16:16", "pitch": "i32:16", "columns": "i32"},
    "constants": {"width": 2048},
    "options": {"num_warps": 8},
}
