"""The counts of one request, against loops over sets."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.launch.reference.counting import (
    distinct_words,
    local_sectors,
    same_address,
    sector_numbers,
    sectors,
    wavefronts,
)

WARP = 32
Request = tuple[npt.NDArray[np.uint64], int, npt.NDArray[np.bool_]]
WIDTHS = st.sampled_from([1, 2, 4, 8, 12, 16, 32])
SPREAD = st.sampled_from([64, 4096, 1 << 40])


@st.composite
def requests(draw: st.DrawFn) -> Request:
    warps = draw(st.integers(1, 3))
    width, spread = draw(WIDTHS), draw(SPREAD)
    size = warps * WARP
    numbers = draw(st.lists(st.integers(0, spread), min_size=size, max_size=size))
    aligned = draw(st.booleans())
    addresses = np.array(numbers, np.uint64)
    if aligned:
        addresses -= addresses % np.uint64(width)
    shape = draw(st.sampled_from(["as drawn", "ascending", "one address"]))
    if shape == "ascending":
        addresses.sort()
    if shape == "one address":
        addresses[:] = addresses[0]
    flags = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    active = np.array(flags) if draw(st.booleans()) else np.ones(size, np.bool_)
    return addresses, width, active


def bytes_of_warps(request: Request) -> list[list[list[int]]]:
    addresses, width, active = request
    return [
        [
            [int(addresses[lane]) + byte for byte in range(width)]
            for lane in range(start, start + WARP)
            if active[lane]
        ]
        for start in range(0, len(addresses), WARP)
    ]


@given(requests())
def test_sectors_are_distinct_32_byte_pieces(request_: Request) -> None:
    expected = [
        len({byte // 32 for lane in warp for byte in lane}) for warp in bytes_of_warps(request_)
    ]
    assert sectors(*request_).tolist() == expected


@given(requests())
def test_sector_numbers_name_each_sector_once(request_: Request) -> None:
    warp, number = sector_numbers(*request_)
    expected = [
        (at, piece)
        for at, lanes in enumerate(bytes_of_warps(request_))
        for piece in sorted({byte // 32 for lane in lanes for byte in lane})
    ]
    assert list(zip(warp.tolist(), number.tolist(), strict=True)) == expected


@given(requests())
def test_words_are_distinct_4_byte_pieces(request_: Request) -> None:
    expected = [
        len({byte // 4 for lane in warp for byte in lane}) for warp in bytes_of_warps(request_)
    ]
    assert distinct_words(*request_).tolist() == expected


@given(requests())
def test_wavefronts_are_the_fullest_banks_distinct_words(request_: Request) -> None:
    expected = []
    for warp in bytes_of_warps(request_):
        words = {byte // 4 for lane in warp for byte in lane}
        banks = Counter(word % 32 for word in words)
        expected.append(max(banks.values(), default=0))
    assert wavefronts(*request_).tolist() == expected


@given(requests())
def test_same_address_is_the_largest_crowd(request_: Request) -> None:
    addresses, _, active = request_
    expected = []
    for start in range(0, len(addresses), WARP):
        crowd = Counter(int(addresses[i]) for i in range(start, start + WARP) if active[i])
        expected.append(max(crowd.values(), default=0))
    assert same_address(addresses, active).tolist() == expected


@given(requests().filter(lambda r: r[1] in (4, 8, 16)))
def test_local_words_interleave_by_lane(request_: Request) -> None:
    addresses, width, active = request_
    addresses = addresses - addresses % np.uint64(4)
    expected = []
    for start in range(0, len(addresses), WARP):
        pieces = {
            ((int(addresses[i]) // 4 + word) * 32 + i % WARP) * 4 // 32
            for i in range(start, start + WARP)
            if active[i]
            for word in range(width // 4)
        }
        expected.append(len(pieces))
    assert local_sectors(addresses, width, active).tolist() == expected


LANES = np.arange(WARP, dtype=np.uint64)
ALL = np.ones(WARP, np.bool_)


@pytest.mark.parametrize(
    ("stride", "width", "expected"),
    [(4, 4, 1), (8, 8, 2), (16, 16, 4), (0, 4, 1), (128, 4, 32), (132, 4, 1), (8, 4, 2)],
)
def test_wavefronts_of_textbook_patterns(stride: int, width: int, expected: int) -> None:
    addresses = LANES * np.uint64(stride)
    assert wavefronts(addresses, width, ALL).tolist() == [expected]


def test_same_local_word_of_all_lanes_is_four_sectors() -> None:
    assert local_sectors(np.full(WARP, 40, np.uint64), 4, ALL).tolist() == [4]
