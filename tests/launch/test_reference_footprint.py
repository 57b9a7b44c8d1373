"""What a launch touches, held against the same accesses written down in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.launch.profile import Footprint, Reach
from ptxenergy.launch.reference import EvaluationOptions, evaluate_sampled
from ptxenergy.launch.request import Dim3, Pins
from ptxenergy.launch.waves import middle_wave
from ptxenergy.ptx.syntax import Module
from tests.launch.reference_launches import launch_of, module_of, region, run

Access = tuple[str, str, int, int]
"""(read or write, argument, address, bytes)."""

WIDTH, HEIGHT = 2, 3
BODY = """
.reg .b32 %r<16>;
.reg .b64 %rd<10>;
.reg .f32 %f<4>;
.reg .pred %p<4>;
ld.param.u64 %rd1, [k_in];
ld.param.u64 %rd2, [k_out];
ld.param.u32 %r1, [k_width];
ld.param.u32 %r2, [k_height];
mov.u32 %r3, %ctaid.x;
mov.u32 %r4, %ntid.x;
mov.u32 %r5, %tid.x;
mad.lo.s32 %r6, %r3, %r4, %r5;
mov.u32 %r7, %ctaid.y;
mov.u32 %r8, %ntid.y;
mov.u32 %r9, %tid.y;
mad.lo.s32 %r10, %r7, %r8, %r9;
setp.ge.s32 %p1, %r6, %r1;
setp.ge.s32 %p2, %r10, %r2;
or.pred %p3, %p1, %p2;
@%p3 bra DONE;
mad.lo.s32 %r11, %r10, %r1, %r6;
mul.wide.s32 %rd3, %r11, 4;
add.s64 %rd4, %rd1, %rd3;
ld.global.f32 %f1, [%rd4+-4];
mad.lo.s32 %r12, %r6, %r2, %r10;
mul.wide.s32 %rd5, %r12, 4;
add.s64 %rd6, %rd2, %rd5;
st.global.f32 [%rd6], %f1;
DONE:
ret;
"""
PARAMETERS = ".param .u64 k_in, .param .u64 k_out, .param .u32 k_width, .param .u32 k_height"


@pytest.fixture(scope="module")
def transpose() -> Module:
    """Reads one word before its own, and writes transposed."""
    return module_of(BODY, PARAMETERS)


def transposed(grid: Dim3, block: Dim3, width: int, height: int) -> Iterator[tuple[int, Access]]:
    """(block, access) of every thread."""
    for by, bx, ty, tx in product(*map(range, (grid.y, grid.x, block.y, block.x))):
        x, y = bx * block.x + tx, by * block.y + ty
        if x < width and y < height:
            number = bx + grid.x * by
            yield number, ("read", "k_in", region(0) + 4 * (y * width + x) - 4, 4)
            yield number, ("write", "k_out", region(1) + 4 * (x * height + y), 4)


@dataclass
class Plain:
    """Sets of sectors by scope, direction and argument, filled one access at a time."""

    wave: range
    pairs: dict[tuple[str, str], set[tuple[int, int]]] = field(default_factory=dict)
    stored: dict[int, set[int]] = field(default_factory=dict)

    def note(self, block: int, access: Access) -> None:
        direction, argument, address, size = access
        for byte in range(address, address + size):
            self.pairs.setdefault((direction, argument), set()).add((block, byte // 32))
            if direction == "write":
                self.stored.setdefault(byte // 32, set()).add(byte)

    def reach(self, direction: str | None = None, argument: str | None = None) -> Reach:
        pairs = set[tuple[int, int]]()
        for (own, name), found in self.pairs.items():
            if direction in (None, own) and argument in (None, name):
                pairs |= found
        return Reach(
            len(pairs),
            len({sector for block, sector in pairs if block in self.wave}),
            len({sector for _, sector in pairs}),
        )

    def footprint(self) -> Footprint:
        names = sorted({argument for _, argument in self.pairs})
        return Footprint(
            self.reach(),
            self.reach("read"),
            self.reach("write"),
            sum(len(bytes_) < 32 for bytes_ in self.stored.values()),
            {name: (self.reach("read", name), self.reach("write", name)) for name in names},
        )


def plainly(accesses: Iterable[tuple[int, Access]], wave: range) -> Footprint:
    plain = Plain(wave)
    for block, access in accesses:
        plain.note(block, access)
    return plain.footprint()


@settings(max_examples=25, deadline=None)
@given(
    grid=st.builds(Dim3, st.integers(1, 5), st.integers(1, 4), st.just(1)),
    block=st.sampled_from([Dim3(8, 4), Dim3(4, 8), Dim3(32), Dim3(1, 16), Dim3(16, 3)]),
    short=st.tuples(st.integers(0, 5), st.integers(0, 3)),
    wave_blocks=st.sampled_from([None, 1, 3, 4, 100]),
)
def test_every_scope_and_direction_is_that_of_the_accesses(
    transpose: Module, grid: Dim3, block: Dim3, short: tuple[int, int], wave_blocks: int | None
) -> None:
    width, height = max(1, grid.x * block.x - short[0]), max(1, grid.y * block.y - short[1])
    launch = launch_of(transpose.kernels[0], grid, block, {WIDTH: width, HEIGHT: height})
    profile = run(transpose, launch, options=EvaluationOptions(wave_blocks=wave_blocks))
    wave = middle_wave(grid.volume, wave_blocks)
    assert profile.footprint == plainly(transposed(grid, block, width, height), wave)


def test_the_wave_is_the_middle_full_one() -> None:
    assert middle_wave(10, None) == range(10)
    assert middle_wave(3, 4) == range(3)
    assert middle_wave(4, 4) == range(4)
    assert middle_wave(11, 4) == range(4)
    assert middle_wave(12, 4) == range(4, 8)
    assert middle_wave(17, 4) == range(4, 8)


def test_the_order_of_the_blocks_does_not_matter(transpose: Module) -> None:
    launch = launch_of(transpose.kernels[0], (6, 3), (4, 8), {WIDTH: 24, HEIGHT: 24})
    forth = run(transpose, launch, options=EvaluationOptions(wave_blocks=4))
    back = run(
        transpose,
        launch,
        options=EvaluationOptions(wave_blocks=4, blocks=tuple(reversed(range(18)))),
    )
    assert forth.footprint == back.footprint


def test_an_atomic_reads_and_writes_what_an_array_before_it_does_not() -> None:
    body = """
    .reg .b32 %r<4>;
    .reg .b64 %rd<4>;
    ld.param.u64 %rd1, [k_at];
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %rd2, %r1, 4;
    add.s64 %rd3, %rd1, %rd2;
    atom.global.add.u32 %r2, [%rd3], 1;
    """
    module = module_of(body, ".param .u64 k_at")
    footprint = run(module, launch_of(module.kernels[0], 3, 28)).footprint
    four = Reach(3 * 4, 4, 4)
    assert (footprint.any, footprint.read, footprint.write) == (four, four, four)
    assert footprint.partial_write_sectors == 1
    assert footprint.by_argument == {"k_at": (four, four)}


def test_a_variable_of_the_module_is_an_owner_too() -> None:
    body = """
    .reg .b32 %r<4>;
    .reg .b64 %rd<4>;
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %rd1, %r1, 4;
    mov.u64 %rd2, table;
    add.s64 %rd3, %rd2, %rd1;
    ld.global.u32 %r2, [%rd3];
    st.global.u32 [total], %r2;
    """
    before = ".global .align 4 .b8 table[128];\n.global .align 4 .u32 total;"
    module = module_of(body, before=before)
    footprint = run(module, launch_of(module.kernels[0], 2, 32)).footprint
    one, four, none = Reach(2, 1, 1), Reach(8, 4, 4), Reach()
    assert footprint.by_argument == {"table": (four, none), "total": (none, one)}
    assert footprint.partial_write_sectors == 1


def test_wide_and_ragged_stores_fill_their_sectors_byte_by_byte() -> None:
    body = """
    .reg .b32 %r<4>;
    .reg .b64 %rd<4>;
    ld.param.u64 %rd1, [k_at];
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %rd2, %r1, 16;
    add.s64 %rd3, %rd1, %rd2;
    st.global.v4.u32 [%rd3+8], {%r1, %r1, %r1, %r1};
    """
    module = module_of(body, ".param .u64 k_at")
    footprint = run(module, launch_of(module.kernels[0], 1, 32)).footprint
    assert footprint.write == Reach(17, 17, 17)
    assert footprint.partial_write_sectors == 2


@pytest.mark.parametrize("block", [Dim3(32, 8), Dim3(8, 32), Dim3(64, 4), Dim3(256, 1)])
def test_a_sample_comes_near_the_whole(transpose: Module, block: Dim3) -> None:
    size, wave = 1024, 264
    grid = Dim3(size // block.x, size // block.y)
    kernel = transpose.kernels[0]
    launch = launch_of(kernel, grid, block, {WIDTH: size, HEIGHT: size})
    whole = run(transpose, launch, options=EvaluationOptions(wave_blocks=wave)).footprint
    profile = evaluate_sampled(transpose, kernel, launch, Pins(), 20_000.0, wave_blocks=wave)
    assert "sampled" in profile.flags
    sampled = profile.footprint
    for near, exact in ((sampled.read, whole.read), (sampled.write, whole.write)):
        assert near.block == pytest.approx(exact.block, rel=0.02)
        assert near.wave == pytest.approx(exact.wave, rel=0.3)
        assert near.launch == pytest.approx(exact.launch, rel=0.05)
    assert whole.partial_write_sectors == 0
    assert sampled.partial_write_sectors <= 0.05 * whole.write.launch
    assert set(sampled.by_argument) == set(whole.by_argument) == {"k_in", "k_out"}
