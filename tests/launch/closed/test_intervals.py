"""Sets of bytes against sets written down byte by byte."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.launch.closed.intervals import Bytes, each_of
from ptxenergy.launch.closed.reach import rectangles
from ptxenergy.launch.closed.traffic import residues

INTERVALS = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40)), min_size=1, max_size=6)
DIMS = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 7)), max_size=3)


def written_down(intervals: list[tuple[int, int]], dims: list[tuple[int, int]]) -> set[int]:
    steps = [range(count) for _, count in dims]
    return {
        start + byte + sum(s * j for (s, _), j in zip(dims, places, strict=True))
        for start, length in intervals
        for byte in range(length)
        for places in product(*steps)
    }


@given(INTERVALS, DIMS, st.integers(0, 31))
def test_sectors_of_repeated_intervals(
    intervals: list[tuple[int, int]], dims: list[tuple[int, int]], moved: int
) -> None:
    starts = np.array([start for start, _ in intervals], np.int64)
    own = Bytes.of(starts, starts + np.array([length for _, length in intervals]))
    whole = written_down(intervals, dims)
    found = own.repeated(tuple(dims))
    assert found.sectors(moved) == len({(byte + moved) // 32 for byte in whole})
    full = sum(all(32 * s + b in whole for b in range(32)) for s in {byte // 32 for byte in whole})
    assert found.whole_sectors() == full
    assert own.count_repeated(tuple(dims)) == (found.sectors(), full)


@given(
    st.lists(st.lists(st.integers(0, 200), min_size=1, max_size=8), min_size=1, max_size=5),
    st.integers(1, 40),
)
def test_lists_that_are_united_together_are_as_each_alone(
    lists: list[list[int]], width: int
) -> None:
    starts = np.array([start for one in lists for start in one], np.int64)
    found = each_of(starts, width, np.cumsum([len(one) for one in lists]))
    for one, own in zip(found, lists, strict=True):
        alone = Bytes.of(np.array(own, np.int64), np.array(own, np.int64) + width)
        assert one.start.tolist() == alone.start.tolist()
        assert one.end.tolist() == alone.end.tolist()


@given(st.lists(st.tuples(st.integers(0, 31), st.integers(1, 50)), min_size=1, max_size=3))
def test_residues_are_those_of_all_combinations(turns: list[tuple[int, int]]) -> None:
    column = np.array([n for pair in turns for n in pair], np.int64)
    expected = np.zeros(32, np.int64)
    for places in product(*(range(steps) for _, steps in turns)):
        expected[sum(s * j for (s, _), j in zip(turns, places, strict=True)) % 32] += 1
    assert residues(column, 32).tolist() == expected.tolist()


@given(st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 3)), st.data())
def test_a_run_of_blocks_is_cut_into_boxes(grid: tuple[int, int, int], data: st.DataObject) -> None:
    volume = grid[0] * grid[1] * grid[2]
    first = data.draw(st.integers(0, volume - 1))
    last = data.draw(st.integers(first + 1, volume))
    numbers = [
        x + grid[0] * (y + grid[1] * z)
        for low, high in rectangles(grid, first, last)
        for x, y, z in product(*(range(a, b) for a, b in zip(low, high, strict=True)))
    ]
    assert sorted(numbers) == list(range(first, last))
