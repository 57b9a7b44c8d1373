"""Basic blocks, dominators and reconvergence points, on hand-made and on random graphs."""

import gc
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.errors import EvaluationError
from ptxenergy.program.flow import ControlFlow, control_flow
from ptxenergy.ptx.syntax import Function
from tests.program.handmade import function

DIAMOND = """
setp.lt.s32 %p
@%p bra THEN
add.s32 %a
bra JOIN
THEN:
sub.s32 %a
JOIN:
st.global.u32 %a
ret
"""


def edges(flow: ControlFlow) -> list[tuple[int, ...]]:
    return [block.successors for block in flow.blocks]


def test_a_diamond_meets_at_its_join() -> None:
    flow = control_flow(function(DIAMOND))
    assert [(b.start, b.end) for b in flow.blocks] == [(0, 2), (2, 4), (4, 5), (5, 7)]
    assert edges(flow) == [(2, 1), (3,), (3,), ()]
    assert flow.blocks[3].predecessors == (1, 2)
    assert flow.dominators == (None, 0, 0, 0)
    assert flow.post_dominators == (3, 3, 3, None)
    assert flow.reconvergence(1) == 5
    assert flow.reconvergence(6) == 7
    assert flow.loops == ()


def test_a_guarded_return_has_two_ways() -> None:
    flow = control_flow(function("@%p ret\nadd.s32 %a\n@!%p exit\nret"))
    assert edges(flow) == [(1,), (2,), ()]
    assert [block.leaves for block in flow.blocks] == [True, True, True]
    assert flow.post_dominators == (None, None, None)


def test_a_call_falls_through_unless_it_never_returns() -> None:
    text = "call.uni f\nadd.s32 %a\nret"
    assert len(control_flow(function(text)).blocks) == 1
    flow = control_flow(function(text), noreturn={"f"})
    assert edges(flow) == [(), ()]
    assert flow.dominators == (None, None)


def test_a_trap_is_no_way_to_the_exit() -> None:
    flow = control_flow(function("@%p bra OK\nmov.u32 %a\ntrap\nOK:\nadd.s32 %a\nret"))
    assert edges(flow) == [(2, 1), (), ()]
    assert flow.post_dominators == (2, None, None)
    assert not flow.blocks[1].leaves


def test_a_branch_to_the_end_of_the_body_leaves() -> None:
    flow = control_flow(function("@%p bra END\nadd.s32 %a\nEND:"))
    assert [block.leaves for block in flow.blocks] == [True, True]
    assert flow.post_dominators == (None, None)


def test_an_indirect_branch_goes_to_all_of_its_table() -> None:
    text = "brx.idx %i ts\nA:\nadd.s32 %a\nret\nB:\nret\nC:\nret"
    flow = control_flow(function(text, {"ts": ("A", "C", "A")}))
    assert edges(flow) == [(1, 3), (), (), ()]
    assert flow.dominators == (None, 0, None, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bra GONE", "hand.ptx:1:1: bra goes to GONE"),
        ("ret\nbrx.idx %i ts", "hand.ptx:2:1: brx.idx has no table of targets named ts"),
        ("bra", "names no target"),
    ],
)
def test_a_branch_to_nowhere_is_an_error(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        control_flow(function(text))


def test_lanes_meet_inside_an_endless_loop() -> None:
    text = "LOOP:\n@%p bra SKIP\nadd.s32 %a\nSKIP:\nsub.s32 %a\nbra LOOP"
    flow = control_flow(function(text))
    assert flow.reconvergence(0) == 2
    assert flow.post_dominators == (2, 2, None)


def test_an_endless_loop_on_one_side_does_not_move_the_join_of_the_other() -> None:
    text = "@%p bra A\nSPIN:\nbra SPIN\nA:\n@%q bra B\nadd.s32 %a\nB:\nret"
    flow = control_flow(function(text))
    assert flow.post_dominators == (2, None, 4, 4, None)


def test_an_empty_body_has_no_blocks() -> None:
    flow = control_flow(function(""))
    assert (flow.blocks, flow.block_of, flow.loops) == ((), (), ())


def reaches(successors: list[tuple[int, ...]], start: int, goals: set[int], without: int) -> bool:
    """Whether a path leads from `start` to one of `goals` that avoids `without`."""
    if start == without:
        return False
    seen, pending = {start}, [start]
    while pending:
        node = pending.pop()
        if node in goals:
            return True
        for other in successors[node]:
            if other != without and other not in seen:
                seen.add(other)
                pending.append(other)
    return False


@st.composite
def random_functions(draw: st.DrawFn) -> Function:
    size = draw(st.integers(1, 12))
    lines = []
    for block in range(size):
        lines.append(f"L{block}:")
        target = draw(st.integers(0, size - 1))
        lines.append(
            draw(
                st.sampled_from(
                    ["add.s32 %a", f"@%p bra L{target}", f"bra L{target}", "ret", "@%p ret", "trap"]
                )
            )
        )
    return function("\n".join(lines))


@settings(max_examples=400, deadline=None)
@given(random_functions())
def test_dominators_and_post_dominators_keep_their_definition(made: Function) -> None:
    flow = control_flow(made)
    successors = edges(flow)
    count = len(flow.blocks)
    leaving = {block.index for block in flow.blocks if block.leaves}
    for block in range(count):
        if reaches(successors, 0, {block}, -1):
            strict = {d for d in range(count) if not reaches(successors, 0, {block}, d)} - {block}
            assert flow.dominators[block] == nearest(strict, flow.dominators)
        else:
            assert flow.dominators[block] is None
        if reaches(successors, block, leaving, -1):
            strict = {d for d in range(count) if not reaches(successors, block, leaving, d)}
            assert flow.post_dominators[block] == nearest(strict - {block}, flow.post_dominators)


def nearest(strict: set[int], parent: tuple[int | None, ...]) -> int | None:
    """Of the strict dominators of a node, the one that all others dominate: the deepest."""

    def above(node: int) -> int:
        depth, at = 0, parent[node]
        while at is not None:
            depth, at = depth + 1, parent[at]
        return depth

    return max(strict, key=above) if strict else None


@settings(max_examples=200, deadline=None)
@given(random_functions())
def test_blocks_tile_the_body_and_edges_agree(made: Function) -> None:
    flow = control_flow(made)
    covered = [i for block in flow.blocks for i in range(block.start, block.end)]
    assert covered == list(range(len(made.instructions)))
    assert all(flow.block_of[i] == b.index for b in flow.blocks for i in range(b.start, b.end))
    for block in flow.blocks:
        assert all(block.index in flow.blocks[s].predecessors for s in block.successors)
        assert sum(block.index in b.successors for b in flow.blocks) == len(block.predecessors)


@pytest.mark.parametrize(
    "step",
    [
        "add.s32 %a\n@%p bra END",
        "@%p bra T{0}\nadd.s32 %a\nT{0}:",
        "T{0}:\nadd.s32 %a\n@%p bra T{0}",
        "@%p bra END\nT{0}:\nadd.s32 %a\n@%p trap\n@%q bra T{0}",
    ],
    ids=["exits", "diamonds", "loops", "mixed"],
)
def test_time_grows_with_length_and_not_with_its_square(step: str) -> None:
    def seconds(count: int) -> float:
        body = "\n".join(step.replace("{0}", str(i)) for i in range(count))
        made = function(f"{body}\nEND:\nret")
        times = []
        for _ in range(3):
            before = time.process_time()
            control_flow(made)
            times.append(time.process_time() - before)
        return min(times)

    gc.disable()
    try:
        assert seconds(16_000) < 4 * 8 * seconds(2_000)
    finally:
        gc.enable()
