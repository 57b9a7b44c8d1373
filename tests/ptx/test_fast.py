"""The fast way of reading accepts what the grammar accepts, and makes the same of it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.errors import PtxSyntaxError
from ptxenergy.ptx import columns
from ptxenergy.ptx.fast import parse_quickly
from ptxenergy.ptx.mask import mask
from ptxenergy.ptx.plain import parse_plainly
from ptxenergy.ptx.shapes import Memo
from tests.ptx.samples import corpus_files, everything, golden_files, in_kernel

_SAMPLES = [path.read_bytes() for path in golden_files]
_WORDS = re.compile(rb"\s+|[\w.$%:]+|.", re.DOTALL)
_INSERTED = [
    *(bytes([character]) for character in b";{},:\"+-|%.1_[]()@!<>=?~\n\r\tx"),
    b"::", b'"a b"', b"// c\n", b"/* ; */", b"0x1", b"0xg", b"1.5e-3", b"1..2", b"%r1", b"%.r1",
    b"foo_1", b".loc 1 2 3", b".b8 1", b"$L_1:", b"function_name", b".u32", b".noreturn", b"1U",
    b"0f3F800000", b"0f3F80000", b".param", b".reg .b32 a;", b"call", b"a.b.", b"a..b", b"\n{\n",
    b"\n}\n", b".version", b"\xc3\xa9", b"\x02",
]  # fmt: skip


def outcome(read: object, content: bytes) -> list[object] | str:
    """Everything that was read, or that it was refused."""
    try:
        return everything(read(content, "some.ptx"))  # type: ignore[operator]
    except PtxSyntaxError:
        return "refused"


@pytest.mark.parametrize("path", [*golden_files, *corpus_files[::9]], ids=lambda path: path.stem)
def test_same_as_plainly_on_real_files(path: Path) -> None:
    content = path.read_bytes()
    plainly = outcome(parse_plainly, content)
    assert plainly != "refused"
    assert outcome(parse_quickly, content) == plainly


def mutated(chance: random.Random) -> bytes:
    """A few lines of a golden file with a few words changed, in a kernel or on their own."""
    lines = chance.choice(_SAMPLES).split(b"\n")
    start = chance.randrange(len(lines))
    words = _WORDS.findall(b"\n".join(lines[start : start + chance.randrange(1, 25)])) or [b" "]
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(words))
        words[at : at + chance.randrange(2)] = [chance.choice([*_INSERTED, chance.choice(words)])]
    text = b"".join(words)
    return in_kernel("@@").encode().replace(b"@@", text) if chance.random() < 0.7 else text


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False))
def test_same_as_plainly_on_mutated_text(chance: random.Random) -> None:
    content = mutated(chance)
    assert outcome(parse_quickly, content) == outcome(parse_plainly, content)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(_INSERTED), max_size=12))
def test_same_as_plainly_on_nonsense(words: list[bytes]) -> None:
    content = b".version 8.0\n" + b" ".join(words)
    assert outcome(parse_quickly, content) == outcome(parse_plainly, content)


def test_pieces_do_not_depend_on_where_stretches_end(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"\n".join(_SAMPLES[:1])
    whole = everything(parse_quickly(content, "x"))
    for size in (50, 333, 4096):
        monkeypatch.setattr(columns, "_STRETCH", size)
        assert everything(parse_quickly(content, "x")) == whole


def test_statements_that_differ_in_values_share_a_shape() -> None:
    memo = Memo()
    parse_quickly(in_kernel("add.s32 %r1, %r2, 3;\n@%p1 bra L;\nL:").encode(), "x", memo)
    known = len(memo.shapes)
    parse_quickly(in_kernel("sub.u32 %r7, %r3, 99;\n@%p2 bra Q_2;\nQ_2:").encode(), "x", memo)
    assert len(memo.shapes) == known


def test_masks_keep_what_means_something() -> None:
    masked = mask(
        b"ld.global.L2::128B.v2.f32 {%f1, _}, [%rd1+-8];\n\tfoo.bar 0x1F, 1.5, 0f3F800000;\n"
    )
    assert [key.count(b"\x86") for key in masked.keys] == [0, 0]
    assert masked.keys[0].startswith(b"ld.global.L2::128B.v2.f32 {")
    assert masked.slot_stops.tolist() == [3, 7]


def test_an_error_leaves_the_memo_usable() -> None:
    memo = Memo()
    good = in_kernel("add.s32 %r1, %r2, 3;").encode()
    with pytest.raises(PtxSyntaxError):
        parse_quickly(in_kernel("add.s32 %r1 %r2;").encode(), "x", memo)
    assert everything(parse_quickly(good, "x", memo)) == everything(parse_plainly(good, "x"))
