"""The launcher in front of the real nvcc, alone and under Make, CMake and ccache."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.hooks.launching import COMPILES, KERNEL, LAUNCHER, call, need, records, texts

pytestmark = pytest.mark.nvcc
_ARCH = "-arch=sm_90"


@pytest.fixture(autouse=True)
def _nvcc() -> None:
    need("nvcc")


def both(project: Path, *words: str) -> list[tuple[object, ...]]:
    """What a command says and which files it makes: without the launcher, and with it, in a copy
    of the project. The contents of files are left out where nvcc's random names are in them."""
    plain = project.with_name("plain")
    shutil.copytree(project, plain)
    found: list[tuple[object, ...]] = []
    for place, front in ((plain, ()), (project, LAUNCHER)):
        done = call(place, *words, front=front)
        files = {
            path.relative_to(place): path.read_bytes() if path.suffix in _SAME else b""
            for path in place.rglob("*")
            if ".ptxenergy" not in path.parts
        }
        found.append((done.returncode, done.stdout, done.stderr, files))
    return found


_SAME = (".ptx", ".cubin", ".fatbin", ".d")


def test_one_translation_unit_of_several_architectures(project: Path) -> None:
    many = [f"-gencode=arch=compute_{cc},code=[sm_{cc},compute_{cc}]" for cc in (80, 90)]
    done = call(project, "nvcc", *many, "-t", "2", *COMPILES)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (found,) = texts(project)
    assert sorted(".target sm_80" in text for text in found) == [False, True]
    assert sorted(path.name for path in project.iterdir()) == [".ptxenergy", "scale.cu", "scale.o"]
    assert list((project.parent / "passing").iterdir()) == []


@pytest.mark.parametrize(
    "flags",
    [
        ("-rdc=true", *COMPILES),
        ("--keep", *COMPILES),
        ("--keep", "--keep-dir", "kept", *COMPILES),
        ("-MD", "-MF", "scale.d", *COMPILES),
        ("-dc", "-MMD", "scale.cu", "-o", "kept/scale.o"),
        ("--options-file", "flags", *COMPILES),
        ("-optf=quoted",),
        ("-cubin", "scale.cu", "-odir", "kept"),
        ("-fatbin", "scale.cu"),
        ("-ptx", "scale.cu", "-odir", "kept"),
    ],
    ids=" ".join,
)
def test_flags_of_the_user_work_as_without(project: Path, flags: tuple[str, ...]) -> None:
    (project / "flags").write_text("-O1 --keep\n", encoding="ascii")
    (project / "quoted").write_text(
        '-x cu -DNAME="a b" -c "my sources/my scale.cpp" -o "kept/my scale.o"\n', encoding="ascii"
    )
    (project / "kept").mkdir()
    (project / "my sources").mkdir()
    shutil.copy(project / "scale.cu", project / "my sources" / "my scale.cpp")
    plain, behind = both(project, "nvcc", _ARCH, *flags)
    assert plain == behind
    assert plain[0] == 0
    (found,) = texts(project)
    assert len(found) == 1
    assert ".entry scale" in found[0]


def test_what_nvcc_makes_of_an_at_file_it_makes_behind_the_launcher(project: Path) -> None:
    """nvcc 13.0 refuses it: it takes `@flags` for one more input file."""
    (project / "flags").write_text("-O1 --keep\n", encoding="ascii")
    plain, behind = both(project, "nvcc", _ARCH, "@flags", *COMPILES)
    assert plain == behind


def test_inputs_of_the_same_name_are_linked_as_without(project: Path) -> None:
    """Kept files of one would overwrite those of the other: the link would fail."""
    (project / "other").mkdir()
    (project / "other" / "scale.cu").write_text(KERNEL % ("other", 3), encoding="ascii")
    plain, behind = both(project, "nvcc", _ARCH, "-shared", "scale.cu", "other/scale.cu")
    assert plain == behind
    assert plain[0] == 0
    assert "same name" in records(project)[0]["note"]


def test_a_directory_without_keep_says_why_there_is_no_ptx(project: Path) -> None:
    (project / "kept").mkdir()
    done = call(project, "nvcc", "--keep-dir", "kept", *COMPILES)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--keep-dir without --keep" in records(project)[0]["note"]


def test_nothing_is_left_beside_the_object(project: Path) -> None:
    """With -objtemp nvcc keeps its files there, whatever --keep-dir says."""
    plain, behind = both(project, "nvcc", "-objtemp", *COMPILES)
    assert plain == behind
    assert plain[0] == 0
    assert "beside the object" in records(project)[0]["note"]


def test_code_for_the_linker_has_no_ptx(project: Path) -> None:
    done = call(project, "nvcc", "-arch=lto_90", "-dc", "scale.cu")
    assert (done.returncode, done.stderr) == (0, "")
    (record,) = records(project)
    assert (record["ptx"], "when linking" in record["note"]) == ([], True)


def test_an_error_of_the_compiler_stays_its_own(project: Path) -> None:
    (project / "scale.cu").write_text("__global__ void broken(\n", encoding="ascii")
    plain, behind = both(project, "nvcc", *COMPILES)
    assert plain == behind
    assert plain[0] != 0
    assert records(project) == []


def test_ccache_in_front(project: Path) -> None:
    need("ccache")
    cache = str(project.parent / "cache")
    for _ in range(2):
        assert call(project, "ccache", "nvcc", _ARCH, *COMPILES, CCACHE_DIR=cache).returncode == 0
    first, second = texts(project)
    assert first == second != []
    assert "cache" in records(project)[1]["note"]


def test_make_with_many_jobs(project: Path) -> None:
    need("make")
    names = ("one", "two", "three")
    for number, name in enumerate(names):
        (project / f"{name}.cu").write_text(KERNEL % (name, number), encoding="ascii")
    (project / "Makefile").write_text(
        f"all: {' '.join(f'{name}.o' for name in names)}\n%.o: %.cu\n\t$(NVCC) -c $< -o $@\n",
        encoding="ascii",
    )
    done = call(project, "make", "-j3", f"NVCC={' '.join(LAUNCHER)} nvcc", front=())
    assert done.returncode == 0, done.stderr
    found = sorted(text.partition(".entry ")[2].partition("(")[0] for (text,) in texts(project))
    assert found == sorted(names)


def test_cmake_by_one_environment_variable(project: Path) -> None:
    need("cmake", "make")
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.18)\nproject(scale LANGUAGES CUDA)\n"
        "set(CMAKE_CUDA_ARCHITECTURES 80 90)\nadd_library(scale STATIC scale.cu)\n",
        encoding="ascii",
    )
    launcher = ";".join(LAUNCHER)
    for words in (("-S", ".", "-B", "build"), ("--build", "build", "-j2")):
        done = call(project, "cmake", *words, front=(), CMAKE_CUDA_COMPILER_LAUNCHER=launcher)
        assert done.returncode == 0, done.stdout + done.stderr
    (found,) = texts(project)
    assert len(found) == 2
