"""Which parameters are pointers, and where they point."""

import pytest

from ptxenergy.errors import EvaluationError
from ptxenergy.launch.request import Launch
from tests.launch.written import index, launched, module

TWO = ".param .u64 a, .param .u64 b"


def shown(parameters: str, body: str, *arguments: str, functions: str = "") -> list[object]:
    launch = launched(module(parameters, body, functions=functions), *arguments, grid="4")
    assert_regions(launch)
    return [argument.shown for argument in launch.arguments]


def assert_regions(launch: Launch) -> None:
    """Each pointer points at a region of its own, in order, 256-byte aligned."""
    found = [
        int.from_bytes(argument.image[offset : offset + 8], "little")
        for argument in launch.arguments
        for offset in argument.pointer_offsets
    ]
    assert found == [(k + 1) << 40 for k in range(len(found))]


def test_the_base_of_an_access_is_a_pointer() -> None:
    assert shown(TWO, "ld.param.u64 %rd1, [a]; ld.global.f32 %f1, [%rd1+4];") == [
        "pointer",
        "unread",
    ]


def test_what_is_marked_is_a_pointer_even_unread() -> None:
    assert shown(".param .u64 .ptr .global .align 16 a, .param .u32 n", "") == [
        "pointer",
        "unread",
    ]


def test_a_scaled_index_is_no_pointer() -> None:
    body = """
        ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b];
        shl.b64 %rd3, %rd2, 2; add.s64 %rd4, %rd1, %rd3; ld.global.f32 %f1, [%rd4];
    """
    assert shown(TWO, body) == ["pointer", 0]
    product = body.replace("shl.b64 %rd3, %rd2, 2", "mul.lo.s64 %rd3, %rd2, 4")
    assert shown(TWO, product) == ["pointer", 0]
    mad = "ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b]; mad.lo.s64 %rd4, %rd2, 4, %rd1;"
    assert shown(TWO, mad + "st.global.f32 [%rd4], %f1;") == ["pointer", 0]


def test_the_converted_term_of_a_sum_is_the_pointer() -> None:
    body = """
        ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b]; cvta.to.global.u64 %rd3, %rd2;
        add.s64 %rd4, %rd1, %rd3; ld.global.u8 %h1, [%rd4];
    """
    assert shown(TWO, body) == [0, "pointer"]


def test_a_scalar_that_reaches_no_address_is_none() -> None:
    body = "ld.param.u64 %rd1, [a]; add.s64 %rd2, %rd1, 1; setp.gt.s64 %p1, %rd2, 7;"
    assert shown(TWO, body) == [1, "unread"]


def test_selects_and_joined_moves_are_followed() -> None:
    select = """
        ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b];
        selp.b64 %rd3, %rd1, %rd2, %p1; ld.global.f32 %f1, [%rd3];
    """
    assert shown(TWO, select) == ["pointer", "pointer"]
    joined = """
        ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b]; mov.u64 %rd3, %rd1;
        @%p1 bra L; mov.u64 %rd3, %rd2; L: st.global.f32 [%rd3], %f1;
    """
    assert shown(TWO, joined) == ["pointer", "pointer"]


def test_a_pointer_that_a_loop_moves_on_is_followed() -> None:
    body = """
        ld.param.u64 %rd1, [a]; mov.u64 %rd2, %rd1;
        L: ld.global.f32 %f1, [%rd2]; add.s64 %rd2, %rd2, 4; setp.lt.u64 %p1, %rd2, 77;
        @%p1 bra L;
    """
    assert shown(TWO, body) == ["pointer", "unread"]


LOADER = """
.func (.param .b64 out) pick(.param .b64 pick_0, .param .b64 pick_1)
{ .reg .b64 %q<4>; .reg .f32 %g;
  ld.param.u64 %q0, [pick_0]; ld.param.u64 %q1, [pick_1];
  ld.global.f32 %g, [%q0]; add.s64 %q2, %q1, 16; st.param.b64 [out], %q2; ret; }
"""
CALL = """
    ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b];
    { .param .b64 p0; .param .b64 p1; .param .b64 r0;
      st.param.b64 [p0], %rd1; st.param.b64 [p1], %rd2;
      call.uni (r0), pick, (p0, p1);
      ld.param.b64 %rd3, [r0]; }
"""


def test_calls_are_followed_in_and_out() -> None:
    assert shown(TWO, CALL, functions=LOADER) == ["pointer", 1]
    used = CALL + "ld.global.f32 %f1, [%rd3];"
    assert shown(TWO, used, functions=LOADER) == ["pointer", "pointer"]


def test_a_call_through_a_register_is_followed() -> None:
    body = "mov.u64 %rd9, pick;" + CALL.replace(
        "call.uni (r0), pick, (p0, p1);", "call (r0), %rd9, (p0, p1), proto;"
    ).replace(
        "{ .param",
        "{ proto: .callprototype (.param .b64 _) _ (.param .b64 _, .param .b64 _); .param",
        1,
    )
    assert shown(TWO, body, functions=LOADER) == ["pointer", 1]


STRUCT = ".param .align 8 .b8 s[40], .param .u32 n"


def test_fields_of_a_struct_are_told_apart() -> None:
    body = """
        ld.param.u64 %rd1, [s+8]; ld.param.u32 %r1, [s+16]; ld.param.v2.u64 {%rd2, %rd3}, [s+24];
        ld.global.f32 %f1, [%rd1]; ld.global.f32 %f2, [%rd3]; setp.gt.s64 %p1, %rd2, 5;
    """
    assert shown(STRUCT, body) == [
        {"8": "pointer", "16": 1, "24": 1, "32": "pointer"},
        "unread",
    ]


def test_a_struct_read_through_its_address_is_followed() -> None:
    body = """
        mov.b64 %rd1, s; add.s64 %rd2, %rd1, 8; ld.param.u64 %rd3, [%rd2+8];
        ld.global.f32 %f1, [%rd3];
    """
    assert shown(STRUCT, body) == [{"16": "pointer"}, "unread"]


def test_an_array_of_pointers_read_anywhere_is_all_pointers() -> None:
    body = """
        mov.b64 %rd1, s; mov.u32 %r1, %ctaid.x; mul.wide.u32 %rd2, %r1, 8;
        add.s64 %rd3, %rd1, %rd2; ld.param.u64 %rd4, [%rd3]; ld.global.f32 %f1, [%rd4];
        ld.param.u32 %r2, [s+32];
    """
    found = shown(STRUCT, body)
    assert found[0] == {"0": "pointer", "8": "pointer", "16": "pointer", "24": "pointer", "32": 1}


LOCAL = ".local .align 8 .b8 depot[32]; .reg .b64 %SP, %SPL;"


@pytest.mark.parametrize("space", ["", ".local"])
def test_local_memory_is_followed(space: str) -> None:
    base = "%SPL" if space else "%SP"
    body = f"""
        {LOCAL} mov.u64 %SPL, depot; cvta.local.u64 %SP, %SPL;
        ld.param.u64 %rd1, [a]; st{space}.u64 [{base}+8], %rd1;
        ld{space}.u64 %rd2, [{base}+8]; ld.global.f32 %f1, [%rd2];
    """
    assert shown(TWO, body) == ["pointer", "unread"]


def test_an_array_in_local_memory_is_followed_whatever_its_index() -> None:
    body = f"""
        {LOCAL} mov.u64 %SPL, depot;
        ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b];
        st.local.u64 [%SPL], %rd1; st.local.u64 [%SPL+8], %rd2;
        mov.u32 %r1, %ctaid.x; mul.wide.u32 %rd3, %r1, 8; add.s64 %rd4, %SPL, %rd3;
        ld.local.u64 %rd5, [%rd4]; ld.global.f32 %f1, [%rd5];
    """
    assert shown(TWO, body) == ["pointer", "pointer"]


def test_the_address_of_a_parameter_is_not_its_value() -> None:
    body = """
        mov.b64 %rd1, s; cvta.param.u64 %rd2, %rd1; mov.u32 %r1, 0;
        prefetch.tensormap [%rd2];
    """
    assert shown(STRUCT, body) == [{}, "unread"]


def test_a_pointer_that_is_given_keeps_its_value() -> None:
    body = "ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b];"
    body += "ld.global.f32 %f1, [%rd1]; ld.global.f32 %f2, [%rd2];"
    assert shown(TWO, body, "a=0") == [0, "pointer"]


def test_an_index_beside_a_pointer_is_taken_from_all_of_the_address() -> None:
    body = (
        index("x")
        + """
        ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b]; cvta.to.global.u64 %rd3, %rd1;
        cvt.s64.s32 %rd4, %x; add.s64 %rd5, %rd4, %rd2; shl.b64 %rd6, %rd5, 2;
        add.s64 %rd7, %rd3, %rd6; ld.global.f32 %f1, [%rd7];
    """
    )
    assert shown(TWO, body) == ["pointer", 0]


def test_a_large_array_read_anywhere_takes_little_time() -> None:
    body = """
        mov.b64 %rd1, big; mov.u32 %r1, %ctaid.x; cvt.u64.u32 %rd2, %r1;
        add.s64 %rd3, %rd1, %rd2; ld.param.u8 %h1, [%rd3]; st.global.u8 [%rd9], %h1;
    """
    (argument,) = launched(module(".param .align 8 .b8 big[4096]", body), grid="1").arguments
    assert argument.image == b"\x01" * 4096


def test_a_read_beyond_a_parameter_is_an_error() -> None:
    made = module(STRUCT, "ld.param.u64 %rd1, [s+36];")
    with pytest.raises(EvaluationError, match="reads byte 36 of s, which has 40"):
        launched(made, grid="1")
