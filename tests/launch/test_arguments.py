"""Arguments that are given: names, types, ranges, bytes."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.errors import ArgumentError
from ptxenergy.launch.arguments import encode, pack
from ptxenergy.launch.request import ArgumentSetting
from tests.launch.written import launched, module

PARAMETERS = """
    .param .u64 k_param_0, .param .u32 k_param_1, .param .f32 k_param_2, .param .s32 count,
    .param .b32 bits, .param .align 8 .b8 k_param_5[24], .param .u8 flag, .param .f64 wide
"""
MADE = module(PARAMETERS, "")


def image(index: int, *arguments: str) -> bytes:
    return launched(MADE, *arguments, grid="1").arguments[index].image


@pytest.mark.parametrize("target", ["1", "k_param_1", "param_1"])
def test_a_parameter_has_an_index_a_name_and_the_end_of_its_name(target: str) -> None:
    launch = launched(MADE, f"{target}=77", grid="1")
    assert launch.arguments[1].image == (77).to_bytes(4, "little")
    assert launch.arguments[1].shown == 77
    assert launch.assumptions == ()


@pytest.mark.parametrize(
    ("argument", "index", "expected"),
    [
        ("1=-1", 1, b"\xff\xff\xff\xff"),
        ("1=4294967295", 1, b"\xff\xff\xff\xff"),
        ("1=0x10", 1, b"\x10\0\0\0"),
        ("1=-0x1", 1, b"\xff\xff\xff\xff"),
        ("1=1e6", 1, (1_000_000).to_bytes(4, "little")),
        ("k_param_2=0.5", 2, struct.pack("<f", 0.5)),
        ("2=3", 2, struct.pack("<f", 3.0)),
        ("2=-inf", 2, struct.pack("<f", -math.inf)),
        ("count=-5", 3, struct.pack("<i", -5)),
        ("bits=7", 4, (7).to_bytes(4, "little")),
        ("bits=7.5", 4, struct.pack("<f", 7.5)),
        ("bits:f32=7", 4, struct.pack("<f", 7.0)),
        ("flag=1", 6, b"\x01"),
        ("wide=1e-300", 7, struct.pack("<d", 1e-300)),
        ("0=0", 0, bytes(8)),
    ],
)
def test_values_become_the_bytes_of_their_type(argument: str, index: int, expected: bytes) -> None:
    assert image(index, argument) == expected


def test_fields_of_a_struct_are_set_by_offset() -> None:
    launch = launched(MADE, "5+8:u32=7", "5+0x10:f64=0.25", "k_param_5+2:u16=513", grid="1")
    expected = (
        bytes(2) + b"\x01\x02" + bytes(4) + b"\x07\0\0\0" + bytes(4) + struct.pack("<d", 0.25)
    )
    assert launch.arguments[5].image == expected
    assert launch.arguments[5].shown == {"2": 513, "8": 7, "16": 0.25}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["n=1"], r"k has no parameter n; it takes 0 \(u64 k_param_0\), 1 \(u32 k_param_1\)"),
        (["8=1"], "no parameter 8"),
        (["-1=1"], "no parameter -1"),
        (["1=2.5"], "'2.5' is no integer, as u32 needs"),
        (["1=x"], "'x' is no integer"),
        (["1=4294967296"], r"4294967296 does not fit u32 \(-2147483648 to 4294967295\)"),
        (["count=2147483648"], "does not fit s32"),
        (["flag=256"], "does not fit u8"),
        (["0=" + "9" * 400], "is no integer"),
        (["2=x"], "'x' is no number"),
        (["2=1e39"], "1e39 does not fit f32"),
        (["1=1", "k_param_1=1"], "k_param_1 is given twice"),
        (["5+8:u32=1", "5+10:u16=1"], "k_param_5 is given twice at byte 8"),
        (["5=3"], r"k_param_5 holds 24 bytes; set a field of it with its type: 5\+0:u32=…"),
        (["5+8=3"], r"5\+8:u32=…"),
        (["5+22:u32=3"], r"bytes 22 to 25 lie outside parameter 5 \(24 bytes, k_param_5\)"),
        (["1:u64=3"], "bytes 0 to 7 lie outside parameter 1"),
        (["5+0:pred=1"], "pred is no type of a value"),
        (["5+0:u128=1"], "u128 is no type"),
    ],
)
def test_arguments_that_cannot_be(arguments: list[str], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        launched(MADE, *arguments, grid="1")


def test_a_kernel_without_parameters_says_so() -> None:
    with pytest.raises(ArgumentError, match="it takes none"):
        launched(module("", ""), "0=1", grid="1")


@given(st.integers(-(2**31), 2**32 - 1))
def test_integers_keep_their_value_modulo_their_width(value: int) -> None:
    encoded = encode("u32", str(value), ArgumentSetting("n", str(value)))
    assert int.from_bytes(encoded.image, "little") == value % 2**32


@given(st.floats(width=16, allow_nan=False))
def test_half_floats_are_exact_where_they_can_be(value: float) -> None:
    assert struct.unpack("<e", pack("f16", value)) == (value,)
    assert pack("f16x2", value) == 2 * struct.pack("<e", value)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_bfloat_is_the_nearest_upper_half(value: float) -> None:
    bits = int.from_bytes(pack("bf16", value), "little")
    (found,) = struct.unpack("<f", (bits << 16).to_bytes(4, "little"))
    neighbours = [
        struct.unpack("<f", (((bits + step) & 0xFFFF) << 16).to_bytes(4, "little"))[0]
        for step in (-1, 1)
    ]
    if math.isfinite(found):
        others = [abs(value - other) for other in neighbours if math.isfinite(other)]
        assert abs(value - found) <= min(others)
    else:
        assert abs(value) > 3.38e38
