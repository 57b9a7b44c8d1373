"""Block shapes: which do the given work, which is picked, and what is said of the others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import ptxenergy.report
from ptxenergy.launch.parse import parse_argument
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.pipeline import Options
from ptxenergy.tune.front import with_front
from ptxenergy.tune.result import Tuning
from ptxenergy.tune.search import OneText, Search, tune
from ptxenergy.tune.shapes import parse_shapes
from tests.cli.commands import EXAMPLE, Outcome, outcome

CORPUS = Path(__file__).parents[1] / "corpus" / "ptx" / "nvcc-13.0" / "sm_90"
SCHEMA = Path(ptxenergy.report.__file__).parent / "schemas" / "tuning.json"
SQUARE = {"2": "4096", "3": "4096"}
FEW = "32x8,64x4,128x2,256,16x16,8x32,4x64"

Captured = pytest.CaptureFixture[str]


def tuned(
    file: Path | str,
    threads: str,
    args: dict[str, str],
    block: Dim3 | None = None,
    shapes: str = FEW,
    **more: Any,
) -> Tuning:
    extents = Dim3(*map(int, threads.split("x")))
    given = tuple(parse_argument(f"{name}={value}") for name, value in args.items())
    request = LaunchRequest(block=block, threads=extents, arguments=given)
    text = OneText(Path(file).read_bytes(), str(file))
    options = Options(request=request, kernel=more.pop("kernel", None))
    return tune(text, options, Search(shapes=parse_shapes(shapes), **more))


def test_a_naive_transpose_goes_by_its_sectors() -> None:
    found = tuned(EXAMPLE, "4096x4096", SQUARE, Dim3(32, 8))
    sectors = {
        one.label: sum(
            traffic.sectors
            for item in one.prediction.inspection.profile.instructions
            for (space, _), traffic in item.traffic.items()
            if space == "global"
        )
        for one in found.candidates
    }
    assert len(found.verified) == 7
    assert max(sectors["8x32"], sectors["4x64"]) < sectors["16x16"]
    wide = ("32x8", "64x4", "128x2", "256")
    assert sectors["16x16"] < min(sectors[shape] for shape in wide)
    beyond = {
        one.label: (memory.l2_bytes, memory.dram_bytes)
        for one in found.candidates
        if (memory := one.prediction.inspection.memory)
    }
    assert max(wide, key=lambda shape: beyond[shape]) == "256"
    best = found.best("energy")
    assert best is not None
    assert best.label in ("8x32", "4x64")
    assert found.verdict == "matters"
    assert found.given is not None
    assert found.given.label == "32x8"
    assert found.given.energy_j > best.energy_j


def test_vector_addition_is_indifferent() -> None:
    size = str(1 << 24)
    found = tuned(CORPUS / "vector_add.ptx", size, {"3": size}, shapes="64,128,256,512,1024,8x8")
    assert found.verdict == "indifferent"
    assert not found.calibrated
    assert found.interval is None
    assert [(one.block, one.reason) for one in found.excluded] == [
        (Dim3(8, 8), "the kernel does not look at y")
    ]
    assert found.heuristic is not None
    assert found.heuristic.label == "1024"


def test_tiles_that_are_written_into_the_source_allow_their_shape_alone() -> None:
    sizes = {"3": "512", "4": "512", "5": "512"}
    found = tuned(CORPUS / "gemm_tiled.ptx", "512x512", sizes, Dim3(16, 16))
    assert found.verdict == "only-one"
    assert [one.label for one in found.candidates] == ["16x16"]
    assert len(found.excluded) == 6
    assert all("writes other addresses" in one.reason for one in found.excluded)


SHARED = """.version 8.0
.target sm_80
.address_size 64
.visible .entry k(.param .u64 out)
{
.reg .pred %p<3>; .reg .b32 %r<20>; .reg .b64 %rd<9>;
.shared .align 16 .b8 tile[4096];
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x; mov.u32 %r2, %tid.y; mov.u32 %r3, %ntid.x; mov.u32 %r4, %ntid.y;
mov.u32 %r5, %ctaid.x; mov.u32 %r6, %ctaid.y; mov.u32 %r7, %nctaid.x;
mad.lo.s32 %r8, %r5, %r3, %r1;
mad.lo.s32 %r9, %r6, %r4, %r2;
mul.lo.s32 %r10, %r7, %r3;
mad.lo.s32 %r11, %r9, %r10, %r8;
mul.wide.s32 %rd2, %r11, 4;
add.s64 %rd3, %rd1, %rd2;
mov.u32 %r12, tile;
mad.lo.s32 %r13, %r2, 32, %r1;
mad.lo.s32 %r14, %r13, 4, %r12;
st.shared.u32 [%r14], %r1;
bar.sync 0;
READ
st.global.u32 [%rd3], %r16;
ret;
}
"""
OWN_ROW = "xor.b32 %r15, %r1, 7;\nmad.lo.s32 %r15, %r2, 32, %r15;\n"
AS_IF_SIXTEEN = "mad.lo.s32 %r15, %r1, 32, %r2;\n"
AT_A_DATUM = "ld.global.u32 %r15, [%rd3];\nand.b32 %r15, %r15, 31;\n"
LOAD = "mad.lo.s32 %r15, %r15, 4, %r12;\nld.shared.u32 %r16, [%r15];\n"


@pytest.mark.parametrize(
    ("read", "shape", "said"),
    [
        (OWN_ROW, "8x32", ""),
        (AS_IF_SIXTEEN, "32x8", "reads shared memory that it did not write"),
        (AS_IF_SIXTEEN, "8x8", ""),
        (OWN_ROW, "16x64", "reaches 8128 bytes of shared memory and has 4096"),
    ],
)
def test_shared_memory_must_be_there_and_written(
    tmp_path: Path, read: str, shape: str, said: str
) -> None:
    file = tmp_path / "k.ptx"
    file.write_text(SHARED.replace("READ", read + LOAD))
    found = tuned(file, "512x512", {}, Dim3(16, 16), shape)
    reasons = [one.reason for one in found.excluded]
    assert reasons == ([said] if said else [])
    assert [one.label for one in found.verified if one.label == shape] == ([] if said else [shape])


def test_what_data_decides_is_unverified_and_not_picked(tmp_path: Path) -> None:
    file = tmp_path / "k.ptx"
    where = "mul.wide.u32 %rd4, %r16, 4;\nadd.s64 %rd3, %rd1, %rd4;\n"
    file.write_text(SHARED.replace("READ", AT_A_DATUM + LOAD + where))
    found = tuned(file, "512x512", {}, Dim3(16, 16), "32x8,8x32")
    assert found.verdict == "unverified"
    assert found.best("energy") is None
    assert {one.doubt for one in found.candidates} == {"data decides where it writes"}
    assert not found.calibrated


def test_the_front_is_what_nothing_beats() -> None:
    found = tuned(EXAMPLE, "4096x4096", SQUARE)
    for one in found.verified:
        beaten = any(
            other.energy_j <= one.energy_j
            and other.time_s <= one.time_s
            and (other.energy_j, other.time_s) != (one.energy_j, one.time_s)
            for other in found.verified
        )
        assert not (one.is_on_front and beaten)
    assert any(one.is_on_front for one in found.verified)
    assert with_front(()) == ()


def run_json(capsys: Captured, *words: str) -> dict[str, Any]:
    done: Outcome = outcome(capsys, "tune", *words, "--json")
    assert (done.code, done.err) == (0, "")
    found: dict[str, Any] = json.loads(done.out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text("utf-8")))
    return found


def test_the_command_gives_valid_json_and_a_picture(capsys: Captured, tmp_path: Path) -> None:
    picture = tmp_path / "shapes.svg"
    words = ("--threads", "4096x4096", "--arg", "2=4096", "--arg", "3=4096", "--shapes", FEW)
    found = run_json(capsys, EXAMPLE, *words, "--block", "32x8", "--plot", str(picture))
    assert found["given"] == [32, 8, 1]
    assert found["best"]["energy"] in ([8, 32, 1], [4, 64, 1])
    assert "<svg" in picture.read_text("utf-8")
    shown = outcome(capsys, "tune", EXAMPLE, *words).out
    assert "shape matters (up to 1.8× the energy): 7 shapes" in shown
    assert "uncalibrated" in shown


def test_a_grid_by_a_formula_does_four_elements_a_thread(capsys: Captured) -> None:
    words = ("--arg", "3=1048576", "--shapes", "128,256,512")
    file = str(CORPUS / "vector_add.ptx")
    whole = run_json(capsys, file, *words, "--grid-from", "ceil(arg3/bx)", "--block", "256")
    assert [one["grid"][0] * one["block"][0] for one in whole["candidates"]] == [1048576] * 3
    short = run_json(capsys, file, *words, "--grid-from", "4096", "--block", "256")
    assert [one["block"][0] for one in short["candidates"]] == [256, 512]
    assert short["excluded"][0]["block"] == [128, 1, 1]


@pytest.mark.parametrize("value", ["inf", "nan"])
def test_numbers_that_are_not_finite_have_no_name_in_formulas(
    capsys: Captured, tmp_path: Path, value: str
) -> None:
    file = tmp_path / "k.ptx"
    more = ".param .u64 out, .param .f32 a"
    file.write_text(SHARED.replace("READ", OWN_ROW + LOAD).replace(".param .u64 out", more))
    words = (str(file), "--block", "16x16", "--shapes", "32x8", "--arg", f"1={value}")
    assert run_json(capsys, *words, "--grid-from", "32, 32")["given"] == [16, 16, 1]
    done = outcome(capsys, "tune", *words, "--grid-from", "ceil(arg1)")
    assert done.code == 2
    assert "arg1 is not known" in done.err


def test_without_a_problem_nothing_is_chosen(capsys: Captured) -> None:
    done = outcome(capsys, "tune", EXAMPLE)
    assert done.code == 2
    assert "how large is the problem?" in done.err


SOURCE = """extern "C" __global__ void scale(float* out, const float* in, int n) {
  __shared__ float tile[BY][BX];
  int x = blockIdx.x * BX + threadIdx.x, y = blockIdx.y * BY + threadIdx.y;
  tile[threadIdx.y][threadIdx.x] = in[y * n + x];
  __syncthreads();
  out[y * n + x] = 2.0f * tile[threadIdx.y][BX - 1 - threadIdx.x];
}
"""


@pytest.mark.nvcc
@pytest.mark.skipif(shutil.which("nvcc") is None, reason="needs nvcc")
def test_constants_of_the_source_are_compiled_for_each_shape(
    capsys: Captured, tmp_path: Path
) -> None:
    source = tmp_path / "k.cu"
    source.write_text(SOURCE)
    command = f"nvcc -ptx -arch=sm_90 -DBX={{x}} -DBY={{y}} {source} -o {{out}}"
    words = ("--block", "16x16", "--threads", "1024x1024", "--arg", "2=1024")
    found = run_json(capsys, "--compile", command, *words, "--shapes", "32x8,8x32,16x16")
    assert {tuple(one["block"]) for one in found["candidates"] if one["verified"]} == {
        *((32, 8, 1), (8, 32, 1), (16, 16, 1)),
    }
    broken = outcome(capsys, "tune", "--compile", command + " -DBX=y", *words, "--shapes", "32x8")
    assert broken.code == 2
    assert "does not compile" in broken.err


@pytest.mark.parametrize("command", ["nvcc -ptx k.cu -o {out}", "nvcc -DBX={x}", "nvcc {w} {out}"])
def test_a_command_that_knows_no_shape_is_refused(capsys: Captured, command: str) -> None:
    done = outcome(capsys, "tune", "--compile", command, "--block", "32", "--threads", "99")
    assert done.code == 2
    assert "such as 'nvcc -ptx" in done.err


def test_help_shows_formulas_as_they_are_typed(capsys: Captured) -> None:
    shown = " ".join(outcome(capsys, "tune", "--help").out.replace("│", " ").split())
    for formula in ("ceil(arg2/(bx*4)), ceil(arg3/by)", "4*bx*by", "ceil(arg3/(bx*4))"):
        assert formula in shown
