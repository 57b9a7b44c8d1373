"""What is assumed of scalars that are not given, on kernels written for one rule each."""

import pytest

from ptxenergy.launch.request import Assumption
from tests.launch.written import index, launched, module

N = ".param .u64 a, .param .u32 n"
NM = ".param .u64 a, .param .u32 n, .param .u32 m"
LOAD_N = "ld.param.u64 %rd1, [a]; ld.param.u32 %r10, [n];"
LOAD_NM = LOAD_N + "ld.param.u32 %r11, [m];"
AT = "mul.wide.s32 %rd2, %r20, 4; add.s64 %rd3, %rd1, %rd2; ld.global.f32 %f1, [%rd3];"
LEAVE = "@%p1 bra END; "
END = " END: "


def assumed(
    parameters: str,
    body: str,
    *arguments: str,
    block: str = "256",
    grid: str = "10",
    threads: str | None = None,
) -> list[object]:
    """What every parameter after the pointer `a` is assumed to be, in order."""
    made = module(parameters, "ld.param.u64 %rd1, [a]; ld.global.f32 %f9, [%rd1];" + body)
    asked = None if threads else grid
    launch = launched(made, *arguments, block=block, grid=asked, threads=threads)
    return [argument.shown for argument in launch.arguments[1:]]


def test_a_scalar_compared_with_a_global_index_is_its_extent() -> None:
    body = LOAD_N + index("x") + "setp.ge.s32 %p1, %x, %r10;" + LEAVE + END
    assert assumed(N, body) == [2560]
    assert assumed(N, body, threads="2500") == [2500]
    assert assumed(N, body, "n=7") == [7]


@pytest.mark.parametrize("axis", ["y", "z"])
def test_each_axis_has_its_own_extent(axis: str) -> None:
    body = LOAD_N + index(axis) + f"setp.lt.s32 %p1, %{axis}, %r10;"
    extents = {"y": 5 * 8, "z": 3 * 2}
    assert assumed(N, body, block="32x8x2", grid="7x5x3") == [extents[axis]]
    assert assumed(N, body, block="32x8x2", threads="100x33x5") == [{"y": 33, "z": 5}[axis]]


def test_an_offset_bound_is_the_extent_still() -> None:
    body = LOAD_N + index("x") + "add.s32 %r12, %r10, -1; setp.ge.s32 %p1, %x, %r12;"
    assert assumed(N, body) == [2560]


def test_a_bound_on_four_at_a_time_is_four_times_the_threads() -> None:
    body = LOAD_N + index("x") + "shl.b32 %r12, %x, 2; setp.ge.s32 %p1, %r12, %r10;"
    assert assumed(N, body) == [10240]
    quarter = LOAD_N + index("x") + "shr.s32 %r12, %r10, 2; setp.ge.s32 %p1, %x, %r12;"
    assert assumed(N, quarter) == [10240]
    assert assumed(N, quarter, threads="1000") == [1000]


def test_an_index_of_several_axes_takes_their_product() -> None:
    body = (
        LOAD_N
        + index("x", "y")
        + "mov.u32 %r20, %nctaid.x; mul.lo.s32 %r21, %r20, 32;"
        + "mad.lo.s32 %r22, %y, %r21, %x; setp.ge.s32 %p1, %r22, %r10;"
    )
    assert assumed(N, body, block="32x8", grid="7x5") == [7 * 32 * 5 * 8]


def test_one_scalar_that_bounds_two_axes_holds_both() -> None:
    body = LOAD_N + index("x", "y") + "max.s32 %r1, %x, %y;"
    body += "setp.ge.s32 %p1, %x, %r10; setp.ge.s32 %p2, %y, %r10;"
    assert assumed(N, body, block="32x8", grid="4x20") == [160]


def test_what_is_left_of_an_index_bounds_it() -> None:
    """`threadIdx.x < n - blockIdx.x * 256`."""
    body = (
        LOAD_N
        + "mov.u32 %r1, %ctaid.x; mov.u32 %r2, %tid.x; shl.b32 %r3, %r1, 8;"
        + "sub.s32 %r4, %r10, %r3; setp.lt.s32 %p1, %r2, %r4;"
    )
    assert assumed(N, body) == [2560]


def test_a_halo_is_no_bound() -> None:
    """`x - radius >= 0 && x - radius < n`, with a loop over 2 radius."""
    body = (
        LOAD_NM
        + index("x")
        + "sub.s32 %r12, %x, %r11; setp.lt.s32 %p1, %r12, 0; setp.ge.s32 %p2, %r12, %r10;"
        + "shl.b32 %r13, %r11, 1; mov.u32 %r14, 0; L: add.s32 %r14, %r14, 1;"
        + "setp.le.s32 %p3, %r14, %r13; @%p3 bra L;"
    )
    assert assumed(NM, body) == [2560, 1024]


def test_a_pitch_is_the_x_extent() -> None:
    body = LOAD_N + index("x", "y") + "mad.lo.s32 %r20, %y, %r10, %x;" + AT
    assert assumed(N, body, block="32x8", grid="7x5") == [224]
    assert assumed(N, body, block="32x8", threads="200x33") == [200]


def test_a_pitch_in_bytes_is_the_x_extent_in_bytes() -> None:
    body = (
        LOAD_N
        + index("x", "y")
        + "mul.lo.s32 %r20, %y, %r10; shl.b32 %r21, %x, 2; add.s32 %r22, %r20, %r21;"
        + "cvt.s64.s32 %rd2, %r22; add.s64 %rd3, %rd1, %rd2; ld.global.f32 %f1, [%rd3];"
    )
    assert assumed(N, body, block="32x8", grid="7x5") == [4 * 224]
    assert assumed(N, body, block="32x8", threads="200x33") == [800]


def test_the_pitch_of_a_transposed_index_is_the_y_extent() -> None:
    body = LOAD_N + index("x", "y") + "mad.lo.s32 %r20, %x, %r10, %y;" + AT
    assert assumed(N, body, block="32x8", grid="7x5") == [40]


def test_a_pitch_beside_a_loop_counter_is_the_x_extent() -> None:
    body = (
        LOAD_N
        + index("x")
        + "mov.u32 %r12, 0; L: mad.lo.s32 %r20, %r12, %r10, %x;"
        + AT
        + "add.s32 %r12, %r12, 1; setp.lt.s32 %p1, %r12, 16; @%p1 bra L;"
    )
    assert assumed(N, body) == [2560]


def test_a_pitch_that_moves_a_pointer_on_is_the_x_extent() -> None:
    body = (
        LOAD_N
        + index("x")
        + "mul.wide.s32 %rd2, %x, 4; add.s64 %rd3, %rd1, %rd2; mul.wide.s32 %rd4, %r10, 4;"
        + "mov.u32 %r12, 0; L: ld.global.f32 %f1, [%rd3]; add.s64 %rd3, %rd3, %rd4;"
        + "add.s32 %r12, %r12, 1; setp.lt.s32 %p1, %r12, 16; @%p1 bra L;"
    )
    assert assumed(N, body) == [2560]


def test_the_planes_of_a_volume_have_the_y_extent() -> None:
    body = (
        LOAD_NM
        + index("x", "y", "z")
        + "mad.lo.s32 %r12, %z, %r11, %y; mad.lo.s32 %r20, %r12, %r10, %x;"
        + AT
    )
    assert assumed(NM, body, block="8x8x4", grid="5x6x7") == [40, 48]


def test_other_loop_bounds_are_1024() -> None:
    body = (
        LOAD_N
        + "mov.u32 %r12, 0; L: add.s32 %r12, %r12, 1;"
        + "setp.lt.s32 %p1, %r12, %r10; @%p1 bra L;"
    )
    assert assumed(N, body) == [1024]


def test_a_loop_that_counts_down_is_bounded_too() -> None:
    body = LOAD_N + "mov.u32 %r12, %r10; L: add.s32 %r12, %r12, -1;"
    assert assumed(N, body + "setp.ne.s32 %p1, %r12, 0; @%p1 bra L;") == [1024]


def test_a_row_that_a_block_walks_is_1024_long() -> None:
    body = (
        LOAD_N
        + "mov.u32 %r1, %ctaid.x; mul.lo.s32 %r2, %r1, %r10; mov.u32 %r3, %tid.x;"
        + "setp.ge.s32 %p2, %r3, %r10; @%p2 bra END; mov.u32 %r4, %ntid.x;"
        + "L: add.s32 %r20, %r2, %r3;"
        + AT
        + "add.s32 %r3, %r3, %r4; setp.lt.s32 %p1, %r3, %r10; @%p1 bra L; END:"
    )
    assert assumed(N, body) == [1024]


def test_a_bound_within_the_block_is_the_blocks_extent() -> None:
    body = LOAD_N + "mov.u32 %r3, %tid.x; setp.lt.s32 %p1, %r3, %r10;"
    assert assumed(N, body, block="96") == [96]


def test_a_divisor_of_the_index_is_a_row_length_and_settles_the_rows() -> None:
    body = LOAD_NM + index("x") + "div.s32 %r12, %x, %r10; setp.ge.s32 %p1, %r12, %r11;"
    assert assumed(NM, body, grid="1024") == [1024, 256]
    assert assumed(NM, body, "n=64", grid="1024") == [64, 4096]


def test_an_axis_wraps_round_at_its_own_extent() -> None:
    body = LOAD_N + index("x", "y") + "add.s32 %r12, %y, 1; rem.s32 %r13, %r12, %r10;"
    assert assumed(N, body, block="32x8", grid="7x5") == [40]


def test_a_product_of_sizes_is_shared_out() -> None:
    body = LOAD_NM + index("x") + "mul.lo.s32 %r12, %r10, %r11; setp.ge.s32 %p1, %x, %r12;"
    assert assumed(NM, body, grid="256") == [256, 256]
    assert assumed(NM, body, "n=1024", grid="256") == [1024, 64]


def test_a_stride_between_threads_is_one_element() -> None:
    body = LOAD_N + index("x") + "mul.lo.s32 %r20, %x, %r10;" + AT
    assert assumed(N, body) == [1]


def test_an_offset_is_nothing() -> None:
    body = LOAD_N + index("x") + "add.s32 %r20, %x, %r10;" + AT
    assert assumed(N, body) == [0]


def test_a_bound_of_loaded_values_is_1024() -> None:
    body = LOAD_N + "ld.global.u32 %r12, [%rd1]; setp.lt.u32 %p1, %r12, %r10;"
    assert assumed(N, body) == [1024]


def test_what_tells_nothing_is_one() -> None:
    body = LOAD_N + "st.global.u32 [%rd1], %r10;"
    assert assumed(N, body) == [1]


def test_small_types_hold_what_is_assumed() -> None:
    body = "ld.param.u8 %h1, [n]; cvt.u32.u16 %r10, %h1;" + index("x")
    body += "setp.ge.u32 %p1, %x, %r10;"
    assert assumed(".param .u64 a, .param .u8 n", body) == [255]


def test_only_what_is_read_is_assumed() -> None:
    launch = launched(module(NM, "ld.param.u32 %r1, [m];"), grid="1")
    assert [a.option for a in launch.assumptions] == ["--arg m=1"]


@pytest.mark.parametrize(
    ("declared", "load", "use", "value"),
    [
        (".param .f32 n", "ld.param.f32 %f1, [n];", "", 1.0),
        (".param .f64 n", "ld.param.f64 %fd1, [n];", "", 1.0),
        (".param .f32 n", "ld.param.b32 %r1, [n];", "", 1.0),
        (".param .b32 n", "ld.param.b32 %r1, [n];", "mov.b32 %f1, %r1; neg.f32 %f2, %f1;", 1.0),
        (".param .b32 n", "ld.param.b32 %r1, [n];", "cvt.rn.f32.s32 %f1, %r1;", 1),
        (".param .b16 n", "ld.param.b16 %h1, [n];", "add.f16 %h2, %h1, %h1;", 1.0),
    ],
)
def test_floats_are_one(declared: str, load: str, use: str, value: float) -> None:
    (argument,) = launched(module(declared, load + use), grid="1").arguments
    assert argument.shown == value
    assert type(argument.shown) is type(value)


def test_an_assumption_says_what_where_why_and_how_to_pin_it() -> None:
    body = LOAD_N + index("x") + "\nsetp.ge.s32 %p1, %x, %r10;\n"
    launch = launched(module(N, body + "ld.global.f32 %f1, [%rd1];"), grid="10")
    line = next(
        i.location.line
        for i in module(N, body).kernels[0].instructions
        if i.opcode == "setp.ge.s32"
    )
    message = "parameter 1 (u32 n) = 2560: compared with the x index"
    assert launch.assumptions == (Assumption("argument", line, message, "--arg n=2560"),)


def test_the_option_pins_what_was_assumed() -> None:
    parameters = ".param .u64 k_param_0, .param .u32 k_param_1, .param .align 4 .b8 s[12]"
    body = index("x") + (
        "ld.param.u32 %r10, [k_param_1]; setp.ge.s32 %p1, %x, %r10;"
        "ld.param.f32 %f1, [s+4]; ld.param.u32 %r11, [s+8]; setp.ge.s32 %p2, %x, %r11;"
        "ld.param.u64 %rd1, [k_param_0]; st.global.f32 [%rd1], %f1;"
    )
    made = module(parameters, body)
    launch = launched(made, block=None)
    options = dict(assumption.option.split() for assumption in launch.assumptions[:2])
    arguments = [assumption.option.split()[1] for assumption in launch.assumptions[2:]]
    assert arguments == ["1=270336", "s+4:f32=1.0", "s+8:u32=270336"]
    again = launched(made, *arguments, block=options["--block"], grid=options["--grid"])
    assert again.assumptions == ()
    assert again.arguments == launch.arguments


def test_sizes_that_calls_pass_on_are_followed() -> None:
    helper = """
.func f(.param .b32 f_0, .param .b32 f_1)
{ .reg .pred %p; .reg .b32 %a, %b; ld.param.u32 %a, [f_0]; ld.param.u32 %b, [f_1];
  setp.ge.s32 %p, %a, %b; @%p trap; ret; }
"""
    body = (
        index("x")
        + LOAD_N
        + (
            "{ .param .b32 p0; .param .b32 p1; st.param.b32 [p0], %x; st.param.b32 [p1], %r10;"
            " call.uni f, (p0, p1); }"
        )
    )
    launch = launched(module(N, body, functions=helper), grid="10")
    assert launch.arguments[1].shown == 2560


def test_endless_squaring_stays_bounded() -> None:
    squares = "".join(f"mul.lo.s32 %r{20 + i}, %r{19 + i}, %r{19 + i};" for i in range(1, 39))
    body = LOAD_N + index("x") + "add.s32 %r20, %x, %r10;" + squares
    body += "setp.lt.s32 %p1, %r58, %r10;"
    launch = launched(module(N, body), grid="10")
    assert launch.arguments[1].shown == 1024


def test_what_depends_on_a_thousand_arguments_stays_bounded() -> None:
    loads = "".join(f"ld.param.u32 %c{i}, [many+{4 * i}];" for i in range(1000))
    mixed = "".join(f"xor.b32 %d{i + 1}, %d{i}, %c{i % 1000};" for i in range(20_000))
    body = f".reg .b32 %c<1000>, %d<20001>; mov.u32 %d0, %ctaid.x; {loads} {mixed}"
    body += LOAD_N + "setp.lt.s32 %p1, %d20000, %r10;"
    launch = launched(module(N + ", .param .align 4 .b8 many[4000]", body), grid="10")
    assert launch.arguments[1].shown == 1024
