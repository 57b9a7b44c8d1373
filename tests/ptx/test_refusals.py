"""Bad input: a clear complaint at the right place, soon, and in little memory."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ptxenergy.errors import InputError, PtxSyntaxError
from ptxenergy.ptx import parse_file, parse_text, reader
from tests.pace import allowed
from tests.ptx.samples import in_kernel

HEADER = ".version 9.0\n.target sm_90\n.address_size 64\n"
OPENED = HEADER + ".visible .entry k()\n{\n.reg .b32 %r<9>;\n"
MANY = 300_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\0" * 9, "empty"),
        (b"\x7fELF\x02\x01\0\0\0abc", "binary"),
        (b".version 8.0\n// caf\xe9\n", "x.ptx:2: not UTF-8"),
    ],
)
def test_what_is_not_text_is_bad_input(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_text(content, "x.ptx")


def test_missing_and_too_large_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="No such file"):
        parse_file(tmp_path / "none.ptx")
    with pytest.raises(InputError):
        parse_file(tmp_path)
    monkeypatch.setattr(reader, "MOST_BYTES", 10)
    (tmp_path / "large.ptx").write_text(HEADER)
    with pytest.raises(InputError, match="larger than"):
        parse_file(tmp_path / "large.ptx")


def test_the_driver_s_terminating_nul_and_a_byte_order_mark_are_no_error() -> None:
    assert parse_text(b"\xef\xbb\xbf" + HEADER.encode() + b"\0").version == (9, 0)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        (OPENED + "add.s32 %r1 %r2;\n}", 7, 13, "unexpected '%r2'"),
        (OPENED + "add.s32 %r1,,%r2;\n}", 7, 13, "unexpected ','"),
        (OPENED + "\tmov.b32 %r1, 0x;\n}", 7, 15, "unexpected '0'"),
        (OPENED + "ret;\n}\n}", 9, 1, "'}' without its '{'"),
        (OPENED + "ret;\n", 7, 5, "the text ends inside the braces that line 5 opens"),
        (OPENED + "add.s32 %r1, %r2,", 7, 18, "the text ends in the middle of a statement"),
        (OPENED + "add.s32 %r1, é, 1;\n}", 7, 14, "unexpected 'é'"),
        (OPENED + "/* never", 7, 1, "a comment that never ends"),
        (HEADER + '.file 1 "never\n', 4, 9, "a string that never ends"),
        (HEADER + "add.s32 %r1, %r2, 1;", 4, 1, "an instruction outside a function"),
        (HEADER + "{ }", 4, 1, "an open outside a function|'{' outside a function"),
        (HEADER + ".entry k()\n.version 8.0\n", 5, 1, "unexpected a version"),
        (HEADER + ".entry k()\n", 4, 11, "the text ends where a body should follow"),
        (HEADER + ".global x;", 4, 1, "needs one type"),
        (HEADER + ".section .debug_str\n{\nret;\n}", 6, 1, "inside a section"),
        (OPENED + ".section .debug_str\n{\n}\n}", 7, 1, "inside a function's body"),
    ],
)
def test_complaints_say_where(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(PtxSyntaxError, match=said) as caught:
        parse_text(text, "x.ptx")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"x.ptx:{line}:{column}: ")


def test_a_complaint_shows_the_line_a_caret_and_what_was_expected() -> None:
    with pytest.raises(PtxSyntaxError) as caught:
        parse_text(OPENED + "\tadd.s32 %r1 %r2;\n}", "x.ptx")
    first, shown, caret, expected = str(caught.value).split("\n")[:4]
    assert first == "x.ptx:7:14: unexpected '%r2'"
    assert shown[caret.index("^") :].startswith("%r2;")
    assert "','" in expected
    assert "';'" in expected
    assert "__ANON" not in expected


HOSTILE = {
    "braces": "{" * MANY,
    "braces in a body": OPENED + "{\n" * MANY,
    "pairs of braces": OPENED + "{}" * MANY,
    "closing braces": "}\n" * MANY,
    "truncated": OPENED + "ret;\n" * MANY,
    "one word": HEADER + "a" * 3_000_000,
    "one number": OPENED + "mov.b32 %r1, " + "9" * 400_000 + ";\n}",
    "parentheses": OPENED + "mov.b32 %r1, " + "(" * 50_000 + "1" + ")" * 50_000 + ";\n}",
    "signs": OPENED + "mov.b32 %r1, " + "-" * 50_000 + "1;\n}",
    "conditions": OPENED + "mov.b32 %r1, " + "1?2:" * 50_000 + "1;\n}",
    "a long sum": OPENED + "mov.b32 %r1, 1" + "+1" * MANY + ";\n}",
    "labels": OPENED + "L:" * MANY,
    "comments": HEADER + "/* " * MANY,
    "quotes": HEADER + '"' * (2 * MANY + 1),
    "unlike decimals": OPENED + "".join(f"op {i}.5e-3;\n" for i in range(100_000)) + "}",
    "commas": OPENED + "op " + "," * MANY + ";\n}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_soon(name: str) -> None:
    start = time.process_time()
    with pytest.raises(PtxSyntaxError):
        _ = [*parse_text(HOSTILE[name]).functions.values()]
    assert time.process_time() - start < allowed(5.0)


LARGE = {
    "decimals": OPENED + "mov.f32 %r1, 1.5e-3;\n" * 100_000 + "}",
    "semicolons": HEADER + ";\n" * MANY,
    "a table": HEADER + ".global .b8 t[] = {" + "1, " * MANY + "1};",
    "debug data": HEADER + ".section .debug_info\n{\n" + ".b8 1\n" * MANY + "}\n",
    "one line of debug data": HEADER + ".section .debug_info\n{\n.b8 " + "1," * MANY + "1\n}\n",
    "registers": OPENED + ".reg .b32 %x<999999999>;\nmov.b32 %x99999999, 0;\n}",
    "blank lines": HEADER + "\n" * 3_000_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_large_but_right_text_is_read_soon(name: str) -> None:
    start = time.process_time()
    module = parse_text(LARGE[name])
    assert time.process_time() - start < allowed(5.0)
    assert module.version == (9, 0)


def test_a_table_has_all_its_values() -> None:
    values = [index * 7919 % 256 for index in range(5000)]
    text = HEADER + f".const .b8 t[] = {{{', '.join(map(str, values))}}};"
    assert parse_text(text).variables[0].initial == tuple(values)


# Not ru_maxrss, which a child takes over from the process that started it.
_PEAK = """
import sys
from ptxenergy.ptx import parse_file
parse_file(sys.argv[1])
lines = open("/proc/self/status").read().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_peak_memory_of_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "large.ptx"
    statement = "\tadd.s32 \t%r1, %r2, 3;\n\t@%p1 bra \t$L__BB0_2;\n"
    body = statement * 200_000 + "$L__BB0_2:\n"
    path.write_text(in_kernel(body))
    command = [sys.executable, "-c", _PEAK, str(path)]
    peak_kib = int(subprocess.run(command, capture_output=True, check=True).stdout)
    assert peak_kib * 1024 < 10 * path.stat().st_size + 100_000_000
