"""Small PTX modules written out for tests, and a resolver with a plain wave of blocks."""

from collections.abc import Callable

from ptxenergy.launch.parse import parse_argument, parse_dim3
from ptxenergy.launch.request import Dim3, Launch, LaunchRequest
from ptxenergy.launch.resolve import resolve
from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Module

GLOBAL_INDEX = """
    mov.u32 %r1, %ntid.{0};
    mov.u32 %r2, %ctaid.{0};
    mov.u32 %r3, %tid.{0};
    mad.lo.s32 %{0}, %r2, %r1, %r3;
"""


def module(parameters: str, body: str, directives: str = "", functions: str = "") -> Module:
    """A module with one kernel `k`; `parameters` are declarations such as `.param .u32 n`."""
    text = f"""
.version 8.0
.target sm_90
.address_size 64
{functions}
.visible .entry k({parameters})
{directives}
{{
    .reg .pred %p<20>;
    .reg .b16 %h<20>;
    .reg .b32 %r<60>, %x, %y, %z;
    .reg .b64 %rd<60>;
    .reg .f32 %f<40>;
    .reg .f64 %fd<20>;
{body}
    ret;
}}
"""
    return parse_text(text.encode(), "written.ptx")


def index(*axes: str) -> str:
    """PTX that puts the global index of each axis into `%x`, `%y`, `%z`."""
    return "".join(GLOBAL_INDEX.format(axis) for axis in axes)


def launched(
    made: Module,
    *arguments: str,
    block: str | None = "256",
    grid: str | None = None,
    threads: str | None = None,
    wave: Callable[[Dim3], int] = lambda _block: 1056,
) -> Launch:
    """The launch of the module's only kernel; extents and arguments as typed."""
    request = LaunchRequest(
        block=None if block is None else parse_dim3(block),
        grid=None if grid is None else parse_dim3(grid),
        threads=None if threads is None else parse_dim3(threads),
        arguments=tuple(parse_argument(text) for text in arguments),
    )
    return resolve(made, made.kernels[0], request, wave)
