# build: triton-3.9.0 cc_80 cc_90
"""Linear recurrence h[t] = a[t] h[t-1] + b[t] along time by an associative scan."""
# mypy: ignore-errors

import triton
import triton.language as tl


@triton.jit
def combine(a_left, b_left, a_right, b_right):
    """Two steps of the recurrence as one."""
    return a_left * a_right, b_left * a_right + b_right


@triton.jit
def linear_recurrence(a, b, h, steps, channels, block: tl.constexpr, lanes: tl.constexpr):
    """One program `lanes` channels; blocks of time carry their last state on."""
    channel = tl.program_id(0) * lanes + tl.arange(0, lanes)
    time = tl.arange(0, block)
    carried = tl.zeros((lanes,), tl.float32)
    for start in range(0, steps, block):
        at = (start + time)[:, None] * channels + channel[None, :]
        inside = ((start + time)[:, None] < steps) & (channel[None, :] < channels)
        decay = tl.load(a + at, inside, other=1.0)
        drive = tl.load(b + at, inside, other=0.0)
        decay, drive = tl.associative_scan((decay, drive), 0, combine)
        state = drive + decay * carried[None, :]
        tl.store(h + at, state, inside)
        carried = tl.sum(tl.where(time[:, None] == block - 1, state, 0.0), 0)


BUILD = {
    "kernel": linear_recurrence,
    "signature": {
        "a": "*fp32:16",
        "b": "*fp32:16",
        "h": "*fp32:16",
        "steps": "i32",
        "channels": "i32:16",
    },
    "constants": {"block": 64, "lanes": 32},
    "options": {"num_warps": 4},
}
