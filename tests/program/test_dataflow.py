"""Where values come from, through registers, parameters, calls and local memory."""

from ptxenergy.program.dataflow import ValueGraph, value_graph
from ptxenergy.program.values import ANYWHERE, Field, Node
from ptxenergy.ptx.syntax import Immediate, SpecialRegister
from tests.launch.written import module


def graph(parameters: str, body: str, functions: str = "") -> ValueGraph:
    made = module(parameters, body, functions=functions)
    return value_graph(made, made.functions["k"])


def sources(made: ValueGraph, name: str) -> list[tuple[str, tuple[object, ...]]]:
    """(kind, inputs) of each definition of a register of the kernel."""
    return [(o.kind, o.inputs) for o in made.definitions.get(Node("k", name), [])]


def test_moves_and_arithmetic() -> None:
    made = graph("", "mov.u32 %r1, %tid.x; mad.lo.s32 %r2, %r1, 4, %r1; cvt.s64.s32 %rd1, %r2;")
    assert sources(made, "%r1") == [("copy", (SpecialRegister("%tid.x"),))]
    r1 = Node("k", "%r1")
    assert sources(made, "%r2") == [("mad", (r1, Immediate(4), r1))]
    assert sources(made, "%rd1") == [("cvt", (Node("k", "%r2"),))]
    assert {o.result.name for o in made.users[r1]} == {"%r2"}
    assert made.special_registers == {"%tid.x"}


def test_fields_of_parameters() -> None:
    made = graph(
        ".param .align 8 .b8 s[32], .param .u64 p",
        "ld.param.v2.u32 {%r1, %r2}, [s+8]; ld.param.u64 %rd1, [p]; mov.b64 %rd2, s;"
        "add.s64 %rd3, %rd2, 4; ld.param.f32 %f1, [%rd3+12]; add.s64 %rd4, %rd2, %rd1;"
        "ld.param.u16 %h1, [%rd4];",
    )
    assert sources(made, "%r1") == [("field", (Field(0, 8, "u32"),))]
    assert sources(made, "%r2") == [("field", (Field(0, 12, "u32"),))]
    assert sources(made, "%rd1") == [("field", (Field(1, 0, "u64"),))]
    assert sources(made, "%f1") == [("field", (Field(0, 16, "f32"),))]
    assert sources(made, "%h1") == [("field", (Field(0, None, "u16"),))]


def test_loads_from_memory_are_unknown() -> None:
    made = graph("", "ld.global.v2.f32 {%f1, %f2}, [%rd1+8]; atom.global.add.u32 %r1, [%rd2], 1;")
    assert sources(made, "%f1") == sources(made, "%f2") == [("unknown", ())]
    assert sources(made, "%r1") == [("unknown", ())]
    assert [use.node.name for use in made.address_uses] == ["%rd1", "%rd2"]


def test_a_call_joins_arguments_to_parameters_and_results_to_variables() -> None:
    functions = """
.func (.param .b32 out) f(.param .b32 f_0)
{ .reg .b32 %a, %b; ld.param.u32 %a, [f_0]; add.s32 %b, %a, 1; st.param.b32 [out], %b; ret; }
"""
    made = graph(
        "",
        "{ .param .b32 p; .param .b32 r; st.param.b32 [p], %r1; call.uni (r), f, (p);"
        " ld.param.b32 %r2, [r]; }",
        functions,
    )
    chain = [Node("k", "%r2")]
    while chain[-1] in made.definitions:
        (definition,) = made.definitions[chain[-1]]
        given = definition.inputs[0]
        assert isinstance(given, Node)
        chain.append(given)
    assert [node.name.split("@")[0] for node in chain] == [
        "%r2", "r", "out", "%b", "%a", "f_0", "p", "%r1",
    ]  # fmt: skip


def test_a_reused_register_is_told_apart_up_to_the_next_label() -> None:
    made = graph(
        "",
        "mov.u32 %r1, 1; add.s32 %r2, %r1, 7; mov.u32 %r1, 2; add.s32 %r3, %r1, 7;"
        "L: add.s32 %r4, %r1, 7;",
    )
    (first,), (second,), (joined,) = (
        [o.inputs[0] for o in made.definitions[Node("k", name)]] for name in ("%r2", "%r3", "%r4")
    )
    assert isinstance(first, Node)
    assert isinstance(second, Node)
    assert first != second
    assert joined == Node("k", "%r1")
    assert [o.inputs for o in made.definitions[joined]] == [(first,), (second,)]
    assert made.definitions[first][0].inputs == (Immediate(1),)


def test_a_guarded_write_may_not_happen() -> None:
    made = graph("", "mov.u32 %r1, 1; @%p1 mov.u32 %r1, 2; add.s32 %r2, %r1, 7;")
    assert made.definitions[Node("k", "%r2")][0].inputs[0] == Node("k", "%r1")
    assert len(made.definitions[Node("k", "%r1")]) == 2


def test_local_memory_is_slots_or_anywhere() -> None:
    made = graph(
        "",
        ".local .align 8 .b8 depot[32]; mov.u64 %rd1, depot; add.s64 %rd2, %rd1, 8;"
        "st.local.u64 [%rd2+8], %rd9; ld.local.u64 %rd3, [%rd1+16];"
        "add.s64 %rd4, %rd1, %rd8; ld.local.u64 %rd5, [%rd4]; ld.local.u32 %r1, [%rd4];",
    )
    slot = Node("k", "depot", 16)
    assert sources(made, "%rd3") == [("copy", (slot,))]
    assert [o.inputs for o in made.definitions[slot]] == [(Node("k", "%rd9"),)]
    assert sources(made, "%rd5") == [("copy", (ANYWHERE,))]
    assert sources(made, "%r1") == [("unknown", ())]
    assert [o.inputs for o in made.definitions[ANYWHERE]] == [(Node("k", "%rd9"),)]
