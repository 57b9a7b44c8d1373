"""Committed PTX is what its source compiles to; staleness is seen without a compiler."""

from __future__ import annotations

import gzip
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ptxenergy.measure.kernels.catalog import Entry, read_ptx
from ptxenergy.measure.kernels.compile import (
    CompileError,
    architectures_of,
    check_version,
    compile_entry,
    nvcc_version,
    read_index,
    resources,
    stale,
    write_index,
)
from ptxenergy.measure.kernels.neutral import neutral
from tests.measure.dataset import DATASETS, entries

ENTRIES = entries()
INDEX = read_index(DATASETS)


def test_no_committed_ptx_is_stale() -> None:
    assert stale(ENTRIES, INDEX, DATASETS) == {}


def test_the_index_names_no_kernel_that_is_gone() -> None:
    assert set(INDEX) <= {entry.kernel.name for entry in ENTRIES}


def test_every_kernel_has_ptx_for_both_architectures_or_its_own() -> None:
    for entry in ENTRIES:
        wanted = architectures_of(entry)
        assert set(INDEX[entry.kernel.name].targets) == set(wanted)
        assert wanted == ("sm_90", "sm_80") or wanted == (entry.kernel.architecture,)


@pytest.mark.parametrize("architecture", ["sm_90", "sm_80", "sm_90a"])
def test_ptx_names_its_sources_relatively_and_is_packed_without_a_time(architecture: str) -> None:
    for path in sorted((DATASETS / "ptx" / architecture).glob("*.ptx.gz")):
        assert path.read_bytes()[4:8] == bytes(4)
        text = read_ptx(path).decode()
        files = re.findall(r'(?m)^\s*\.file\s+\d+\s+"([^"]+)"', text)
        assert files
        assert all(name.startswith(("datasets/kernels/", "cuda/include/")) for name in files)
        assert f".target {architecture}" in text
        assert ".version 9.0" in text


def test_a_changed_source_option_or_file_is_stale(tmp_path: Path) -> None:
    entry = next(e for e in ENTRIES if e.kernel.name == "gen_fp32_fma_i1")
    name, known = entry.kernel.name, INDEX[entry.kernel.name]

    def reason(entry: Entry = entry, **changes: object) -> str:
        index = {name: replace(known, **changes)}  # type: ignore[arg-type]
        return stale([entry], index, DATASETS).get(name, "")

    assert reason() == ""
    assert "source" in reason(replace(entry, source=entry.source + "\n"))
    assert "options" in reason(options=("-O0",))
    assert "architectures" in reason(targets={"sm_90": known.targets["sm_90"]})
    assert "never" in stale([entry], {}, DATASETS)[name]
    damaged = {k: replace(t, ptx_sha256="0" * 64) for k, t in known.targets.items()}
    assert "not what was compiled" in reason(targets=damaged)
    assert "missing" in stale([entry], INDEX, tmp_path)[name]


def test_an_index_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_index(tmp_path, INDEX)
    assert read_index(tmp_path) == INDEX
    first = (tmp_path / "ptx" / "index.json").read_bytes()
    write_index(tmp_path, dict(reversed(INDEX.items())))
    assert (tmp_path / "ptx" / "index.json").read_bytes() == first
    assert read_index(tmp_path / "nowhere") == {}


def test_neutral_text_forgets_where_it_was_compiled() -> None:
    place = "_INTERNAL_6a54f448_4_a_cu"
    spelled = [str(ord(letter)) for letter in place]
    ptx = (
        f'\t.file\t1 "/some/where/a.cu"\n\t.file\t2 "/usr/cuda/targets/x/include/b.hpp"\n'
        f".b8 {','.join(spelled[:13])}\n.b8 {','.join(spelled[13:])}\n"
        f"\tcall {place};\n"
    )
    found = neutral(ptx, "datasets/kernels/x/a.cu")
    zeros = place.replace("6a54f448", "0" * 8)
    assert '.file\t1 "datasets/kernels/x/a.cu"' in found
    assert '.file\t2 "cuda/include/b.hpp"' in found
    assert f"call {zeros};" in found
    assert len(found.splitlines()) == len(ptx.splitlines())
    digits = ",".join(re.findall(r"(?m)^\.b8 (.*)$", found)).split(",")
    assert "".join(chr(int(digit)) for digit in digits) == zeros
    with pytest.raises(ValueError, match="which its hash does not cover"):
        neutral('\t.file\t1 "/home/other.cuh"\n', "datasets/kernels/x/a.cu")


def test_what_ptxas_says_is_read() -> None:
    said = (
        "ptxas info    : Compiling entry function 'k' for 'sm_90'\n"
        "ptxas info    : Function properties for k\n"
        "    64 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
        "ptxas info    : Used 42 registers, used 1 barriers, 64 bytes cumulative stack size, "
        "8192 bytes smem\n"
    )
    assert resources(said, "k") == (42, 8192, 64)
    with pytest.raises(CompileError, match="does not speak"):
        resources(said, "other")


def test_a_missing_or_other_compiler_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match="install CUDA"):
        nvcc_version(str(tmp_path / "nvcc"))
    other = tmp_path / "nvcc"
    other.write_text("#!/bin/sh\necho 'Cuda compilation tools, release 12.4, V12.4.1'\n")
    other.chmod(0o755)
    with pytest.raises(CompileError, match=r"is 12\.4"):
        check_version(str(other))
    assert check_version(str(other), any_version=True) == "12.4"


@pytest.mark.nvcc
@pytest.mark.skipif(shutil.which("nvcc") is None, reason="no nvcc")
def test_compiling_again_gives_the_same_bytes(tmp_path: Path) -> None:
    version = nvcc_version()
    if version != "13.0":
        pytest.skip(f"nvcc is {version}")
    for name in ("gen_fp16x2_fma_i1", "gen_constant_load"):
        entry = next(e for e in ENTRIES if e.kernel.name == name)
        assert compile_entry(entry, tmp_path, "nvcc", version) == INDEX[name]
        for architecture in INDEX[name].targets:
            path = Path("ptx") / architecture / f"{name}.ptx.gz"
            assert (tmp_path / path).read_bytes() == (DATASETS / path).read_bytes()
            assert gzip.decompress((tmp_path / path).read_bytes())
