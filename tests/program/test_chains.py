"""Chains: a warp waits for what it must, and for nothing else."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.program.chains import Chains, Cost, chains
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes import describe
from ptxenergy.program.shared import body_of
from ptxenergy.program.waits import Role, role_of
from tests.launch.written import module

ALU, NEAR, FAR, FENCE, COPY = 4.0, 40.0, 600.0, 30.0, 500.0


def cost(opcode: Opcode) -> Cost:
    """Two scenarios: loads are near, or far."""
    if opcode.root == "ld" and "global" in opcode.modifiers:
        return Cost((NEAR, FAR))
    if role_of(opcode) is Role.FENCE:
        return Cost((FENCE, FENCE))
    if role_of(opcode) is Role.COPY:
        return Cost((COPY, COPY))
    if opcode.root in ("bra", "ret", "bar", "st", "cp"):
        return Cost((0.0, 0.0))
    return Cost((ALU, ALU))


def chained(body: str, runs: dict[str, float] | None = None) -> tuple[list[float], list[float]]:
    """(chained, serial) cycles of a body that ran once, what follows a label more often."""
    found, warps = analysed(body, runs or {})
    totals = found.totals(warps)
    return list(totals.chained), list(totals.serial)


def analysed(body: str, runs: dict[str, float]) -> tuple[Chains, Sequence[float]]:
    source = module("", body)
    kernel = body_of(source, "k")
    found = chains(source, kernel, cost)
    warps = [1.0] * found.size
    for label, times in runs.items():
        start = kernel.labels[label]
        ends = [at for at in (*kernel.labels.values(), found.size) if at > start]
        warps[start : min(ends)] = [times] * (min(ends) - start)
    return found, warps


LOOP = "LOOP:\n{0}\nsetp.lt.s32 %p1, %r1, %r2;\n@%p1 bra LOOP;\nDONE:"


def test_dependent_instructions_wait_for_each_other_and_independent_ones_do_not() -> None:
    dependent = chained("fma.rn.f32 %f1, %f1, %f1, %f1;\n" * 100)[0]
    independent = chained("".join(f"add.f32 %f{i}, %f0, %f0;\n" for i in range(1, 40)))[0]
    assert dependent[0] == pytest.approx(99 * ALU, abs=1)
    assert independent[0] == pytest.approx(40, abs=1)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_loop_settles_at_its_recurrence(width: int) -> None:
    """Each round adds once to each of `width` accumulators, four times over."""
    adds = "".join(f"add.f32 %f{i}, %f{i}, %f30;\n" for i in range(width)) * 4
    per_round = chained(LOOP.format(adds), {"LOOP": 1001.0})[0][0] / 1000
    assert per_round == pytest.approx(4 * ALU, rel=0.01)


def test_a_wide_round_takes_the_slots_that_it_issues() -> None:
    adds = "".join(f"add.f32 %f{i}, %f{i}, %f30;\n" for i in range(30))
    per_round = chained(LOOP.format(adds), {"LOOP": 1000.0})[0][0] / 1000
    assert per_round == pytest.approx(32, rel=0.02)


def test_a_load_is_waited_for_once_where_it_is_used() -> None:
    chase = "ld.global.u64 %rd1, [%rd1];\n"
    near, far = chained(LOOP.format(chase), {"LOOP": 1000.0})[0]
    assert near / 1000 == pytest.approx(NEAR, rel=0.01)
    assert far / 1000 == pytest.approx(FAR, rel=0.01)
    four = "".join(f"ld.global.f32 %f{i}, [%rd{i}];\n" for i in range(4))
    sums = "".join(f"add.f32 %f9, %f9, %f{i};\n" for i in range(4))
    together = chained(LOOP.format(four + sums), {"LOOP": 1000.0})[0][1] / 1000
    assert FAR < together < FAR + 6 * ALU


def test_a_load_for_the_next_round_is_hidden_by_this_one() -> None:
    ahead = "mov.b32 %f1, %f2;\nld.global.f32 %f2, [%rd1];\n"
    work = "fma.rn.f32 %f3, %f3, %f3, %f1;\n" + "fma.rn.f32 %f3, %f3, %f3, %f3;\n" * 9
    near = chained(LOOP.format(ahead + work), {"LOOP": 1000.0})[0][0] / 1000
    assert near == pytest.approx(10 * ALU, rel=0.1), "40 cycles of work hide 40 of a load"


def test_what_is_loaded_before_a_branch_is_awaited_behind_it() -> None:
    body = "ld.global.f32 %f1, [%rd1];\n@%p1 bra SKIP;\nSKIP:\nadd.f32 %f2, %f1, %f1;\n"
    assert chained(body + "st.global.f32 [%rd1], %f2;")[0][1] >= FAR + ALU


def test_nothing_passes_a_barrier() -> None:
    before = "fma.rn.f32 %f1, %f1, %f1, %f1;\n" * 10
    after = "fma.rn.f32 %f2, %f2, %f2, %f2;\n" * 10
    apart = chained(before + "bar.sync 0;\n" + after)[0][0]
    together = chained(before + after)[0][0]
    assert together == pytest.approx(9 * ALU, abs=1)
    assert apart == pytest.approx(2 * 9 * ALU + FENCE, abs=1)


def test_an_asynchronous_copy_is_awaited_by_its_group() -> None:
    copy = "cp.async.ca.shared.global [%r1], [%rd1], 4;\ncp.async.commit_group;\n"
    at_once = chained(LOOP.format(copy + "cp.async.wait_group 0;"), {"LOOP": 1000.0})[0][0]
    ahead = chained(LOOP.format(copy + "cp.async.wait_group 4;"), {"LOOP": 1000.0})[0][0]
    assert at_once / 1000 == pytest.approx(COPY, rel=0.02)
    assert ahead / 1000 == pytest.approx(COPY / 5, rel=0.25)


def test_roles_are_those_of_what_waits() -> None:
    roles = {
        "bar.sync": Role.FENCE, "barrier.sync.aligned": Role.FENCE, "bar.warp.sync": Role.PLAIN,
        "bar.arrive": Role.PLAIN, "cp.async.ca.shared.global": Role.COPY,
        "cp.async.commit_group": Role.COMMIT, "cp.async.wait_all": Role.WAIT,
        "wgmma.wait_group.sync.aligned": Role.WAIT, "wgmma.fence.sync.aligned": Role.PLAIN,
        "cp.async.bulk.commit_group": Role.PLAIN, "add.f32": Role.PLAIN,
    }  # fmt: skip
    assert {text: role_of(describe(text)) for text in roles} == roles


STATEMENTS = (
    *("add.f32 %f1, %f1, %f2;", "add.f32 %f2, %f3, %f1;", "mul.f32 %f3, %f1, %f1;"),
    *("ld.global.f32 %f1, [%rd1];", "st.global.f32 [%rd1], %f2;", "bar.sync 0;"),
)


@given(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=30), st.integers(1, 100))
def test_a_chain_lies_between_its_issue_and_its_sum(statements: list[str], rounds: int) -> None:
    found, warps = analysed(LOOP.format("\n".join(statements)), {"LOOP": float(rounds)})
    totals = found.totals(warps)
    chain = totals.chained
    assert totals.issuing == pytest.approx(np.sum(warps))
    assert np.all(chain >= totals.issuing * (1 - 1e-9))
    assert np.all(chain <= totals.serial * (1 + 1e-9) + FAR)
    assert chain[1] >= chain[0], "a farther load never shortens a chain"
    more = found.totals([2 * times for times in warps]).chained
    assert more == pytest.approx(2 * chain)
