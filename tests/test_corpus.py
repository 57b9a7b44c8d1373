"""What the corpus promises, held against its PTX."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from ptxenergy.launch.request import Dim3
from ptxenergy.launch.resolve import resolve
from ptxenergy.ptx import parse_file
from ptxenergy.ptx.syntax import Module
from tests.corpus import (
    CORPUS,
    PTX,
    CorpusLaunch,
    corpus_launches,
    entries,
    one_launch_per_kernel,
    ptx_files,
)
from tests.corpus.build import compiled, planned
from tests.corpus.compilers import Nvcc
from tests.corpus.facts import Facts, facts_of, likeness
from tests.corpus.neutral import absolute_paths, neutralise

_ONE_EACH = pytest.mark.parametrize(
    "launch", one_launch_per_kernel(), ids=[launch.name[:90] for launch in one_launch_per_kernel()]
)
_EVERY_FILE = pytest.mark.parametrize(
    "path", ptx_files(), ids=[str(path.relative_to(PTX)) for path in ptx_files()]
)


@cache
def _module(path: Path) -> Module:
    return parse_file(path)


@cache
def _facts(path: Path, kernel: str) -> Facts:
    module = _module(path)
    return facts_of(module, module.functions[kernel])


def _all_facts() -> dict[str, Facts]:
    return {one.name: _facts(one.path, one.kernel) for one in one_launch_per_kernel()}


def _share(flag: str) -> float:
    flags = [bool(getattr(kernel, flag)) for kernel in one_launch_per_kernel()]
    return sum(flags) / len(flags)


def test_the_corpus_is_large_and_varied() -> None:
    kernels = one_launch_per_kernel()
    assert len(kernels) >= 60
    assert f"{len(kernels)} kernels" in (CORPUS / "README.md").read_text(encoding="utf-8")
    assert len({kernel.family for kernel in kernels}) >= 30
    assert sum(facts.instructions > 300 for facts in _all_facts().values()) >= 20
    assert _share("loops") >= 0.40
    assert _share("data_dependent") >= 0.25


def test_no_kernel_is_another_renamed() -> None:
    alike = [
        (one, other)
        for (one, left), (other, right) in combinations(_all_facts().items(), 2)
        if likeness(left.mix, right.mix) > 0.8
    ]
    assert not alike


def test_likeness_sees_through_renaming() -> None:
    mix = Counter({"ld.global.f32": 2, "add.f32": 1, "st.global.f32": 1})
    assert likeness(mix, mix) == 1
    assert likeness(mix, mix + Counter({"ret": 1})) == 0.8
    assert likeness(mix, Counter({"mma.sync": 9})) == 0


@_ONE_EACH
def test_flags_say_what_the_ptx_does(launch: CorpusLaunch) -> None:
    facts = _facts(launch.path, launch.kernel)
    assert facts.loops == launch.loops
    assert bool(facts.data_sinks) == launch.data_dependent
    assert bool(launch.reason) == launch.data_dependent


@_EVERY_FILE
def test_every_kernel_has_one_launch(path: Path) -> None:
    launched = Counter(launch.kernel for launch in corpus_launches() if launch.path == path)
    assert launched == Counter(entries(path))
    assert [kernel.name for kernel in _module(path).kernels] == list(entries(path))


@pytest.mark.parametrize("launch", corpus_launches(), ids=[x.name[:90] for x in corpus_launches()])
def test_launches_leave_nothing_to_assume(launch: CorpusLaunch) -> None:
    module = _module(launch.path)
    kernel = module.functions[launch.kernel]
    resolved = resolve(module, kernel, launch.request, lambda block: 1)
    assert resolved.assumptions == ()
    assert resolved.block.volume <= 1024
    required = kernel.directives.get("reqntid")
    assert required is None or Dim3(*required) == resolved.block
    limit = Dim3(*kernel.directives.get("maxntid", (1024,)))
    assert resolved.block.volume <= limit.volume


@_EVERY_FILE
def test_dynamic_shared_memory_is_given_where_it_is_used(path: Path) -> None:
    module = _module(path)
    dynamic = {v.name for v in module.variables if v.space == "shared" and v.is_extern}
    for launch in (launch for launch in corpus_launches() if launch.path == path):
        body = _text_of(path, launch.kernel)
        used = any(re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", body) for name in dynamic)
        assert used == (launch.request.shared_bytes > 0)


def _text_of(path: Path, kernel: str) -> str:
    text = path.read_text(encoding="utf-8")
    start = text.index(f".entry {kernel}(")
    end = text.find(".entry ", start + 1)
    return text[start : end if end > 0 else len(text)]


def test_the_files_are_those_that_the_sources_plan() -> None:
    sources = [s for s in CORPUS.glob("src/*/*") if s.suffix in {".cu", ".py"}]
    plan = [PTX / build.output for source in sources for build in planned(source)]
    assert sorted(plan) == list(ptx_files())


@_EVERY_FILE
def test_paths_name_compiler_version_and_target(path: Path) -> None:
    compiler, folder, _ = path.relative_to(PTX).parts
    text = path.read_text(encoding="utf-8")
    release = re.search(r"Cuda compilation tools, release (\d+\.\d+)", text)
    if compiler.startswith(("nvcc-", "nvrtc-")):
        assert release is not None
        assert release[1] == compiler.partition("-")[2]
    target = _module(path).target[0]
    expected = folder.replace("cc_", "sm_")
    assert target in {expected, expected + "a"}


def test_compilers_and_architectures_are_many() -> None:
    folders = {path.relative_to(PTX).parts[:2] for path in ptx_files()}
    compilers = {compiler.partition("-")[0] for compiler, _ in folders}
    assert compilers == {"nvcc", "nvrtc", "triton", "numba"}
    targets = {target.replace("cc_", "sm_") for _, target in folders}
    assert targets >= {
        *("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_90", "sm_90a", "sm_100a", "sm_120"),
    }
    versions = {_module(path).version for path in ptx_files()}
    assert min(versions) < (8, 0) <= (9, 0) <= max(versions)


@_EVERY_FILE
def test_no_file_tells_where_it_was_compiled(path: Path) -> None:
    assert list(absolute_paths(path.read_text(encoding="utf-8"))) == []


def test_paths_are_found_and_replaced_in_text_and_bytes() -> None:
    spelled = ",".join(str(byte) for byte in b"/home/someone/kernels")
    ptx = f'\t.file\t1 "/home/someone/kernels/a.cu"\n.b8 {spelled}\n.b8 0\n'
    assert len(list(absolute_paths(ptx))) == 3
    clean = neutralise(ptx, {"/home/someone": "src"})
    assert list(absolute_paths(clean)) == []
    assert '"src/kernels/a.cu"' in clean
    assert clean.count(",") == ptx.count(",")


@pytest.mark.nvcc
@pytest.mark.parametrize("variant", ["", "debug"])
def test_building_again_gives_the_same(variant: str) -> None:
    program = shutil.which("nvcc")
    if program is None:
        pytest.skip("no nvcc here")
    compiler = Nvcc.found(program)
    builds = [b for b in planned(CORPUS / "src/cuda/dot.cu") if b.variant == variant]
    same = [b for b in builds if b.compiler == compiler.name]
    if not same:
        pytest.skip(f"the corpus has no build by {compiler.name}")
    committed = (PTX / same[0].output).read_text(encoding="utf-8")
    assert _code(compiled(same[0], compiler)) == _code(committed)


def _code(ptx: str) -> str:
    """The text without debug data, and without the hash of where it was compiled.

    nvcc puts that hash into the names of what is private to a file.
    """
    return re.sub(r"(?<=_INTERNAL_)[0-9a-f]{8}(?=_)", "", ptx.partition("\t.section")[0])


def test_the_corpus_stays_small() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 8_000_000
