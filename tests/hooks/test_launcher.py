"""The launcher in front of a command: nothing changes, whatever happens inside."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hooks.launching import (
    COMPILES,
    FINDS_KEEP,
    KERNEL,
    LAUNCHER,
    call,
    fake_nvcc,
    need,
    records,
    start,
    texts,
)

_BUILDS = "echo built > scale.o"


def test_a_command_keeps_its_output_and_exit_code(tmp_path: Path) -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
    done = call(tmp_path, sys.executable, "-c", script)
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
    assert not (tmp_path / ".ptxenergy").exists()


def test_a_command_that_is_missing_or_no_program(tmp_path: Path) -> None:
    assert call(tmp_path, "no-such-compiler").returncode == 127
    (tmp_path / "text").touch()
    assert call(tmp_path, str(tmp_path / "text")).returncode == 126


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_the_launcher_ends_by_the_signal_that_ended_the_command(project: Path, number: int) -> None:
    nvcc = fake_nvcc(project, f"kill -{number} $$")
    assert call(project, nvcc, *COMPILES).returncode == -number
    assert list((project.parent / "passing").iterdir()) == []


def test_what_a_killed_compiler_has_half_written_make_removes_as_without(project: Path) -> None:
    need("make")
    nvcc = fake_nvcc(project, "echo half > scale.o; kill -9 $$")
    (project / "Makefile").write_text(
        "scale.o: scale.cu\n\t$(NVCC) -c $< -o $@\n", encoding="ascii"
    )
    for front in ("", f"{' '.join(LAUNCHER)} "):
        done = call(project, "make", f"NVCC={front}{nvcc}", front=())
        assert done.returncode == 2
        assert not (project / "scale.o").exists(), done.stderr


def test_who_ignores_the_end_of_processes_sees_the_command_s(project: Path) -> None:
    def ignore() -> None:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    nvcc = fake_nvcc(project, f"{FINDS_KEEP}echo text > $d/scale.ptx\n{_BUILDS}; exit $1")
    for code in (0, 7):
        done = call(project, nvcc, str(code), *COMPILES, first=ignore)
        assert (done.returncode, done.stderr) == (code, "")
    assert list(texts(project)) == [["text\n"]]


def test_a_command_starts_with_the_signals_that_it_would_have_had(tmp_path: Path) -> None:
    """Python ignores some; those above 31 are the C library's own."""
    words = ("sed", "-nE", "s/Sig(Ign|Blk)://p", "/proc/self/status")
    masks = [call(tmp_path, *words, front=one).stdout.split() for one in ((), LAUNCHER)]
    plain, behind = ([int(mask, 16) & (1 << 31) - 1 for mask in found] for found in masks)
    assert len(plain) == 2
    assert plain == behind


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_who_stops_the_launcher_stops_the_command(project: Path, number: int) -> None:
    nvcc = fake_nvcc(project, "echo $$ > pid; mv pid started; exec sleep 100")
    launcher = start(project, nvcc, *COMPILES)
    while not (project / "started").exists():
        assert launcher.poll() is None
        time.sleep(0.05)
    launcher.send_signal(number)
    assert launcher.wait(timeout=60) == -number
    command = int((project / "started").read_text(encoding="ascii"))
    assert not Path(f"/proc/{command}").exists()
    assert records(project) == []


def test_the_launcher_imports_nothing_slow(project: Path) -> None:
    """Of ours, the launcher's files; of others, none that takes longer than what it does."""
    nvcc = fake_nvcc(project, f"{FINDS_KEEP}echo text > $d/scale.ptx\n{_BUILDS}")
    slow = {"lark", "numpy", "typer", "rich", "dataclasses", "pathlib", "shutil", "subprocess"}
    script = (
        "import sys\nbefore = set(sys.modules)\n"
        "from ptxenergy.hooks.launcher import launch\n"
        f"code = launch({[nvcc, *COMPILES]!r})\n"
        f"sys.exit(code or sorted({slow | {'typing'}} & set(sys.modules) - before) or 0)"
    )
    done = call(project, sys.executable, "-c", script, front=())
    assert done.returncode == 0, done.stderr
    assert list(texts(project)) == [["text\n"]]


def limited(size: int) -> Callable[[], None]:
    """No file may grow beyond so many bytes: as if the disk were full."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_store_that_cannot_be_made_is_one_line_and_the_build_goes_on(project: Path) -> None:
    nvcc = fake_nvcc(project, _BUILDS)
    (project / "file").write_text("not a directory", encoding="ascii")
    for place in (str(project / "file"), "/proc/read-only"):
        done = call(project, nvcc, *COMPILES, PTXENERGY_DIR=place)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.startswith("ptxenergy-launcher: warning: ")
        assert done.stderr.count("\n") == 1
        assert (project / "scale.o").read_text(encoding="ascii") == "built\n"


def test_a_full_disk_is_one_line_and_leaves_no_half_of_a_text(project: Path) -> None:
    (project / "big").write_text("." * 5000, encoding="ascii")
    nvcc = fake_nvcc(project, f"{FINDS_KEEP}ln big $d/scale.ptx\n{_BUILDS}")
    done = call(project, nvcc, *COMPILES, first=limited(1000))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("ptxenergy-launcher: warning: ")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in (project / ".ptxenergy").rglob("*") if path.is_file()] == [
        ".gitignore"
    ]
    assert list((project.parent / "passing").iterdir()) == []


def test_a_full_disk_leaves_no_half_of_a_line(project: Path) -> None:
    nvcc = fake_nvcc(project, _BUILDS)
    log = project / ".ptxenergy" / "log.jsonl"
    call(project, nvcc, *COMPILES)
    full = call(project, nvcc, *COMPILES, first=limited(log.stat().st_size + 20))
    assert (full.returncode, full.stderr.count("\n")) == (0, 1)
    assert call(project, nvcc, *COMPILES).stderr == ""
    assert len(records(project)) == len(log.read_text(encoding="utf-8").splitlines()) == 2


def test_a_home_is_not_needed(project: Path) -> None:
    nvcc = fake_nvcc(project, f"{FINDS_KEEP}echo text > $d/scale.ptx\n{_BUILDS}")
    done = call(project, nvcc, *COMPILES, without=("HOME", "USER", "LANG", "TERM"))
    assert (done.returncode, done.stderr) == (0, "")
    assert list(texts(project)) == [["text\n"]]


def test_with_its_streams_closed_the_build_goes_on(project: Path) -> None:
    nvcc = fake_nvcc(project, _BUILDS)
    (project / "file").touch()
    words = [*LAUNCHER, nvcc, *COMPILES]
    script = 'exec "$0" "$@" <&- >&- 2>&-'
    done = call(project, "sh", "-c", script, *words, front=(), PTXENERGY_DIR=str(project / "file"))
    assert done.returncode == 0
    assert (project / "scale.o").exists()


def test_a_compilation_without_ptx_is_logged_with_the_reason(project: Path) -> None:
    nvcc = fake_nvcc(project, _BUILDS)
    assert call(project, nvcc, *COMPILES).stderr == ""
    (record,) = records(project)
    assert record["ptx"] == []
    assert "no PTX" in record["note"]
    assert list((project.parent / "passing").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "environment", "reason"),
    [
        (("-shared", "a/k.cu", "b/k.cu"), {}, "same name"),
        (("-shared", "scale.cu", "scale.cpp"), {}, "same name"),
        (("-c", "scale.cu", "--keep"), {}, "no PTX was left"),
        (("-c", "scale.cu"), {"NVCC_APPEND_FLAGS": "-O1 -keep"}, "no PTX was left"),
        (("-c", "scale.cu"), {"NVCC_PREPEND_FLAGS": "--keep-dir=out"}, "--keep-dir without"),
        (("-ptx", "scale.cu"), {}, "no PTX was left"),
        (("-c", "scale.cu", "-objtemp"), {}, "beside the object"),
        (("-c", "scale.cu"), {"TMPDIR": "a b"}, "TMPDIR"),
        (("-E", "scale.cu"), {}, None),
        (("--dryrun", "-c", "scale.cu"), {}, None),
        (("-c", "scale.cpp"), {}, None),
    ],
)
def test_nvcc_is_asked_for_nothing_where_that_would_change_the_build(
    project: Path,
    words: tuple[str, ...],
    environment: dict[str, str],
    reason: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    nvcc = fake_nvcc(project, 'echo "$NVCC_PREPEND_FLAGS $NVCC_APPEND_FLAGS $TMPDIR"')
    said = [call(project, nvcc, *words, front=one) for one in ((), LAUNCHER)]
    assert (said[0].stdout, said[0].stderr) == (said[1].stdout, said[1].stderr)
    notes = [record["note"] for record in records(project)]
    assert len(notes) == (reason is not None)
    assert all(reason is not None and reason in note for note in notes)


@pytest.mark.parametrize("words", [COMPILES, ("-c", "scale.cu")], ids=" ".join)
def test_a_cache_that_gives_the_object_back_gives_its_ptx_too(
    project: Path, words: tuple[str, ...]
) -> None:
    nvcc = fake_nvcc(
        project, f"{FINDS_KEEP}test -f hit || echo text > $d/scale.ptx\necho built > scale.o"
    )
    call(project, nvcc, *words)
    (project / "hit").touch()
    call(project, nvcc, *words)
    first, second = records(project)
    assert first["ptx"] == second["ptx"] != []
    assert "cache" in second["note"]


def test_the_same_compilation_twice_at_once_has_two_directories(project: Path) -> None:
    """Each ends only when both have begun."""
    wait = "while [ $(ls begun | wc -l) -lt 2 ]; do sleep 0.05; done"
    body = f"{FINDS_KEEP}echo $d > begun/$$\n{wait}\necho text > $d/scale.ptx\n{_BUILDS}"
    nvcc = fake_nvcc(project, body)
    (project / "begun").mkdir()
    both = [start(project, nvcc, *COMPILES) for _ in range(2)]
    assert [one.wait(timeout=120) for one in both] == [0, 0]
    places = {path.read_text(encoding="utf-8") for path in (project / "begun").iterdir()}
    assert len(places) == 2
    assert list(texts(project)) == [["text\n"]] * 2


def test_the_usage_is_told_without_a_command(tmp_path: Path) -> None:
    done = call(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "CMAKE_CUDA_COMPILER_LAUNCHER" in done.stderr
    assert call(tmp_path, "--help").stdout == done.stderr


def test_names_that_are_not_utf_8_are_logged(project: Path) -> None:
    nvcc = fake_nvcc(project, _BUILDS)
    odd = b"scale-\xff.cu"
    Path(project, odd.decode("utf-8", "surrogateescape")).write_text(KERNEL % ("scale", 1))
    done = subprocess.run([*LAUNCHER, nvcc, "-c", odd], cwd=project, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert records(project)[0]["sources"] == [odd.decode("utf-8", "surrogateescape")]
