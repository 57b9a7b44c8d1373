"""Static shared memory is what a kernel and its callees declare or name, aligned."""

from ptxenergy.program.shared import reachable, static_shared_bytes
from ptxenergy.ptx import parse_text

MODULE = """
.version 8.0
.target sm_90
.address_size 64
.shared .align 16 .b8 used[20];
.shared .align 4 .b8 unused[4000];
.extern .shared .align 16 .b8 dynamic[];
.func helper()
{
  .shared .align 8 .b64 own;
  ret;
}
.func alone() { ret; }
.visible .entry plain() { ret; }
.visible .entry names()
{
  .reg .b32 %r<3>;
  mov.u32 %r1, dynamic;
  ld.shared.b32 %r2, [used+4];
  ret;
}
.visible .entry calls()
{
  .shared .align 1 .b8 one;
  call helper;
  ret;
}
"""


def test_only_what_is_named_counts_and_each_keeps_its_alignment() -> None:
    module = parse_text(MODULE, "shared.ptx")
    kernels = {kernel.name: kernel for kernel in module.kernels}
    assert static_shared_bytes(module, kernels["plain"]) == 0
    assert static_shared_bytes(module, kernels["names"]) == 32  # as ptxas says
    assert static_shared_bytes(module, kernels["calls"]) == 16


def test_what_a_kernel_calls_is_reached_and_nothing_else() -> None:
    module = parse_text(MODULE, "shared.ptx")
    names = [f.name for f in reachable(module, module.functions["calls"])]
    assert names == ["calls", "helper"]
