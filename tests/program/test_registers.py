"""Registers per thread: liveness against its definition, directives, and the real assembler."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings

from ptxenergy.program.flow import control_flow
from ptxenergy.program.liveness import effects, live_out
from ptxenergy.program.ptxas import RegistersError, registers_by_ptxas
from ptxenergy.program.registers import pressure, registers_per_thread
from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Function
from tests.launch.written import module
from tests.program.test_flow import random_functions

has_ptxas = pytest.mark.skipif(shutil.which("ptxas") is None, reason="needs NVIDIA's assembler")


def kernel(body: str, directives: str = "", functions: str = "") -> Function:
    return module(".param .u64 a, .param .u32 n", body, directives, functions).kernels[0]


def written(body: str) -> int:
    return pressure(kernel(body)).written


def folded(body: str) -> int:
    return pressure(kernel(body)).folded


def test_pressure_counts_32_bit_registers() -> None:
    assert written("mov.u32 %r1, %tid.x; mov.u32 %r2, %tid.y; add.s32 %r3, %r1, %r2;") == 2
    assert written("mov.u64 %rd1, %clock64; mov.u32 %r1, %tid.x; cvt.u64.u32 %rd2, %r1;"
                   "add.s64 %rd3, %rd1, %rd2;") == 4  # fmt: skip
    assert written("setp.lt.s32 %p1, 1, 2; @%p1 bra L; L:") == 0


def test_pressure_lasts_from_write_to_last_read() -> None:
    short = (
        "mov.u32 %r1, %tid.x; st.global.u32 [a], %r1; mov.u32 %r2, %tid.y; st.global.u32 [a], %r2;"
    )
    long = (
        "mov.u32 %r1, %tid.x; mov.u32 %r2, %tid.y; st.global.u32 [a], %r1; st.global.u32 [a], %r2;"
    )
    assert (written(short), written(long)) == (1, 2)


def test_pressure_is_carried_round_a_loop() -> None:
    body = """
        mov.u32 %r1, %tid.x; mov.u32 %r2, %tid.y;
        L: add.s32 %r3, %r2, 1; setp.lt.s32 %p1, %r3, 9; mov.u32 %r2, %r3; @%p1 bra L;
        st.global.u32 [a], %r1;
    """
    assert written(body) == 2


def test_a_guarded_write_keeps_the_old_value_alive() -> None:
    body = "mov.u32 %r1, %tid.x; {0} mov.u32 %r1, %tid.y; st.global.u32 [a], %r1;"
    known = effects(kernel(body.replace("{0}", "@%p1")))
    assert known.is_sure == (True, False, True, True)


def test_what_the_machine_folds_takes_no_register() -> None:
    assert folded("ld.param.u64 %rd1, [a]; ld.param.u32 %r1, [n]; mov.u32 %r2, %ntid.x;"
                  "cvta.to.global.u64 %rd2, %rd1; mov.u32 %r3, 7; add.s32 %r4, %r1, %r2;"
                  "add.s32 %r5, %r4, %r3; cvt.u64.u32 %rd3, %r5; add.s64 %rd4, %rd2, %rd3;"
                  "st.global.u32 [%rd4], %r5;") == 3  # fmt: skip
    body = "ld.global.u64 %rd1, [a]; add.s64 %rd2, %rd1, 8; add.s64 %rd3, %rd1, 16;"
    body += "st.global.u64 [%rd2], %rd1; st.global.u64 [%rd3], %rd1;"
    assert folded(body) == 2
    assert written(body) == 6


@settings(max_examples=100, deadline=None)
@given(random_functions())
def test_a_register_is_live_where_a_path_reads_it_before_it_is_written(made: Function) -> None:
    """Only `add.s32 %a` writes and only guards read, so that the definition is easy to follow."""
    flow, known = control_flow(made), effects(made)
    found = live_out(flow, known)
    for block in flow.blocks:
        for number in range(len(known.registers)):
            expected = any(
                _reads_first(flow.blocks[following].start, number, made)
                for following in block.successors
            )
            assert bool(found[block.index] >> number & 1) == expected


def _reads_first(start: int, number: int, made: Function) -> bool:
    flow, known = control_flow(made), effects(made)
    seen: set[int] = set()
    pending = [flow.block_of[start]]
    while pending:
        block = flow.blocks[pending.pop()]
        for index in range(block.start, block.end):
            if number in known.reads[index]:
                return True
            if number in known.writes[index] and known.is_sure[index]:
                break
        else:
            for following in block.successors:
                if following not in seen:
                    seen.add(following)
                    pending.append(following)
    return False


def many(count: int) -> str:
    """A body that keeps `count` values alive at once."""
    loads = "".join(f"ld.global.f32 %f{i}, [a+{4 * i}];" for i in range(count))
    return loads + "".join(f"st.global.f32 [a+{4 * i}], %f{count - 1 - i};" for i in range(count))


@pytest.mark.parametrize(
    ("directives", "limit"),
    [
        (".maxnreg 24", 24),
        (".maxntid 1024, 1, 1", 64),
        (".maxntid 256, 1, 1 .minnctapersm 8", 32),
        (".reqntid 32, 4, 1 .minnctapersm 16", 32),
    ],
)
def test_directives_limit_registers(directives: str, limit: int) -> None:
    text = "".join(f".reg .f32 %g{i};" for i in range(400))
    loads = "".join(f"ld.global.f32 %g{i}, [a+{4 * i}];" for i in range(400))
    stores = "".join(f"st.global.f32 [a+{4 * i}], %g{399 - i};" for i in range(400))
    made = module(".param .u64 a", text + loads + stores, directives)
    assert registers_per_thread(made.kernels[0], made) == limit
    free = module(".param .u64 a", text + loads + stores)
    assert registers_per_thread(free.kernels[0], free) == 255


def test_more_live_values_need_more_registers() -> None:
    counts = []
    for count in (1, 10, 20, 40):
        made = module(".param .u64 a", many(count))
        counts.append(registers_per_thread(made.kernels[0], made))
    assert counts == sorted(counts)
    assert counts[-1] > counts[0] + 20
    assert counts[0] >= 8


def test_what_is_called_counts() -> None:
    functions = f".func f() {{ .reg .f32 %f<40>; .reg .b64 a; {many(40)} ret; }}"
    made = module(".param .u64 p", "call.uni f, ();", functions=functions)
    alone = module(".param .u64 p", "")
    assert registers_per_thread(made.kernels[0], made) > 40
    assert registers_per_thread(alone.kernels[0], alone) < 20


SAXPY = Path(__file__).resolve().parents[1] / "corpus/ptx/nvcc-13.0/sm_90/saxpy.ptx"


@has_ptxas
def test_the_assembler_answers_for_each_kernel() -> None:
    text = SAXPY.read_bytes()
    found = registers_by_ptxas(text, "saxpy", "sm_90")
    assert 10 <= found <= 40
    estimate = registers_per_thread(
        parse_text(text, "saxpy.ptx").functions["saxpy"], parse_text(text, "saxpy.ptx")
    )
    assert abs(estimate - found) <= 12
    assert registers_by_ptxas(text.decode(), "saxpy", "sm_90") == found


@has_ptxas
def test_the_assembler_refuses() -> None:
    with pytest.raises(RegistersError, match="reports nothing of nothing"):
        registers_by_ptxas(SAXPY.read_bytes(), "nothing", "sm_90")
    with pytest.raises(RegistersError, match="ptxas refuses the file") as refused:
        registers_by_ptxas(b"not PTX", "k", "sm_90")
    assert "ptxenergy-" not in str(refused.value)


def test_a_target_that_is_none_is_refused() -> None:
    with pytest.raises(RegistersError, match="no target of ptxas"):
        registers_by_ptxas(b"", "k", "sm_90 -o x")


def test_without_an_assembler_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("CUDA_HOME", "CUDA_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("ptxenergy.program.ptxas.DEFAULT_FOLDERS", ())
    with pytest.raises(RegistersError, match="--registers N"):
        registers_by_ptxas(b"", "k", "sm_90")
    assert os.environ["PATH"] == str(tmp_path)
