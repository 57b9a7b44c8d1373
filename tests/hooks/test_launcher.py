"""The launcher in front of the real nvcc, alone and under Make, CMake and ccache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptxenergy.hooks.store import Store, read_log

LAUNCHER = (sys.executable, "-m", "ptxenergy.hooks")
KERNEL = 'extern "C" __global__ void %s(float *x) { x[threadIdx.x] *= %d.5f; }\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".ptxenergy").mkdir()
    (tmp_path / "scale.cu").write_text(KERNEL % ("scale", 2), encoding="ascii")
    return tmp_path


def call(
    where: Path, *words: str, front: tuple[str, ...] = LAUNCHER, **environment: str
) -> subprocess.CompletedProcess[str]:
    names = {name: value for name, value in os.environ.items() if name != "PTXENERGY_DIR"}
    return subprocess.run(
        [*front, *words],
        cwd=where,
        env=names | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def records(project: Path) -> list[dict[str, object]]:
    log = project / ".ptxenergy" / "log.jsonl"
    return list(read_log(log)) if log.exists() else []


def texts(project: Path) -> Iterator[list[str]]:
    """Of each record, the PTX that it names."""
    store = Store(project / ".ptxenergy")
    for record in records(project):
        ptx = record["ptx"]
        assert isinstance(ptx, list)
        yield [store.path(one["digest"]).read_text(encoding="utf-8") for one in ptx]


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"no {program} here")


def test_a_command_keeps_its_output_and_exit_code(tmp_path: Path) -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
    done = call(tmp_path, sys.executable, "-c", script)
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
    assert not (tmp_path / ".ptxenergy").exists()


def test_a_command_that_is_missing_or_killed(tmp_path: Path) -> None:
    assert call(tmp_path, "no-such-compiler").returncode == 127
    kill = "import os; os.kill(os.getpid(), 15)"
    assert call(tmp_path, sys.executable, "-c", kill).returncode == 128 + 15


def test_the_launcher_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from ptxenergy.hooks.launcher import launch\n"
        "import ptxenergy.hooks.command, ptxenergy.hooks.store\n"
        "code = launch(['true'])\n"
        "sys.exit(code or sorted({'lark', 'numpy', 'typer', 'rich'} & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def fake_nvcc(project: Path, body: str) -> str:
    """A stand-in for nvcc where the real one is not needed to see what the launcher does."""
    program = project / "bin" / "nvcc"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
    program.chmod(0o755)
    return str(program)


def test_a_failure_inside_is_one_line_and_the_build_goes_on(project: Path) -> None:
    nvcc = fake_nvcc(project, "echo built > scale.o")
    (project / "file").write_text("not a directory", encoding="ascii")
    done = call(
        project, nvcc, "-c", "scale.cu", "-o", "scale.o", PTXENERGY_DIR=str(project / "file")
    )
    assert done.returncode == 0
    assert (project / "scale.o").read_text(encoding="ascii") == "built\n"
    assert done.stderr.startswith("ptxenergy-launcher: warning: ")
    assert done.stderr.count("\n") == 1


def test_a_compilation_without_ptx_is_logged_with_the_reason(project: Path) -> None:
    nvcc = fake_nvcc(project, "echo built > scale.o")
    assert call(project, nvcc, "-c", "scale.cu", "-o", "scale.o").stderr == ""
    (record,) = records(project)
    assert record["ptx"] == []
    assert "no PTX" in str(record["note"])
    assert list((project / ".ptxenergy" / "keep").iterdir()) == []


def test_a_cache_that_gives_the_object_back_gives_its_ptx_too(project: Path) -> None:
    keep = "d=$(echo $NVCC_APPEND_FLAGS | sed 's/.*--keep-dir //')\n"
    nvcc = fake_nvcc(
        project, f"{keep}test -f hit || echo text > $d/scale.ptx\necho built > scale.o"
    )
    words = (nvcc, "-c", "scale.cu", "-o", "scale.o")
    call(project, *words)
    (project / "hit").touch()
    call(project, *words)
    first, second = records(project)
    assert first["ptx"] == second["ptx"] != []
    assert "cache" in str(second["note"])


def test_writers_at_once_lose_no_line(project: Path) -> None:
    nvcc = fake_nvcc(project, "echo built > $3")
    procs = [
        subprocess.Popen([*LAUNCHER, nvcc, "-o", f"{n}.o", "scale.cu"], cwd=project)
        for n in range(16)
    ]
    assert [one.wait(timeout=60) for one in procs] == [0] * 16
    lines = (project / ".ptxenergy" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["output"] for line in lines} == {f"{n}.o" for n in range(16)}


@pytest.mark.nvcc
def test_one_translation_unit_of_several_architectures(project: Path) -> None:
    need("nvcc")
    many = [f"-gencode=arch=compute_{cc},code=[sm_{cc},compute_{cc}]" for cc in (80, 90)]
    done = call(project, "nvcc", *many, "-t", "2", "-c", "scale.cu", "-o", "scale.o")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (found,) = texts(project)
    assert sorted(".target sm_80" in text for text in found) == [False, True]
    assert sorted(path.name for path in project.iterdir()) == [".ptxenergy", "scale.cu", "scale.o"]


@pytest.mark.nvcc
@pytest.mark.parametrize(
    "flags",
    [
        ("-rdc=true",),
        ("--keep",),
        ("--keep", "--keep-dir", "kept"),
        ("-MD", "-MF", "scale.d"),
        ("--options-file", "flags"),
    ],
    ids=" ".join,
)
def test_flags_of_the_user_work_as_without(project: Path, flags: tuple[str, ...]) -> None:
    need("nvcc")
    (project / "flags").write_text("-O1 --keep\n", encoding="ascii")
    words = ("-arch=sm_90", *flags, "-c", "scale.cu", "-o", "scale.o")
    left: list[tuple[object, ...]] = []
    for front in ((), LAUNCHER):
        (project / "kept").mkdir()
        done = call(project, "nvcc", *words, front=front)
        names = {path.relative_to(project) for path in project.rglob("*") if _is_users(path)}
        depends = project / "scale.d"
        rules = depends.read_text(encoding="utf-8") if depends.exists() else ""
        left.append((done.returncode, done.stdout, done.stderr, names, rules))
        if not front:
            shutil.rmtree(project / "kept")
            for path in project.iterdir():
                if path.is_file() and path.name not in ("scale.cu", "flags"):
                    path.unlink()
    assert left[0] == left[1]
    (found,) = texts(project)
    assert len(found) == 1
    assert ".entry scale" in found[0]


@pytest.mark.nvcc
def test_what_nvcc_makes_of_an_at_file_it_makes_behind_the_launcher(project: Path) -> None:
    """nvcc 13.0 refuses it: it takes `@flags` for one more input file."""
    need("nvcc")
    (project / "flags").write_text("-O1 --keep\n", encoding="ascii")
    words = ("-arch=sm_90", "@flags", "-c", "scale.cu", "-o", "scale.o")
    plain, kept = (call(project, "nvcc", *words, front=front) for front in ((), LAUNCHER))
    assert (plain.returncode, plain.stdout, plain.stderr) == (
        kept.returncode,
        kept.stdout,
        kept.stderr,
    )


def _is_users(path: Path) -> bool:
    return ".ptxenergy" not in path.parts


@pytest.mark.nvcc
def test_a_directory_without_keep_says_why_there_is_no_ptx(project: Path) -> None:
    need("nvcc")
    (project / "kept").mkdir()
    done = call(project, "nvcc", "--keep-dir", "kept", "-c", "scale.cu", "-o", "scale.o")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--keep-dir without --keep" in str(records(project)[0]["note"])


@pytest.mark.nvcc
def test_an_error_of_the_compiler_stays_its_own(project: Path) -> None:
    need("nvcc")
    (project / "scale.cu").write_text("__global__ void broken(\n", encoding="ascii")
    plain = call(project, "nvcc", "-c", "scale.cu", "-o", "scale.o", front=())
    done = call(project, "nvcc", "-c", "scale.cu", "-o", "scale.o")
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    assert done.stderr == plain.stderr
    assert done.returncode != 0
    assert records(project) == []


@pytest.mark.nvcc
def test_ccache_in_front(project: Path) -> None:
    need("nvcc", "ccache")
    cache = str(project / "cache")
    words = ("ccache", "nvcc", "-arch=sm_90", "-c", "scale.cu", "-o", "scale.o")
    for _ in range(2):
        assert call(project, *words, CCACHE_DIR=cache).returncode == 0
    first, second = texts(project)
    assert first == second != []
    assert "cache" in str(records(project)[1]["note"])


@pytest.mark.nvcc
def test_make_with_many_jobs(project: Path) -> None:
    need("nvcc", "make")
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


@pytest.mark.nvcc
def test_cmake_by_one_environment_variable(project: Path) -> None:
    need("nvcc", "cmake", "make")
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
