"""`wgmma.mma_async` with values: descriptors, fragments, signs and what is added."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.launch.reference import GlobalMemory
from tests.launch.fragment_tables import TABLES, core_matrix_byte, warpgroup_d
from tests.launch.reference_launches import counted, launch_of, module_of, only, region, run

Floats = npt.NDArray[Any]
POINTERS = ".param .u64 k_tiles, .param .u64 k_before, .param .u64 k_after"
SHARED_BYTES = 16384


@dataclass(frozen=True)
class Product:
    """A product of a warpgroup; of `a` and `b` the start, the way along k and down, in bytes."""

    columns: int = 16
    kind: str = "f16"
    a: tuple[int, int, int] = (0, 128, 256)
    b: tuple[int, int, int] = (4096, 128, 256)
    adds: bool = True
    signs: tuple[int, int] = (1, 1)
    swizzle: int = 0
    transposes: int = 0
    half_result: bool = False

    @property
    def opcode(self) -> str:
        result = "f16" if self.half_result else "f32"
        shape = f"m64n{self.columns}k16"
        return f"wgmma.mma_async.sync.aligned.{shape}.{result}.{self.kind}.{self.kind}"

    @property
    def registers(self) -> int:
        return self.columns // (4 if self.half_result else 2)

    def descriptor(self, place: tuple[int, int, int]) -> int:
        start, along, down = (value >> 4 for value in place)
        return start | along << 16 | down << 32 | self.swizzle << 62


def program(what: Product, a: str) -> str:
    """Fill shared memory, load D, multiply, store D."""
    names = [f"%r{20 + j}" for j in range(what.registers)]
    at = [f"[%rd1+{4 * j}]" for j in range(what.registers)]
    loads = "\n".join(
        f"ld.global.b32 {name}, {place};" for name, place in zip(names, at, strict=True)
    )
    stores = "\n".join(
        f"st.global.b32 {place}, {name};"
        for name, place in zip(names, [p.replace("%rd1", "%rd2") for p in at], strict=True)
    )
    tail = f"{what.signs[0]}, {what.signs[1]}, {'0, ' if a[0] == '%' else ''}{what.transposes}"
    return f"""
    .reg .b32 %r<200>;
    .reg .b64 %rd<16>;
    .reg .pred %p<4>;
    .shared .align 128 .b8 tiles[{SHARED_BYTES}];
    ld.param.u64 %rd0, [k_tiles];
    ld.param.u64 %rd1, [k_before];
    ld.param.u64 %rd2, [k_after];
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %rd3, %r1, {4 * what.registers};
    add.s64 %rd1, %rd1, %rd3;
    add.s64 %rd2, %rd2, %rd3;
    shl.b32 %r2, %r1, 2;
    mov.u32 %r3, %ntid.x;
    shl.b32 %r3, %r3, 2;
    MORE:
    cvt.u64.u32 %rd4, %r2;
    add.s64 %rd4, %rd4, %rd0;
    ld.global.b32 %r4, [%rd4];
    mov.u32 %r5, tiles;
    add.u32 %r5, %r5, %r2;
    st.shared.b32 [%r5], %r4;
    add.u32 %r2, %r2, %r3;
    setp.lt.u32 %p1, %r2, {SHARED_BYTES};
    @%p1 bra MORE;
    bar.sync 0;
    fence.proxy.async.shared::cta;
    {loads}
    mul.wide.u32 %rd5, %r1, 16;
    add.s64 %rd5, %rd5, %rd0;
    ld.global.v4.b32 {{%r10, %r11, %r12, %r13}}, [%rd5];
    mov.u64 %rd6, {what.descriptor(what.a)};
    mov.u64 %rd7, {what.descriptor(what.b)};
    mov.u32 %r6, {int(what.adds)};
    setp.ne.b32 %p2, %r6, 0;
    wgmma.fence.sync.aligned;
    {what.opcode} {{{", ".join(names)}}}, {a}, %rd7, %p2, {tail};
    wgmma.commit_group.sync.aligned;
    wgmma.wait_group.sync.aligned 0;
    {stores}
    ret;
    """


def multiplied(what: Product, tiles: Floats, before: Floats, a: str = "%rd6") -> Floats:
    """What each lane holds of D: (lanes, elements)."""
    module = module_of(program(what, a), POINTERS)
    memory = GlobalMemory(seed=1)
    memory.write(region(0), tiles)
    memory.write(region(1), before)
    run(module, launch_of(module.kernels[0], 1, len(before)), memory)
    return memory.read(region(2), before.size, before.dtype).reshape(before.shape)


def random_tiles(what: Product, seed: int) -> npt.NDArray[np.uint8]:
    """Shared memory full of numbers between -2 and 2 in the format of A and B."""
    values = np.random.default_rng(seed).uniform(-2, 2, SHARED_BYTES // 2).astype(np.float32)
    if what.kind == "f16":
        return values.astype(np.float16).view(np.uint8)
    found: npt.NDArray[np.uint8] = (values.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
    return found


def matrix(
    tiles: npt.NDArray[np.uint8], place: tuple[int, int, int], rows: int, kind: str
) -> Floats:
    """Rows by k, element by element from where the canonical layout has them."""
    start, along, down = place
    found = np.empty((rows, 16))
    for row in range(rows):
        for k in range(16):
            at = start + core_matrix_byte(row, 2 * k, along, down)
            found[row, k] = number(tiles[at : at + 2], kind)
    return found


def number(raw: npt.NDArray[np.uint8], kind: str) -> float:
    if kind == "f16":
        return float(raw.copy().view(np.float16)[0])
    word = raw.copy().view(np.uint16).astype(np.uint32) << 16
    return float(word.view(np.float32)[0])


def expected(what: Product, a: Floats, b: Floats, before: Floats) -> Floats:
    """D by lane: (lanes, elements), for as many warpgroups as there are lanes."""
    product = what.signs[0] * what.signs[1] * (a @ b.T)
    found = np.empty(before.shape)
    for lane in range(len(before)):
        for i in range(before.shape[1]):
            found[lane, i] = product[warpgroup_d(lane % 128, i)]
    found += before * what.adds
    return found


PRODUCTS = st.builds(
    Product,
    columns=st.sampled_from((8, 16, 64)),
    kind=st.sampled_from(("f16", "bf16")),
    # Cores side by side along k, one below the other, and with holes between them.
    a=st.sampled_from(((0, 128, 256), (512, 1024, 128), (16, 144, 320))),
    b=st.sampled_from(((4096, 128, 256), (8192, 1024, 128), (4112, 2048, 144))),
    adds=st.booleans(),
    signs=st.tuples(st.sampled_from((1, -1)), st.sampled_from((1, -1))),
)


@settings(max_examples=12)
@given(what=PRODUCTS, lanes=st.sampled_from((128, 256)), seed=st.integers(0, 2**32 - 1))
def test_a_product_is_that_of_the_matrices_in_shared_memory(
    what: Product, lanes: int, seed: int
) -> None:
    tiles = random_tiles(what, seed)
    before = np.random.default_rng(seed + 1).standard_normal((lanes, what.columns // 2))
    before = before.astype(np.float32)
    a = matrix(tiles, what.a, 64, what.kind)
    b = matrix(tiles, what.b, what.columns, what.kind)
    found = multiplied(what, tiles, before)
    np.testing.assert_allclose(found, expected(what, a, b, before), rtol=1e-5, atol=1e-5)


def test_half_precision_results_are_two_to_a_register() -> None:
    what = Product(half_result=True)
    tiles = random_tiles(what, 3)
    before = np.random.default_rng(4).standard_normal((128, 8)).astype(np.float16)
    a, b = matrix(tiles, what.a, 64, "f16"), matrix(tiles, what.b, 16, "f16")
    found = multiplied(what, tiles, before)
    wanted = expected(what, a, b, before.astype(np.float64))
    np.testing.assert_allclose(found.astype(np.float64), wanted, rtol=2e-3, atol=2e-2)


def test_a_comes_from_registers_too() -> None:
    what = Product()
    tiles = random_tiles(what, 5)
    before = np.zeros((128, 8), np.float32)
    words = tiles[: 128 * 16].reshape(128, 16)
    a = np.empty((64, 16))
    table = TABLES["m16n8k16", "f16"][0]
    for lane in range(128):
        for i, value in enumerate(words[lane].view(np.float16)):
            row, k = table(lane % 32, i)
            a[16 * (lane // 32) + row, k] = value
    found = multiplied(what, tiles, before, "{%r10, %r11, %r12, %r13}")
    wanted = expected(what, a, matrix(tiles, what.b, 16, "f16"), before)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("what", [Product(swizzle=1), Product(transposes=1)])
def test_other_layouts_leave_what_was_there(what: Product) -> None:
    """Nothing is made up: accumulators that nobody can know are not written."""
    before = np.ones((128, 8), np.float32)
    assert (multiplied(what, random_tiles(what, 7), before) == before).all()


def test_without_contents_it_is_counted_all_the_same() -> None:
    what = Product()
    module = module_of(program(replace(what, adds=False), "%rd6"), POINTERS)
    assert only(counted(module, 3, 256), what.opcode).warp == 3 * 8
