"""`mma.sync` with values, against A·B + C laid out by the tables of the PTX ISA."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.launch.reference import GlobalMemory
from tests.launch.fragment_tables import TABLES
from tests.launch.reference_launches import counted, launch_of, module_of, only, region, run

Bytes = npt.NDArray[np.uint8]
POINTERS = ", ".join(f".param .u64 k_param_{i}" for i in range(4))
BITS = {"f16": 16, "bf16": 16, "tf32": 32, "f32": 32, "f64": 64, "s8": 8, "u8": 8, "s32": 32}
TOLERANCE = {"f16": 2**-10, "f32": 2**-22, "f64": 2**-46}


class Case(NamedTuple):
    """A product: its shape, types of D, A, B and C, words of the opcode."""

    shape: str
    types: tuple[str, str, str, str]
    words: str = ""

    @property
    def opcode(self) -> str:
        return f"mma.sync.aligned.{self.shape}.row.col{self.words}.{'.'.join(self.types)}"

    @property
    def mnk(self) -> tuple[int, int, int]:
        m, rest = self.shape[1:].split("n")
        n, k = rest.split("k")
        return int(m), int(n), int(k)

    def registers(self, part: int) -> int:
        m, n, k = self.mnk
        size = (m * n, m * k, k * n, m * n)[part] * BITS[self.types[part]]
        return size // 32 // self.width(part)

    def width(self, part: int) -> int:
        """Bits of a register."""
        return 64 if self.types[part] == "f64" else 32


CASES = [
    Case("m16n8k16", ("f16", "f16", "f16", "f16")),
    Case("m16n8k16", ("f32", "f16", "f16", "f32")),
    Case("m16n8k16", ("f32", "bf16", "bf16", "f32")),
    Case("m16n8k8", ("f16", "f16", "f16", "f16")),
    Case("m16n8k8", ("f32", "bf16", "bf16", "f32")),
    Case("m16n8k8", ("f32", "tf32", "tf32", "f32")),
    Case("m8n8k4", ("f64", "f64", "f64", "f64")),
    Case("m16n8k16", ("f64", "f64", "f64", "f64")),
    Case("m16n8k32", ("s32", "s8", "s8", "s32")),
    Case("m16n8k32", ("s32", "u8", "s8", "s32"), ".satfinite"),
    Case("m16n8k16", ("s32", "s8", "u8", "s32")),
    Case("m8n8k16", ("s32", "u8", "u8", "s32")),
]


def element(raw: bytes, kind: str) -> float:
    """One element from its bits."""
    if kind == "bf16":
        found = struct.unpack("<f", b"\0\0" + raw)[0]
    elif kind == "tf32":
        word = int.from_bytes(raw, "little") & 0xFFFFE000
        found = struct.unpack("<f", word.to_bytes(4, "little"))[0]
    else:
        codes = {"f16": "<e", "f32": "<f", "f64": "<d", "s8": "<b", "u8": "<B", "s32": "<i"}
        found = struct.unpack(codes[kind], raw)[0]
    return float(found)


def matrices(case: Case, parts: dict[int, Bytes]) -> list[npt.NDArray[np.float64]]:
    """A, B and C of one warp; `parts` are (lanes, bytes of a lane's registers)."""
    m, n, k = case.mnk
    found = [np.full(shape, np.nan) for shape in ((m, k), (k, n), (m, n))]
    for part, whole, table in zip((1, 2, 3), found, TABLES[case.shape, case.types[1]], strict=True):
        kind = case.types[part]
        size = BITS[kind] // 8
        for lane in range(32):
            own = parts[part][lane].tobytes()
            for i in range(len(own) // size):
                whole[table(lane, i)] = element(own[i * size : (i + 1) * size], kind)
    return found


def program(case: Case) -> str:
    """Each lane loads its registers of A, B and C, multiplies, and stores those of D."""
    lines = [".reg .b32 %r<64>;", ".reg .b64 %rd<64>;", "mov.u32 %r60, %tid.x;"]
    listed, first = [], 0
    for part in range(4):
        width, count = case.width(part), case.registers(part)
        prefix = "%rd" if width == 64 else "%r"
        listed.append([f"{prefix}{first + j}" for j in range(count)])
        first += count
        lines += [
            f"ld.param.u64 %rd5{part}, [k_param_{part}];",
            f"mul.wide.u32 %rd55, %r60, {count * width // 8};",
            f"add.s64 %rd5{part}, %rd5{part}, %rd55;",
        ]
        if part:
            lines += [
                f"ld.global.b{width} {name}, [%rd5{part}+{j * width // 8}];"
                for j, name in enumerate(listed[part])
            ]
    groups = ", ".join("{" + ", ".join(names) + "}" for names in listed)
    lines.append(f"{case.opcode} {groups};")
    width = case.width(0)
    lines += [
        f"st.global.b{width} [%rd50+{j * width // 8}], {name};" for j, name in enumerate(listed[0])
    ]
    return "\n".join([*lines, "ret;"])


def multiplied(case: Case, parts: dict[int, Bytes]) -> Bytes:
    """The registers of D, (lanes, bytes)."""
    module = module_of(program(case), POINTERS)
    memory = GlobalMemory(seed=1)
    for part, data in parts.items():
        memory.write(region(part), data)
    lanes = len(parts[1])
    run(module, launch_of(module.kernels[0], 1, lanes), memory)
    size = case.registers(0) * case.width(0) // 8
    return memory.read(region(0), lanes * size, np.uint8).reshape(lanes, size)


def random_parts(case: Case, seed: int, lanes: int) -> dict[int, Bytes]:
    """Registers of random bits; floats are kept finite and within some powers of two."""
    random = np.random.default_rng(seed)
    found = {}
    for part in (1, 2, 3):
        kind, size = case.types[part], case.registers(part) * case.width(part) // 8
        bits = random.integers(0, 256, (lanes, size), np.uint8)
        if kind[0] not in "su":
            bits = _tamed(bits, kind)
        found[part] = bits
    return found


def _tamed(bits: Bytes, kind: str) -> Bytes:
    """Random floats with exponents near that of one: sign and mantissa stay as they are."""
    words = {"f16": "u2", "bf16": "u2", "tf32": "u4", "f32": "u4", "f64": "u8"}
    width, mantissa = {"f16": (5, 10), "bf16": (8, 7), "f64": (11, 52)}.get(kind, (8, 23))
    whole: npt.NDArray[Any] = bits.view(words[kind])
    one = np.uint64((1 << (width - 1)) - 1)
    exponent = (whole.astype(np.uint64) >> np.uint64(mantissa)) % np.uint64(7) + one - np.uint64(3)
    clear = np.uint64(((1 << width) - 1) << mantissa)
    tamed = (whole.astype(np.uint64) & ~clear) | exponent << np.uint64(mantissa)
    return tamed.astype(words[kind]).view(np.uint8)


def wanted(case: Case, parts: dict[int, Bytes]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """A·B + C of one warp, and the size of its largest terms."""
    a, b, c = matrices(case, parts)
    total = a @ b + c
    if case.types[0] == "s32":
        whole = total.astype(np.int64)
        if "satfinite" in case.words:
            whole = np.clip(whole, -(2**31), 2**31 - 1)
        return whole.astype(np.int32), np.zeros(total.shape)
    return total, np.abs(a) @ np.abs(b) + np.abs(c)


def compare(case: Case, found: Bytes, parts: dict[int, Bytes]) -> None:
    """The registers of D of one warp hold what the tables say."""
    total, scale = wanted(case, parts)
    kind = case.types[0]
    table, size = TABLES[case.shape, case.types[1]][2], BITS[kind] // 8
    for lane in range(32):
        own = found[lane].tobytes()
        for i in range(len(own) // size):
            value = element(own[i * size : (i + 1) * size], kind)
            place = table(lane, i)
            assert abs(value - total[place]) <= scale[place] * TOLERANCE.get(kind, 0.0)


@pytest.mark.parametrize("case", CASES, ids=[case.opcode for case in CASES])
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_product_is_what_the_tables_say(case: Case, seed: int) -> None:
    parts = random_parts(case, seed, 64)
    found = multiplied(case, parts)
    for warp in (slice(0, 32), slice(32, 64)):
        compare(case, found[warp], {part: data[warp] for part, data in parts.items()})


@pytest.mark.parametrize("case", CASES, ids=[case.opcode for case in CASES])
def test_every_element_of_a_matrix_has_one_place(case: Case) -> None:
    m, n, k = case.mnk
    for part, table in zip((1, 2, 3), TABLES[case.shape, case.types[1]], strict=True):
        count = case.registers(part) * case.width(part) // BITS[case.types[part]]
        places = [table(lane, i) for lane in range(32) for i in range(count)]
        rows, columns = ((m, k), (k, n), (m, n))[part - 1]
        assert sorted(places) == [(row, column) for row in range(rows) for column in range(columns)]


@pytest.mark.parametrize("saturates", [False, True])
def test_integers_wrap_around_unless_they_saturate(saturates: bool) -> None:
    case = Case("m16n8k32", ("s32", "s8", "s8", "s32"), ".satfinite" if saturates else "")
    ones = {1: np.full((32, 16), 127, np.uint8), 2: np.full((32, 8), 127, np.uint8)}
    highest = np.full((32, 4), 2**31 - 1, "<i4").view(np.uint8)
    found = multiplied(case, {**ones, 3: highest}).view("<i4")
    expected = 2**31 - 1 if saturates else 2**31 - 1 + 32 * 127 * 127 - 2**32
    assert (found == expected).all()


def test_half_precision_overflows_to_infinity_and_keeps_subnormals() -> None:
    case = Case("m16n8k16", ("f16", "f16", "f16", "f16"))
    zeros, large = np.zeros((32, 16), np.uint8), np.full((32, 8), 2.0**15, "<f2").view(np.uint8)
    a = np.full((32, 8), 2.0, "<f2").view(np.uint8)
    b = np.full((32, 4), 2.0**15, "<f2").view(np.uint8)
    assert np.isinf(multiplied(case, {1: a, 2: b, 3: large[:, :8]}).view("<f2")).all()
    least = np.full((32, 4), 2.0**-24, "<f2").view(np.uint8)
    found = multiplied(case, {1: zeros, 2: b, 3: least}).view("<f2")
    assert (found == np.float16(2.0**-24)).all()


def test_low_bits_of_tf32_are_ignored() -> None:
    case = Case("m16n8k8", ("f32", "tf32", "tf32", "f32"))
    parts = random_parts(case, 5, 32)
    noisy = dict(parts)
    for part in (1, 2):
        noisy[part] = (parts[part].view("<u4") ^ np.uint32(0x1FFF)).view(np.uint8)
    assert (multiplied(case, parts) == multiplied(case, noisy)).all()


def test_formats_that_are_not_followed_stay_unknown_and_are_counted() -> None:
    opcode = "mma.sync.aligned.m16n8k64.row.col.s32.s4.s4.s32"
    body = f"""
    .reg .b32 %r<16>;
    mov.u32 %r1, 1;
    {opcode} {{%r4, %r5, %r6, %r7}}, {{%r1, %r1, %r1, %r1}}, {{%r1, %r1}}, {{%r1, %r1, %r1, %r1}};
    ret;
    """
    assert only(counted(module_of(body), 1, 32), opcode).warp == 1
