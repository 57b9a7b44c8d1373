"""Whole modules: headers, declarations, scopes, source lines, laziness."""

from __future__ import annotations

import pytest

from ptxenergy.errors import PtxSyntaxError
from ptxenergy.ptx import parse_file, parse_text
from ptxenergy.ptx.assemble import LazyFunctions
from ptxenergy.ptx.syntax import Parameter, Register, SourceLine, Symbol, Variable
from tests.ptx.samples import GOLDEN, in_kernel


def test_handwritten_header() -> None:
    module = parse_file(GOLDEN / "handwritten.sm_90a.ptx")
    assert (module.version, module.address_size) == ((8, 6), 64)
    assert module.target == ("sm_90a", "texmode_independent")
    assert list(module.functions) == ["next", "helper", "bare", "tuned"]
    assert [kernel.name for kernel in module.kernels] == ["bare", "tuned"]
    tuned = module.functions["tuned"]
    assert tuned.directives == {
        "reqntid": (128, 1, 1),
        "explicitcluster": (),
        "reqnctapercluster": (2, 1, 1),
    }
    assert tuned.parameters == (
        Parameter("in", "u64", 8, 8, False, True, "global", 16),
        Parameter("out", "u64", 8, 8, False, True, "generic", 1),
        Parameter("map", "b8", 128, 64, True),
        Parameter("scale", "f32", 16, 4, True),
    )
    assert tuned.branch_targets == {"ways": ("LATER", "LAST"), "targets": ("next", "helper")}
    assert list(tuned.call_prototypes) == ["shape"]


def test_handwritten_variables() -> None:
    module = parse_file(GOLDEN / "handwritten.sm_90a.ptx")
    found = {variable.name: variable for variable in module.variables}
    assert found["where"] == Variable("where", "const", "u64", 8, 8, (Symbol("grid"),))
    assert found["grid"].initial == (1, 2, 3, 4, 5, 0)
    assert found["grid"].size_bytes == 24
    assert found["parts"] == Variable("parts", "global", "u8", 1, 2, (Symbol("grid"),) * 2)
    assert found["quad"].initial == (1.0, 1.0, -2.5, 0.0015)
    assert found["quad"].size_bytes == 16
    assert found["tables"].initial == (Symbol("grid"), Symbol("grid", 4), Symbol("grid", 8))
    assert found["flags"].initial == (19,)
    assert found["forms"].initial == (1, 15, 5, 12)
    assert found["staged"] == Variable("staged", "shared", "b8", 16, 0, (), True)


def test_inner_scopes_get_names_of_their_own() -> None:
    body = "{ .reg .pred p; w: @p bra w; }\n{ .reg .pred p; w: @p bra w; }"
    kernel = parse_text(in_kernel(body)).functions["k"]
    first, second = kernel.instructions[:2]
    assert (first.guard, second.guard) != (None, None)
    assert [i.guard.register for i in (first, second) if i.guard] == [
        Register("p", "pred"),
        Register("p@2", "pred"),
    ]
    assert [i.operands for i in (first, second)] == [(Symbol("w"),), (Symbol("w@2"),)]
    assert kernel.labels == {"w": 0, "w@2": 1}


def test_inner_register_hides_outer_range() -> None:
    body = (
        "{ .reg .b64 %r1; mov.b64 %r1, 0; }\n{ .reg .b64 %r<3>; mov.b64 %r2, 0; }\nmov.b32 %r1, 0;"
    )
    kernel = parse_text(in_kernel(body)).functions["k"]
    assert [i.operands[0] for i in kernel.instructions[:3]] == [
        Register("%r1@2", "b64"),
        Register("%r2@2", "b64"),
        Register("%r1", "b32"),
    ]


def test_label_before_it_is_declared_is_that_of_the_nearest_scope() -> None:
    body = "{ bra out; out: }\nbra out;\nout:"
    kernel = parse_text(in_kernel(body)).functions["k"]
    assert [i.operands for i in kernel.instructions[:2]] == [(Symbol("out"),), (Symbol("out@2"),)]
    assert kernel.labels == {"out": 1, "out@2": 2}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("add.s32 x, %r1, 1;", "'x' is not declared"),
        ("bra nowhere;", "'nowhere' is not declared"),
        ("ld.global.b32 %r1, [nothing];", "'nothing' is not declared"),
        ("@q ret;", "'q' is not declared"),
        ("@%q ret;", "a guard must be a declared predicate register"),
        (".reg .b32 x; .reg .b32 x;", "'x' is declared twice"),
        ("L: L:", "'L' is declared twice"),
        ("{ .reg .b32 x; } mov.b32 x, 1;", "'x' is not declared"),
        ("mov.b32 %r1, %r2 + 1;", "can be displaced outside an address"),
        ("mov.b32 %r1, 1 / 0;", "division by zero"),
        ("mov.b32 %r1, 1 << 99;", "a shift by"),
        ("mov.b32 %r1, 1.5 % 2;", "whole numbers"),
        ("mov.b32 %r1, [[4]];", "needs a register"),
        ("mov.b32 %r1, {a = 1};", "sampler"),
        (".shared .b8 x[%r1];", "constant"),
    ],
)
def test_names_and_operands_that_mean_nothing(body: str, said: str) -> None:
    with pytest.raises(PtxSyntaxError, match=said) as caught:
        _ = parse_text(in_kernel(body)).functions["k"]
    assert caught.value.line == 7


def test_function_may_have_one_body_and_many_declarations() -> None:
    header = ".version 8.0\n.target sm_80\n"
    module = parse_text(header + ".func f(); .func g(); .func f() { ret; } .func f();")
    assert list(module.functions) == ["g", "f"]
    assert module.functions["g"].is_declaration
    assert not module.functions["f"].is_declaration
    with pytest.raises(PtxSyntaxError, match="'f' has a body already"):
        parse_text(header + ".func f() { ret; }\n.func f() { ret; }")


def test_source_lines_with_the_call_that_was_inlined() -> None:
    text = in_kernel(
        "ret;\n.loc 1 5 3\nret;\n.loc 2 7 1, function_name $L_f, inlined_at 1 9 2\nret;"
    )
    text += '.file 1 "a.cu"\n.file 2 "b.cuh", 123, 45\n'
    sources = [i.source for i in parse_text(text).functions["k"].instructions[:3]]
    call = SourceLine("a.cu", 9, 2)
    assert sources == [None, SourceLine("a.cu", 5, 3), SourceLine("b.cuh", 7, 1, call)]


def test_a_body_is_read_only_when_it_is_asked_for() -> None:
    broken = in_kernel("mov.b32 x, 1;") + ".entry fine() { ret; }"
    module = parse_text(broken)
    assert isinstance(module.functions, LazyFunctions)
    assert module.kernel_names == ("k", "fine")
    assert module.functions.signature("k").is_entry
    assert len(module.functions["fine"].instructions) == 1
    assert module.functions["fine"] is module.functions["fine"]
    with pytest.raises(PtxSyntaxError):
        _ = module.functions["k"]
    with pytest.raises(KeyError):
        _ = module.functions["other"]


def test_no_version_is_too_new() -> None:
    assert parse_text(".version 99.7\n.target sm_999z\n").version == (99, 7)
