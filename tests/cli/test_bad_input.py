"""Bad input ends in one clear error or in a flagged assumption: never a traceback, half an answer,
or a long wait."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.commands import EXAMPLE, HEADER, Outcome, heed_interrupts, kernel, outcome, process
from tests.pace import allowed

Captured = pytest.CaptureFixture[str]

MOST_SECONDS = 5.0
MOST_BYTES = 10**9
TEXT = Path(EXAMPLE).read_text("utf-8")


def assert_refused(done: Outcome, *parts: str) -> None:
    """One error on standard error, nothing on standard output, and no traceback."""
    assert done.code == 2, done.err
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err
    assert "fault of ptxenergy" not in done.err
    for part in parts:
        assert part in done.err


CONTENTS = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t\n", "empty"),
    "binary": (b"\x7fELF\x02\x01\x01\x00" + bytes(200) + b"kernel", "binary"),
    "latin": ("// naïve\n".encode("latin-1") + TEXT.encode(), "UTF-8"),
    "utf-16": (TEXT.encode("utf-16"), ""),
    "cuda": (b'extern "C" __global__ void k(float *a) { a[0] = 1; }\n', "bad.ptx:1:"),
    "prose": (b"This is a letter.\nIt has no kernel.\n", "bad.ptx:1:"),
    "no entry": (HEADER.encode(), "no kernel"),
    "one brace": (b"{", "bad.ptx:1:"),
    "unclosed string": (HEADER.encode() + b'.file 1 "a.cu\n', "bad.ptx:4:"),
    "only braces": (HEADER.encode() + b"}" * 10, "bad.ptx:4:1"),
    "escape codes": (b"\x1b[2J\x1b[31m", "bad.ptx:1:"),
    "missing label": (kernel("bra nowhere;").encode(), "nowhere"),
    "no operand": (kernel("add.s32 %r1, %r2;").encode(), "bad.ptx:7:"),
    "no predicate": (kernel("@%r1 add.s32 %r1, %r2, %r3;").encode(), "bad.ptx:7:"),
    "declared twice": (kernel("", ".param .u32 a, .param .u32 a").encode(), "twice"),
    "no such type": (kernel("add.q32 %r1, %r2, %r3;").encode(), "bad.ptx:7:"),
}


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("command", [("predict",), ("parse", "--check")])
def test_what_is_no_ptx_is_refused(
    capsys: Captured, tmp_path: Path, name: str, command: tuple[str, ...]
) -> None:
    content, part = CONTENTS[name]
    file = tmp_path / "bad.ptx"
    file.write_bytes(content)
    done = outcome(capsys, *command, str(file))
    if command[0] == "predict":
        assert_refused(done, part)
    elif name not in ("no entry", "missing label"):
        assert done.code == 2
        assert part in done.err
    assert "\x1b" not in done.err + done.out


def test_a_file_cut_anywhere_is_refused_or_whole(capsys: Captured, tmp_path: Path) -> None:
    file = tmp_path / "cut.ptx"
    content = TEXT.encode()
    body_end = content.rindex(b"}")
    for end in range(1, body_end, 97):
        file.write_bytes(content[:end])
        assert_refused(outcome(capsys, "inspect", str(file), "--block", "32x8", "--grid", "1"))


@pytest.mark.parametrize("path", ["missing.ptx", "examples", "", "x" * 300, "a\nb.ptx"])
def test_what_cannot_be_opened_is_refused(capsys: Captured, path: str) -> None:
    assert_refused(outcome(capsys, "predict", path))


def test_a_file_that_may_not_be_read_is_refused(capsys: Captured, tmp_path: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    file = tmp_path / "secret.ptx"
    file.write_text(TEXT)
    file.chmod(0)
    assert_refused(outcome(capsys, "predict", str(file)), "ermission")


OPTIONS = {
    "block of 2048": (("--block", "64x32"), "1024"),
    "block too deep": (("--block", "1x1x128"), "64"),
    "zero extent": (("--block", "0x8"), "below 1"),
    "negative extent": (("--block", "-32x8"), "below 1"),
    "four extents": (("--block", "1x2x3x4"), "no extent"),
    "not a number": (("--block", "wide"), "no extent"),
    "huge extent": (("--block", "9" * 30), "no extent"),
    "zero grid": (("--grid", "0"), "below 1"),
    "tall grid": (("--grid", "1x70000"), "65535"),
    "negative threads": (("--threads", "-5"), "below 1"),
    "grid and threads": (("--grid", "4", "--threads", "4"), "--threads"),
    "no such index": (("--arg", "9=1"), "9"),
    "no such name": (("--arg", "width=1"), "width"),
    "no value": (("--arg", "2"), "2"),
    "not an int": (("--arg", "2=wide"), "wide"),
    "too large": (("--arg", "2=99999999999"), "99999999999"),
    "given twice": (("--arg", "2=1", "--arg", "2=2"), "2"),
    "negative shared": (("--shared", "-1"), "--shared"),
    "huge shared": (("--shared", "1000000"), "shared"),
    "shared no number": (("--shared", "lots"), "--shared"),
    "no such kernel": (("--kernel", "nosuch"), "transpose"),
    "no such gpu": (("--gpu", "h2000"), "h200"),
    "registers": (("--registers", "0"), "--registers"),
    "too many registers": (("--registers", "9999"), "--registers"),
    "trip": (("--trip", "many"), "--trip"),
    "negative trip": (("--trip", "44=-1"), "--trip"),
    "branch": (("--branch", "44=1.5"), "--branch"),
    "access": (("--access", "44=sometimes"), "--access"),
    "infinite": (("--trip", "44=inf"), "--trip"),
    "trip elsewhere": (("--trip", "40=3"), "47"),
    "branch elsewhere": (("--branch", "9999=0.5"), "47"),
    "access elsewhere": (("--access", "46=random"), "55"),
    "unknown option": (("--blok", "32"), "--blok"),
    "surplus argument": (("other.ptx",), "other.ptx"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_a_launch_that_cannot_be_is_refused(capsys: Captured, name: str) -> None:
    options, part = OPTIONS[name]
    assert_refused(outcome(capsys, "predict", EXAMPLE, *options), part)


def test_two_kernels_that_match_are_listed(capsys: Captured, tmp_path: Path) -> None:
    file = tmp_path / "two.ptx"
    second = kernel("", name="_Z4gemmILi32EEvPf").removeprefix(HEADER)
    file.write_text(kernel("", name="_Z4gemmILi16EEvPf") + second)
    done = outcome(capsys, "predict", str(file), "--kernel", "gemm")
    assert_refused(done, "gemm<16>", "gemm<32>")
    assert outcome(capsys, "predict", str(file), "--kernel", "gemm<32>").code == 0


def test_a_kernel_that_cannot_run_is_skipped_beside_one_that_can(
    capsys: Captured, tmp_path: Path
) -> None:
    file = tmp_path / "two.ptx"
    wide = kernel("", name="wide").replace(")\n{", ")\n.reqntid 64, 1, 1\n{").removeprefix(HEADER)
    file.write_text(kernel("", name="free") + wide)
    done = outcome(capsys, "predict", str(file), "--block", "128", "--json")
    assert done.code == 0
    document = json.loads(done.out)
    assert [result["kernel"] for result in document["results"]] == ["free"]
    assert [(one["kernel"], one["code"]) for one in document["skipped"]] == [("wide", "launch")]
    alone = outcome(capsys, "predict", str(file), "--block", "128", "--kernel", "wide")
    assert_refused(alone, "64")


FOREVER = "LOOP: add.s32 %r1, %r1, 1; bra LOOP;"
POLLING = (
    "ld.param.u64 %rd1, [p]; LOOP: ld.volatile.global.u32 %r1, [%rd1];"
    "setp.ne.s32 %p1, %r1, 7; @%p1 bra LOOP;"
)
LONG_LOOP = (
    "mov.u32 %r1, 0; LOOP: add.s32 %r1, %r1, 1;setp.lt.u32 %p1, %r1, 0xffffffff; @%p1 bra LOOP;"
)
RECURSION = ".func again;\n.func again { call again; ret; }\n"

HOSTILE = {
    "endless loop": kernel(FOREVER),
    "four thousand million turns": kernel(LONG_LOOP),
    "flag polling": kernel(POLLING, ".param .u64 p"),
    "endless recursion": kernel("call again;", before=RECURSION),
    "huge local array": kernel(".local .b8 big[1073741824];"),
    "huge shared array": kernel(".shared .b8 big[1073741824]; mov.u32 %r1, big;"),
    "million registers": kernel(".reg .b32 %many<100000000>;"),
    "deep scopes": kernel("{" * 50_000 + "}" * 50_000),
    "deep expression": kernel("mov.u32 %r1, " + "(" * 20_000 + "1" + ")" * 20_000 + ";"),
    "long line": kernel("add.s32 %r1, %r1, 1;" * 10_000),
    "long word": kernel("add.s32" + ".x" * 200_000 + " %r1, %r1, 1;"),
    "long name": kernel("", name="_Z1f" + "P" * 100_000),
    "growing name": kernel("", name="_Z1fP1a" + "".join(f"PFvS{n}_S{n}_E" for n in range(9))),
    "many kernels": HEADER + "".join(f".entry k{n}() {{ ret; }}\n" for n in range(100)),
    "junk lines": "add r1, r2;\n" * 500_000,
    "million instructions": kernel("add.s32 %r1, %r1, 1;\n" * 1_000_000),
    "million in a function": kernel(
        "call big;", before=".func big { .reg .b32 %r;" + "add.s32 %r, %r, 1;\n" * 1_000_000 + "}\n"
    ),
    "no line breaks": "x" * 20_000_000,
}


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs POSIX to measure a process")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_bounded(tmp_path: Path, name: str) -> None:
    file = tmp_path / "hostile.ptx"
    file.write_text(HOSTILE[name], encoding="utf-8")
    assert_bounded(process(("predict", str(file), "--block", "64", "--json"), tmp_path))


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs POSIX to measure a process")
def test_an_enormous_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "enormous.ptx"
    with file.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    done = process(("predict", str(file)), tmp_path)
    assert_bounded(done)
    assert_refused(done, "larger than")
    with file.open("rb") as stream:
        piped = process(("predict", "-"), tmp_path, stdin=stream.read())
    assert_bounded(piped)
    assert_refused(piped, "larger than")


def assert_bounded(done: Outcome) -> None:
    """Within the limits, and either refused or answered whole with what had to be assumed."""
    assert done.cpu_s < allowed(MOST_SECONDS), done.err
    assert done.peak_bytes < MOST_BYTES, done.err
    if done.code == 0:
        assert done.err == ""
        assert all(result["assumptions"] for result in json.loads(done.out)["results"])
    else:
        assert_refused(done)


def test_a_fault_of_our_own_is_said_to_be_one(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ptxenergy.pipeline

    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(ptxenergy.pipeline, "predict", broken)
    done = outcome(capsys, "predict", EXAMPLE)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("error: this is a fault of ptxenergy")
    assert "ZeroDivisionError: by nothing" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("raised", [KeyboardInterrupt, MemoryError, RecursionError])
def test_what_interrupts_is_quiet(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]
) -> None:
    import ptxenergy.pipeline

    def interrupted(*_: object) -> None:
        raise raised

    monkeypatch.setattr(ptxenergy.pipeline, "predict", interrupted)
    done = outcome(capsys, "predict", EXAMPLE)
    if raised is KeyboardInterrupt:
        assert (done.code, done.out, done.err) == (130, "", "")
    else:
        assert_refused(done)


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    script = (
        f'"{sys.executable}" -m ptxenergy inspect "{EXAMPLE}" | head -1; exit ${{PIPESTATUS[0]}}'
    )
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(Path(EXAMPLE).parent.parent)},
    )
    assert done.stdout.startswith("transpose")
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize(
    ("redirection", "said"),
    [(">&-", "output is closed"), (">/dev/full", "No space"), ("<&-", "<stdin>: closed")],
)
def test_streams_that_are_closed_or_full(redirection: str, said: str) -> None:
    file = "-" if redirection.startswith("<") else EXAMPLE
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m ptxenergy predict "{file}" {redirection}'],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(Path(EXAMPLE).parent.parent)},
    )
    assert_refused(Outcome(done.returncode, done.stdout, done.stderr), said)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("after_s", [0.02, 1.5])
def test_an_interrupt_is_quiet_at_any_moment(after_s: float) -> None:
    script = "from ptxenergy.cli.main import main; print('ready', flush=True); main()"
    with subprocess.Popen(
        [sys.executable, "-c", script, "predict", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    ) as child:
        if child.stdout is None or child.stderr is None:
            pytest.fail("the pipes were asked for")
        assert child.stdout.readline() == "ready\n"
        time.sleep(after_s)
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=30) == 130
        assert child.stdout.read() == ""
        assert child.stderr.read() == ""
