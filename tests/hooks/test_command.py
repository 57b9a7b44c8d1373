"""What an nvcc command line says about its PTX."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ptxenergy.hooks.command import _TAKES_VALUE, NvccCommand, read_command
from tests.hooks.launching import need


def read(line: str, **environment: str) -> NvccCommand:
    command = read_command(line.split(), environment)
    assert command is not None
    return command


@pytest.mark.parametrize(
    ("line", "sources"),
    [
        ("nvcc -c a.cu -o a.o", ("a.cu",)),
        ("some/bin/nvcc -arch sm_90 a.cu b.cpp c.cu", ("a.cu", "c.cu")),
        ("ccache nvcc -x cu -c a.cpp", ("a.cpp",)),
        ("nvcc --x=cu --default-stream per-thread -c a.cpp", ("a.cpp",)),
        ("nvcc -include x.cu -MF y.cu -Xcompiler z.cu -c a.cpp", ()),
    ],
)
def test_sources_are_told_from_values_of_options(line: str, sources: tuple[str, ...]) -> None:
    command = read(line)
    assert command.sources == sources
    assert command.makes_ptx == bool(sources)


def test_another_program_is_none_of_our_business() -> None:
    assert read_command(["g++", "-c", "a.cu"], {}) is None


@pytest.mark.parametrize("switch", ["-E", "-M", "--dryrun", "-cuda", "--version", "-clean"])
def test_some_end_before_there_is_ptx(switch: str) -> None:
    assert not read(f"nvcc {switch} a.cu").makes_ptx


def test_words_come_from_files_and_the_environment_too(tmp_path: Path) -> None:
    file, more = tmp_path / "flags", tmp_path / "more"
    file.write_text(f'--keep -DNAME="a b"\n-c "sp ace/a.cu" -optf {more}', encoding="ascii")
    more.write_text("-o 'o ut/a.o'", encoding="ascii")
    for option in (f"@{file}", f"-optf {file}", f"--options-file={file}"):
        command = read(f"nvcc {option}", NVCC_APPEND_FLAGS="--keep-dir k")
        assert command.sources == ("sp ace/a.cu",)
        assert (command.output, command.keeps, command.keep_directory) == ("o ut/a.o", True, "k")


def test_a_file_that_names_itself_or_is_missing_ends(tmp_path: Path) -> None:
    file = tmp_path / "flags"
    file.write_text(f"-optf {file} -c a.cu", encoding="ascii")
    assert set(read(f"nvcc -optf {file}").sources) == {"a.cu"}
    assert read(f"nvcc -optf {tmp_path / 'none'} -c a.cu").sources == ("a.cu",)


@pytest.mark.parametrize(
    ("line", "built"),
    [
        ("nvcc -c a.cu -o out/b.o", "out/b.o"),
        ("nvcc -dc d/a.cu", "./a.o"),
        ("nvcc -c a.cu -odir out", "out/a.o"),
        ("nvcc -c a.cu b.cu", None),
        ("nvcc a.cu", None),
    ],
)
def test_the_file_that_is_made(line: str, built: str | None) -> None:
    assert read(line).built == built


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("nvcc --keep -c d/a.cu", ["a.compute_80.ptx", "a.ptx"]),
        ("nvcc --keep --keep-dir sub -c a.cu", ["sub/a.ptx"]),
        ("nvcc --keep-dir sub -c a.cu", []),
        ("nvcc -ptx a.cu a2.cu", ["a.compute_80.ptx", "a.ptx", "a2.ptx"]),
        ("nvcc -ptx a.cu -odir sub", ["sub/a.ptx"]),
        ("nvcc -ptx a.cu -o other", ["other"]),
        ("nvcc -ptx a.cu -o missing", []),
        ("nvcc -c a.cu", []),
        ("nvcc --keep -objtemp a.cu", ["a.compute_80.ptx", "a.ptx"]),
        ("nvcc --keep -objtemp -c a.cu -o sub/b.o", ["sub/b.o.compute_80.ptx", "sub/b.o.ptx"]),
        ("nvcc --keep --objdir-as-tempdir -dc d/a.cu", ["a.o.ptx"]),
    ],
)
def test_what_the_user_keeps_is_told_from_what_others_keep_there(
    line: str, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    beside = ("a.o.ptx", "sub/b.o.ptx", "sub/b.o.compute_80.ptx")
    for name in ("a.ptx", "a.compute_80.ptx", "a2.ptx", "a.b.ptx", "other", "sub/a.ptx", *beside):
        (tmp_path / name).touch()
    assert sorted(name.removeprefix("./") for name in read(line).ptx_left()) == names


@pytest.mark.nvcc
def test_options_with_a_value_are_those_of_nvcc_s_help() -> None:
    need("nvcc")
    text = subprocess.run(["nvcc", "--help"], capture_output=True, text=True, check=True).stdout
    valued = re.findall(r"^--(\S+) +[^(\s]\S*(?: \S+)* +\(-(\S+)\)", text, re.MULTILINE)
    named = {name for pair in valued for name in pair}
    assert {"gpu-architecture", "arch", "output-file", "o"} <= named
    assert named <= _TAKES_VALUE
