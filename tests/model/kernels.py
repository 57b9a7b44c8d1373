"""Small kernels written to load one resource each, and their bounds through the whole pipeline."""

from functools import cache

from ptxenergy import pipeline
from ptxenergy.launch.inspection import Inspection
from ptxenergy.launch.parse import parse_argument, parse_dim3
from ptxenergy.launch.request import LaunchRequest
from ptxenergy.model.board import Board
from ptxenergy.model.prediction import Bound, Prediction

_MODULE = """.version 8.4
.target sm_90a
.address_size 64
.visible .entry k(.param .u64 a, .param .u64 b, .param .u32 n)
{{
    .reg .pred %p<9>;
    .reg .b32 %r<40>, %m<99>;
    .reg .b64 %rd<20>;
    .reg .f32 %f<40>, %c<200>;
    .reg .f64 %fd<20>;
    ld.param.u64 %rd1, [a];
    ld.param.u64 %rd2, [b];
    ld.param.u32 %r9, [n];
    mov.u32 %r1, %tid.x;
    mov.u32 %r2, %ctaid.x;
    mov.u32 %r3, %ntid.x;
    mad.lo.s32 %r4, %r2, %r3, %r1;
    mov.u32 %r5, 0;
{body}
    ret;
}}
"""

_LOOP = """
LOOP:
{body}
    add.s32 %r5, %r5, 1;
    setp.lt.s32 %p1, %r5, %r9;
    @%p1 bra LOOP;
"""

EMPTY = ""
COPY = """
    mul.wide.s32 %rd3, %r4, 16;
    add.s64 %rd4, %rd1, %rd3;
    add.s64 %rd5, %rd2, %rd3;
    ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd4];
    st.global.v4.f32 [%rd5], {%f1, %f2, %f3, %f4};
"""
_READ_8_BYTES = """
    mul.wide.s32 %rd3, %r4, 8;
    add.s64 %rd4, %rd1, %rd3;
    ld.global.f64 %fd1, [%rd4];
    setp.eq.f64 %p2, %fd1, 0d3FF0000000000000;
    @%p2 st.global.f64 [%rd2], %fd1;
"""
CHASE = _LOOP.format(body="    ld.global.u64 %rd1, [%rd1];\n")
BARRIERS = _LOOP.format(body="    bar.sync 0;\n" * 16)
SAME_ADDRESS = _LOOP.format(body="    atom.global.add.u32 %r6, [%rd1], 1;\n")
_FFMA = "    fma.rn.f32 %f{0}, %f{0}, %f30, %f31;\n"
FFMA_CHAIN = _LOOP.format(body=_FFMA.format(1) * 64)
FFMA = _LOOP.format(body="".join(_FFMA.format(i) for i in range(8)) * 16)
DFMA = _LOOP.format(
    body="".join(f"    fma.rn.f64 %fd{i}, %fd{i}, %fd9, %fd10;\n" for i in range(8)) * 8
)
L2_READ = """
    mul.wide.s32 %rd5, %r1, 16;
    add.s64 %rd6, %rd1, %rd5;
""" + _LOOP.format(
    body="""
    mad.lo.s32 %r6, %r5, 37, %r2;
    and.b32 %r7, %r6, 4095;
    mul.wide.s32 %rd7, %r7, 4096;
    add.s64 %rd8, %rd6, %rd7;
    ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd8];
"""
)


def read_8_bytes(shared_bytes: int) -> str:
    """One load a thread; the shared memory only keeps blocks from the SM."""
    return f"    .shared .b8 tile[{max(1, shared_bytes)}];\n{_READ_8_BYTES}"


def l1_reads(stride: int) -> str:
    """Every lane reads a word of the same few lines again and again, `stride` words apart."""
    load = "    ld.global.f32 %f{0}, [%rd6+{1}];\n"
    loads = "".join(load.format(i, 32 * 4 * stride * i) for i in range(4)) * 8
    head = f"    and.b32 %r6, %r1, 31;\n    mul.wide.s32 %rd5, %r6, {4 * stride};\n"
    return head + "    add.s64 %rd6, %rd1, %rd5;\n" + _LOOP.format(body=loads)


def wgmma(n: int) -> str:
    """m64nNk16 with both operands in shared memory, eight a group, one group ahead."""
    sums = ", ".join(f"%c{i}" for i in range(n // 2))
    opcode = f"wgmma.mma_async.sync.aligned.m64n{n}k16.f32.f16.f16"
    one = f"    {opcode} {{{sums}}}, %rd10, %rd11, 1, 1, 1, 0, 0;\n"
    rest = "    wgmma.commit_group.sync.aligned;\n    wgmma.wait_group.sync.aligned 1;\n"
    return _LOOP.format(body=one * 8 + rest)


def mma() -> str:
    """m16n8k16 on eight independent accumulators."""
    opcode = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
    one = "    {0} {{{1}}}, {{%m0, %m1, %m2, %m3}}, {{%m4, %m5}}, {{{1}}};\n"
    accumulators = (", ".join(f"%c{4 * i + j}" for j in range(4)) for i in range(8))
    return _LOOP.format(body="".join(one.format(opcode, sums) for sums in accumulators) * 4)


@cache
def predicted(
    body: str, gpu: str, shape: str, n: int = 0, board: Board | None = None
) -> Prediction:
    """A kernel with this body, predicted; `shape` is `GRIDxBLOCK`, `n` its third argument."""
    grid, block = shape.split("x")
    request = LaunchRequest(
        block=parse_dim3(block),
        grid=parse_dim3(grid),
        arguments=(parse_argument(f"2={n}"),),
    )
    options = pipeline.Options(gpu=gpu, request=request, board=board or Board(), registers=32)
    text = _MODULE.format(body=body).encode()
    (found,) = pipeline.bounds_of(text, "k.ptx", [options])
    assert isinstance(found, Prediction), found
    return found


def inspected(body: str, gpu: str, shape: str) -> Inspection:
    """The same, counted."""
    return predicted(body, gpu, shape).inspection


def bound(body: str, gpu: str, shape: str, n: int = 0, board: Board | None = None) -> Bound:
    """The same, bounded."""
    return predicted(body, gpu, shape, n, board).bound
