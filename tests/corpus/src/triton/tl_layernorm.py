# build: triton-3.9.0 cc_80 cc_90
"""Layer normalisation over rows longer than a block: three passes over each row."""
# mypy: ignore-errors

import triton
import triton.language as tl


@triton.jit
def layer_norm(x, y, weight, bias, mean_out, rstd_out, columns, epsilon, block: tl.constexpr):
    """One program a row; the mean and the reciprocal deviation are kept for the backward pass."""
    row = tl.program_id(0)
    x += row * columns
    y += row * columns
    index = tl.arange(0, block)
    total = tl.zeros((block,), tl.float32)
    for start in range(0, columns, block):
        inside = start + index < columns
        total += tl.load(x + start + index, inside, other=0.0).to(tl.float32)
    mean = tl.sum(total, 0) / columns
    total = tl.zeros((block,), tl.float32)
    for start in range(0, columns, block):
        inside = start + index < columns
        away = tl.load(x + start + index, inside, other=0.0).to(tl.float32) - mean
        total += tl.where(inside, away * away, 0.0)
    rstd = 1 / tl.sqrt(tl.sum(total, 0) / columns + epsilon)
    tl.store(mean_out + row, mean)
    tl.store(rstd_out + row, rstd)
    for start in range(0, columns, block):
        inside = start + index < columns
        value = tl.load(x + start + index, inside, other=0.0).to(tl.float32)
        scale = tl.load(weight + start + index, inside)
        shift = tl.load(bias + start + index, inside)
        tl.store(y + start + index, ((value - mean) * rstd * scale + shift).to(tl.bfloat16), inside)


BUILD = {
    "kernel": layer_norm,
    "signature": {
        "x": "*bf16:16",
        "y": "*bf16:16",
        "weight": "*fp32:16",
        "bias": "*fp32:16",
        "mean_out": "*fp32:16",
        "rstd_out": "*fp32:16",
        "columns": "i32",
        "epsilon": "fp32",
    },
    "constants": {"block": 1024},
    "options": {"num_warps": 4},
}
