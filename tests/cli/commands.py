"""Runs the command line: in this process where that is enough, in one of its own where limits
matter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from ptxenergy.cli.main import run
from tests.pace import allowed

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = str(ROOT / "examples" / "transpose.ptx")

HEADER = ".version 8.0\n.target sm_75\n.address_size 64\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run printed and how it ended; `cpu_s` and `peak_bytes` of a process of its own."""

    code: int
    out: str
    err: str
    cpu_s: float = 0.0
    peak_bytes: int = 0


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> Outcome:
    """Run in this process."""
    capsys.readouterr()
    code = run(arguments)
    printed = capsys.readouterr()
    return Outcome(code, printed.out, printed.err)


def process(
    arguments: Sequence[str],
    folder: Path,
    stdin: bytes | None = None,
    environment: dict[str, str] | None = None,
) -> Outcome:
    """Run `python -m ptxenergy` in a process of its own and measure it (POSIX)."""
    out, err = folder / "out.txt", folder / "err.txt"
    with out.open("wb") as out_stream, err.open("wb") as err_stream:
        child = subprocess.Popen(
            [sys.executable, "-m", "ptxenergy", *arguments],
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=out_stream,
            stderr=err_stream,
            cwd=ROOT,
            env=os.environ | {"COLUMNS": "80"} | (environment or {}),
        )
        if stdin is not None and child.stdin is not None:
            # What is refused unread closes its end early.
            with suppress(BrokenPipeError):
                child.stdin.write(stdin)
            with suppress(BrokenPipeError):
                child.stdin.close()
        code, usage = _wait(child.pid, seconds=allowed(60))
        child.returncode = code
    return Outcome(
        code,
        out.read_text(encoding="utf-8", errors="replace"),
        err.read_text(encoding="utf-8", errors="replace"),
        usage[0],
        usage[1],
    )


def _wait(pid: int, seconds: float) -> tuple[int, tuple[float, int]]:
    """The exit code, CPU seconds and peak bytes of a child; it is ended where it takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            cpu_s = usage.ru_utime + usage.ru_stime
            return os.waitstatus_to_exitcode(status), (cpu_s, usage.ru_maxrss * 1024)
        if time.monotonic() > deadline:
            os.kill(pid, 9)
        time.sleep(0.01)


def kernel(body: str, parameters: str = "", *, name: str = "k", before: str = "") -> str:
    """A PTX file with one kernel."""
    registers = ".reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<8>; .reg .f32 %f<4>;"
    return (
        f"{HEADER}{before}.visible .entry {name}({parameters})\n{{\n{registers}\n{body}\nret;\n}}\n"
    )


def heed_interrupts() -> None:
    """For a child about to start: what a shell runs in the background has interrupts ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
