"""The launch options as typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.errors import ArgumentError, LaunchError
from ptxenergy.launch.parse import parse_argument, parse_dim3, parse_pins
from ptxenergy.launch.request import ArgumentSetting, Dim3


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=3))
def test_extents_are_read_back(extents: list[int]) -> None:
    dim = Dim3(*extents)
    assert parse_dim3(str(dim)) == dim
    assert parse_dim3("x".join(map(str, extents))) == dim


@pytest.mark.parametrize(
    "text",
    ["", "x", "0", "32x0", "-1", "32x-8", "1x1x1x1", "a", "32x", "3.5", "1e3", "٣", "9" * 5000],
)
def test_what_is_no_extent_is_refused(text: str) -> None:
    with pytest.raises(LaunchError):
        parse_dim3(text)


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("3=4096", ArgumentSetting("3", "4096")),
        (" n = -1", ArgumentSetting("n", "-1")),
        ("k_param_2=0x10", ArgumentSetting("k_param_2", "0x10")),
        ("p+8:u32=7", ArgumentSetting("p", "7", 8, "u32")),
        ("0+0x10:f32=1.5", ArgumentSetting("0", "1.5", 16, "f32")),
        ("p+010:u8=1", ArgumentSetting("p", "1", 10, "u8")),
        ("+8:u32=1=", ArgumentSetting("+8", "1=", 0, "u32")),
        ("p+4=1", ArgumentSetting("p", "1", 4)),
        ("2:f16=1", ArgumentSetting("2", "1", 0, "f16")),
    ],
)
def test_arguments_are_read(text: str, setting: ArgumentSetting) -> None:
    assert parse_argument(text) == setting


@pytest.mark.parametrize("text", ["", "n", "=3", "n="])
def test_what_sets_nothing_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="sets no argument"):
        parse_argument(text)


def test_pins_are_kept_by_line() -> None:
    pins = parse_pins(["12=8"], ["7=0.25", "9=1"], ["3=coalesced", "4=random", "5=2.5"])
    assert pins.trips == {12: 8}
    assert pins.branches == {7: 0.25, 9: 1}
    assert pins.accesses == {3: "coalesced", 4: "random", 5: 2.5}


@pytest.mark.parametrize(
    ("trips", "branches", "accesses", "message"),
    [
        (["8"], [], [], "write LINE="),
        (["0=8"], [], [], "write LINE="),
        (["1=-8"], [], [], "0 or more"),
        (["1=inf"], [], [], "not finite"),
        (["1=2", "1=3"], [], [], "twice for line 1"),
        ([], ["1=1.5"], [], "between 0 and 1"),
        ([], ["1=x"], [], "no number"),
        ([], [], ["1=0"], "sectors per request"),
    ],
)
def test_pins_that_cannot_be_read(
    trips: list[str], branches: list[str], accesses: list[str], message: str
) -> None:
    with pytest.raises(LaunchError, match=message):
        parse_pins(trips, branches, accesses)
