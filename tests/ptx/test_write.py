"""Printing a parse and parsing it again changes nothing more."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.ptx import parse_file, parse_text
from ptxenergy.ptx.write import print_module
from tests.ptx.samples import corpus_files, golden_files, in_kernel, meaning


@pytest.mark.parametrize("path", [*golden_files, *corpus_files[::5]], ids=lambda path: path.stem)
def test_printing_is_a_fixed_point(path: Path) -> None:
    module = parse_file(path)
    printed = print_module(module)
    again = parse_text(printed)
    assert print_module(again) == printed
    assert again.variables == module.variables
    for name, function in module.functions.items():
        if "@" not in printed and not any("@" in key for key in _names(module.functions[name])):
            assert meaning(again.functions[name]) == meaning(function)


def _names(function: object) -> list[str]:
    return [word for word in repr(function).split("'") if "@" in word]


_registers = st.sampled_from(["%r1", "%r8", "%rd3", "%f2", "%p1", "%tid.x", "%laneid", "%r2.b1"])
_numbers = st.one_of(
    st.integers(-(2**63), 2**64 - 1).map(str),
    st.floats(allow_nan=False, allow_infinity=False, min_value=0).map(repr),
    st.integers(0, 2**32 - 1).map("0f{:08X}".format),
    st.integers(0, 2**64 - 1).map("0d{:016x}".format),
    st.integers(0, 2**32 - 1).map(hex),
)
_offsets = st.integers(-4096, 4096).map("{:+d}".format)
_bases = st.sampled_from(["%rd1", "%r1", "shared_table", "a", "16"])
_addresses = st.builds("[{}{}]".format, _bases, _offsets)
_atoms = st.one_of(_registers, _numbers, st.just("_"), st.just("L"), _addresses)
_operands = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=8).map(lambda parts: "{" + ", ".join(parts) + "}"),
        st.lists(_registers, min_size=2, max_size=3).map(
            lambda parts: "[%rd1, {" + ",".join(parts) + "}]"
        ),
    ),
    max_leaves=6,
)
_opcodes = st.from_regex(r"[a-z]{2,8}(\.[a-z0-9]{1,6}(::[a-z]{1,5})?){0,4}", fullmatch=True)


@given(st.lists(st.tuples(_opcodes, st.lists(_operands, max_size=5)), min_size=1, max_size=6))
def test_any_statement_is_printed_as_it_was_read(
    statements: list[tuple[str, list[str]]],
) -> None:
    body = "L: .shared .b32 shared_table[4];\n"
    body += "\n".join(f"{opcode} {', '.join(operands)};" for opcode, operands in statements)
    module = parse_text(in_kernel(body, ".param .u64 a"))
    printed = print_module(module)
    again = parse_text(printed)
    assert print_module(again) == printed
    assert repr(meaning(again.functions["k"])) == repr(meaning(module.functions["k"]))


@pytest.mark.nvcc
@pytest.mark.skipif(shutil.which("ptxas") is None, reason="needs ptxas")
@pytest.mark.parametrize("path", golden_files, ids=lambda path: path.stem)
def test_ptxas_accepts_what_is_printed(path: Path, tmp_path: Path) -> None:
    module = parse_file(path)
    if "debug" in module.target:
        pytest.skip("debug data is not printed")
    if path.stem.startswith("handwritten"):
        pytest.skip("has forms that ptxas itself refuses")
    printed = tmp_path / "printed.ptx"
    printed.write_text(print_module(module), encoding="utf-8")
    command = ["ptxas", "-O0", f"-arch={module.target[0]}", "-o", str(tmp_path / "o"), str(printed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
