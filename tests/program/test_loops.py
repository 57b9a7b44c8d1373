"""Natural loops: nesting, latches, exits, and cycles that are none."""

import pytest
from hypothesis import given, settings

from ptxenergy.errors import EvaluationError
from ptxenergy.program.flow import control_flow
from ptxenergy.ptx.syntax import Function
from tests.program.handmade import function
from tests.program.test_flow import edges, random_functions, reaches

NEST = """
mov.u32 %i
OUTER:
mov.u32 %j
INNER:
add.s32 %j
@%p bra INNER
@%q bra OUTER
ret
"""


def test_a_nest_has_an_outer_and_an_inner_loop() -> None:
    flow = control_flow(function(NEST))
    outer, inner = flow.loops
    assert (outer.header, outer.latches, outer.parent, outer.depth) == (1, (3,), None, 1)
    assert (inner.header, inner.latches, inner.parent, inner.depth) == (2, (2,), 0, 2)
    assert outer.body == {1, 2, 3}
    assert flow.loop_of(2) == inner
    assert flow.loop_of(4) == outer
    assert flow.loop_of(0) is None
    assert flow.exit_branches(inner) == (3,)
    assert flow.exit_branches(outer) == (4,)


def test_two_latches_of_one_header_make_one_loop() -> None:
    flow = control_flow(function("H:\n@%p bra H\n@%q bra H\nret"))
    (loop,) = flow.loops
    assert loop.latches == (0, 1)
    assert loop.exits == (1,)


def test_a_return_within_a_loop_is_an_exit() -> None:
    flow = control_flow(function("H:\nadd.s32 %a\n@%p ret\nsub.s32 %a\nbra H"))
    (loop,) = flow.loops
    assert loop.exits == (0,)
    assert flow.exit_branches(loop) == (1,)


def test_a_cycle_with_two_entries_is_irreducible() -> None:
    flow = control_flow(function("@%p bra B\nA:\nadd.s32 %a\nB:\nsub.s32 %a\nbra A"))
    assert flow.loops == ()
    assert not flow.is_reducible
    assert control_flow(function(NEST)).is_reducible


def test_absurdly_deep_nests_are_refused_in_bounded_time() -> None:
    depth = 4000
    heads = "\n".join(f"L{i}:\nadd.s32 %a" for i in range(depth))
    tails = "\n".join(f"@%p bra L{i}" for i in reversed(range(depth)))
    with pytest.raises(EvaluationError, match="nested too deeply"):
        control_flow(function(f"{heads}\n{tails}\nret"))
    shallow = 40
    heads = "\n".join(f"L{i}:\nadd.s32 %a" for i in range(shallow))
    tails = "\n".join(f"@%p bra L{i}" for i in reversed(range(shallow)))
    assert control_flow(function(f"{heads}\n{tails}\nret")).loops[-1].depth == shallow


@settings(max_examples=300, deadline=None)
@given(random_functions())
def test_loops_keep_their_definition(made: Function) -> None:
    flow = control_flow(made)
    successors = edges(flow)
    live = {b for b in range(len(successors)) if reaches(successors, 0, {b}, -1)}
    expected = {
        target: {s for s in live if target in successors[s] and dominated(successors, s, target)}
        for target in live
    }
    assert {loop.header: set(loop.latches) for loop in flow.loops} == {
        header: latches for header, latches in expected.items() if latches
    }
    for loop in flow.loops:
        assert all(dominated(successors, block, loop.header) for block in loop.body)
        others = loop.body - {loop.header}
        assert all(reaches(successors, b, set(loop.latches), loop.header) for b in others)
        if loop.parent is not None:
            assert loop.body < flow.loops[loop.parent].body
            assert loop.depth == flow.loops[loop.parent].depth + 1


def dominated(successors: list[tuple[int, ...]], node: int, by: int) -> bool:
    return node == by or not reaches(successors, 0, {node}, by)
