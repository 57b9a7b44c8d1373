"""Remembered patterns: a request moved by a whole period costs what it did before."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.launch.profile import Traffic
from ptxenergy.launch.reference.counting import sector_numbers, wavefronts
from ptxenergy.launch.reference.footprint import Touch
from ptxenergy.launch.reference.lanes import Array
from ptxenergy.launch.reference.patterns import Pattern, Patterns, sectors_moved
from tests.launch.reference_launches import counted, module_of, traffic
from tests.launch.test_reference_counts import REGISTERS

SIZE = 64
NO_ROWS = np.zeros((6, 1))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Array, Array, Array, bool]:
    """Addresses, the same moved, active lanes, and whether all moved alike."""
    numbers = draw(st.lists(st.integers(1 << 20, 1 << 21), min_size=SIZE, max_size=SIZE))
    addresses = np.array(numbers, np.uint64)
    flags = draw(st.lists(st.booleans(), min_size=SIZE, max_size=SIZE))
    lanes = np.array(flags) | (np.arange(SIZE) == draw(st.integers(0, SIZE - 1)))
    moved = addresses + np.uint64(draw(st.integers(-(1 << 19), 1 << 19)) % (1 << 64))
    inactive = np.nonzero(~lanes)[0]
    if len(inactive):
        moved[inactive[0]] += np.uint64(8)
    alike = draw(st.booleans())
    active = np.nonzero(lanes)[0]
    if not alike and len(active) > 1:
        moved[active[-1]] += np.uint64(4)
    return addresses, moved, lanes, alike or len(active) == 1


@given(pairs())
def test_only_uniform_moves_by_whole_sectors_are_remembered(
    case: tuple[Array, Array, Array, bool],
) -> None:
    addresses, moved, lanes, alike = case
    _, sectors = sector_numbers(addresses, 4, lanes)
    first = int(lanes.argmax())
    patterns = Patterns()
    pattern = Pattern(lanes, addresses, first, bool(lanes.all()), NO_ROWS, Touch(sectors))
    patterns.keep(0, ("global", "load"), pattern)
    found = patterns.find(0, ("global", "load"), moved, lanes)
    same_phase = (int(moved[first]) - int(addresses[first])) % 32 == 0
    assert (found is not None) == (alike and same_phase)
    if found is not None:
        _, expected = sector_numbers(moved, 4, lanes)
        assert (found[0].touch.read + sectors_moved(found[1])).tolist() == expected.tolist()


@given(pairs())
def test_a_move_by_all_banks_keeps_the_wavefronts(case: tuple[Array, Array, Array, bool]) -> None:
    addresses, _, lanes, _ = case
    addresses &= ~np.uint64(3)
    moved = addresses + np.uint64(128 * 7)
    assert wavefronts(moved, 4, lanes).tolist() == wavefronts(addresses, 4, lanes).tolist()


def looped(stride: int, lane_stride: int) -> str:
    return f"""{REGISTERS}
ld.param.u64 %rd1, [a];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd2, %r1, {lane_stride};
add.s64 %rd2, %rd2, %rd1;
mov.u32 %r2, 0;
LOOP:
ld.global.f32 %f1, [%rd2];
add.s64 %rd2, %rd2, {stride};
add.u32 %r2, %r2, 1;
setp.lt.u32 %p1, %r2, 12;
@%p1 bra LOOP;
ret;
"""


@given(st.integers(-40, 40), st.integers(0, 40))
def test_a_strided_loop_counts_every_sector(stride: int, lane_stride: int) -> None:
    """Against sets, and with a base far enough up that no address is below its region."""
    module = module_of(looped(4 * stride, 4 * lane_stride), ".param .u64 a")
    profile = counted(module, 1, 40)
    touched: set[int] = set()
    total = 0
    for turn in range(12):
        for warp in (range(32), range(32, 40)):
            pieces = {(4 * stride * turn + 4 * lane_stride * lane) // 32 for lane in warp}
            total += len(pieces)
            touched |= pieces
    assert traffic(profile, "global", "load") == Traffic(24, total, 0, 12 * 40 * 4)
    assert profile.footprint.any.block == len(touched)
